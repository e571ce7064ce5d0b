/* collect_many() in a worker: what farmd says is due is handed over in sets. */
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "worker_guest.h"

struct many_job {
	struct job job; /* first */
	struct guest *guest;
	struct target *handed; /* over, and not done; by `next' */
	struct run run;
	int64_t cpu_ns; /* of the thread, when it was last reported */
};

static struct many_job *
job_of(struct run *run)
{
	return (
	    struct many_job *)((char *)run - offsetof(struct many_job, run));
}

static void
wake(struct guest *g)
{
	uint64_t one = 1;

	if (g->wake_fd >= 0)
		(void)!write(g->wake_fd, &one, sizeof(one));
}

static void
reset_wake(struct guest *g)
{
	uint64_t count;

	if (g->wake_fd >= 0)
		(void)!read(g->wake_fd, &count, sizeof(count));
}

static struct target *
hand_over(struct many_job *job)
{
	struct guest *g = job->guest;
	struct target *t = g->due;

	g->due = t->next;
	if (g->due == NULL)
		g->due_last = &g->due;
	t->next = job->handed;
	if (t->next != NULL)
		t->next->previous = t;
	t->previous = NULL;
	job->handed = t;
	t->started_mono_ns = clock_mono_ns();
	return t;
}

static void
take_back(struct many_job *job, struct target *t)
{
	if (t->previous != NULL)
		t->previous->next = t->next;
	else
		job->handed = t->next;
	if (t->next != NULL)
		t->next->previous = t->previous;
	t->started_mono_ns = 0;
}

/* The thread's time since the last report goes to whoever is done now. */
static int64_t
take_cpu(struct many_job *job)
{
	int64_t now = clock_thread_cpu_ns();
	int64_t since = now - job->cpu_ns;

	job->cpu_ns = now;
	return since;
}

/* ------------------------------------------------- what the module asks for */

static int
guest_more(struct run *run, struct farm_target **ret, size_t max)
{
	struct many_job *job = job_of(run);
	struct guest *g = job->guest;
	size_t n = 0;

	pthread_mutex_lock(&g->main->lock);
	while (g->due != NULL && n < max && n < INT32_MAX)
		ret[n++] = &hand_over(job)->view;
	if (g->due == NULL)
		reset_wake(g);
	pthread_mutex_unlock(&g->main->lock);
	return (int)n;
}

static int
guest_wake_fd(struct run *run)
{
	struct guest *g = job_of(run)->guest;
	int fd;

	pthread_mutex_lock(&g->main->lock);
	if (g->wake_fd < 0) {
		g->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (g->due != NULL)
			wake(g);
	}
	fd = g->wake_fd;
	pthread_mutex_unlock(&g->main->lock);
	if (fd < 0)
		return farm_fail(&run->call.host, "eventfd: %m");
	return fd;
}

static void
guest_target_done(
    struct run *run, struct target *t, int failed, const char *text)
{
	struct many_job *job = job_of(run);
	struct guest *g = job->guest;

	if (t->names != NULL)
		name_cache_run_done(t->names, g->instance->series);
	/* What it emitted goes before the word that it is done. */
	(void)farm_flush(&run->call.host);
	pthread_mutex_lock(&g->main->lock);
	/* Said twice, or of a target that was not handed over: no matter. */
	if (t->running && t->started_mono_ns != 0) {
		take_back(job, t);
		guest_done(g, t, failed != 0 ? text : NULL, take_cpu(job));
	}
	pthread_mutex_unlock(&g->main->lock);
}

static const struct run_source guest_source = {
	.more = guest_more,
	.wake_fd = guest_wake_fd,
	.done = guest_target_done,
};

/* ------------------------------------------------------------------ calls --
 */

/* The set that is due now; NULL if there is none or no memory for it. */
static struct farm_target **
take_set(struct many_job *job, size_t *ret_n)
{
	struct guest *g = job->guest;
	struct farm_target **set;
	struct target *t;
	size_t n = 0;

	*ret_n = 0;
	for (t = g->due; t != NULL; t = t->next)
		n++;
	set = n > 0 ? calloc(n, sizeof(*set)) : NULL;
	while (set != NULL && g->due != NULL)
		set[(*ret_n)++] = &hand_over(job)->view;
	while (g->due != NULL)
		guest_target_done(
		    &job->run, hand_over(job), 1, "out of memory");
	return set;
}

static void
end_handed(struct many_job *job, const char *why)
{
	struct target *t;

	while ((t = job->handed) != NULL) {
		take_back(job, t);
		guest_done(job->guest, t, why, take_cpu(job));
	}
}

static int64_t
latest_deadline(const struct many_job *job)
{
	int64_t latest = 0;
	const struct target *t;

	for (t = job->handed; t != NULL; t = t->next)
		if (t->deadline_mono_ns > latest)
			latest = t->deadline_mono_ns;
	return latest;
}

static void
many_run(struct job *base)
{
	struct many_job *job = (struct many_job *)base;
	struct guest *g = job->guest;
	struct worker_main *m = g->main;
	struct farm_target **set;
	size_t n;
	int rc = 0;

	job->cpu_ns = clock_thread_cpu_ns();
	run_init(&job->run, g->instance);
	job->run.source = &guest_source;
	pthread_mutex_lock(&m->lock);
	reset_wake(g);
	set = take_set(job, &n);
	job->run.call.deadline_mono_ns = latest_deadline(job);
	pthread_mutex_unlock(&m->lock);
	if (n > 0)
		rc = collect_targets(&job->run, set, n);
	free(set);
	if (rc == 0 && job->run.names_refused > 0)
		log_line(LOG_LEVEL_WARNING, g->instance->name, "%s",
		    job->run.refusal.text);
	pthread_mutex_lock(&m->lock);
	end_handed(job, rc == 0 ? NULL : job->run.call.error.text);
	g->calling = false;
	if (g->due != NULL)
		guest_many(g);
	pthread_mutex_unlock(&m->lock);
	free(job);
}

void
guest_many(struct guest *g)
{
	struct many_job *job;
	struct target *t;

	if (g->calling) {
		wake(g);
		return;
	}
	job = calloc(1, sizeof(*job));
	if (job != NULL) {
		job->guest = g;
		job->job.run = many_run;
		g->calling = true;
		pool_submit(g->main->pool, &job->job);
		return;
	}
	while ((t = g->due) != NULL) {
		g->due = t->next;
		guest_done(g, t, "out of memory", 0);
	}
	g->due_last = &g->due;
}
