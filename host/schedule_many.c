#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "schedule_task.h"

/* The call that the run belongs to. */
static struct task *
task_of(struct run *run)
{
	return (struct task *)((char *)run - offsetof(struct task, run));
}

static bool
is_ending(const struct collector *c)
{
	return c->removed || c->paused || c->held || c->asleep ||
	       c->stopping > 0;
}

/* ------------------------------------------------------------- being woken */

void
many_wake(struct collector *c)
{
	uint64_t one = 1;

	/* Of a sweep's targets the first one wakes. */
	if (c->wake_fd >= 0 && !c->woken)
		c->woken = write(c->wake_fd, &one, sizeof(one)) > 0;
}

static void
reset_wake(struct collector *c)
{
	uint64_t count;

	if (c->woken)
		(void)!read(c->wake_fd, &count, sizeof(count));
	c->woken = false;
}

static int
many_wake_fd(struct run *run)
{
	struct collector *c = task_of(run)->collector;
	struct schedule *s = c->schedule;
	int fd;

	pthread_mutex_lock(&s->lock);
	if (c->wake_fd < 0) {
		c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (c->due.first != NULL || is_ending(c))
			many_wake(c);
	}
	fd = c->wake_fd;
	pthread_mutex_unlock(&s->lock);
	if (fd < 0)
		return farm_fail(&run->call.host, "eventfd: %m");
	return fd;
}

/* ------------------------------------------------------------------- a call */

static struct target *
hand_over(struct task *task, int64_t now_mono_ns)
{
	struct collector *c = task->collector;
	struct target *t = c->due.first;

	targets_remove(&c->due, t);
	targets_append(&task->handed, t);
	target_begin(t, task, now_mono_ns);
	task->handed_mono_ns = now_mono_ns;
	return t;
}

/* The set that is due now; NULL if there is none, or no memory for it. */
static struct farm_target **
take_set(struct task *task, size_t *ret_n)
{
	struct collector *c = task->collector;
	size_t n = 0, max = c->due.n;
	struct farm_target **set = calloc(max > 0 ? max : 1, sizeof(*set));

	if (set == NULL)
		while (c->due.first != NULL)
			target_cancel(c->due.first);
	while (c->due.first != NULL)
		set[n++] = &hand_over(task, task->started_mono_ns)->view;
	*ret_n = n;
	return set;
}

static void
end_handed(struct task *task, bool failed)
{
	struct target *t;

	while ((t = task->handed.first) != NULL) {
		targets_remove(&task->handed, t);
		target_end(t, failed, task->run.call.error.text);
	}
}

static int
many_more(struct run *run, struct farm_target **ret, size_t max)
{
	struct task *task = task_of(run);
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	int64_t now = clock_mono_ns();
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	while (!task->written_off && !task->stuck && !is_ending(c) && n < max &&
	       n < INT_MAX && c->due.first != NULL)
		ret[n++] = &hand_over(task, now)->view;
	if (c->due.first == NULL && !is_ending(c))
		reset_wake(c);
	pthread_mutex_unlock(&s->lock);
	return (int)n;
}

static void
many_done(struct run *run, struct target *t, int failed, const char *text)
{
	struct task *task = task_of(run);
	struct schedule *s = task->collector->schedule;

	if (t->names != NULL)
		name_cache_run_done(t->names, t->instance->series);
	pthread_mutex_lock(&s->lock);
	/* Said twice, or of a target that was not handed over: no matter. */
	if (t->task == task) {
		targets_remove(&task->handed, t);
		target_end(t, failed != 0, text);
	}
	pthread_mutex_unlock(&s->lock);
}

static const struct run_source schedule_source = {
	.more = many_more,
	.wake_fd = many_wake_fd,
	.done = many_done,
};

void
many_run(struct job *job)
{
	struct task *task = (struct task *)job;
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	int64_t cpu = clock_thread_cpu_ns();
	struct farm_target **set;
	size_t n;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	task_begin(task);
	task->run.call.deadline_mono_ns = task->started_mono_ns +
					  deadline_of(c);
	reset_wake(c);
	set = take_set(task, &n);
	pthread_mutex_unlock(&s->lock);

	task->run.source = &schedule_source;
	if (n > 0)
		rc = collect_targets(&task->run, set, n);
	free(set);
	atomic_fetch_add(&c->instance->ledger.cpu_ns,
	    (uint64_t)(clock_thread_cpu_ns() - cpu));

	pthread_mutex_lock(&s->lock);
	if (rc == 0 && task->run.names_refused > 0)
		log_line(LOG_LEVEL_WARNING, c->instance->name, "%s",
		    task->run.refusal.text);
	end_handed(task, rc != 0);
	timers_clear(&s->timers, &c->timer);
	task_end(task);
	pthread_mutex_unlock(&s->lock);
}

/* -------------------------------------------------------- is it still alive */

static uint64_t
heard(const struct task *task)
{
	return atomic_load_explicit(&task->run.heard, memory_order_relaxed);
}

void
many_suspect(struct collector *c, int64_t now_mono_ns)
{
	struct schedule *s = c->schedule;

	if (c->call == NULL || c->call->target != NULL || c->call->tid == 0 ||
	    c->stopping > 0 || c->timer.index != 0)
		return;
	c->call->heard = heard(c->call);
	timers_set(&s->timers, &c->timer, now_mono_ns + SILENCE_NS);
	wake_before(s, now_mono_ns + SILENCE_NS);
}

static bool
is_overdue(const struct collector *c, int64_t now_mono_ns)
{
	return c->overdue > 0 ||
	       (c->due.first != NULL &&
		   now_mono_ns - c->call->handed_mono_ns > deadline_of(c));
}

void
many_check(struct collector *c, int64_t now_mono_ns)
{
	struct task *task = c->call;

	if (task == NULL || !is_overdue(c, now_mono_ns))
		return;
	if (heard(task) != task->heard)
		many_suspect(c, now_mono_ns);
	else
		task_give_up(task, NULL, "collect_many()", deadline_of(c));
}
