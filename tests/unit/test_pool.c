#include "pool.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <pthread.h>

#include "clock.h"
#include "unit.h"

#define BOUND (10 * NS_PER_S)

/* A job that waits until it is let go. */
struct gate {
	struct job job; /* first */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool entered;
	bool open;
	bool left;
	int tid;
};

static void
gate_run(struct job *job)
{
	struct gate *g = (struct gate *)job;

	pthread_mutex_lock(&g->lock);
	g->tid = pool_self();
	g->entered = true;
	pthread_cond_broadcast(&g->cond);
	while (!g->open)
		pthread_cond_wait(&g->cond, &g->lock);
	g->left = true;
	pthread_mutex_unlock(&g->lock);
}

static void
gate_init(struct gate *g)
{
	*g = (struct gate){ .job.run = gate_run };
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->cond, NULL);
}

static void
gate_await(struct gate *g)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&g->lock);
	while (!g->entered)
		assert_int_equal(
		    pthread_cond_timedwait(&g->cond, &g->lock, &until), 0);
	pthread_mutex_unlock(&g->lock);
}

static void
gate_open(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->open = true;
	pthread_cond_broadcast(&g->cond);
	pthread_mutex_unlock(&g->lock);
}

static bool
gate_entered(struct gate *g)
{
	bool entered;

	pthread_mutex_lock(&g->lock);
	entered = g->entered;
	pthread_mutex_unlock(&g->lock);
	return entered;
}

static struct pool_stats
stats_of(struct pool *p)
{
	struct pool_stats s;

	pool_stats(p, &s, 0);
	return s;
}

static bool
eventually_threads(struct pool *p, int want)
{
	int64_t until = clock_mono_ns() + BOUND;

	while (stats_of(p).threads != want) {
		if (clock_mono_ns() > until)
			return false;
		usleep(1000);
	}
	return true;
}

static void
test_grows_to_its_maximum_and_shrinks(void **state)
{
	struct pool *p = pool_new(3, 20 * NS_PER_MS);
	struct pool_stats s;
	struct gate gates[5];
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		gate_init(&gates[i]);
		pool_submit(p, &gates[i].job);
	}
	for (i = 0; i < 3; i++)
		gate_await(&gates[i]);
	s = stats_of(p);
	assert_int_equal(s.threads, 3);
	assert_int_equal(s.busy, 3);
	assert_int_equal(s.waiting, 2);
	assert_false(gate_entered(&gates[3]));
	gate_open(&gates[1]);
	gate_await(&gates[3]);
	for (i = 0; i < 5; i++)
		gate_open(&gates[i]);
	assert_true(eventually_threads(p, 0));
	s = stats_of(p);
	assert_int_equal(s.jobs, 5);
	assert_int_equal(s.peak_busy, 3);
	assert_int_equal(s.busy, 0);
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	pool_free(p);
}

static void
test_an_idle_thread_is_used_again(void **state)
{
	struct pool *p = pool_new(8, BOUND);
	struct gate g;
	int i, tid = 0;

	(void)state;
	for (i = 0; i < 20; i++) {
		gate_init(&g);
		pool_submit(p, &g.job);
		gate_await(&g);
		if (tid == 0)
			tid = g.tid;
		assert_int_equal(g.tid, tid);
		gate_open(&g);
		while (stats_of(p).busy != 0)
			usleep(100);
		usleep(1000);
	}
	assert_int_equal(stats_of(p).threads, 1);
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	pool_free(p);
}

static void
test_a_lost_thread_is_replaced(void **state)
{
	struct pool *p = pool_new(1, BOUND);
	struct gate lost, next;

	(void)state;
	gate_init(&lost);
	gate_init(&next);
	pool_submit(p, &lost.job);
	gate_await(&lost);
	pool_submit(p, &next.job);
	assert_int_equal(stats_of(p).waiting, 1);

	assert_int_equal(pool_write_off(p, lost.tid), 1);
	assert_int_equal(pool_write_off(p, lost.tid), 1);
	gate_await(&next);
	assert_int_equal(stats_of(p).threads, 1);
	assert_int_equal(stats_of(p).written_off, 1);
	gate_open(&next);
	assert_int_equal(pool_stop(p, clock_mono_ns() + 50 * NS_PER_MS), 1);
	gate_open(&lost);
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	assert_int_equal(stats_of(p).written_off, 0);
	pool_free(p);
}

static void
test_writing_off_a_stranger_does_nothing(void **state)
{
	struct pool *p = pool_new(1, BOUND);

	(void)state;
	assert_int_equal(pool_write_off(p, 1), 0);
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	pool_free(p);
}

struct counting {
	struct job job; /* first */
	atomic_int *count;
};

static void
count_run(struct job *job)
{
	struct counting *c = (struct counting *)job;

	atomic_fetch_add(c->count, 1);
}

/* Stopping drops nothing that was submitted. */
static void
test_every_job_runs_once(void **state)
{
	enum { N = 5000 };
	struct counting *jobs = calloc(N, sizeof(*jobs));
	struct pool *p = pool_new(7, NS_PER_MS);
	atomic_int count = 0;
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		jobs[i] = (struct counting){ .job.run = count_run,
			.count = &count };
		pool_submit(p, &jobs[i].job);
	}
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	assert_int_equal(count, N);
	assert_int_equal(stats_of(p).jobs, N);
	pool_free(p);
	free(jobs);
}

/* A job that looks at the signals its thread blocks. */
struct mask {
	struct gate gate; /* first */
	sigset_t blocked;
};

static void
mask_run(struct job *job)
{
	struct mask *m = (struct mask *)job;

	(void)pthread_sigmask(SIG_BLOCK, NULL, &m->blocked);
	gate_run(job);
}

/* SIGCHLD is the exception: one that the thread of the child's parent blocks
   wakes another thread, to be ignored. */
static void
test_signals_are_for_others(void **state)
{
	struct pool *p = pool_new(1, NS_PER_S);
	struct mask m;

	(void)state;
	gate_init(&m.gate);
	m.gate.job.run = mask_run;
	pool_submit(p, &m.gate.job);
	gate_await(&m.gate);
	gate_open(&m.gate);
	assert_int_equal(pool_stop(p, clock_mono_ns() + BOUND), 0);
	assert_int_equal(sigismember(&m.blocked, SIGTERM), 1);
	assert_int_equal(sigismember(&m.blocked, SIGHUP), 1);
	assert_int_equal(sigismember(&m.blocked, SIGCHLD), 0);
	pool_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_to_its_maximum_and_shrinks),
		cmocka_unit_test(test_an_idle_thread_is_used_again),
		cmocka_unit_test(test_a_lost_thread_is_replaced),
		cmocka_unit_test(test_writing_off_a_stranger_does_nothing),
		cmocka_unit_test(test_every_job_runs_once),
		cmocka_unit_test(test_signals_are_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
