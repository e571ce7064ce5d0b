#include "schedule.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "listen.h"
#include "log.h"
#include "schedule_task.h"
#include "wait.h"

/* With nothing to do: look again after this. */
#define STEP_MAX_NS (60 * NS_PER_S)
/* The first waits between attempts to open. */
#define REOPEN_NS NS_PER_S

struct schedule *
schedule_new(struct pool *pool)
{
	struct schedule *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return NULL;
	s->pool = pool;
	s->last_ready = &s->ready;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->returned, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

void
schedule_set_workers(struct schedule *s, struct workers *workers)
{
	s->workers = workers;
}

void
schedule_on_wake(struct schedule *s, void (*wake)(void *), void *context)
{
	pthread_mutex_lock(&s->lock);
	s->wake = wake;
	s->wake_context = context;
	pthread_mutex_unlock(&s->lock);
}

void
schedule_free(struct schedule *s)
{
	/* Calls that hang may still return to it. */
	if (s == NULL || s->collectors != NULL)
		return;
	timers_free(&s->timers);
	pthread_cond_destroy(&s->returned);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
wake_before(struct schedule *s, int64_t at_mono_ns)
{
	if (at_mono_ns >= s->next_step_mono_ns)
		return;
	s->next_step_mono_ns = at_mono_ns;
	if (s->wake != NULL)
		s->wake(s->wake_context);
}

static void
submit_all(struct pool *pool, struct job *job)
{
	struct job *next;

	for (; job != NULL; job = next) {
		next = job->next;
		pool_submit(pool, job);
	}
}

int64_t
schedule_step(struct schedule *s, int64_t now_mono_ns)
{
	int64_t next = now_mono_ns + STEP_MAX_NS;
	struct job *ready;
	struct timer *t;

	pthread_mutex_lock(&s->lock);
	s->stepping = true;
	while ((t = timers_first(&s->timers)) != NULL &&
	       t->at_mono_ns <= now_mono_ns) {
		timers_clear(&s->timers, t);
		t->fire(t, now_mono_ns);
	}
	if (t != NULL && t->at_mono_ns < next)
		next = t->at_mono_ns;
	s->next_step_mono_ns = next;
	s->stepping = false;
	workers_flush(s->workers);
	ready = s->ready;
	s->ready = NULL;
	s->last_ready = &s->ready;
	pthread_mutex_unlock(&s->lock);
	submit_all(s->pool, ready);
	return next;
}

/* ------------------------------------------------------------------ calls */

struct task *
task_new(struct collector *c, void (*run)(struct job *))
{
	struct task *task = calloc(1, sizeof(*task));

	if (task == NULL)
		return NULL;
	run_init(&task->run, c->instance);
	task->collector = c;
	task->job.run = run;
	c->calls++;
	return task;
}

/* A thread that is woken while the schedule is stepping would only wait for
   its lock. */
void
task_submit(struct task *task)
{
	struct schedule *s = task->collector->schedule;

	if (!s->stepping) {
		pool_submit(s->pool, &task->job);
		return;
	}
	task->job.next = NULL;
	*s->last_ready = &task->job;
	s->last_ready = &task->job.next;
}

void
task_begin(struct task *task)
{
	task->tid = pool_self();
	task->started_mono_ns = clock_mono_ns();
	task->handed_mono_ns = task->started_mono_ns;
	task->collector->schedule->stats.running++;
}

void
task_end(struct task *task)
{
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;

	if (task->tid != 0)
		s->stats.running--;
	s->written_off -= task->written_off;
	s->stuck -= task->stuck;
	c->stopping -= task->stops_others;
	c->calls--;
	c->given_up -= task->written_off || task->stuck;
	if (c->call == task)
		c->call = NULL;
	free(task);
	update_status(c);
	call_next(c);
	request_settle(c);
	pthread_cond_broadcast(&s->returned);
}

void
update_status(struct collector *c)
{
	enum instance_status status = INSTANCE_RUNNING;

	if (c->stopping > 0)
		status = INSTANCE_HUNG;
	else if (c->asleep)
		status = c->paused ? INSTANCE_PAUSED : INSTANCE_WAITING;
	else if (c->opening)
		status = INSTANCE_OPENING;
	else if (!c->open)
		status = c->failed_before ? INSTANCE_FAILED : INSTANCE_CLOSED;
	else if (c->paused)
		status = INSTANCE_PAUSED;
	else if (c->backing_off > 0 && c->backing_off == c->instance->n_targets)
		status = INSTANCE_BACKOFF;
	atomic_store(&c->instance->status, status);
}

/* ---------------------------------------------------------------- opening */

void
opened(struct collector *c)
{
	int64_t wall = clock_wall_ns(), now = clock_mono_ns();
	size_t i;

	/* What ends a worker comes after open(): only time shows. */
	if (c->seat == NULL)
		breaker_success(&c->instance->breaker);
	if (c->failed_before)
		log_line(LOG_LEVEL_NOTICE, c->instance->name, "open now");
	c->failed_before = false;
	c->open = true;
	c->awaited = false;
	if (c->removed || c->asleep)
		return;
	for (i = 0; i < c->instance->n_targets; i++)
		target_first_due(c->instance->targets[i], now, wall);
}

void
not_opened(struct collector *c, const struct error *err)
{
	struct instance *in = c->instance;
	int64_t now = clock_mono_ns();
	int64_t at = now + REOPEN_NS;

	log_line(LOG_LEVEL_ERROR, in->name, "%s", err->text);
	ledger_error(&in->ledger, clock_wall_ns(), err->text);
	breaker_failure(&in->breaker, now, REOPEN_NS);
	c->failed_before = true;
	c->awaited = false;
	if (c->removed || c->asleep)
		return;
	if (at < in->breaker.until_mono_ns)
		at = in->breaker.until_mono_ns;
	timers_set(&c->schedule->timers, &c->timer, at);
	wake_before(c->schedule, at);
}

static int
open_all(struct instance *in, struct error *err)
{
	if (listener_open(in, err) != 0)
		return -1;
	if (instance_open(in, &open_ops, err) != 0)
		goto fail;
	if (listener_start(in, err) == 0)
		return 0;
	instance_close(in, &open_ops);
fail:
	listener_close(in);
	return -1;
}

static void
open_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	struct error err;
	int64_t limit;
	int rc;

	pthread_mutex_lock(&s->lock);
	task_begin(task);
	limit = task->started_mono_ns + OPEN_NS;
	timers_set(&s->timers, &c->timer, limit);
	wake_before(s, limit);
	pthread_mutex_unlock(&s->lock);

	rc = open_all(c->instance, &err);

	pthread_mutex_lock(&s->lock);
	timers_clear(&s->timers, &c->timer);
	c->opening = false;
	if (rc == 0)
		opened(c);
	else
		not_opened(c, &err);
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

void
open_submit_to(struct collector *c, void (*run)(struct job *))
{
	struct task *task = task_new(c, run);
	int64_t at = clock_mono_ns() + REOPEN_NS;

	if (task == NULL) {
		timers_set(&c->schedule->timers, &c->timer, at);
		wake_before(c->schedule, at);
		return;
	}
	c->opening = true;
	c->call = task;
	update_status(c);
	task_submit(task);
}

void
open_submit(struct collector *c)
{
	if (c->seat != NULL)
		remote_open(c);
	else
		open_submit_to(c, open_run);
}

/* What the timer of a collector means follows from what it is doing. */
static void
collector_fire(struct timer *timer, int64_t now_mono_ns)
{
	struct collector *c = (struct collector *)((char *)timer -
						   offsetof(struct collector,
						       timer));

	if (c->seat != NULL && (c->opening || c->open))
		remote_check(c);
	else if (c->opening)
		task_give_up(c->call, NULL, "open()", OPEN_NS);
	else if (!c->open && !c->held && !c->asleep)
		open_submit(c);
	else if (!c->open)
		return; /* release() opens it, or somebody who asks */
	else
		many_check(c, now_mono_ns);
}

/* -------------------------------------------------------- add and remove */

static struct collector *
collector_new(struct schedule *s, struct instance *in)
{
	const struct farm_descriptor *d = &in->module->descriptor;
	struct collector *c = calloc(1, sizeof(*c));
	size_t i;

	if (c == NULL)
		return NULL;
	c->schedule = s;
	c->instance = in;
	c->timer.fire = collector_fire;
	c->wake_fd = -1;
	c->exclusive = d->collector.collect_many != NULL ||
		       (d->flags & FARM_SERIAL) != 0;
	for (i = 0; i < in->n_targets; i++)
		in->targets[i]->timer.fire = target_fire;
	request_begin(c);
	return c;
}

size_t
timers_of(const struct instance *in)
{
	return in->n_targets + 2;
}

void
schedule_add(struct schedule *s, struct instance *in)
{
	struct collector *c = collector_new(s, in);
	size_t room = s->n_timers + timers_of(in);

	pthread_mutex_lock(&s->lock);
	if (c == NULL || timers_reserve(&s->timers, room) != 0 ||
	    remote_begin(c) != 0) {
		log_line(LOG_LEVEL_ERROR, in->name, "out of memory");
		atomic_store(&in->status, INSTANCE_FAILED);
		free(c);
	} else {
		s->n_timers = room;
		in->station = c;
		c->next = s->collectors;
		s->collectors = c;
		if (!c->asleep)
			open_submit(c);
		update_status(c);
	}
	pthread_mutex_unlock(&s->lock);
}

/* Nothing more begins. */
static void
stop_starting(struct collector *c)
{
	struct schedule *s = c->schedule;
	size_t i;

	c->removed = true;
	timers_clear(&s->timers, &c->idle);
	if (!c->opening)
		timers_clear(&s->timers, &c->timer);
	while (c->due.first != NULL)
		target_cancel(c->due.first);
	for (i = 0; i < c->instance->n_targets; i++)
		if (!c->instance->targets[i]->running)
			timers_clear(
			    &s->timers, &c->instance->targets[i]->timer);
	many_wake(c);
}

bool
await_calls(struct collector *c, int64_t deadline_mono_ns)
{
	struct schedule *s = c->schedule;

	while (c->calls > 0)
		if (!wait_until(&s->returned, &s->lock, deadline_mono_ns))
			break;
	return c->calls == 0;
}

static void
close_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;

	pthread_mutex_lock(&s->lock);
	task_begin(task);
	pthread_mutex_unlock(&s->lock);

	instance_close(c->instance, &open_ops);
	listener_close(c->instance);

	pthread_mutex_lock(&s->lock);
	c->open = false;
	c->closing = false;
	c->failed_before = false;
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

/* close() may hang like any call, so it is made where that can be borne. */
struct task *
close_submit(struct collector *c)
{
	struct task *task = task_new(c, close_run);

	if (task != NULL)
		task_submit(task);
	return task;
}

bool
close_by(struct collector *c, int64_t deadline_mono_ns)
{
	if (!c->open)
		return true;
	if (c->seat != NULL)
		return remote_close(c, deadline_mono_ns);
	return close_submit(c) != NULL && await_calls(c, deadline_mono_ns);
}

static void
collector_free(struct collector *c)
{
	struct schedule *s = c->schedule;
	struct collector **at = &s->collectors;
	size_t i;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	s->n_lost -= c->lost && !c->told_lost;
	timers_clear(&s->timers, &c->timer);
	for (i = 0; i < c->instance->n_targets; i++)
		timers_clear(&s->timers, &c->instance->targets[i]->timer);
	timers_clear(&s->timers, &c->idle);
	s->n_timers -= timers_of(c->instance);
	listener_forget_sockets(c->instance);
	c->instance->station = NULL;
	atomic_store(&c->instance->status, INSTANCE_CLOSED);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	free(c->by_number);
	free(c);
}

static bool
is_awaited(const struct schedule *s)
{
	const struct collector *c;

	for (c = s->collectors; c != NULL; c = c->next)
		if (c->calls > c->given_up)
			return true;
	return false;
}

void
schedule_stop(struct schedule *s, int64_t deadline_mono_ns)
{
	struct collector *c;

	pthread_mutex_lock(&s->lock);
	for (c = s->collectors; c != NULL; c = c->next)
		stop_starting(c);
	while (is_awaited(s))
		if (!wait_until(&s->returned, &s->lock, deadline_mono_ns))
			break;
	for (c = s->collectors; c != NULL; c = c->next)
		c->left_behind = c->calls > 0 && c->seat == NULL;
	pthread_mutex_unlock(&s->lock);
}

int
schedule_remove(
    struct schedule *s, struct instance *in, int64_t deadline_mono_ns)
{
	struct collector *c;
	bool gone;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	if (c != NULL)
		stop_starting(c);
	gone = c == NULL || !c->left_behind;
	pthread_mutex_unlock(&s->lock);
	if (c == NULL || !gone)
		return gone ? 0 : -1;
	gone = listener_stop(in, deadline_mono_ns) == 0;

	pthread_mutex_lock(&s->lock);
	if (c->seat != NULL)
		gone = remote_await(c, deadline_mono_ns) && gone;
	else
		gone = await_calls(c, deadline_mono_ns) && gone;
	gone = gone && close_by(c, deadline_mono_ns);
	pthread_mutex_unlock(&s->lock);
	if (!gone)
		return -1;
	if (c->seat != NULL) {
		remote_end(c);
		listener_close(in);
	}
	pthread_mutex_lock(&s->lock);
	collector_free(c);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

bool
schedule_has_lost(struct schedule *s)
{
	bool any;

	pthread_mutex_lock(&s->lock);
	any = s->n_lost > 0;
	pthread_mutex_unlock(&s->lock);
	return any;
}

struct instance *
schedule_lost(struct schedule *s)
{
	struct instance *found = NULL;
	struct collector *c;

	pthread_mutex_lock(&s->lock);
	for (c = s->collectors; c != NULL && s->n_lost > 0; c = c->next) {
		if (!c->lost || c->told_lost)
			continue;
		c->told_lost = true;
		s->n_lost--;
		if (!c->removed) {
			found = c->instance;
			break;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* -------------------------------------------------------------- operators */

static int
run_targets_now(struct collector *c, const char *node, struct error *err)
{
	int64_t now = clock_mono_ns();
	bool found = false, started = false;
	struct target *t;
	size_t i;

	for (i = 0; i < c->instance->n_targets; i++) {
		t = c->instance->targets[i];
		if (node != NULL && strcmp(node, t->view.node) != 0)
			continue;
		found = true;
		if (!t->running) {
			target_start(t, now);
			started = true;
		}
	}
	if (!found)
		return error_set(
		    err, "no node \"%s\"", node != NULL ? node : "*");
	if (!started)
		return error_set(
		    err, "%s runs already", node != NULL ? node : "every node");
	return 0;
}

/* All of them run as soon as it is open. */
static int
wake_now(struct collector *c, const char *node, struct error *err)
{
	size_t i = 0;

	while (node != NULL && i < c->instance->n_targets &&
	       strcmp(node, c->instance->targets[i]->view.node) != 0)
		i++;
	if (node != NULL && i == c->instance->n_targets)
		return error_set(err, "no node \"%s\"", node);
	request_ask(c);
	return 0;
}

int
schedule_run_now(struct schedule *s, struct instance *in, const char *node,
    struct error *err)
{
	struct collector *c;
	int rc;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	if (c == NULL)
		rc = error_set(err, "not scheduled");
	else if (c->asleep && !c->paused && !c->removed)
		rc = wake_now(c, node, err);
	else if (!c->open || c->removed || c->paused || c->stopping > 0)
		rc = error_set(err, "is %s",
		    instance_status_name(atomic_load(&in->status)));
	else
		rc = run_targets_now(c, node, err);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int
schedule_pause(
    struct schedule *s, struct instance *in, bool paused, struct error *err)
{
	struct collector *c;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	if (c == NULL) {
		pthread_mutex_unlock(&s->lock);
		return error_set(err, "not scheduled");
	}
	c->paused = paused;
	while (paused && c->due.first != NULL)
		target_cancel(c->due.first);
	many_wake(c);
	update_status(c);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* ------------------------------------------------------------------ state */

static bool
is_settled(const struct collector *c)
{
	size_t i;

	if (c->asleep)
		return true;
	if (!c->open)
		return c->failed_before || c->removed;
	if (c->paused || c->stopping > 0)
		return true;
	for (i = 0; i < c->instance->n_targets; i++)
		if (c->instance->targets[i]->runs == 0 &&
		    c->instance->targets[i]->overruns == 0)
			return false;
	return true;
}

bool
schedule_settled(struct schedule *s)
{
	struct collector *c;
	bool settled = true;

	pthread_mutex_lock(&s->lock);
	for (c = s->collectors; c != NULL && settled; c = c->next)
		settled = is_settled(c);
	pthread_mutex_unlock(&s->lock);
	return settled;
}

static uint64_t
late_results(const struct schedule *s)
{
	const struct collector *c;
	uint64_t n = 0;

	for (c = s->collectors; c != NULL; c = c->next)
		n += atomic_load(&c->instance->ledger.dropped[DROP_LATE]);
	return n;
}

void
schedule_stats(struct schedule *s, struct schedule_stats *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->stats;
	ret->late_results = late_results(s);
	ret->lateness_p99_ns = histogram_quantile(&s->lateness, 0.99);
	pthread_mutex_unlock(&s->lock);
}
