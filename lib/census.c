/* Jobs, nodes and queues counted. */
#include "census.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "job_roll.h"
#include "jobs_text.h"

/* ---------------------------------------------------------------- names -- */

static void
table_init(struct census_table *t)
{
	t->last = &t->first;
}

struct census *
census_new(size_t names_max, int64_t now_ns)
{
	struct census *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->arena = arena_new(0);
	if (c->arena == NULL) {
		free(c);
		return NULL;
	}
	hash_key_draw(&c->key);
	c->names_max = names_max;
	c->now_ns = now_ns;
	c->waits_room.arena = c->arena;
	c->waits_room.left = CENSUS_WAITS_BYTES;
	table_init(&c->queues);
	table_init(&c->users);
	table_init(&c->groups_seen);
	table_init(&c->nodes);
	c->last_figure = &c->figures;
	return c;
}

void
census_free(struct census *c)
{
	if (c == NULL)
		return;
	arena_free(c->arena);
	free(c);
}

static struct census_entry *
find(const struct census_table *t, uint64_t hash, struct slice name)
{
	struct census_entry *e = t->heads[hash % CENSUS_HEADS];

	while (e != NULL && (e->hash != hash || !slice_is(name, e->name)))
		e = e->chain;
	return e;
}

struct census_entry *
census_find(struct census *c, struct census_table *t, struct slice name)
{
	if (name.length == 0)
		return NULL;
	return find(t, hash_bytes(&c->key, 0, name.text, name.length), name);
}

struct census_entry *
census_name(struct census *c, struct census_table *t, struct slice name)
{
	struct census_entry *e;
	uint64_t hash;

	/* Its text may be NULL. */
	if (name.length == 0)
		return NULL;
	hash = hash_bytes(&c->key, 0, name.text, name.length);
	e = find(t, hash, name);
	if (e != NULL)
		return e;
	if (t->n == c->names_max) {
		c->left_out++;
		return NULL;
	}
	e = arena_alloc(c->arena, sizeof(*e));
	if (e != NULL)
		e->name = arena_strndup(c->arena, name.text, name.length);
	if (e == NULL || e->name == NULL) {
		c->failed = true;
		return NULL;
	}
	e->hash = hash;
	e->word = "";
	e->node = (struct job_node)JOB_NODE_INIT;
	e->queue = (struct job_queue)JOB_QUEUE_INIT;
	e->chain = t->heads[hash % CENSUS_HEADS];
	t->heads[hash % CENSUS_HEADS] = e;
	*t->last = e;
	t->last = &e->next;
	t->n++;
	return e;
}

/* ----------------------------------------------------------------- jobs -- */

/* More than an int64 can say is not known either. */
static bool
add_slots(int64_t *sum, int64_t jobs, int64_t slots)
{
	int64_t all, more;

	if (slots < 0 || __builtin_mul_overflow(jobs, slots, &more) ||
	    __builtin_add_overflow(*sum, more, &all))
		return false;
	*sum = all;
	return true;
}

static int64_t
jobs_of(const struct job *j)
{
	return j->count > 0 ? j->count : 1;
}

static void
count(struct census_counts *n, const struct job *j)
{
	int64_t jobs = jobs_of(j);

	n->jobs[j->state] += jobs;
	if (!add_slots(&n->slots[j->state], jobs, j->slots))
		n->slots_missing[j->state] = true;
	if (j->state == JOB_PENDING && j->submit_ns > 0 &&
	    (n->oldest_ns == 0 || j->submit_ns < n->oldest_ns))
		n->oldest_ns = j->submit_ns;
	if (j->state == JOB_RUNNING && j->cpu_ns >= 0 && j->wall_ns > 0) {
		n->cpu_ns += (double)j->cpu_ns;
		n->held_ns += (double)j->wall_ns *
			      (double)(j->slots > 0 ? j->slots : 1);
	}
}

/* By the group that it is counted for. */
static void
enroll(struct census *c, const struct job *j, struct slice group)
{
	struct job one = *j;

	one.group = group;
	job_roll_add(c->roll, &one);
	c->failed |= c->roll->failed;
}

/* In seconds; below 0 of a job that does not wait, or is not known to. */
static double
wait_of(const struct census *c, const struct job *j)
{
	if (j->state != JOB_PENDING || j->submit_ns <= 0)
		return -1;
	/* Its clock and ours may differ. */
	return c->now_ns > j->submit_ns
		   ? (double)(c->now_ns - j->submit_ns) / NS_PER_S
		   : 0;
}

static void
count_in(struct census *c, struct census_table *t, struct slice name,
    const struct job *j, double wait)
{
	struct census_entry *e = census_name(c, t, name);

	if (e == NULL)
		return;
	count(&e->counts, j);
	if (wait >= 0)
		waits_add(
		    &e->waits, &c->waits_room, wait, (uint64_t)jobs_of(j));
}

void
census_job(struct census *c, const struct job *j)
{
	double wait = wait_of(c, j);
	struct slice group = j->group;

	if (c->groups != NULL)
		group = group_map_of(
		    c->groups, c->by_user ? j->user : j->group);
	count(&c->total, j);
	if (wait >= 0)
		sketch_add_times(&c->waits, wait, (uint64_t)jobs_of(j));
	count_in(c, &c->queues, j->queue, j, wait);
	count_in(c, &c->users, j->user, j, wait);
	count_in(c, &c->groups_seen, group, j, wait);
	c->failed |= c->waits_room.failed;
	if (c->roll != NULL)
		enroll(c, j, group);
}

/* ----------------------------------------------------- nodes and queues -- */

static void
learn(int64_t *known, int64_t said)
{
	if (said >= 0)
		*known = said;
}

static void
learn_load(double *known, double said)
{
	if (!isnan(said))
		*known = said;
}

void
census_node(struct census *c, const struct job_node *n)
{
	struct census_entry *e = census_name(c, &c->nodes, n->name);
	struct job_node *k;

	if (e == NULL)
		return;
	k = &e->node;
	if (n->word.length > 0) {
		e->word = arena_strndup(c->arena, n->word.text, n->word.length);
		c->failed |= e->word == NULL;
		if (e->word == NULL)
			e->word = "";
	}
	if (n->state != NODE_UNKNOWN)
		k->state = n->state;
	learn(&k->slots, n->slots);
	learn(&k->used, n->used);
	learn(&k->cpus, n->cpus);
	learn(&k->memory_total, n->memory_total);
	learn(&k->memory_free, n->memory_free);
	learn(&k->swap_total, n->swap_total);
	learn(&k->swap_free, n->swap_free);
	learn_load(&k->load1, n->load1);
	learn_load(&k->load5, n->load5);
	learn_load(&k->load15, n->load15);
}

void
census_queue(struct census *c, const struct job_queue *q)
{
	struct census_entry *e = census_name(c, &c->queues, q->name);

	if (e == NULL)
		return;
	if (q->open >= 0)
		e->queue.open = q->open;
	if (q->active >= 0)
		e->queue.active = q->active;
	learn(&e->queue.slots, q->slots);
	learn(&e->queue.used, q->used);
}

/* -------------------------------------------------------------- figures -- */

static struct census_figure *
new_figure(struct census *c, const char *where, struct slice node,
    const char *parameter)
{
	struct census_figure *f;

	if (c->n_figures / CENSUS_FIGURES >= c->names_max) {
		c->left_out++;
		return NULL;
	}
	f = arena_alloc(c->arena, sizeof(*f));
	if (f != NULL)
		f->node = arena_strndup(c->arena, node.text, node.length);
	if (f == NULL || f->node == NULL) {
		c->failed = true;
		return NULL;
	}
	f->where = where;
	f->parameter = parameter;
	*c->last_figure = f;
	c->last_figure = &f->next;
	c->n_figures++;
	return f;
}

void
census_integer(struct census *c, const char *where, struct slice node,
    const char *parameter, int64_t n)
{
	struct census_figure *f = n >= 0 ? new_figure(c, where, node, parameter)
					 : NULL;

	if (f == NULL)
		return;
	f->is_integer = true;
	f->integer = n;
}

void
census_number(struct census *c, const char *where, struct slice node,
    const char *parameter, double n)
{
	struct census_figure *f = isfinite(n)
				      ? new_figure(c, where, node, parameter)
				      : NULL;

	if (f != NULL)
		f->number = n;
}

/* --------------------------------------------------------------- groups -- */

/* More lines are an error: a map of users, not of jobs. */
#define GROUPS_MAX 1000000

struct group_map {
	struct census *names; /* of its users: their groups are their words */
};

static int
add_group(struct group_map *g, struct slice line)
{
	struct job_node n = JOB_NODE_INIT;
	struct slice rest = slice_cut(&line, '#'), more;

	if (!slice_word(&rest, &n.name))
		return 0;
	if (!slice_word(&rest, &n.word) || slice_word(&rest, &more))
		return -1;
	census_node(g->names, &n);
	return 0;
}

static int
read_groups(struct group_map *g, FILE *f, const char *path, struct error *err)
{
	struct slice line;
	char *text = NULL;
	size_t size = 0, n = 0;
	ssize_t got;
	int rc = 0;

	while ((got = getline(&text, &size, f)) >= 0) {
		n++;
		line = (struct slice){ text, (size_t)got };
		rc = add_group(g, slice_cut(&line, '\n'));
		if (rc != 0)
			break;
	}
	free(text);
	if (rc != 0)
		return error_set(err, "%s:%zu: is not NAME GROUP", path, n);
	if (ferror(f))
		return error_set(err, "%s: %m", path);
	if (g->names->failed)
		return error_set(err, "%s: out of memory", path);
	if (g->names->left_out > 0)
		return error_set(
		    err, "%s: more than %d names", path, GROUPS_MAX);
	return 0;
}

int
group_map_load(struct group_map **ret, const char *path, struct error *err)
{
	struct group_map *g = calloc(1, sizeof(*g));
	FILE *f = NULL;
	int rc = -1;

	if (g != NULL)
		g->names = census_new(GROUPS_MAX, 0);
	if (g == NULL || g->names == NULL) {
		error_set(err, "%s: out of memory", path);
		goto out;
	}
	f = fopen(path, "re");
	rc = f != NULL ? read_groups(g, f, path, err)
		       : error_set(err, "%s: %m", path);
out:
	if (f != NULL)
		fclose(f);
	if (rc == 0)
		*ret = g;
	else
		group_map_free(g);
	return rc;
}

void
group_map_free(struct group_map *g)
{
	if (g == NULL)
		return;
	census_free(g->names);
	free(g);
}

struct slice
group_map_of(const struct group_map *g, struct slice name)
{
	struct census_entry *e = census_find(g->names, &g->names->nodes, name);

	return e != NULL ? (struct slice){ e->word, strlen(e->word) } : name;
}
