/*
 * Collectors in a worker: a run is a message instead of a job of the pool, and
 * over when another says so, or when the worker is gone.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "listen.h"
#include "log.h"
#include "schedule_task.h"

/* A run past its deadline may still end well within this. */
#define GRACE_NS NS_PER_S
/* A process that was killed has ended within this. */
#define KILL_NS (2 * NS_PER_S)
/* One that lived so long starts anew without a wait. */
#define STEADY_NS (60 * NS_PER_S)

/* --------------------------------------------------------------- numbers */

static int
remember(struct collector *c, struct target *t)
{
	size_t n = c->n_by_number > 0 ? c->n_by_number : 16;
	struct target **grown;

	while (n <= t->number)
		n *= 2;
	if (n > c->n_by_number) {
		grown = reallocarray(c->by_number, n, sizeof(*grown));
		if (grown == NULL)
			return -1;
		memset(grown + c->n_by_number, 0,
		    (n - c->n_by_number) * sizeof(*grown));
		c->by_number = grown;
		c->n_by_number = n;
	}
	c->by_number[t->number] = t;
	return 0;
}

static struct target *
find(const struct collector *c, uint32_t number)
{
	return number < c->n_by_number ? c->by_number[number] : NULL;
}

static void
flush(struct schedule *s)
{
	if (!s->stepping)
		workers_flush(s->workers);
}

void
remote_add_targets(struct collector *c)
{
	size_t i;

	for (i = 0; i < c->instance->n_targets; i++) {
		struct target *t = c->instance->targets[i];

		if (find(c, t->number) == t)
			continue;
		if (remember(c, t) == 0)
			seat_target(c->seat, t);
		else
			log_line(LOG_LEVEL_ERROR, c->instance->name,
			    "%s: out of memory", t->view.node);
	}
	flush(c->schedule);
}

void
remote_forget(struct collector *c, struct target *t)
{
	if (find(c, t->number) != t)
		return;
	c->by_number[t->number] = NULL;
	seat_forget(c->seat, t->number);
}

/* ------------------------------------------------------------------ runs */

void
remote_run(struct target *t)
{
	struct collector *c = t->instance->station;
	struct schedule *s = c->schedule;

	target_begin(t, NULL, clock_mono_ns());
	c->calls++;
	s->stats.running++;
	seat_run(c->seat, t->number, t->deadline_mono_ns);
	flush(s);
}

/* The lock is given up if the target goes with its run. */
static void
end_run(struct collector *c, struct target *t, const char *why)
{
	struct schedule *s = c->schedule;

	target_end(t, why != NULL, why != NULL ? why : "");
	s->stats.running--;
	if (t->leaving) {
		remote_forget(c, t);
		pthread_mutex_unlock(&s->lock);
		target_leave(t);
		pthread_mutex_lock(&s->lock);
		s->n_timers--;
	}
	c->calls--;
}

static void
on_done(struct instance *in, uint32_t number, const char *why, uint64_t cpu_ns)
{
	struct collector *c = in->station;
	struct schedule *s = c->schedule;
	struct target *t;

	pthread_mutex_lock(&s->lock);
	t = find(c, number);
	/* What never began cannot be over: it may say what it likes. */
	if (t != NULL && t->started_mono_ns != 0) {
		atomic_fetch_add(&in->ledger.cpu_ns, cpu_ns);
		end_run(c, t, why);
		request_settle(c);
		pthread_cond_broadcast(&s->returned);
	}
	pthread_mutex_unlock(&s->lock);
}

/* --------------------------------------------------------------- opening */

/* What may block, on a thread of the pool; then the worker is asked. */
static void
prepare_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	struct instance *in = c->instance;
	struct error err;
	int rc = 0;

	if (in->listener == NULL)
		rc = listener_open(in, &err);
	seat_await_rest(c->seat);
	pthread_mutex_lock(&s->lock);
	if (rc == 0)
		rc = seat_open(c->seat, &err);
	if (rc == 0) {
		timers_set(&s->timers, &c->timer, clock_mono_ns() + OPEN_NS);
		wake_before(s, clock_mono_ns() + OPEN_NS);
		remote_add_targets(c);
		c->calls++; /* until it says OPENED */
	} else {
		c->opening = false;
		not_opened(c, &err);
	}
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

void
remote_open(struct collector *c)
{
	if (c->n_by_number > 0)
		memset(c->by_number, 0, c->n_by_number * sizeof(*c->by_number));
	open_submit_to(c, prepare_run);
}

static void
on_opened(struct instance *in, const char *why)
{
	struct collector *c = in->station;
	struct schedule *s = c->schedule;
	struct error err;

	pthread_mutex_lock(&s->lock);
	if (c->opening) {
		timers_clear(&s->timers, &c->timer);
		c->opening = false;
		c->calls--;
		c->opened_mono_ns = clock_mono_ns();
		if (why == NULL) {
			in->started_ns = clock_wall_ns();
			opened(c);
		} else {
			error_set(&err, "%s", why);
			not_opened(c, &err);
		}
		update_status(c);
		call_next(c);
		request_settle(c);
		pthread_cond_broadcast(&s->returned);
	}
	pthread_mutex_unlock(&s->lock);
}

/* ----------------------------------------------------------------- hangs */

void
remote_overrun(struct collector *c, int64_t now_mono_ns)
{
	if (c->timer.index != 0)
		return;
	timers_set(&c->schedule->timers, &c->timer, now_mono_ns + GRACE_NS);
	wake_before(c->schedule, now_mono_ns + GRACE_NS);
}

static void
kill_for(struct collector *c, const char *who, int64_t limit_ns)
{
	struct buffer why = BUFFER_INIT;

	buffer_printf(&why,
	    "hung and was killed: %s: %s is past its deadline "
	    "of ",
	    c->instance->name, who);
	duration_print(&why, limit_ns);
	seat_kill(c->seat, buffer_text(&why));
	buffer_free(&why);
}

void
remote_check(struct collector *c)
{
	size_t i;

	if (c->opening) {
		kill_for(c, "open()", OPEN_NS);
		return;
	}
	for (i = 0; i < c->n_by_number && c->overdue > 0; i++)
		if (c->by_number[i] != NULL && c->by_number[i]->overrun) {
			kill_for(c, c->by_number[i]->view.node, deadline_of(c));
			return;
		}
}

/* ------------------------------------------------------------------ ends */

/* As a failure of the target, but without a line in the log: the instance's
   one says it for all. */
static void
lose_run(struct collector *c, struct target *t, const char *why)
{
	bool leaving = t->leaving, failing = t->failing;

	free(t->last_error);
	t->last_error = strdup(why);
	t->failing = t->last_error != NULL;
	end_run(c, t, why);
	if (!leaving)
		t->failing = failing;
}

static void
end_all_runs(struct collector *c, const char *why)
{
	struct target *t;
	size_t i;

	for (i = 0; i < c->n_by_number; i++) {
		t = c->by_number[i];
		if (t != NULL && t->started_mono_ns != 0)
			lose_run(c, t, why);
	}
}

/* One failure of the instance, whatever ran; each run is its target's. */
static void
on_lost(struct instance *in, const char *why, const char *crash)
{
	struct collector *c = in->station;
	struct schedule *s = c->schedule;
	int64_t now = clock_mono_ns();
	struct error err;

	(void)crash; /* it goes on with other values anyway */
	pthread_mutex_lock(&s->lock);
	end_all_runs(c, why);
	timers_clear(&s->timers, &c->timer);
	if (c->open && now - c->opened_mono_ns > STEADY_NS)
		breaker_success(&in->breaker);
	c->calls -= c->opening + c->closing;
	c->opening = false;
	c->open = false;
	if (!c->closing) {
		error_set(&err, "%s", why);
		not_opened(c, &err);
	}
	c->closing = false;
	update_status(c);
	request_settle(c);
	pthread_cond_broadcast(&s->returned);
	pthread_mutex_unlock(&s->lock);
}

static void
on_closed(struct instance *in)
{
	struct collector *c = in->station;
	struct schedule *s = c->schedule;

	pthread_mutex_lock(&s->lock);
	if (c->closing) {
		c->closing = false;
		c->open = false;
		c->failed_before = false;
		c->calls--;
		if (c->asleep)
			seat_rest(c->seat);
		update_status(c);
		request_settle(c);
		pthread_cond_broadcast(&s->returned);
	}
	pthread_mutex_unlock(&s->lock);
}

bool
remote_await(struct collector *c, int64_t deadline_mono_ns)
{
	if (await_calls(c, deadline_mono_ns))
		return true;
	seat_kill(c->seat, "was killed: a call did not return in time");
	return await_calls(c, clock_mono_ns() + KILL_NS);
}

void
remote_begin_close(struct collector *c)
{
	c->closing = true;
	c->calls++;
	seat_close(c->seat);
}

bool
remote_close(struct collector *c, int64_t deadline_mono_ns)
{
	remote_begin_close(c);
	return remote_await(c, deadline_mono_ns);
}

/* ------------------------------------------------------------------ seat */

static const struct seat_events events = {
	.opened = on_opened,
	.closed = on_closed,
	.done = on_done,
	.lost = on_lost,
};

int
remote_begin(struct collector *c)
{
	struct instance *in = c->instance;
	struct seat *seat;

	if (!in->own.isolation.on || c->schedule->workers == NULL)
		return 0;
	seat = seat_new(c->schedule->workers, in, &events);
	if (seat == NULL)
		return -1;
	c->seat = seat;
	c->exclusive = false;
	pthread_mutex_lock(&in->lock);
	in->seat = seat;
	pthread_mutex_unlock(&in->lock);
	return 0;
}

void
remote_end(struct collector *c)
{
	struct instance *in = c->instance;

	pthread_mutex_lock(&in->lock);
	in->seat = NULL;
	pthread_mutex_unlock(&in->lock);
	seat_free(c->seat);
	c->seat = NULL;
}
