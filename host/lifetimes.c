/* Lifetimes of series (in a timer wheel), nodes and clusters (walked through
   once a second: they are few). */
#include "cache_cell.h"

#include <string.h>

#include "clock.h"

static uint32_t
tick_of(const struct cache *c, int64_t mono_ns)
{
	int64_t ticks = (mono_ns - c->epoch_mono_ns) / LIFETIME_TICK_NS;

	return ticks > 0 ? (uint32_t)ticks : 0;
}

/* Rounded up, and one more for the part of a tick lost at renewal: never
   early.  What 32 bits cannot say is for ever. */
static uint32_t
lifetime_ticks(int64_t ns)
{
	if (ns <= 0 || ns >= (int64_t)(UINT32_MAX / 2) * LIFETIME_TICK_NS)
		return 0;
	return (uint32_t)((ns - 1) / LIFETIME_TICK_NS) + 2;
}

static void
wheel_insert(struct cache *c, uint32_t series, struct cell *cell)
{
	uint32_t due = cell->renewed + cell->lifetime;
	uint32_t *first;

	/* A slot that is done already would come up a whole turn late. */
	if (due <= c->tick)
		due = c->tick + 1;
	cell->slot = (uint16_t)(due % WHEEL_SLOTS);
	first = &c->wheel[cell->slot];
	cell->prev = 0;
	cell->next = *first;
	if (*first != 0)
		cell_at(c, *first)->prev = series;
	*first = series;
}

static void
wheel_remove(struct cache *c, struct cell *cell)
{
	if (cell->prev != 0)
		cell_at(c, cell->prev)->next = cell->next;
	else
		c->wheel[cell->slot] = cell->next;
	if (cell->next != 0)
		cell_at(c, cell->next)->prev = cell->prev;
}

void
lifetime_end(struct cache *c, struct cell *cell)
{
	if (cell->lifetime != 0)
		wheel_remove(c, cell);
	cell->lifetime = 0;
}

void
lifetime_renew(struct cache *c, uint32_t series, struct cell *cell,
    int64_t lifetime_ns, int64_t mono_ns)
{
	uint32_t lifetime = lifetime_ticks(lifetime_ns);

	if (!c->begun) {
		c->begun = true;
		c->epoch_mono_ns = mono_ns;
	}
	cell->renewed = tick_of(c, mono_ns);
	if (lifetime == cell->lifetime)
		return;
	lifetime_end(c, cell);
	cell->lifetime = lifetime;
	if (lifetime != 0)
		wheel_insert(c, series, cell);
}

int64_t
cell_silent_ns(const struct cache *c, const struct cell *cell, int64_t mono_ns)
{
	uint32_t tick = tick_of(c, mono_ns);

	return tick > cell->renewed ? (tick - cell->renewed) * LIFETIME_TICK_NS
				    : 0;
}

void
interval_note(struct cache *c, struct cell *cell, int64_t mono_ns)
{
	int64_t gap = cell_silent_ns(c, cell, mono_ns) / NS_PER_S + 1;

	if (gap >= UINT16_MAX)
		cell->every_s = UINT16_MAX;
	else if (gap >= cell->every_s)
		cell->every_s = (uint16_t)gap;
	else
		cell->every_s -= (uint16_t)((cell->every_s - gap + 7) / 8);
}

static void
put_name(struct buffer *b, const char *key, const char *name)
{
	if (name == NULL)
		return;
	buffer_printf(b, "\"%s\":", key);
	buffer_json_text(b, name);
	buffer_putc(b, ',');
}

/* Names down to the level of what is no more; NULL below. */
static void
tell(struct cache *c, struct batch *removals, int64_t wall_ns,
    const struct farm_series *names, const char *reason)
{
	struct buffer b = BUFFER_INIT;

	buffer_putc(&b, '{');
	put_name(&b, "farm", names->farm);
	put_name(&b, "cluster", names->cluster);
	put_name(&b, "node", names->node);
	put_name(&b, "parameter", names->parameter);
	buffer_printf(&b, "\"reason\":\"%s\"}", reason);
	if (buffer_failed(&b) || batch_add_payload(removals, FARM_REMOVAL,
				     wall_ns, "", b.data, b.size) != 0)
		c->lost++;
	buffer_free(&b);
}

static void
tell_node(struct cache *c, struct batch *removals, int64_t wall_ns,
    const struct tree_node *n, const char *reason)
{
	struct farm_series names = {
		.farm = n->cluster->farm,
		.cluster = n->cluster->name,
		.node = n->name,
	};

	tell(c, removals, wall_ns, &names, reason);
}

static void
tell_cluster(struct cache *c, struct batch *removals, int64_t wall_ns,
    const struct tree_cluster *cluster, const char *reason)
{
	struct farm_series names = {
		.farm = cluster->farm,
		.cluster = cluster->name,
	};

	tell(c, removals, wall_ns, &names, reason);
}

static bool
is_full(const struct batch *removals)
{
	return removals->view.n_records >= CACHE_REMOVALS;
}

static void
remove_node(struct cache *c, struct tree_node *n)
{
	while (n->n_series > 0)
		cell_remove(c, n->series[n->n_series - 1]);
	tree_drop_node(&c->tree, n);
}

/* A node that lives for ever still goes with its last parameter, else names
   that come and go would fill the memory. */
static void
leave_node(struct cache *c, struct tree_node *n, struct batch *removals,
    int64_t wall_ns)
{
	if (n->n_series > 0 || n->lease.lifetime_ns > 0)
		return;
	tell_node(c, removals, wall_ns, n, "empty");
	tree_drop_node(&c->tree, n);
}

static void
expire_series(
    struct cache *c, uint32_t series, struct batch *removals, int64_t wall_ns)
{
	const struct farm_series *s = series_get(c->series, series);
	struct tree_node *n = c->tree.nodes[cell_at(c, series)->node];
	uint32_t now = series_find(
	    c->series, s->farm, s->cluster, s->node, s->parameter);

	/* A series of the same names but another kind may have taken its
	   place: then nothing is gone. */
	if (now == series || now == 0)
		tell(c, removals, wall_ns, s, "lifetime");
	cell_remove(c, series);
	leave_node(c, n, removals, wall_ns);
}

/* False if it has to be gone through again: the removals are full. */
static bool
turn_slot(
    struct cache *c, uint32_t tick, struct batch *removals, int64_t wall_ns)
{
	uint32_t series = c->wheel[tick % WHEEL_SLOTS];
	uint32_t next;

	for (; series != 0 && !is_full(removals); series = next) {
		struct cell *cell = cell_at(c, series);

		next = cell->next;
		if (cell->renewed + cell->lifetime <= tick) {
			expire_series(c, series, removals, wall_ns);
		} else if ((cell->renewed + cell->lifetime) % WHEEL_SLOTS !=
			   cell->slot) {
			wheel_remove(c, cell);
			wheel_insert(c, series, cell);
		}
	}
	return series == 0;
}

static bool
is_over(const struct lease *l, int64_t mono_ns)
{
	return l->lifetime_ns > 0 && mono_ns - l->renewed_ns >= l->lifetime_ns;
}

static void
expire_nodes(
    struct cache *c, int64_t mono_ns, int64_t wall_ns, struct batch *removals)
{
	for (uint32_t i = 0; i < c->tree.bound && !is_full(removals); i++) {
		struct tree_node *n = c->tree.nodes[i];

		/* Its cluster's removal will speak for it. */
		if (n == NULL || is_over(&n->cluster->lease, mono_ns))
			continue;
		if (!is_over(&n->lease, mono_ns))
			continue;
		tell_node(c, removals, wall_ns, n, "lifetime");
		remove_node(c, n);
	}
}

static void
expire_cluster(struct cache *c, struct tree_cluster *cluster,
    struct batch *removals, int64_t wall_ns)
{
	for (uint32_t i = 0; i < c->tree.bound && cluster->n_nodes > 0; i++)
		if (c->tree.nodes[i] != NULL &&
		    c->tree.nodes[i]->cluster == cluster)
			remove_node(c, c->tree.nodes[i]);
	tell_cluster(c, removals, wall_ns, cluster, "lifetime");
	tree_drop_cluster(&c->tree, cluster);
}

static void
expire_clusters(
    struct cache *c, int64_t mono_ns, int64_t wall_ns, struct batch *removals)
{
	struct tree_cluster *next;

	for (struct tree_cluster *t = c->tree.clusters; t != NULL; t = next) {
		next = t->next;
		if (is_over(&t->lease, mono_ns))
			expire_cluster(c, t, removals, wall_ns);
		else if (t->n_nodes == 0 && t->lease.lifetime_ns == 0) {
			tell_cluster(c, removals, wall_ns, t, "empty");
			tree_drop_cluster(&c->tree, t);
		}
	}
}

void
cache_expire(
    struct cache *c, int64_t mono_ns, int64_t wall_ns, struct batch *removals)
{
	uint32_t now;

	pthread_mutex_lock(&c->lock);
	c->renewed = NULL;
	now = c->begun ? tick_of(c, mono_ns) : c->tick;
	/* One turn sees every slot. */
	if (now > c->tick + WHEEL_SLOTS)
		c->tick = now - WHEEL_SLOTS;
	while (c->tick < now && turn_slot(c, c->tick + 1, removals, wall_ns)) {
		c->tick++;
		/* Readers get their turn too. */
		pthread_mutex_unlock(&c->lock);
		pthread_mutex_lock(&c->lock);
	}
	expire_nodes(c, mono_ns, wall_ns, removals);
	expire_clusters(c, mono_ns, wall_ns, removals);
	recent_age(&c->recent, mono_ns);
	pthread_mutex_unlock(&c->lock);
}
