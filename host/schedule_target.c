#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "schedule_task.h"

#define DEADLINE_MAX_NS (60 * NS_PER_S)
/* The first runs of an instance of so few targets come at once. */
#define AT_ONCE_MAX 16

static struct collector *
collector_of(const struct target *t)
{
	return t->instance->station;
}

/* ------------------------------------------------------------------ lists */

void
targets_append(struct targets *list, struct target *t)
{
	t->next = NULL;
	t->previous = list->last;
	if (list->last != NULL)
		list->last->next = t;
	else
		list->first = t;
	list->last = t;
	list->n++;
}

void
targets_remove(struct targets *list, struct target *t)
{
	if (t->previous != NULL)
		t->previous->next = t->next;
	else
		list->first = t->next;
	if (t->next != NULL)
		t->next->previous = t->previous;
	else
		list->last = t->previous;
	t->next = NULL;
	t->previous = NULL;
	list->n--;
}

/* ------------------------------------------------------------------- when */

int64_t
deadline_of(const struct collector *c)
{
	const struct instance_config *config = c->instance->config;

	if (config->deadline_ns > 0)
		return config->deadline_ns;
	return config->every_ns < DEADLINE_MAX_NS ? config->every_ns
						  : DEADLINE_MAX_NS;
}

/* FNV-1a, then stirred (the finish of MurmurHash3): names that differ in
   their last digit only must end up far apart. */
static uint64_t
hash_of(const char *instance, const char *node)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *instance != '\0'; instance++)
		hash = (hash ^ (unsigned char)*instance) *
		       UINT64_C(0x100000001b3);
	hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
	for (; *node != '\0'; node++)
		hash = (hash ^ (unsigned char)*node) * UINT64_C(0x100000001b3);
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ (hash >> 33);
}

static void
set_timer(struct target *t)
{
	struct schedule *s = collector_of(t)->schedule;
	int64_t at = t->due_mono_ns;

	if (t->started_mono_ns != 0 && !t->overrun && t->deadline_mono_ns < at)
		at = t->deadline_mono_ns;
	timers_set(&s->timers, &t->timer, at);
	wake_before(s, at);
}

/*
 * The next multiple of the interval on the wall clock.  A timer that fires a
 * little early must not find the same one again: hence half an interval.  The
 * wall clock is read first: what passes in between makes the run late, where
 * early would be in the interval before.
 */
static int64_t
next_aligned(int64_t every_ns)
{
	int64_t wall = clock_wall_ns();
	int64_t nearest = (wall + every_ns / 2) / every_ns;

	return clock_mono_ns() + (nearest + 1) * every_ns - wall;
}

/*
 * The two clocks drift: a timer set long ago may fire before the wall clock has
 * reached the multiple it was meant for.  Then it is set again.
 */
static bool
is_early(struct target *t)
{
	int64_t every = t->instance->config->every_ns;
	int64_t wall = clock_wall_ns();
	int64_t early = (wall + every / 2) / every * every - wall;

	if (!t->instance->config->align || early <= 0)
		return false;
	t->due_mono_ns = clock_mono_ns() + early;
	return true;
}

/* Who asks for one that runs on request is waiting. */
static bool
starts_at_once(const struct target *t)
{
	return t->instance->config->on_request ||
	       (!t->instance->config->align &&
		   t->instance->n_targets <= AT_ONCE_MAX);
}

void
target_first_due(struct target *t, int64_t now_mono_ns, int64_t wall_ns)
{
	const struct instance_config *config = t->instance->config;
	int64_t every = config->every_ns;
	int64_t phase = (int64_t)(hash_of(t->instance->name, t->view.node) %
				  (uint64_t)every);

	if (config->align) {
		t->due_mono_ns = now_mono_ns + every - wall_ns % every;
	} else if (t->instance->n_targets > AT_ONCE_MAX &&
		   !config->on_request) {
		t->due_mono_ns = now_mono_ns + phase;
	} else {
		/* Not twice within half an interval. */
		if (phase < every / 2)
			phase += every;
		t->due_mono_ns = now_mono_ns + phase;
	}
	if (starts_at_once(t))
		target_start(t, now_mono_ns);
	set_timer(t);
}

/* As long after the last time as the new interval says, but not all at once
   if that is past already. */
void
target_change_rhythm(
    struct target *t, int64_t before_ns, int64_t now_mono_ns, int64_t wall_ns)
{
	const struct instance_config *config = t->instance->config;
	int64_t every = config->every_ns;

	if (config->align)
		t->due_mono_ns = now_mono_ns + every - wall_ns % every;
	else
		t->due_mono_ns += every - before_ns;
	if (t->due_mono_ns <= now_mono_ns)
		t->due_mono_ns = now_mono_ns +
				 (int64_t)(hash_of(t->instance->name,
					       t->view.node) %
					   (uint64_t)every);
	set_timer(t);
}

static void
count_skipped(struct target *t, uint64_t n)
{
	t->skipped += n;
	atomic_fetch_add(&t->instance->ledger.skipped, n);
	collector_of(t)->schedule->stats.skipped += n;
}

/* Fixed rate: the next one after now that keeps the phase.  Returns how many
   passed unseen, because nobody looked for so long. */
static uint64_t
advance(struct target *t, int64_t now_mono_ns)
{
	const struct instance_config *config = t->instance->config;
	int64_t passed = (now_mono_ns - t->due_mono_ns) / config->every_ns;

	if (config->align)
		t->due_mono_ns = next_aligned(config->every_ns);
	else
		t->due_mono_ns += (passed + 1) * config->every_ns;
	return (uint64_t)passed;
}

static bool
may_run(const struct collector *c, const struct target *t, int64_t now)
{
	return c->open && !c->removed && !c->paused && !c->asleep &&
	       c->stopping == 0 && !breaker_is_open(&t->breaker, now);
}

static void
come_due(struct target *t, int64_t now_mono_ns)
{
	struct collector *c = collector_of(t);
	int64_t due = t->due_mono_ns;
	uint64_t passed;

	if (is_early(t)) {
		set_timer(t);
		return;
	}
	passed = advance(t, now_mono_ns);
	if (t->running) {
		count_skipped(t, passed + 1);
		if (c->exclusive && t->started_mono_ns == 0)
			many_suspect(c, now_mono_ns);
	} else if (may_run(c, t, now_mono_ns)) {
		count_skipped(t, passed);
		target_start(t, due);
	}
}

/* ------------------------------------------------------------ collect() */

static void
collect_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	struct target *t = task->target;
	int64_t cpu = clock_thread_cpu_ns();
	int rc;

	pthread_mutex_lock(&s->lock);
	task_begin(task);
	target_begin(t, task, task->started_mono_ns);
	task->run.call.deadline_mono_ns = t->deadline_mono_ns;
	pthread_mutex_unlock(&s->lock);

	rc = collect_target(&task->run, t);
	atomic_fetch_add(&c->instance->ledger.cpu_ns,
	    (uint64_t)(clock_thread_cpu_ns() - cpu));

	pthread_mutex_lock(&s->lock);
	if (rc == 0 && task->run.names_refused > 0)
		log_line(LOG_LEVEL_WARNING, c->instance->name, "%s: %s",
		    t->view.node, task->run.refusal.text);
	target_end(t, rc != 0, task->run.call.error.text);
	if (t->leaving) {
		pthread_mutex_unlock(&s->lock);
		target_leave(t);
		pthread_mutex_lock(&s->lock);
		s->n_timers--;
	}
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

static void
submit_collect(struct target *t)
{
	struct collector *c = collector_of(t);
	struct task *task;

	if (c->seat != NULL) {
		remote_run(t);
		return;
	}
	task = task_new(c, collect_run);

	if (task == NULL) {
		target_end(t, true, "out of memory");
		return;
	}
	task->target = t;
	if (c->exclusive)
		c->call = task;
	task_submit(task);
}

static void
submit_many(struct collector *c)
{
	c->call = task_new(c, many_run);
	if (c->call != NULL)
		task_submit(c->call);
	else
		while (c->due.first != NULL)
			target_cancel(c->due.first);
}

void
call_next(struct collector *c)
{
	struct target *t = c->due.first;

	if (t == NULL || c->call != NULL || c->stopping > 0 || c->held)
		return;
	if (c->seat == NULL &&
	    c->instance->module->descriptor.collector.collect_many != NULL) {
		submit_many(c);
	} else {
		targets_remove(&c->due, t);
		submit_collect(t);
	}
}

/* -------------------------------------------------------------- one target */

void
target_start(struct target *t, int64_t due_mono_ns)
{
	struct collector *c = collector_of(t);

	t->running = true;
	t->due_since_ns = due_mono_ns;
	t->started_mono_ns = 0;
	if (!c->exclusive && !c->held) {
		submit_collect(t);
		return;
	}
	targets_append(&c->due, t);
	if (c->held)
		return;
	if (c->call == NULL)
		call_next(c);
	else
		many_wake(c);
}

void
targets_release(struct collector *c)
{
	struct target *t;

	while (!c->exclusive && (t = c->due.first) != NULL) {
		targets_remove(&c->due, t);
		submit_collect(t);
	}
	call_next(c);
}

void
target_leave(struct target *t)
{
	struct instance *in = t->instance;

	instance_hold(in);
	target_free(t, &open_ops);
	instance_let_go(in);
}

void
target_cancel(struct target *t)
{
	targets_remove(&collector_of(t)->due, t);
	t->running = false;
}

void
target_begin(struct target *t, struct task *task, int64_t now_mono_ns)
{
	struct collector *c = collector_of(t);
	int64_t late = now_mono_ns - t->due_since_ns;

	t->task = task;
	t->started_mono_ns = now_mono_ns;
	t->deadline_mono_ns = now_mono_ns + deadline_of(c);
	t->last_run_ns = clock_wall_ns();
	histogram_add(&c->schedule->lateness, late);
	histogram_add(&t->instance->ledger.lateness, late);
	set_timer(t);
}

/* One line when it begins to fail, or fails otherwise; one when it is over. */
static void
note_failure(struct target *t, const char *text)
{
	if (!t->failing || t->last_error == NULL ||
	    strcmp(t->last_error, text) != 0)
		log_line(LOG_LEVEL_WARNING, t->instance->name, "%s: %s",
		    t->view.node, text);
	t->failing = true;
	free(t->last_error);
	t->last_error = strdup(text);
	ledger_error(&t->instance->ledger, clock_wall_ns(), text);
}

static void
note_success(struct target *t)
{
	t->last_good_ns = t->last_run_ns;
	if (!t->failing)
		return;
	log_line(LOG_LEVEL_NOTICE, t->instance->name,
	    "%s: works again after %u failures", t->view.node,
	    t->breaker.failures);
	t->failing = false;
}

static void
count_run(struct target *t, bool failed)
{
	struct ledger *l = &t->instance->ledger;

	t->runs++;
	t->failures += failed;
	atomic_fetch_add(&l->runs, 1);
	atomic_fetch_add(&l->failures, failed);
	collector_of(t)->schedule->stats.runs++;
	pthread_mutex_lock(&l->lock);
	l->last_run_ns = t->last_run_ns;
	if (!failed)
		l->last_good_ns = t->last_run_ns;
	pthread_mutex_unlock(&l->lock);
}

static void
back_off(struct target *t, bool failed, int64_t now_mono_ns)
{
	struct collector *c = collector_of(t);
	bool before = t->breaker.failures >= BREAKER_TOLERANCE;
	bool after;

	if (failed)
		breaker_failure(
		    &t->breaker, now_mono_ns, t->instance->config->every_ns);
	else
		breaker_success(&t->breaker);
	after = t->breaker.failures >= BREAKER_TOLERANCE;
	c->backing_off += (size_t)after - (size_t)before;
	update_status(c);
}

/* A run that was given up is reported already; what matters now is that it
   came back. */
static void
note_return(struct target *t, int64_t wall_ns)
{
	struct buffer took = BUFFER_INIT;

	duration_print(&took, wall_ns / NS_PER_MS * NS_PER_MS);
	log_line(LOG_LEVEL_NOTICE, t->instance->name, "%s: came back after %s",
	    t->view.node, buffer_text(&took));
	buffer_free(&took);
}

void
target_end(struct target *t, bool failed, const char *text)
{
	struct collector *c = collector_of(t);
	int64_t now = clock_mono_ns();

	if (t->started_mono_ns != 0) {
		t->last_wall_ns = now - t->started_mono_ns;
		histogram_add(&t->instance->ledger.wall, t->last_wall_ns);
	}
	failed = failed || t->written_off;
	if (t->written_off)
		note_return(t, t->last_wall_ns);
	else if (failed)
		note_failure(t, text);
	else
		note_success(t);
	count_run(t, failed);
	back_off(t, failed, now);
	if (t->overrun && c->overdue > 0)
		c->overdue--;
	t->task = NULL;
	t->running = false;
	t->overrun = false;
	t->written_off = false;
	t->started_mono_ns = 0;
	if (c->removed || c->asleep || t->leaving)
		timers_clear(&c->schedule->timers, &t->timer);
	if (t->awaited)
		pthread_cond_broadcast(&c->schedule->returned);
	t->awaited = false;
}

static void
overrun(struct target *t, int64_t now_mono_ns)
{
	struct collector *c = collector_of(t);

	t->overrun = true;
	t->awaited = false;
	t->overruns++;
	c->schedule->stats.overruns++;
	c->overdue++;
	if (c->seat != NULL)
		remote_overrun(c, now_mono_ns);
	else if (t->task->target == NULL)
		many_suspect(c, now_mono_ns);
	else
		task_give_up(t->task, t->view.node, NULL, deadline_of(c));
	atomic_fetch_add(&t->instance->ledger.overruns, 1);
}

void
target_fire(struct timer *timer, int64_t now_mono_ns)
{
	struct target *t = (struct target *)((char *)timer -
					     offsetof(struct target, timer));

	if (t->started_mono_ns != 0 && !t->overrun &&
	    now_mono_ns >= t->deadline_mono_ns)
		overrun(t, now_mono_ns);
	if (now_mono_ns >= t->due_mono_ns)
		come_due(t, now_mono_ns);
	set_timer(t);
}
