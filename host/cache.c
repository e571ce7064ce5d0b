#include "cache_cell.h"

#include <stdlib.h>
#include <string.h>

/* Values ahead whose cells are fetched: the time that memory takes. */
#define AHEAD 12u

struct cache *
cache_new(struct series_table *series, const struct cache_config *config)
{
	struct cache *c = calloc(1, sizeof(*c));
	size_t bound;

	if (c == NULL)
		return NULL;
	c->series = series;
	c->cells.item = sizeof(struct cell);
	bound = config->recent_bytes > 0 ? (size_t)config->recent_bytes : 0;
	pthread_mutex_init(&c->lock, NULL);
	if (recent_init(&c->recent, bound, config->recent_ns) == 0)
		return c;
	cache_free(c);
	return NULL;
}

static void
drop_text(struct cache *c, struct cell *cell)
{
	if (cell->type != FARM_TEXT)
		return;
	c->text_bytes -= cell->length + 1u;
	free(cell->text);
	cell->type = FARM_NONE;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < column_bound(&c->cells); i++) {
		struct cell *cell = cell_at(c, i);

		if (cell == NULL || !cell->live)
			continue;
		drop_text(c, cell);
		series_unpin(c->series, i);
	}
	recent_destroy(&c->recent);
	tree_free(&c->tree);
	column_free(&c->cells);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
cache_begin(struct cache *c)
{
	pthread_mutex_lock(&c->lock);
	c->renewed = NULL;
}

void
cache_end(struct cache *c)
{
	pthread_mutex_unlock(&c->lock);
}

/* The series' first value, or the first after it had expired. */
static struct cell *
cell_make(struct cache *c, uint32_t series)
{
	const struct farm_series *names = series_get(c->series, series);
	struct tree_node *node;
	struct cell *cell;
	int64_t index;

	if (names == NULL)
		return NULL;
	cell = column_need(&c->cells, series);
	node = cell != NULL ? tree_need(&c->tree, names) : NULL;
	index = node != NULL ? tree_add(&c->tree, node, series) : -1;
	if (index < 0) {
		c->lost++;
		return NULL;
	}
	series_pin(c->series, series);
	*cell = (struct cell){
		.node = node->number,
		.index = (uint32_t)index,
		.live = true,
	};
	c->n_series++;
	return cell;
}

void
cell_remove(struct cache *c, uint32_t series)
{
	struct cell *cell = cell_at(c, series);
	uint32_t moved;

	lifetime_end(c, cell);
	recent_drop(&c->recent, &cell->recent);
	drop_text(c, cell);
	moved = tree_remove(c->tree.nodes[cell->node], cell->index);
	if (moved != 0)
		cell_at(c, moved)->index = cell->index;
	cell->live = false;
	c->n_series--;
	c->expired++;
	series_unpin(c->series, series);
}

static void
renew_lease(struct lease *lease, int64_t lifetime_ns, int64_t mono_ns)
{
	lease->renewed_ns = mono_ns;
	lease->lifetime_ns = lifetime_ns;
}

static void
renew_node(struct cache *c, struct tree_node *n, int64_t time_ns,
    const struct lifetimes *lifetimes, int64_t mono_ns)
{
	if (time_ns > n->last_ns)
		n->last_ns = time_ns;
	if (time_ns > n->cluster->last_ns)
		n->cluster->last_ns = time_ns;
	if (c->renewed == n && c->renewed_mono_ns == mono_ns &&
	    c->renewed_for == lifetimes)
		return;
	renew_lease(&n->lease, lifetimes->node_ns, mono_ns);
	renew_lease(&n->cluster->lease, lifetimes->cluster_ns, mono_ns);
	c->renewed = n;
	c->renewed_mono_ns = mono_ns;
	c->renewed_for = lifetimes;
}

static int
set_last(struct cache *c, struct cell *cell, const struct farm_value *v)
{
	char *text = NULL;

	if (v->type == FARM_TEXT) {
		text = malloc(v->length + 1u);
		if (text == NULL)
			return -1;
		memcpy(text, v->text, v->length);
		text[v->length] = '\0';
		c->text_bytes += v->length + 1u;
	}
	drop_text(c, cell);
	cell->type = v->type;
	cell->length = v->length;
	if (v->type == FARM_TEXT)
		cell->text = text;
	else
		cell->bits = v->uint64;
	return 0;
}

/* As struct farm_spec has the one that was given. */
static int64_t
lifetime_of(int64_t given_ns, int64_t configured_ns)
{
	if (given_ns > 0)
		return given_ns;
	/* For ever is not too short; -INT64_MIN is no number. */
	if (configured_ns <= 0 || configured_ns > -(given_ns + 1))
		return configured_ns;
	return -(given_ns + 1);
}

static void
put(struct cache *c, const struct farm_record *record,
    const struct farm_value *v, const struct lifetimes *lifetimes,
    int64_t mono_ns)
{
	int64_t lifetime_ns = lifetime_of(
	    series_lifetime(c->series, v->series), lifetimes->parameter_ns);
	struct cell *cell;

	if (v->type == FARM_NONE)
		return;
	cell = cell_at(c, v->series);
	if (cell == NULL || !cell->live)
		cell = cell_make(c, v->series);
	else
		interval_note(c, cell, mono_ns);
	if (cell == NULL)
		return;
	if (set_last(c, cell, v) != 0) {
		c->lost++;
		return;
	}
	cell->time_ns = record->time_ns;
	cell->position = record->position;
	lifetime_renew(c, v->series, cell, lifetime_ns, mono_ns);
	renew_node(
	    c, c->tree.nodes[cell->node], record->time_ns, lifetimes, mono_ns);
	recent_add(&c->recent, &cell->recent, v, record->time_ns,
	    record->position, mono_ns);
}

/* The value that is AHEAD of the one being put, over all records. */
struct ahead {
	const struct farm_record *record;
	const struct farm_record *end;
	uint32_t v;
};

/* A value's cell is a place in memory that nobody has looked at since its last
   one: it is fetched a while before. */
static void
foresee(const struct cache *c, struct ahead *a)
{
	uint32_t series;

	while (a->record < a->end && a->v >= a->record->n_values) {
		a->record++;
		a->v = 0;
	}
	if (a->record == a->end)
		return;
	series = a->record->values[a->v++].series;
	__builtin_prefetch(cell_at(c, series), 1);
	series_foresee(c->series, series);
}

void
cache_put(struct cache *c, const struct farm_record *records,
    const struct lifetimes *const *lifetimes, size_t n, int64_t mono_ns)
{
	struct ahead ahead = { records, records + n, 0 };
	const struct farm_record *r = records;

	for (uint32_t i = 0; i < AHEAD; i++)
		foresee(c, &ahead);
	for (; r < records + n; r++, lifetimes++)
		for (uint32_t v = 0; v < r->n_values; v++) {
			foresee(c, &ahead);
			if ((r->flags & FARM_IMPORTED) == 0)
				put(c, r, &r->values[v], *lifetimes, mono_ns);
		}
}

void
cache_stats(struct cache *c, struct cache_stats *ret)
{
	pthread_mutex_lock(&c->lock);
	*ret = (struct cache_stats){
		.clusters = c->tree.n_clusters,
		.nodes = c->tree.n_nodes,
		.series = c->n_series,
		.points = c->recent.points,
		.expired = c->expired,
		.lost = c->lost,
		.recent_bytes = c->recent.bytes,
		.points_given_up = c->recent.given_up,
		.bytes = sizeof(*c) + c->cells.bytes + c->tree.bytes +
			 c->text_bytes + c->recent.bytes,
	};
	pthread_mutex_unlock(&c->lock);
}

uint64_t
cache_whole_after(struct cache *c, const struct matcher *matcher)
{
	uint64_t position;

	/* One bound for all series: safe, and needs no room in each. */
	(void)matcher;
	pthread_mutex_lock(&c->lock);
	position = c->recent.given_up_position;
	pthread_mutex_unlock(&c->lock);
	return position;
}
