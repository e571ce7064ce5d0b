/*
 * recall.c - states of averaging by series, in a hash table.
 */
#include "recall.h"

#include <stdlib.h>

/* Places in the table: three quarters of them are used, of 64 bytes each. */
#define CAPACITY_FIRST 256
#define CAPACITY_MAX ((size_t)1 << 18)

void
recall_free(struct recall *r)
{
	free(r->entries);
	*r = (struct recall){ .n = 0 };
}

/* Series are numbered by the database: their numbers need no secret. */
static struct recall_entry *
find(const struct recall *r, int64_t series)
{
	uint64_t hash = (uint64_t)series * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 32) & (r->capacity - 1);

	while (r->entries[i].series != 0 && r->entries[i].series != series)
		i = (i + 1) & (r->capacity - 1);
	return &r->entries[i];
}

const struct level_state *
recall_find(const struct recall *r, int64_t series, int64_t *ret_ns)
{
	const struct recall_entry *e;

	if (r->capacity == 0)
		return NULL;
	e = find(r, series);
	if (e->series == 0)
		return NULL;
	*ret_ns = e->time_ns;
	return &e->state;
}

/* Its place stays taken, by what is too old to be of use. */
void
recall_forget(struct recall *r, int64_t series)
{
	if (r->capacity > 0)
		find(r, series)->time_ns = INT64_MIN;
}

/* The same without what is of no use any more. */
static bool
rebuild(struct recall *r, int64_t old_ns)
{
	struct recall fresh = { .capacity = CAPACITY_FIRST,
		.swept_ns = old_ns };
	size_t used = 0;

	for (size_t i = 0; i < r->capacity; i++)
		used += r->entries[i].series != 0 &&
			r->entries[i].time_ns >= old_ns;
	while (fresh.capacity < 2 * (used + 1) && fresh.capacity < CAPACITY_MAX)
		fresh.capacity *= 2;
	fresh.entries = calloc(fresh.capacity, sizeof(*fresh.entries));
	if (fresh.entries == NULL)
		return false;
	for (size_t i = 0; i < r->capacity; i++) {
		if (r->entries[i].series == 0 || r->entries[i].time_ns < old_ns)
			continue;
		*find(&fresh, r->entries[i].series) = r->entries[i];
		fresh.n++;
	}
	free(r->entries);
	*r = fresh;
	return true;
}

static bool
is_full(const struct recall *r)
{
	return 4 * (r->n + 1) > 3 * r->capacity;
}

static bool
make_room(struct recall *r, int64_t old_ns)
{
	if (!is_full(r))
		return true;
	/* At its largest, looking through it once for each time is enough. */
	if (r->capacity == CAPACITY_MAX && old_ns <= r->swept_ns)
		return false;
	return rebuild(r, old_ns) && !is_full(r);
}

void
recall_keep(struct recall *r, int64_t series, int64_t time_ns,
    const struct level_state *state, int64_t old_ns)
{
	struct recall_entry *e;

	if (r->capacity > 0) {
		e = find(r, series);
		if (e->series != 0) {
			e->time_ns = time_ns;
			e->state = *state;
			return;
		}
	}
	if (!make_room(r, old_ns))
		return;
	*find(r, series) = (struct recall_entry){ series, time_ns, *state };
	r->n++;
}
