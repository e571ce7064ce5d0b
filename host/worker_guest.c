#include "worker_guest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "listen.h"
#include "log.h"
#include "option.h"
#include "worker_filter.h"
#include "worker_writer.h"
#include "yaml.h"

/* Numbers are given one after the other: a larger one is a mistake. */
#define TARGETS_MAX 10000000

/* A call into a guest. */
struct guest_job {
	struct job job; /* first */
	struct guest *guest;
	struct target *target; /* of collect() */
	struct run run;
};

struct guest *
guest_at(struct worker_main *m, uint32_t seat)
{
	struct guest *g;

	for (g = m->guests; g != NULL; g = g->next)
		if (g->seat == seat)
			return g;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	g->main = m;
	g->seat = seat;
	g->due_last = &g->due;
	g->wake_fd = -1;
	g->next = m->guests;
	m->guests = g;
	return g;
}

static void
set_busy(struct guest *g, bool busy)
{
	g->busy = busy;
	pthread_cond_broadcast(&g->main->changed);
}

/* It is closed; another may take the seat. */
static void
leave_seat(struct guest *g)
{
	listener_forget_sockets(g->instance);
	guest_writer_free(g->writer);
	guest_filter_free(g->filter);
	g->writer = NULL;
	g->filter = NULL;
	instance_release(g->instance);
	g->instance = NULL;
	free(g->targets);
	g->targets = NULL;
	g->n_targets = 0;
	g->told = (struct worker_ledger){ .failures = 0 };
}

/* False, and nothing runs, if memory is out. */
static bool
submit(struct guest *g, struct target *t, void (*run)(struct job *))
{
	struct guest_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return false;
	job->guest = g;
	job->target = t;
	job->job.run = run;
	pool_submit(g->main->pool, &job->job);
	return true;
}

/* ------------------------------------------------------------------ open -- */

int
guest_checkpoint(
    struct guest *g, const struct worker_message *message, struct error *err)
{
	void *copy = malloc(message->size > 0 ? message->size : 1);

	if (copy == NULL)
		return error_set(err, "out of memory");
	memcpy(copy, message->payload, message->size);
	free(g->checkpoint);
	g->checkpoint = copy;
	g->checkpoint_size = message->size;
	return 0;
}

/* A socket that waits for the instance it is for. */
struct lent {
	struct lent *next;
	int fd;
	char *address;
	char option[];
};

int
guest_socket(struct guest *g, const struct worker_message *message, int fd,
    struct error *err)
{
	const char *option, *address;
	struct lent *lent;

	if (fd < 0)
		return error_set(err, "a socket without its descriptor");
	if (worker_read_pair(message, 0, &option, &address, err) != 0) {
		close(fd);
		return -1;
	}
	lent = calloc(1, sizeof(*lent) + message->size);
	if (lent == NULL) {
		close(fd);
		return error_set(err, "out of memory");
	}
	memcpy(lent->option, message->payload, message->size);
	lent->address = lent->option + (address - option);
	lent->fd = fd;
	lent->next = g->lent;
	g->lent = lent;
	return 0;
}

static void
give_sockets(struct guest *g)
{
	struct lent *lent;

	while ((lent = g->lent) != NULL) {
		g->lent = lent->next;
		(void)listener_lend_socket(
		    g->instance, lent->option, lent->address, lent->fd);
		free(lent);
	}
}

static int
parse_options(
    struct instance_config *c, const struct farm_tree *tree, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	int rc;

	c->options = arena_alloc(c->arena, c->module->descriptor.state_size);
	if (c->options == NULL)
		return error_set(err, "out of memory");
	rc = options_parse(c->module->options, tree_get(tree, "options"), NULL,
	    c->options, c->arena, &problems);
	if (rc != 0)
		error_set(err, "%s",
		    problems.n > 0 ? problems.items[0].text : "out of memory");
	problems_free(&problems);
	return rc;
}

static int
read_config(struct instance_config *c, const struct worker_message *message,
    struct error *err)
{
	const struct farm_tree *tree;
	bool ours;

	if (worker_read_tree(message, c->arena, &tree, err) != 0)
		return -1;
	c->name = worker_tree_text(tree, "name");
	c->farm = worker_tree_text(tree, "farm");
	c->cluster = worker_tree_text(tree, "cluster");
	ours = strcmp(worker_tree_text(tree, "ours"), "true") == 0;
	if (module_open(
		worker_tree_text(tree, "path"), ours, &c->module, err) != 0)
		return -1;
	return parse_options(c, tree, err);
}

/* What collectors have not; -1 if memory is out. */
static int
make_role(struct guest *g)
{
	switch (g->instance->module->role) {
	case FARM_WRITER:
		g->writer = guest_writer_new(g);
		return g->writer != NULL ? 0 : -1;
	case FARM_FILTER:
		g->filter = guest_filter_new(g);
		return g->filter != NULL ? 0 : -1;
	default:
		return 0;
	}
}

static int
make_instance(
    struct guest *g, const struct worker_message *message, struct error *err)
{
	struct instance_config c = { .enabled = true };
	int rc;

	c.arena = arena_new(0);
	if (c.arena == NULL)
		return error_set(err, "out of memory");
	rc = read_config(&c, message, err);
	if (rc == 0) {
		g->instance = instance_new(&c, g->main->series, &g->main->sink);
		rc = g->instance != NULL ? 0 : error_set(err, "out of memory");
	}
	arena_free(c.arena);
	if (rc == 0 && make_role(g) != 0) {
		leave_seat(g);
		rc = error_set(err, "out of memory");
	}
	return rc;
}

static int
open_all(struct guest *g, struct error *err)
{
	struct instance *in = g->instance;
	const struct farm_host_ops *ops = g->writer != NULL
					      ? guest_writer_ops(g->writer)
					      : &open_ops;

	/* farmd says when the tick() of filters and writers is. */
	if (g->filter != NULL)
		return instance_open(in, &call_ops, err);
	if (listener_open(in, err) != 0)
		return -1;
	if (instance_open(in, ops, err) != 0)
		goto fail;
	if (listener_start(in, err) == 0)
		return 0;
	instance_close(in, ops);
fail:
	listener_close(in);
	return -1;
}

static void
open_run(struct job *job)
{
	struct guest *g = ((struct guest_job *)job)->guest;
	struct worker_main *m = g->main;
	struct error err;
	int rc = open_all(g, &err);

	free(job);
	worker_child_opened(m->child, g->seat, rc == 0 ? NULL : err.text);
	pthread_mutex_lock(&m->lock);
	if (rc != 0)
		leave_seat(g);
	set_busy(g, false);
	pthread_mutex_unlock(&m->lock);
}

/* What came before goes to the instance. */
static void
furnish(struct guest *g)
{
	struct instance *in = g->instance;
	const struct farm_descriptor *d = &in->module->descriptor;

	give_sockets(g);
	in->checkpoint = g->checkpoint;
	in->checkpoint_size = g->checkpoint_size;
	g->checkpoint = NULL;
	g->exclusive = d->collector.collect_many != NULL ||
		       (d->flags & FARM_SERIAL) != 0;
}

void
guest_open(struct guest *g, const struct worker_message *message)
{
	struct error err;
	int rc;

	if (g->instance != NULL)
		rc = error_set(&err, "seat %u is taken", g->seat);
	else
		rc = make_instance(g, message, &err);
	if (rc == 0) {
		furnish(g);
		g->busy = submit(g, NULL, open_run);
		rc = g->busy ? 0 : error_set(&err, "out of memory");
	}
	if (rc != 0)
		worker_child_opened(g->main->child, g->seat, err.text);
}

/* --------------------------------------------------------------- targets -- */

static int
grow_table(struct guest *g, uint32_t number)
{
	size_t n = g->n_targets > 0 ? g->n_targets : 16;
	struct target **grown;

	if (number < g->n_targets)
		return 0;
	while (n <= number)
		n *= 2;
	grown = reallocarray(g->targets, n, sizeof(*grown));
	if (grown == NULL)
		return -1;
	memset(grown + g->n_targets, 0, (n - g->n_targets) * sizeof(*grown));
	g->targets = grown;
	g->n_targets = n;
	return 0;
}

/* close() looks at the instance's own list. */
static int
add_target(struct guest *g, struct target *t)
{
	struct instance *in = g->instance;
	struct target **grown = reallocarray(
	    in->targets, in->n_targets + 1, sizeof(*grown));

	if (grown == NULL)
		return -1;
	in->targets = grown;
	if (grow_table(g, t->number) != 0)
		return -1;
	grown[in->n_targets++] = t;
	g->targets[t->number] = t;
	return 0;
}

int
guest_target(
    struct guest *g, const struct worker_message *message, struct error *err)
{
	struct node_config node;
	struct target *t = NULL;
	uint32_t number;

	if (worker_read_u32(message, &number, err) != 0 ||
	    worker_read_pair(message, 4, &node.name, &node.address, err) != 0)
		return -1;
	if (g->instance == NULL || number >= TARGETS_MAX)
		return error_set(err, "target %u of seat %u", number, g->seat);
	t = target_new(g->instance, &node);
	if (t == NULL)
		return error_set(err, "out of memory");
	t->number = number;
	if (add_target(g, t) == 0)
		return 0;
	target_free(t, &call_ops);
	return error_set(err, "out of memory");
}

static struct target *
find_target(const struct guest *g, uint32_t number)
{
	return number < g->n_targets ? g->targets[number] : NULL;
}

/* The lock is given up meanwhile: what the module does with it may take. */
static void
remove_target(struct guest *g, struct target *t)
{
	struct instance *in = g->instance;
	size_t i = 0;

	g->targets[t->number] = NULL;
	while (in->targets[i] != t)
		i++;
	in->targets[i] = in->targets[--in->n_targets];
	pthread_mutex_unlock(&g->main->lock);
	instance_hold(in);
	target_free(t, &open_ops);
	instance_let_go(in);
	pthread_mutex_lock(&g->main->lock);
}

void
guest_forget(struct guest *g, uint32_t number)
{
	struct target *t = find_target(g, number);

	if (t == NULL)
		return;
	t->leaving = t->running;
	if (!t->leaving)
		remove_target(g, t);
}

/* ------------------------------------------------------------------ runs -- */

void
guest_done(struct guest *g, struct target *t, const char *why, int64_t cpu_ns)
{
	uint32_t number = t->number;

	t->running = false;
	if (t->leaving)
		remove_target(g, t);
	worker_child_done(g->main->child, g->seat, number, why,
	    cpu_ns > 0 ? (uint64_t)cpu_ns : 0);
}

static void serial_next(struct guest *);

static void
collect_run(struct job *base)
{
	struct guest_job *job = (struct guest_job *)base;
	struct guest *g = job->guest;
	struct worker_main *m = g->main;
	int64_t cpu = clock_thread_cpu_ns();
	int rc;

	run_init(&job->run, g->instance);
	job->run.call.deadline_mono_ns = job->target->deadline_mono_ns;
	rc = collect_target(&job->run, job->target);
	if (rc == 0 && job->run.names_refused > 0)
		log_line(LOG_LEVEL_WARNING, g->instance->name, "%s: %s",
		    job->target->view.node, job->run.refusal.text);

	pthread_mutex_lock(&m->lock);
	guest_done(g, job->target, rc == 0 ? NULL : job->run.call.error.text,
	    clock_thread_cpu_ns() - cpu);
	if (g->exclusive) {
		g->calling = false;
		serial_next(g);
	}
	pthread_mutex_unlock(&m->lock);
	free(job);
}

/* FARM_SERIAL: the next of those that wait. */
static void
serial_next(struct guest *g)
{
	struct target *t = g->due;

	if (t == NULL || g->calling)
		return;
	g->due = t->next;
	if (g->due == NULL)
		g->due_last = &g->due;
	g->calling = submit(g, t, collect_run);
	if (!g->calling)
		guest_done(g, t, "out of memory", 0);
}

void
guest_run(struct guest *g, const struct worker_run *run)
{
	struct target *t = find_target(g, run->target);

	if (t == NULL || t->running)
		return;
	t->running = true;
	t->deadline_mono_ns = run->deadline_mono_ns;
	if (!g->exclusive) {
		if (!submit(g, t, collect_run))
			guest_done(g, t, "out of memory", 0);
		return;
	}
	t->next = NULL;
	*g->due_last = t;
	g->due_last = &t->next;
	if (g->instance->module->descriptor.collector.collect_many != NULL)
		guest_many(g);
	else
		serial_next(g);
}

/* ----------------------------------------------------------------- close -- */

/* farmd asks for it when nothing runs; the seat may be taken again. */
static void
close_run(struct job *job)
{
	struct guest *g = ((struct guest_job *)job)->guest;
	struct worker_main *m = g->main;
	struct instance *in = g->instance;

	free(job);
	if (g->filter != NULL) {
		guest_filter_close(g->filter);
	} else if (listener_stop(in, INT64_MAX / 2) == 0) {
		if (g->writer != NULL)
			guest_writer_end(g->writer);
		instance_close(in, g->writer != NULL
				       ? guest_writer_ops(g->writer)
				       : &open_ops);
		listener_close(in);
	}
	guest_tell_ledger(g);
	worker_child_closed(m->child, g->seat);
	pthread_mutex_lock(&m->lock);
	leave_seat(g);
	set_busy(g, false);
	pthread_mutex_unlock(&m->lock);
}

void
guest_close(struct guest *g)
{
	if (g->instance == NULL) {
		worker_child_closed(g->main->child, g->seat);
		return;
	}
	g->busy = true;
	/* Not closed, farmd ends the whole process after a while. */
	g->busy = submit(g, NULL, close_run);
}

/* --------------------------------------------------------------- actions -- */

struct action_job {
	struct job job; /* first */
	struct guest *guest;
	struct arena *arena; /* of the tree */
	const struct farm_tree *tree;
};

static void
action_free(struct action_job *job)
{
	arena_free(job->arena);
	free(job);
}

static void
action_run(struct job *base)
{
	struct action_job *job = (struct action_job *)base;
	struct worker_child *child = job->guest->main->child;
	struct buffer reply = BUFFER_INIT;
	struct error err;
	uint32_t id;
	int rc;

	id = (uint32_t)strtoul(worker_tree_text(job->tree, "id"), NULL, 10);
	rc = instance_action(job->guest->instance,
	    worker_tree_text(job->tree, "name"),
	    tree_get(job->tree, "arguments"), &reply, &err);
	if (rc == 0)
		worker_child_reply(
		    child, id, false, buffer_text(&reply), reply.size);
	else
		worker_child_reply(child, id, true, err.text, strlen(err.text));
	buffer_free(&reply);
	action_free(job);
}

int
guest_action(
    struct guest *g, const struct worker_message *message, struct error *err)
{
	struct action_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return error_set(err, "out of memory");
	job->guest = g;
	job->job.run = action_run;
	job->arena = arena_new(0);
	if (g->instance == NULL || job->arena == NULL ||
	    worker_read_tree(message, job->arena, &job->tree, err) != 0) {
		action_free(job);
		return error_set(err, "an action for seat %u", g->seat);
	}
	pool_submit(g->main->pool, &job->job);
	return 0;
}

/* ---------------------------------------------------------------- ledger -- */

/* Listening is no run of a target: what fails of it stands here alone. */
void
guest_tell_ledger(struct guest *g)
{
	struct ledger *l = &g->instance->ledger;
	struct worker_ledger now = { .failures = atomic_load(&l->failures),
		.n_dropped = DROP_REASONS };
	struct worker_ledger more = { .n_dropped = DROP_REASONS };
	char error[WORKER_TEXT_MAX];
	bool changed = false;
	unsigned i;

	for (i = 0; i < DROP_REASONS; i++) {
		now.dropped[i] = atomic_load(&l->dropped[i]);
		more.dropped[i] = now.dropped[i] - g->told.dropped[i];
		changed = changed || more.dropped[i] > 0;
	}
	more.failures = now.failures - g->told.failures;
	if (!changed && more.failures == 0)
		return;
	pthread_mutex_lock(&l->lock);
	more.error.length = l->last_error == NULL
				? 0
				: strnlen(l->last_error, sizeof(error));
	more.error.text = memcpy(error,
	    l->last_error == NULL ? "" : l->last_error, more.error.length);
	pthread_mutex_unlock(&l->lock);
	g->told = now;
	worker_child_ledger(g->main->child, g->seat, &more);
}
