/* A census as values, by our own names. */
#include "jobs_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

void
emit_value(struct emission *e, const char *cluster, const char *node,
    const char *parameter, struct farm_value v)
{
	e->rc |= farm_emit(e->host, e->target, v, .cluster = cluster,
	    .node = node, .parameter = parameter);
}

void
emit_count(struct emission *e, const char *cluster, const char *node,
    const char *parameter, int64_t n)
{
	if (n >= 0)
		emit_value(e, cluster, node, parameter, farm_int64(n));
}

void
emit_number(struct emission *e, const char *cluster, const char *node,
    const char *parameter, double n)
{
	if (!isnan(n))
		emit_value(e, cluster, node, parameter, farm_double(n));
}

const char *
emission_cluster(struct emission *e, const char *format, ...)
{
	char text[2 * FARM_NAME_MAX];
	const char *copy;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	copy = arena_strdup(e->arena, text);
	return copy != NULL ? copy : e->target->cluster;
}

/* A slot that is not known is not counted as taken, nor as there. */
static void
add(int64_t *sum, int64_t n)
{
	if (n >= 0)
		*sum = (*sum > 0 ? *sum : 0) + n;
}

void
node_totals(const struct census *c, struct node_totals *ret)
{
	const struct census_entry *e;

	*ret = (struct node_totals){ .slots = -1, .used = -1, .free = -1 };
	for (e = c->nodes.first; e != NULL; e = e->next) {
		ret->nodes[e->node.state]++;
		add(&ret->slots, e->node.slots);
		add(&ret->used, e->node.used);
		if (e->node.slots < 0 || e->node.used < 0)
			continue;
		if (e->node.state == NODE_FREE && e->node.slots > e->node.used)
			add(&ret->free, e->node.slots - e->node.used);
		else
			add(&ret->free, 0);
	}
}

/* ------------------------------------------------------------- our names -- */

static void
emit_states(struct emission *e, const char *cluster, const char *node,
    const struct census_counts *n, enum job_state last)
{
	static const char *const jobs[JOB_STATES] = { "jobs_pending",
		"jobs_held", "jobs_running", "jobs_suspended", "jobs_ending",
		"jobs_done", "jobs_failed", "jobs_unknown" };
	static const char *const slots[] = { "slots_pending", "slots_held",
		"slots_running", "slots_suspended", "slots_ending" };
	int i;

	for (i = 0; i <= (int)last; i++)
		emit_count(e, cluster, node, jobs[i], n->jobs[i]);
	emit_count(e, cluster, node, jobs[JOB_UNKNOWN], n->jobs[JOB_UNKNOWN]);
	for (i = 0; i <= JOB_ENDING; i++)
		if (!n->slots_missing[i])
			emit_count(e, cluster, node, slots[i], n->slots[i]);
}

/* Who waits for nothing has waited for no time. */
static void
emit_waits(struct emission *e, const char *cluster, const char *node,
    const struct census_counts *n, double median, int64_t now_ns)
{
	double oldest = NAN;

	if (n->jobs[JOB_PENDING] == 0)
		oldest = median = 0;
	else if (n->oldest_ns > 0)
		oldest = now_ns > n->oldest_ns
			     ? (double)(now_ns - n->oldest_ns) / NS_PER_S
			     : 0;
	emit_number(e, cluster, node, "wait_oldest", oldest);
	emit_number(e, cluster, node, "wait_median", median);
}

static void
emit_counts(struct emission *e, const char *cluster, const char *node,
    const struct census_counts *n, double median, int64_t now_ns)
{
	emit_states(e, cluster, node, n,
	    e->system->lists_finished ? JOB_FAILED : JOB_ENDING);
	emit_waits(e, cluster, node, n, median, now_ns);
	if (n->held_ns > 0)
		emit_value(e, cluster, node, "efficiency",
		    farm_double(100.0 * n->cpu_ns / n->held_ns));
}

static void
emit_totals(struct emission *e, struct census *c)
{
	static const char *const words[] = { "nodes_unknown", "nodes_free",
		"nodes_full", "nodes_closed", "nodes_down" };
	const char *cluster = e->target->cluster, *node = e->target->node;
	struct node_totals t;
	size_t i;

	emit_counts(e, cluster, node, &c->total,
	    c->waits.n > 0 ? sketch_quantile(&c->waits, 0.5) : NAN, c->now_ns);
	emit_count(e, cluster, node, "names_left_out", (int64_t)c->left_out);
	emit_count(e, cluster, node, "waits_left_out", c->waits_room.lost);
	if (c->nodes.n == 0)
		return;
	node_totals(c, &t);
	for (i = 0; i <= NODE_DOWN; i++)
		emit_count(e, cluster, node, words[i], t.nodes[i]);
	emit_count(e, cluster, node, "slots_total", t.slots);
	emit_count(e, cluster, node, "slots_used", t.used);
	emit_count(e, cluster, node, "slots_free", t.free);
}

static void
emit_gone(struct emission *e, const char *cluster, struct census *now,
    struct census_table *table, const struct census_table *last)
{
	static const struct census_counts none;
	const struct census_entry *one;
	struct slice name;

	for (one = last->first; one != NULL; one = one->next) {
		name = (struct slice){ one->name, strlen(one->name) };
		if (census_find(now, table, name) == NULL)
			emit_counts(
			    e, cluster, one->name, &none, 0, now->now_ns);
	}
}

static void
emit_table(struct emission *e, const char *what, struct census *now,
    struct census_table *table, const struct census_table *last)
{
	const char *cluster = emission_cluster(
	    e, "%s_%s", e->target->cluster, what);
	const struct census_entry *one;

	for (one = table->first; one != NULL; one = one->next)
		emit_counts(e, cluster, one->name, &one->counts,
		    waits_median(&one->waits), now->now_ns);
	if (last != NULL)
		emit_gone(e, cluster, now, table, last);
}

static void
emit_queues(struct emission *e, struct census *c)
{
	const char *cluster = emission_cluster(
	    e, "%s_queues", e->target->cluster);
	const struct census_entry *q;

	for (q = c->queues.first; q != NULL; q = q->next) {
		if (q->queue.open >= 0)
			emit_value(e, cluster, q->name, "open",
			    farm_boolean(q->queue.open));
		if (q->queue.active >= 0)
			emit_value(e, cluster, q->name, "active",
			    farm_boolean(q->queue.active));
		emit_count(e, cluster, q->name, "slots_total", q->queue.slots);
		emit_count(e, cluster, q->name, "slots_used", q->queue.used);
	}
}

static void
emit_node(struct emission *e, const char *cluster, const struct census_entry *n)
{
	const struct job_node *k = &n->node;

	if (n->word[0] != '\0')
		emit_value(e, cluster, n->name, "state",
		    farm_text(n->word, strlen(n->word)));
	if (k->state != NODE_UNKNOWN)
		emit_value(e, cluster, n->name, "up",
		    farm_boolean(k->state != NODE_DOWN));
	emit_count(e, cluster, n->name, "slots_total", k->slots);
	emit_count(e, cluster, n->name, "slots_used", k->used);
	emit_count(e, cluster, n->name, "cpus", k->cpus);
	emit_number(e, cluster, n->name, "load1", k->load1);
	emit_number(e, cluster, n->name, "load5", k->load5);
	emit_number(e, cluster, n->name, "load15", k->load15);
	emit_count(e, cluster, n->name, "memory_total", k->memory_total);
	emit_count(e, cluster, n->name, "memory_free", k->memory_free);
	emit_count(e, cluster, n->name, "swap_total", k->swap_total);
	emit_count(e, cluster, n->name, "swap_free", k->swap_free);
}

void
emit_farmd(struct emission *e, struct census *c, struct census *last)
{
	const char *cluster = emission_cluster(
	    e, "%s_nodes", e->target->cluster);
	const struct census_entry *n;

	emit_totals(e, c);
	emit_table(
	    e, "queues", c, &c->queues, last != NULL ? &last->queues : NULL);
	emit_queues(e, c);
	if (e->jobs->users)
		emit_table(e, "users", c, &c->users,
		    last != NULL ? &last->users : NULL);
	emit_table(e, "groups", c, &c->groups_seen,
	    last != NULL ? &last->groups_seen : NULL);
	for (n = c->nodes.first; n != NULL && e->jobs->nodes; n = n->next)
		emit_node(e, cluster, n);
}

void
emit_figures(struct emission *e, const struct census *c)
{
	const char *where = NULL, *cluster = NULL;
	const struct census_figure *f;

	for (f = c->figures; f != NULL; f = f->next) {
		if (f->where != NULL && f->where != where) {
			where = f->where;
			cluster = emission_cluster(
			    e, "%s_%s", e->target->cluster, where);
		}
		emit_value(e, f->where != NULL ? cluster : NULL,
		    f->where != NULL ? f->node : NULL, f->parameter,
		    f->is_integer ? farm_int64(f->integer)
				  : farm_double(f->number));
	}
}
