/* Changing a collector while it runs. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "listen.h"
#include "log.h"
#include "schedule_task.h"

/* ------------------------------------------------------------------ nodes */

/* The targets that are to be, and those that go. */
struct exchange {
	struct target **targets;
	size_t n;
	struct target **gone;
	size_t n_gone;
	size_t n_added;
};

static void
exchange_free(struct exchange *x)
{
	free(x->targets);
	free(x->gone);
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct target *x = *(struct target *const *)a;
	const struct target *y = *(struct target *const *)b;

	return strcmp(x->view.node, y->view.node);
}

/* The target of this node among those sorted; another address is another
   target. */
static struct target **
find_target(struct exchange *x, size_t n, const struct node_config *node)
{
	struct target key = { .view = { .node = node->name } };
	struct target *wanted = &key;
	struct target **found = bsearch(
	    &wanted, x->gone, n, sizeof(*x->gone), compare_nodes);

	if (found == NULL || strcmp((*found)->view.address, node->address) != 0)
		return NULL;
	return found;
}

/* Those that are found stay: mark them, so that what is left are the gone. */
static void
keep_gone(struct exchange *x, size_t n, const bool *stays)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!stays[i])
			x->gone[x->n_gone++] = x->gone[i];
}

static int
fill_targets(struct exchange *x, struct instance *in,
    const struct instance_config *fresh, bool *stays)
{
	size_t old = in->n_targets, n = instance_reads(in, fresh), i;
	struct target **found;
	struct target *t;

	for (i = 0; i < n; i++) {
		found = find_target(x, old, &fresh->nodes[i]);
		t = found != NULL ? *found : target_new(in, &fresh->nodes[i]);
		if (t == NULL)
			return -1;
		if (found != NULL)
			stays[found - x->gone] = true;
		x->n_added += found == NULL;
		x->targets[x->n++] = t;
	}
	return 0;
}

/* New targets are in no heap yet. */
static void
exchange_undo(struct exchange *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->targets[i]->timer.fire == NULL)
			target_free(x->targets[i], &open_ops);
	exchange_free(x);
}

static int
exchange_make(struct exchange *x, struct instance *in,
    const struct instance_config *fresh)
{
	size_t old = in->n_targets;
	bool *stays = calloc(old + 1, sizeof(*stays));
	int rc = -1;

	*x = (struct exchange){ .n = 0 };
	x->targets = calloc(fresh->n_nodes + 1, sizeof(*x->targets));
	x->gone = calloc(old + 1, sizeof(*x->gone));
	if (x->targets != NULL && x->gone != NULL && stays != NULL) {
		memcpy(x->gone, in->targets, old * sizeof(*x->gone));
		qsort(x->gone, old, sizeof(*x->gone), compare_nodes);
		rc = fill_targets(x, in, fresh, stays);
		if (rc == 0)
			keep_gone(x, old, stays);
	}
	free(stays);
	if (rc != 0)
		exchange_undo(x);
	return rc;
}

/* It will run no more; one that runs now goes when that is over. */
static bool
let_go(struct collector *c, struct target *t)
{
	if (t->breaker.failures >= BREAKER_TOLERANCE)
		c->backing_off--;
	if (t->running && t->started_mono_ns == 0 && c->due.n > 0 &&
	    (c->held || c->exclusive))
		target_cancel(t);
	t->leaving = t->running;
	if (!t->leaving && c->seat != NULL)
		remote_forget(c, t);
	if (!t->leaving)
		timers_clear(&c->schedule->timers, &t->timer);
	return !t->leaving;
}

/* With the lock held.  Afterwards x->gone are those to be freed now. */
static void
exchange_targets(struct collector *c, struct exchange *x)
{
	struct instance *in = c->instance;
	struct schedule *s = c->schedule;
	struct target **before = in->targets;
	size_t i, n = 0;

	pthread_mutex_lock(&in->lock);
	in->targets = x->targets;
	in->n_targets = x->n;
	pthread_mutex_unlock(&in->lock);
	x->targets = before;
	for (i = 0; i < in->n_targets; i++)
		in->targets[i]->timer.fire = target_fire;
	for (i = 0; i < x->n_gone; i++)
		if (let_go(c, x->gone[i]))
			x->gone[n++] = x->gone[i];
	x->n_gone = n;
	s->n_timers -= n;
}

/* Those that were not there begin; nothing is due yet of a closed one. */
static void
begin_added(struct collector *c)
{
	int64_t now = clock_mono_ns(), wall = clock_wall_ns();
	size_t i;

	for (i = 0; i < c->instance->n_targets && c->open && !c->asleep; i++)
		if (c->instance->targets[i]->due_mono_ns == 0)
			target_first_due(c->instance->targets[i], now, wall);
}

/* --------------------------------------------------------------- rhythm */

static void
change_rhythm(struct collector *c, int64_t before_ns)
{
	int64_t now = clock_mono_ns(), wall = clock_wall_ns();
	size_t i;

	for (i = 0; i < c->instance->n_targets; i++) {
		struct target *t = c->instance->targets[i];

		if (t->due_mono_ns != 0)
			target_change_rhythm(t, before_ns, now, wall);
	}
}

/* ---------------------------------------------------------- as a whole */

static void
hold(struct collector *c)
{
	c->held = true;
	many_wake(c);
}

/* What it was held for is done; opens what is closed. */
static void
release(struct collector *c)
{
	c->held = false;
	if (!c->open && !c->opening && !c->removed && !c->asleep) {
		timers_clear(&c->schedule->timers, &c->timer);
		open_submit(c);
	}
	targets_release(c);
	request_settle(c);
}

static void
offer_free(struct instance_config *offer)
{
	if (offer != NULL)
		arena_free(offer->arena);
	free(offer);
}

/* It may be looked at when the change has been given up long ago. */
static struct instance_config *
offer_new(const struct instance_config *fresh)
{
	struct instance_config *offer = malloc(sizeof(*offer));

	if (offer == NULL)
		return NULL;
	*offer = *fresh;
	(void)arena_share(fresh->arena);
	return offer;
}

static void
reconfigure_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	struct instance_config *offer;
	bool taken;

	pthread_mutex_lock(&s->lock);
	task_begin(task);
	offer = c->offer;
	c->offer = NULL;
	pthread_mutex_unlock(&s->lock);

	taken = instance_reconfigure(c->instance, &open_ops, offer);
	offer_free(offer);

	pthread_mutex_lock(&s->lock);
	c->taken = taken;
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

/* reconfigure() may hang like any call, so it is made where that can be borne;
   false if it did not come back. */
static bool
reconfigure_by(struct collector *c, const struct instance_config *fresh,
    int64_t deadline_mono_ns)
{
	struct schedule *s = c->schedule;
	struct task *task;
	bool back;

	pthread_mutex_lock(&s->lock);
	c->taken = false;
	c->offer = offer_new(fresh);
	task = c->offer != NULL ? task_new(c, reconfigure_run) : NULL;
	if (task == NULL) {
		offer_free(c->offer);
		c->offer = NULL;
		pthread_mutex_unlock(&s->lock);
		return true;
	}
	task_submit(task);
	back = await_calls(c, deadline_mono_ns);
	pthread_mutex_unlock(&s->lock);
	return back;
}

/* Sockets belong to addresses that the host opens, so with others the module
   is opened anew. */
static bool
can_reconfigure(const struct collector *c, const struct instance_config *fresh)
{
	const struct instance *in = c->instance;

	return c->open && c->seat == NULL &&
	       in->module->descriptor.reconfigure != NULL &&
	       listener_same_addresses(
		   in->module, in->own.options, fresh->options);
}

/* Nothing of the instance runs but listen() and tick(): without the lock, for
   all of this may take a while. */
static bool
change_state(struct collector *c, const struct instance_config *fresh,
    int64_t deadline_mono_ns)
{
	struct instance *in = c->instance;
	struct schedule *s = c->schedule;
	bool was_open = c->open;
	bool closed;

	if (can_reconfigure(c, fresh)) {
		if (!reconfigure_by(c, fresh, deadline_mono_ns))
			return false;
		if (c->taken)
			return true;
	}
	if (listener_stop(in, deadline_mono_ns) != 0)
		return false;
	listener_keep_sockets(in, fresh->options);
	instance_set_config(in, fresh);
	if (!was_open) {
		/* One in a worker that sleeps has kept its sockets. */
		if (c->seat != NULL)
			listener_close(in);
		instance_fill(in);
		return true;
	}
	pthread_mutex_lock(&s->lock);
	while (c->due.first != NULL)
		target_cancel(c->due.first);
	closed = close_by(c, deadline_mono_ns);
	pthread_mutex_unlock(&s->lock);
	/* What the module closes itself elsewhere, options included. */
	if (closed && c->seat != NULL) {
		listener_close(in);
		instance_fill(in);
	}
	return closed;
}

/* With the lock held; the collector is quiet if it has to be. */
static void
apply(struct collector *c, const struct instance_config *fresh,
    struct exchange *x)
{
	int64_t every = c->instance->config->every_ns;
	bool align = c->instance->config->align;

	instance_set_config(c->instance, fresh);
	exchange_targets(c, x);
	if (c->seat != NULL && (c->open || c->opening))
		remote_add_targets(c);
	if (fresh->every_ns != every || fresh->align != align)
		change_rhythm(c, every);
	request_change(c);
	begin_added(c);
	update_status(c);
}

static int
begin_change(struct collector *c, const struct instance_config *fresh,
    struct exchange *x)
{
	struct schedule *s = c->schedule;

	if (exchange_make(x, c->instance, fresh) != 0)
		return -1;
	if (timers_reserve(&s->timers, s->n_timers + x->n_added) == 0) {
		s->n_timers += x->n_added;
		return 0;
	}
	exchange_undo(x);
	return -1;
}

int
schedule_change(struct schedule *s, struct instance *in,
    const struct instance_config *fresh, bool options, int64_t deadline_mono_ns)
{
	struct collector *c;
	struct exchange x;
	bool quiet = true;
	size_t i;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	if (c == NULL || begin_change(c, fresh, &x) != 0) {
		pthread_mutex_unlock(&s->lock);
		return -1;
	}
	if (options || (c->exclusive && x.n_gone > 0)) {
		hold(c);
		quiet = await_calls(c, deadline_mono_ns);
	}
	if (quiet && options) {
		pthread_mutex_unlock(&s->lock);
		quiet = change_state(c, fresh, deadline_mono_ns);
		pthread_mutex_lock(&s->lock);
	}
	if (quiet)
		apply(c, fresh, &x);
	else
		s->n_timers -= x.n_added;
	pthread_mutex_unlock(&s->lock);
	if (!quiet) {
		exchange_undo(&x);
		return -1;
	}
	for (i = 0; i < x.n_gone; i++)
		target_leave(x.gone[i]);
	exchange_free(&x);
	pthread_mutex_lock(&s->lock);
	if (c->held)
		release(c);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* Only changes close what is open, and there is one at a time. */
static bool
is_open(struct schedule *s, const struct instance *in)
{
	const struct collector *c;
	bool open;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	open = c != NULL && c->open && !c->removed;
	pthread_mutex_unlock(&s->lock);
	return open;
}

int
schedule_prepare(struct schedule *s, struct instance *in,
    const struct instance_config *fresh, listener_freed_fn *freed,
    void *context, struct error *err)
{
	if (!is_open(s, in))
		return 0;
	return listener_prepare(in, fresh->options, freed, context, err);
}

void
schedule_unprepare(struct schedule *s, struct instance *in)
{
	if (is_open(s, in))
		listener_forget_sockets(in);
}

void
schedule_replace_config(struct schedule *s, struct instance *in,
    const struct instance_config *config)
{
	pthread_mutex_lock(&s->lock);
	instance_set_config(in, config);
	pthread_mutex_unlock(&s->lock);
}
