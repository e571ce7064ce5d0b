#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "hash.h"
#include "value.h"

#define PLACES_FIRST 256

struct queue {
	struct entry *first;
	struct entry **end;
};

struct tree {
	const struct layout *layout;
	struct tree_options options;
	struct hash_key key;
	struct entry **places;
	size_t n_places; /* a power of two, or 0 */
	size_t n;
	struct entry *first, *last;
	struct queue due;
	struct queue resting; /* changed, but written not long ago */
};

/* ------------------------------------------------------------- queues -- */

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
queue_put(struct queue *q, struct entry *e)
{
	e->next_queued = NULL;
	e->queued = true;
	*q->end = e;
	q->end = &e->next_queued;
}

static struct entry *
queue_take(struct queue *q)
{
	struct entry *e = q->first;

	if (e == NULL)
		return NULL;
	q->first = e->next_queued;
	if (q->first == NULL)
		q->end = &q->first;
	e->queued = false;
	return e;
}

/* ------------------------------------------------------------ entries -- */

struct tree *
tree_new(const struct layout *layout, const struct tree_options *o)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->layout = layout;
	t->options = *o;
	hash_key_draw(&t->key);
	queue_init(&t->due);
	queue_init(&t->resting);
	return t;
}

static struct entry **
place_of(const struct tree *t, const char *dn)
{
	uint64_t hash = hash_bytes(&t->key, 0, dn, strlen(dn));
	struct entry **at = &t->places[hash & (t->n_places - 1)];

	while (*at != NULL && strcmp((*at)->dn, dn) != 0)
		at = &(*at)->next_same;
	return at;
}

static int
grow(struct tree *t)
{
	size_t n = t->n_places == 0 ? PLACES_FIRST : 2 * t->n_places;
	struct entry **places = calloc(n, sizeof(struct entry *));
	struct entry *e;

	if (places == NULL)
		return -1;
	free(t->places);
	t->places = places;
	t->n_places = n;
	for (e = t->first; e != NULL; e = e->next) {
		e->next_same = NULL;
		*place_of(t, e->dn) = e;
	}
	return 0;
}

static void
link_entry(struct tree *t, struct entry *e)
{
	*place_of(t, e->dn) = e;
	e->previous = t->last;
	if (t->last == NULL)
		t->first = e;
	else
		t->last->next = e;
	t->last = e;
	t->n++;
	if (e->parent != NULL)
		e->parent->n_children++;
}

static void
unlink_entry(struct tree *t, struct entry *e)
{
	*place_of(t, e->dn) = e->next_same;
	if (e->previous == NULL)
		t->first = e->next;
	else
		e->previous->next = e->next;
	if (e->next == NULL)
		t->last = e->previous;
	else
		e->next->previous = e->previous;
	t->n--;
}

static void
detach(struct reading *r)
{
	r->entry = NULL;
	r->next = NULL;
	reading_unref(r);
}

static void
free_entry(struct entry *e)
{
	struct reading *r, *next;

	for (r = e->readings; r != NULL; r = next) {
		next = r->next;
		detach(r);
	}
	free((char *)e->dn);
	free((char *)e->name);
	free((char *)e->names.farm);
	free((char *)e->names.cluster);
	free((char *)e->names.node);
	free((char *)e->names.parameter);
	free(e);
}

void
tree_free(struct tree *t)
{
	struct entry *e, *next;

	if (t == NULL)
		return;
	for (e = t->first; e != NULL; e = next) {
		next = e->next;
		free_entry(e);
	}
	free(t->places);
	free(t);
}

static char *
copy_to_depth(const char *name, enum depth of, enum depth depth)
{
	return name == NULL || of > depth ? NULL : strdup(name);
}

/* The names that entries of a depth share; false if memory is out. */
static bool
copy_names(
    struct farm_series *to, const struct farm_series *from, enum depth depth)
{
	to->farm = copy_to_depth(from->farm, DEPTH_FARM, depth);
	to->cluster = copy_to_depth(from->cluster, DEPTH_CLUSTER, depth);
	to->node = copy_to_depth(from->node, DEPTH_NODE, depth);
	to->parameter = copy_to_depth(from->parameter, DEPTH_PARAMETER, depth);
	return (depth < DEPTH_FARM || to->farm != NULL) &&
	       (depth < DEPTH_CLUSTER || to->cluster != NULL) &&
	       (depth < DEPTH_NODE || to->node != NULL) &&
	       (depth < DEPTH_PARAMETER || to->parameter != NULL);
}

static char *
print_dn(const struct tree *t, size_t level, const struct entry *parent,
    const struct farm_series *names)
{
	const char *above = parent == NULL ? t->options.base : parent->dn;
	struct buffer b = BUFFER_INIT;
	size_t size;

	dn_put_level(&b, &t->layout->plan.levels[level], names);
	if (*above != '\0')
		buffer_printf(&b, ",%s", above);
	return buffer_take(&b, &size);
}

static struct entry *
make_entry(struct tree *t, size_t level, struct entry *parent, char *dn,
    const struct farm_series *names)
{
	const struct dn_level *l = &t->layout->plan.levels[level];
	struct entry *e = calloc(1, sizeof(*e));
	struct buffer name = BUFFER_INIT;
	size_t size;

	if (e == NULL) {
		free(dn);
		return NULL;
	}
	e->dn = dn;
	e->level = level;
	e->parent = parent;
	dn_level_value(&name, l, names);
	e->name = buffer_take(&name, &size);
	if (e->name == NULL || !copy_names(&e->names, names, l->depth)) {
		free_entry(e);
		return NULL;
	}
	link_entry(t, e);
	return e;
}

static struct entry *
find_level(const struct tree *t, size_t level, const struct entry *parent,
    const struct farm_series *names, char **ret_dn)
{
	*ret_dn = print_dn(t, level, parent, names);
	return *ret_dn == NULL || t->n_places == 0 ? NULL
						   : *place_of(t, *ret_dn);
}

/* The entry of a level, made with all above it; *ret is NULL if there are too
   many.  -1: memory is out. */
static int
need_entry(struct tree *t, size_t levels, const struct farm_series *names,
    struct entry **ret)
{
	struct entry *parent = NULL, *e;
	char *dn;

	*ret = NULL;
	for (size_t i = 0; i < levels; i++) {
		if (t->n >= t->n_places && grow(t) != 0)
			return -1;
		e = find_level(t, i, parent, names, &dn);
		if (dn == NULL)
			return -1;
		if (e != NULL)
			free(dn);
		else if (t->n >= t->options.most) {
			free(dn);
			return 0;
		} else
			e = make_entry(t, i, parent, dn, names);
		if (e == NULL)
			return -1;
		parent = e;
	}
	*ret = parent;
	return 0;
}

/* ----------------------------------------------------------- readings -- */

void
reading_unref(struct reading *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	free(r->value);
	free(r->unit);
	free(r->instance);
	free(r);
}

static struct reading *
find_reading(const struct entry *e, const char *parameter)
{
	struct reading *r = e->readings;

	while (r != NULL && strcmp(r->parameter, parameter) != 0)
		r = r->next;
	return r;
}

/* In the order they came. */
static struct reading *
add_reading(struct entry *e, const char *parameter)
{
	struct reading *r = calloc(1, sizeof(*r) + strlen(parameter) + 1);
	struct reading **end = &e->readings;

	if (r == NULL)
		return NULL;
	memcpy(r->parameter, parameter, strlen(parameter) + 1);
	r->entry = e;
	r->refs = 1;
	while (*end != NULL)
		end = &(*end)->next;
	*end = r;
	return r;
}

int
tree_reading(struct tree *t, const struct farm_series *names,
    struct reading **ret, struct error *err)
{
	struct entry *e;
	struct reading *r;

	if (need_entry(t, t->layout->plan.n, names, &e) != 0)
		return error_set(err, "out of memory");
	if (e == NULL)
		return error_set(err,
		    "%s/%s/%s: there are %zu entries already, as many as may "
		    "be",
		    names->cluster, names->node, names->parameter, t->n);
	r = find_reading(e, names->parameter);
	if (r == NULL)
		r = add_reading(e, names->parameter);
	if (r == NULL)
		return error_set(err, "out of memory");
	r->refs++;
	*ret = r;
	return 0;
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static int
set_text(char **at, const char *text)
{
	char *copy;

	if (is_same(*at, text))
		return 0;
	copy = strdup(text);
	if (copy == NULL)
		return -1;
	free(*at);
	*at = copy;
	return 0;
}

static void
change(struct tree *t, struct entry *e, uint64_t position)
{
	if (e->since == 0 || position < e->since)
		e->since = position;
	e->tries = 0;
	if (!e->queued)
		queue_put(&t->due, e);
}

/* A batch may come twice: what came after a removal comes after it again. */
static bool
is_past(const struct reading *r, int64_t time_ns)
{
	return time_ns < r->time_ns ||
	       (time_ns == r->time_ns && !r->entry->doomed);
}

/* It may have left the queue to wait for the last of its children to go. */
static void
spare(struct tree *t, struct entry *e)
{
	if (e->doomed && !e->queued)
		queue_put(&t->due, e);
	e->doomed = false;
}

int
tree_set(struct tree *t, struct reading *r, const struct farm_record *record,
    const struct farm_value *v, const char *unit, bool *ret_waits)
{
	struct buffer text = BUFFER_INIT;
	bool same;

	*ret_waits = r->entry->changed;
	if (r->value != NULL && is_past(r, record->time_ns))
		return 0;
	buffer_value(&text, v);
	same = r->value != NULL && r->length == text.size &&
	       memcmp(r->value, buffer_text(&text), text.size) == 0 &&
	       is_same(r->unit, unit) && is_same(r->instance, record->instance);
	if (same && !r->entry->doomed) {
		buffer_free(&text);
		return 0;
	}
	if (buffer_failed(&text) || set_text(&r->unit, unit) != 0 ||
	    set_text(&r->instance, record->instance) != 0) {
		buffer_free(&text);
		return -1;
	}
	free(r->value);
	r->length = text.size;
	r->value = text.size == 0 ? strdup("") : buffer_take(&text, &r->length);
	buffer_free(&text);
	r->time_ns = record->time_ns;
	for (struct entry *e = r->entry; e != NULL; e = e->parent)
		spare(t, e);
	r->entry->changed = true;
	change(t, r->entry, record->position);
	*ret_waits = true;
	return r->value == NULL ? -1 : 0;
}

/* ------------------------------------------------------------ removal -- */

static void
doom(struct tree *t, struct entry *e, uint64_t position)
{
	e->doomed = true;
	e->changed = true;
	change(t, e, position);
}

static bool
is_below(const struct entry *e, const struct entry *top)
{
	while (e != NULL && e != top)
		e = e->parent;
	return e != NULL;
}

/* Some of the parameters of a node. */
static void
remove_reading(
    struct tree *t, struct entry *e, const char *parameter, uint64_t position)
{
	struct reading **at = &e->readings, *r;

	while (*at != NULL && strcmp((*at)->parameter, parameter) != 0)
		at = &(*at)->next;
	r = *at;
	if (r == NULL)
		return;
	*at = r->next;
	detach(r);
	if (e->readings == NULL)
		doom(t, e, position);
	else {
		e->changed = true;
		change(t, e, position);
	}
}

static enum depth
depth_of(const struct farm_series *names)
{
	if (names->parameter != NULL)
		return DEPTH_PARAMETER;
	if (names->node != NULL)
		return DEPTH_NODE;
	return names->cluster != NULL ? DEPTH_CLUSTER : DEPTH_FARM;
}

int
tree_remove(struct tree *t, const struct farm_series *names, uint64_t position,
    struct error *err)
{
	const struct dn_plan *plan = &t->layout->plan;
	enum depth depth = depth_of(names);
	struct entry *top, *e;
	size_t levels = plan->n;

	if (depth == DEPTH_PARAMETER && layout_is_of_nodes(t->layout))
		depth = DEPTH_NODE;
	while (levels > 0 && plan->levels[levels - 1].depth > depth)
		levels--;
	if (levels == 0 || plan->levels[levels - 1].depth < depth)
		return 0; /* has no entry of its own */
	if (need_entry(t, levels, names, &top) != 0)
		return error_set(err, "out of memory");
	if (top == NULL)
		return 0;
	if (names->parameter != NULL && layout_is_of_nodes(t->layout)) {
		remove_reading(t, top, names->parameter, position);
		return 0;
	}
	for (e = t->first; e != NULL; e = e->next)
		if (is_below(e, top))
			doom(t, e, position);
	return 0;
}

/* ------------------------------------------------------------ writing -- */

void
tree_wake(struct tree *t, int64_t now_ns)
{
	struct queue resting = t->resting;
	struct entry *e;

	queue_init(&t->resting);
	while ((e = queue_take(&resting)) != NULL) {
		bool due = now_ns - e->written_ns >= t->options.every_ns;

		queue_put(due ? &t->due : &t->resting, e);
	}
}

struct entry *
tree_next(struct tree *t, int64_t now_ns)
{
	struct entry *e;

	while ((e = queue_take(&t->due)) != NULL) {
		if (!e->changed)
			continue;
		if (e->doomed && e->n_children > 0)
			continue; /* the last of them calls it */
		if (e->doomed || e->written_ns == 0 ||
		    now_ns - e->written_ns >= t->options.every_ns)
			return e;
		queue_put(&t->resting, e);
	}
	return NULL;
}

void
tree_requeue(struct tree *t, struct entry *e)
{
	if (!e->queued)
		queue_put(&t->due, e);
}

void
tree_written(struct tree *t, struct entry *e, int64_t now_ns)
{
	(void)t;
	e->changed = false;
	e->since = 0;
	e->tries = 0;
	e->written_ns = now_ns;
}

static void
dequeue(struct queue *q, struct entry *e)
{
	struct entry **at = &q->first;

	while (*at != NULL && *at != e)
		at = &(*at)->next_queued;
	if (*at == NULL)
		return;
	*at = e->next_queued;
	if (*at == NULL)
		q->end = at;
}

void
tree_gone(struct tree *t, struct entry *e)
{
	struct entry *parent = e->parent;

	if (e->queued) {
		dequeue(&t->due, e);
		dequeue(&t->resting, e);
	}
	unlink_entry(t, e);
	free_entry(e);
	if (parent == NULL || --parent->n_children > 0 || !parent->doomed)
		return;
	tree_requeue(t, parent);
}

void
tree_again(struct tree *t, struct entry *e)
{
	e->changed = true;
	e->written_ns = 0;
	e->tries = 0;
	tree_requeue(t, e);
}

void
tree_unknown(struct tree *t)
{
	struct entry *e;

	for (e = t->first; e != NULL; e = e->next) {
		e->presence = ENTRY_UNKNOWN;
		e->refreshed_ns = 0;
		e->made = false;
		if (e->readings != NULL || e->changed)
			tree_again(t, e);
	}
}

struct entry *
tree_first(const struct tree *t)
{
	return t->first;
}

uint64_t
tree_waiting_since(const struct tree *t)
{
	uint64_t since = UINT64_MAX;
	struct entry *e;

	for (e = t->first; e != NULL; e = e->next)
		if (e->changed && e->since != 0 && e->since < since)
			since = e->since;
	return since;
}

size_t
tree_size(const struct tree *t)
{
	return t->n;
}
