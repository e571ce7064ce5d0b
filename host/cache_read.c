/*
 * The cache's readers.  The lock is held for one slice at a time: some names
 * of nodes, or some series of one node; what was taken is copied, pinned,
 * sorted and handed out without it.
 */
#include "cache_read.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "matched.h"

#define SLICE 1000
/* Of points, each of which may be a place in memory of its own. */
#define SLICE_POINTS 20000

/* One series of a node, copied. */
struct taken {
	uint32_t series;
	const struct farm_series *names; /* pinned */
	struct cache_point last;
	struct cache_point *points;
	size_t n_points;
};

/* What is asked for, and the series of the node at hand. */
struct reader {
	struct cache *cache;
	const struct matcher *matcher; /* NULL: all last values */
	bool recent;                   /* points, not last values */
	int64_t from_ns;
	int64_t to_ns;
	uint64_t after;
	size_t looked_at;    /* points in this slice */
	struct arena *arena; /* of the node's copies */
	struct taken *items;
	size_t n;
	size_t capacity;
	struct recent_point *back; /* of one series; NULL: not needed yet */
};

static bool
grow(void **items, size_t *capacity, size_t n, size_t size)
{
	size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
	void *grown;

	if (n < *capacity)
		return true;
	grown = realloc(*items, wanted * size);
	if (grown == NULL)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}

static void
add_ref(struct node_refs *refs, const struct tree_node *n)
{
	struct node_ref ref = {
		.farm = arena_strdup(refs->arena, n->cluster->farm),
		.cluster = arena_strdup(refs->arena, n->cluster->name),
		.node = arena_strdup(refs->arena, n->name),
		.serial = n->serial,
		.number = n->number,
		.n_series = n->n_series,
		.last_ns = n->last_ns,
		.lifetime_ns = n->lease.lifetime_ns,
		.cluster_lifetime_ns = n->cluster->lease.lifetime_ns,
	};

	if (ref.farm == NULL || ref.cluster == NULL || ref.node == NULL)
		return;
	if (grow((void **)&refs->items, &refs->capacity, refs->n, sizeof(ref)))
		refs->items[refs->n++] = ref;
}

static int
by_name(const void *a, const void *b)
{
	const struct node_ref *x = a;
	const struct node_ref *y = b;
	int order = strcmp(x->farm, y->farm);

	if (order == 0)
		order = strcmp(x->cluster, y->cluster);
	return order != 0 ? order : strcmp(x->node, y->node);
}

int
node_refs_collect(struct cache *c, struct node_refs *refs)
{
	uint32_t i = 0;
	bool more = true;

	*refs = (struct node_refs){ .arena = arena_new(0) };
	if (refs->arena == NULL)
		return -1;
	while (more) {
		pthread_mutex_lock(&c->lock);
		for (uint32_t end = i + SLICE; i < end; i++)
			if (i < c->tree.bound && c->tree.nodes[i] != NULL)
				add_ref(refs, c->tree.nodes[i]);
		more = i < c->tree.bound;
		pthread_mutex_unlock(&c->lock);
	}
	if (refs->n > 0)
		qsort(refs->items, refs->n, sizeof(*refs->items), by_name);
	return 0;
}

void
node_refs_free(struct node_refs *refs)
{
	arena_free(refs->arena);
	free(refs->items);
}

static struct farm_value
copy_value(struct reader *r, struct farm_value v)
{
	if (v.type != FARM_TEXT)
		return v;
	v.text = arena_strndup(r->arena, v.text, v.length);
	if (v.text == NULL)
		v.type = FARM_NONE;
	return v;
}

static bool
is_wanted(const struct reader *r, const struct farm_series *names,
    const struct recent_point *p)
{
	return p->time_ns >= r->from_ns && p->time_ns < r->to_ns &&
	       matcher_value(r->matcher, names, &p->value);
}

/* The next one back that may be asked for: positions fall on the way. */
static bool
next_point(const struct reader *r, uint64_t number, struct recent_point *ret)
{
	return recent_point(&r->cache->recent, number, ret) &&
	       ret->position > r->after;
}

/* The newest first: so they are put from the end to the beginning. */
static void
take_points(struct reader *r, struct taken *t, const struct cell *cell)
{
	struct recent_point p;
	struct cache_point *to;
	size_t room = 0;
	uint64_t number;

	for (number = cell->recent; next_point(r, number, &p);
	     number = p.previous)
		room++;
	r->looked_at += room;
	to = arena_array(r->arena, room, sizeof(*to));
	if (to == NULL)
		return;
	to += room;
	for (number = cell->recent; next_point(r, number, &p);
	     number = p.previous) {
		p.value.series = t->series;
		if (!is_wanted(r, t->names, &p))
			continue;
		*--to = (struct cache_point){
			.time_ns = p.time_ns,
			.position = p.position,
			.value = copy_value(r, p.value),
		};
		t->n_points++;
	}
	t->points = to;
}

/* The points of a series, the newest first, that windows up to its last value
   can reach, without that one, in r->back; -1 if memory is out. */
static int
look_back(struct reader *r, const struct cell *cell, size_t *ret_n)
{
	int64_t window_ns = matcher_window_ns(r->matcher);
	uint64_t number = cell->recent;
	struct recent_point p;
	bool last = false;
	size_t n = 0, i;

	if (r->back == NULL)
		r->back = calloc(MATCHED_NUMBERS_MAX, sizeof(*r->back));
	if (r->back == NULL)
		return -1;
	for (i = 0; i < MATCHED_NUMBERS_MAX &&
		    recent_point(&r->cache->recent, number, &p);
	     i++, number = p.previous) {
		if (!last && p.position == cell->position)
			last = true;
		else if (cell->time_ns - p.time_ns < window_ns)
			r->back[n++] = p;
	}
	r->looked_at += i;
	*ret_n = n;
	return 0;
}

/* What came before the last value has to be told first. */
static bool
passes_windows(struct reader *r, const struct farm_series *names,
    const struct cell *cell, const struct farm_value *last)
{
	struct matched *of;
	size_t n;
	bool passes;

	if (look_back(r, cell, &n) != 0 ||
	    matched_new(&of, r->matcher, names) != 0)
		return false;
	while (n-- > 0)
		(void)matched_value(of, r->back[n].time_ns, &r->back[n].value);
	passes = matched_value(of, cell->time_ns, last);
	matched_free(of);
	return passes;
}

/* Does the last value pass?  The names do. */
static bool
last_passes(struct reader *r, const struct farm_series *names,
    const struct cell *cell, const struct farm_value *last)
{
	if (r->matcher == NULL)
		return true;
	if (matcher_windowed(r->matcher))
		return passes_windows(r, names, cell, last);
	return matcher_value(r->matcher, names, last);
}

/* False if the series has nothing of what is asked for. */
static bool
take_last(struct reader *r, struct taken *t, const struct cell *cell)
{
	struct farm_value v = {
		.series = t->series,
		.type = cell->type,
		.length = cell->length,
	};

	if (cell->type == FARM_TEXT)
		v.text = cell->text;
	else
		v.uint64 = cell->bits;
	if (v.type == FARM_NONE || !last_passes(r, t->names, cell, &v))
		return false;
	t->last = (struct cache_point){
		.time_ns = cell->time_ns,
		.position = cell->position,
		.value = copy_value(r, v),
	};
	return t->last.value.type != FARM_NONE;
}

static void
take(struct reader *r, uint32_t series)
{
	const struct cell *cell = cell_at(r->cache, series);
	struct taken t = { .series = series };

	t.names = series_get(r->cache->series, series);
	if (t.names == NULL)
		return;
	if (r->matcher != NULL && !matcher_series(r->matcher, t.names))
		return;
	if (!grow((void **)&r->items, &r->capacity, r->n, sizeof(t)))
		return;
	if (r->recent)
		take_points(r, &t, cell);
	else if (!take_last(r, &t, cell))
		return;
	if (r->recent && t.n_points == 0)
		return;
	series_pin(r->cache->series, series);
	r->items[r->n++] = t;
}

/*
 * The series of a node, from the last to the first: removal puts the last in
 * the place of the removed, so that going down none is missed, though one may
 * be seen twice.
 */
static void
take_node(struct reader *r, const struct node_ref *ref)
{
	struct cache *c = r->cache;
	uint32_t left = UINT32_MAX;

	while (left > 0) {
		const struct tree_node *n = NULL;
		uint32_t end;

		pthread_mutex_lock(&c->lock);
		if (ref->number < c->tree.bound)
			n = c->tree.nodes[ref->number];
		if (n == NULL || n->serial != ref->serial)
			left = 0;
		else if (left > n->n_series)
			left = n->n_series;
		end = left > SLICE ? left - SLICE : 0;
		r->looked_at = 0;
		while (left > end && r->looked_at < SLICE_POINTS)
			take(r, n->series[--left]);
		pthread_mutex_unlock(&c->lock);
	}
}

/* The newer of two of the same name first: the older is a series that was
   defined anew, or the same one seen twice. */
static int
by_parameter(const void *a, const void *b)
{
	const struct taken *x = a;
	const struct taken *y = b;
	int order = strcmp(x->names->parameter, y->names->parameter);

	if (order != 0)
		return order;
	if (x->last.position != y->last.position)
		return x->last.position > y->last.position ? -1 : 1;
	return x->series < y->series ? -1 : x->series > y->series;
}

static bool
is_repeated(const struct reader *r, size_t i)
{
	if (i == 0)
		return false;
	if (r->recent)
		return r->items[i].series == r->items[i - 1].series;
	return strcmp(r->items[i].names->parameter,
		   r->items[i - 1].names->parameter) == 0;
}

struct handout {
	cache_latest_fn *latest;
	cache_recent_fn *recent;
	void *context;
};

static bool
hand_out(struct reader *r, const struct handout *h)
{
	bool go_on = true;

	if (r->n > 0)
		qsort(r->items, r->n, sizeof(*r->items), by_parameter);
	for (size_t i = 0; i < r->n; i++) {
		struct taken *t = &r->items[i];

		if (go_on && !is_repeated(r, i))
			go_on = r->recent
				    ? h->recent(h->context, t->names, t->points,
					  t->n_points)
				    : h->latest(h->context, t->names, &t->last);
	}
	for (size_t i = 0; i < r->n; i++)
		series_unpin(r->cache->series, r->items[i].series);
	r->n = 0;
	return go_on;
}

static bool
read_node(struct reader *r, const struct node_ref *ref, const struct handout *h)
{
	bool go_on;

	r->arena = arena_new(0);
	if (r->arena == NULL)
		return false;
	take_node(r, ref);
	go_on = hand_out(r, h);
	arena_free(r->arena);
	return go_on;
}

static void
read_all(struct reader *r, const struct handout *h)
{
	struct node_refs refs;
	bool go_on = true;

	if (node_refs_collect(r->cache, &refs) != 0)
		return;
	for (size_t i = 0; go_on && i < refs.n; i++)
		go_on = read_node(r, &refs.items[i], h);
	free(r->items);
	free(r->back);
	node_refs_free(&refs);
}

void
node_ref_latest(struct cache *c, const struct node_ref *ref,
    cache_latest_fn *each, void *context)
{
	struct handout h = { .latest = each, .context = context };
	struct reader r = { .cache = c };

	read_node(&r, ref, &h);
	free(r.items);
}

void
cache_latest(struct cache *c, const struct matcher *matcher,
    cache_latest_fn *each, void *context)
{
	struct handout h = { .latest = each, .context = context };
	struct reader r = { .cache = c, .matcher = matcher };

	read_all(&r, &h);
}

void
cache_recent(struct cache *c, const struct matcher *matcher, int64_t from_ns,
    int64_t to_ns, uint64_t after, cache_recent_fn *each, void *context)
{
	struct handout h = { .recent = each, .context = context };
	struct reader r = {
		.cache = c,
		.matcher = matcher,
		.recent = true,
		.from_ns = from_ns,
		.to_ns = to_ns,
		.after = after,
	};

	read_all(&r, &h);
}

/* False if the series is not one that is asked for. */
static bool
scan_one(struct cache *c, const struct matcher *matcher, uint32_t series,
    int64_t mono_ns, struct cache_last *ret)
{
	const struct cell *cell = cell_at(c, series);
	const struct farm_series *names = series_get(c->series, series);

	if (cell == NULL || !cell->live || cell->type == FARM_NONE ||
	    names == NULL || !matcher_series(matcher, names))
		return false;
	*ret = (struct cache_last){
		.time_ns = cell->time_ns,
		.silent_ns = cell_silent_ns(c, cell, mono_ns),
		.every_ns = cell->every_s * NS_PER_S,
		.value = { .series = series, .type = cell->type },
	};
	if (cell->type != FARM_TEXT)
		ret->value.uint64 = cell->bits;
	series_pin(c->series, series);
	return true;
}

size_t
cache_scan(struct cache *c, const struct matcher *matcher, uint32_t *from,
    int64_t mono_ns, struct cache_last *ret, size_t max)
{
	uint32_t bound, end, i = *from;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	bound = column_bound(&c->cells);
	end = bound - i > SLICE ? i + SLICE : bound;
	for (; i < end && n < max; i++)
		n += scan_one(c, matcher, i, mono_ns, &ret[n]);
	*from = i < bound ? i : 0;
	pthread_mutex_unlock(&c->lock);
	return n;
}
