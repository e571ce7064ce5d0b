#include "batch.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "arena.h"

/* Holds the batch itself and one result of some 20 values. */
#define FIRST_BLOCK ((size_t)1024)
#define RECORDS_FIRST 4
#define VALUES_FIRST 16

struct whole {
	struct batch batch; /* first, so that the one is the other */
	struct arena *arena;
	_Atomic unsigned refs;
	size_t records_capacity;
	size_t values_capacity; /* of the last record */
};

static struct whole *
whole_of(struct batch *b)
{
	return (struct whole *)b;
}

struct batch *
batch_new(void)
{
	return batch_new_for(0);
}

struct batch *
batch_new_for(size_t bytes)
{
	struct arena *arena = arena_new(
	    bytes > FIRST_BLOCK ? bytes : FIRST_BLOCK);
	struct whole *w;

	if (arena == NULL)
		return NULL;
	w = arena_alloc(arena, sizeof(*w));
	if (w == NULL) {
		arena_free(arena);
		return NULL;
	}
	w->arena = arena;
	atomic_init(&w->refs, 1);
	return &w->batch;
}

struct batch *
batch_ref(struct batch *b)
{
	atomic_fetch_add_explicit(&whole_of(b)->refs, 1, memory_order_relaxed);
	return b;
}

void
batch_unref(struct batch *b)
{
	struct whole *w = whole_of(b);

	if (b == NULL)
		return;
	/* Others' reads happen before the last one frees. */
	if (atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) == 1)
		arena_free(w->arena);
}

size_t
batch_bytes(const struct batch *b)
{
	return arena_bytes(((const struct whole *)b)->arena);
}

size_t
batch_used(const struct batch *b)
{
	return arena_used(((const struct whole *)b)->arena);
}

bool
batch_empty(const struct batch *b)
{
	return b->view.n_records == 0;
}

/* Room for one more record; the caller fills it, then counts it. */
static struct farm_record *
record_room(struct whole *w)
{
	struct farm_batch *view = &w->batch.view;
	size_t old = w->records_capacity;
	size_t capacity = old == 0 ? RECORDS_FIRST : 2 * old;
	struct farm_record *records;

	if (view->n_records == old) {
		records = arena_grow(w->arena, (void *)view->records,
		    old * sizeof(*records), capacity * sizeof(*records));
		if (records == NULL)
			return NULL;
		view->records = records;
		w->records_capacity = capacity;
	}
	return (struct farm_record *)&view->records[view->n_records];
}

/* Copy the text of one value, if it has any. */
static int
text_copy(struct arena *arena, struct farm_value *v)
{
	char *text;

	if (v->type != FARM_TEXT)
		return 0;
	text = arena_strndup(arena, v->text, v->length);
	if (text == NULL)
		return -1;
	v->text = text;
	return 0;
}

int
batch_add_result(struct batch *b, int64_t time_ns, const char *instance,
    uint16_t flags, const struct farm_value *rows, size_t n)
{
	struct whole *w = whole_of(b);
	struct farm_record *r = record_room(w);
	struct farm_value *values;
	size_t i;

	if (r == NULL || n > UINT32_MAX)
		return -1;
	values = arena_copy(w->arena, rows, n, sizeof(*values));
	if (values == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (text_copy(w->arena, &values[i]) != 0)
			return -1;
	*r = (struct farm_record){ .time_ns = time_ns,
		.instance = instance,
		.type = FARM_RESULT,
		.flags = flags,
		.n_values = (uint32_t)n,
		.values = values };
	w->values_capacity = n;
	b->view.n_records++;
	b->n_values += n;
	return 0;
}

/* Twice the room for the last record's values: in place if nothing else was
   allocated since, so one value after the other costs little. */
static int
values_grow(struct whole *w, struct farm_record *r)
{
	size_t old = w->values_capacity;
	size_t capacity = old < VALUES_FIRST / 2 ? VALUES_FIRST : 2 * old;
	struct farm_value *values;

	if (r->n_values == UINT32_MAX)
		return -1;
	values = arena_grow(w->arena, (void *)r->values, old * sizeof(*values),
	    capacity * sizeof(*values));
	if (values == NULL)
		return -1;
	r->values = values;
	w->values_capacity = capacity;
	return 0;
}

int
batch_add_value(struct batch *b, const struct farm_value *value)
{
	struct farm_record *r = batch_last(b);
	struct farm_value *values, copy = *value;
	struct whole *w = whole_of(b);

	assert(r != NULL && r->type == FARM_RESULT);
	if (text_copy(w->arena, &copy) != 0 ||
	    (r->n_values == w->values_capacity && values_grow(w, r) != 0))
		return -1;
	values = (struct farm_value *)r->values;
	values[r->n_values++] = copy;
	b->n_values++;
	return 0;
}

int
batch_add_payload(struct batch *b, int type, int64_t time_ns,
    const char *instance, const void *payload, size_t size)
{
	struct whole *w = whole_of(b);
	struct farm_record *r = record_room(w);
	char *copy;

	if (r == NULL)
		return -1;
	/* With a NUL behind it, for readers of text. */
	copy = arena_strndup(w->arena, payload, size);
	if (copy == NULL)
		return -1;
	*r = (struct farm_record){ .time_ns = time_ns,
		.instance = instance,
		.type = (uint16_t)type,
		.payload = copy,
		.payload_size = size };
	w->values_capacity = 0;
	b->view.n_records++;
	return 0;
}

struct farm_record *
batch_record(struct batch *b, size_t i)
{
	return (struct farm_record *)&b->view.records[i];
}

struct farm_record *
batch_last(struct batch *b)
{
	return batch_empty(b) ? NULL : batch_record(b, b->view.n_records - 1);
}

void
batch_truncate(struct batch *b, size_t n_records)
{
	struct farm_record *r;

	for (; b->view.n_records > n_records; b->view.n_records--)
		b->n_values -= batch_last(b)->n_values;
	r = batch_last(b);
	whole_of(b)->values_capacity = r == NULL ? 0 : r->n_values;
}
