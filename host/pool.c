#include "pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "ledger.h"

struct thread {
	struct pool *pool;
	struct thread *next;  /* of all that are alive */
	struct thread *below; /* in the stack of idle ones */
	pthread_cond_t wake;
	struct job *job; /* handed over while idle */
	int tid;
	bool written_off;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t ended; /* a thread has */
	struct thread *all;
	/* The thread that became idle last gets the next job, so that those
	   below it stay idle long enough to end. */
	struct thread *idle;
	struct job *first; /* waiting, because all threads are busy */
	struct job **last;
	int64_t idle_ns;
	int max;
	int threads;
	int busy;
	int peak_busy;
	int written_off;
	int waiting;
	uint64_t jobs;
	bool stopping;
	struct histogram delay;
};

static void
cond_init_mono(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S,
		.tv_nsec = ns % NS_PER_S };
}

struct pool *
pool_new(int max, int64_t idle_ns)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	cond_init_mono(&p->ended);
	p->last = &p->first;
	p->max = max;
	p->idle_ns = idle_ns;
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	assert(p->all == NULL);
	pthread_cond_destroy(&p->ended);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int
pool_self(void)
{
	return gettid();
}

static struct job *
take_waiting(struct pool *p)
{
	struct job *job = p->first;

	if (job == NULL)
		return NULL;
	p->first = job->next;
	if (p->first == NULL)
		p->last = &p->first;
	p->waiting--;
	return job;
}

static void
leave_idle(struct pool *p, struct thread *t)
{
	struct thread **at = &p->idle;

	while (*at != NULL && *at != t)
		at = &(*at)->below;
	if (*at == t)
		*at = t->below;
}

/* The next job for this thread; NULL if it is to end. */
static struct job *
wait_for_job(struct pool *p, struct thread *t)
{
	struct timespec until = timespec_of(clock_mono_ns() + p->idle_ns);
	struct job *job = take_waiting(p);
	int rc = 0;

	if (job != NULL || p->stopping)
		return job;
	t->below = p->idle;
	p->idle = t;
	while (t->job == NULL && !p->stopping && rc == 0)
		rc = pthread_cond_timedwait(&t->wake, &p->lock, &until);
	job = t->job;
	t->job = NULL;
	if (job == NULL)
		leave_idle(p, t);
	return job;
}

static void
run_job(struct pool *p, struct thread *t, struct job *job)
{
	int64_t queued = job->queued_mono_ns;

	p->busy++;
	p->jobs++;
	if (p->busy > p->peak_busy)
		p->peak_busy = p->busy;
	pthread_mutex_unlock(&p->lock);

	histogram_add(&p->delay, clock_mono_ns() - queued);
	job->run(job);

	pthread_mutex_lock(&p->lock);
	if (!t->written_off)
		p->busy--;
}

static void
end_thread(struct pool *p, struct thread *t)
{
	struct thread **at = &p->all;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	if (t->written_off)
		p->written_off--;
	else
		p->threads--;
	pthread_cond_destroy(&t->wake);
	free(t);
	pthread_cond_broadcast(&p->ended);
}

static void *
thread_main(void *arg)
{
	struct thread *t = arg;
	struct pool *p = t->pool;
	struct job *job = t->job;

	pthread_mutex_lock(&p->lock);
	t->tid = gettid();
	t->job = NULL;
	do {
		run_job(p, t, job);
		job = t->written_off ? NULL : wait_for_job(p, t);
	} while (job != NULL);
	end_thread(p, t);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the main thread's.  Not SIGCHLD: where nobody blocks it, the end
   of a child that a job has started wakes nobody. */
static int
create_detached(struct thread *t)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

/* A new thread that begins with `job'; -1 if there can be none. */
static int
start_thread(struct pool *p, struct job *job)
{
	struct thread *t;

	if (p->threads >= p->max)
		return -1;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -1;
	t->pool = p;
	t->job = job;
	cond_init_mono(&t->wake);
	if (create_detached(t) != 0) {
		pthread_cond_destroy(&t->wake);
		free(t);
		return -1;
	}
	t->next = p->all;
	p->all = t;
	p->threads++;
	return 0;
}

void
pool_submit(struct pool *p, struct job *job)
{
	struct thread *t;

	job->next = NULL;
	job->queued_mono_ns = clock_mono_ns();
	pthread_mutex_lock(&p->lock);
	t = p->idle;
	if (t != NULL) {
		p->idle = t->below;
		t->job = job;
		pthread_cond_signal(&t->wake);
	} else if (start_thread(p, job) != 0) {
		*p->last = job;
		p->last = &job->next;
		p->waiting++;
	}
	pthread_mutex_unlock(&p->lock);
}

int
pool_write_off(struct pool *p, int tid)
{
	struct thread *t;
	int n;

	pthread_mutex_lock(&p->lock);
	for (t = p->all; t != NULL && t->tid != tid; t = t->next)
		;
	if (t != NULL && !t->written_off) {
		t->written_off = true;
		p->threads--;
		p->busy--;
		p->written_off++;
		if (p->first != NULL && start_thread(p, p->first) == 0)
			(void)take_waiting(p);
	}
	n = p->written_off;
	pthread_mutex_unlock(&p->lock);
	return n;
}

int
pool_stop(struct pool *p, int64_t deadline_mono_ns)
{
	struct timespec until = timespec_of(deadline_mono_ns);
	struct thread *t;
	int left, rc = 0;

	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	for (t = p->idle; t != NULL; t = t->below)
		pthread_cond_signal(&t->wake);
	while (p->threads + p->written_off > 0 && rc == 0)
		rc = pthread_cond_timedwait(&p->ended, &p->lock, &until);
	left = p->threads + p->written_off;
	pthread_mutex_unlock(&p->lock);
	return left;
}

void
pool_stats(struct pool *p, struct pool_stats *ret, int reset)
{
	pthread_mutex_lock(&p->lock);
	*ret = (struct pool_stats){
		.max = p->max,
		.threads = p->threads,
		.busy = p->busy,
		.peak_busy = p->peak_busy,
		.written_off = p->written_off,
		.waiting = p->waiting,
		.jobs = p->jobs,
		.delay_p99_ns = histogram_quantile(&p->delay, 0.99),
	};
	if (reset)
		p->peak_busy = p->busy;
	pthread_mutex_unlock(&p->lock);
}
