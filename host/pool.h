/*
 * pool.h - threads that come and go with the work.  A job waits only while
 * all of `max' threads are busy; idle threads end after a while.
 */
#ifndef HOST_POOL_H
#define HOST_POOL_H

#include <stdint.h>

struct pool;

/* A job is embedded in what it works on, and is free again when run() was
   entered. */
struct job {
	void (*run)(struct job *);
	struct job *next;
	int64_t queued_mono_ns;
};

struct pool *pool_new(int max, int64_t idle_ns); /* NULL if memory is out */
/* Ends: no new jobs, idle threads end; waits until `deadline_mono_ns' for the
   others.  Returns how many did not come back (then never free the pool). */
int pool_stop(struct pool *, int64_t deadline_mono_ns);
void pool_free(struct pool *);

/* Never blocks.  If no thread can be made, the job waits for one. */
void pool_submit(struct pool *, struct job *);

/*
 * The calling thread is as good as lost, said by another: it no longer counts,
 * a replacement may start; should it come back, it ends.  `tid' is what
 * pool_self() gave in the job.  Returns how many are written off now.
 */
int pool_self(void);
int pool_write_off(struct pool *, int tid);

struct pool_stats {
	int max;
	int threads; /* alive, without those written off */
	int busy;
	int peak_busy; /* since the last call of pool_stats() with `reset' */
	int written_off;
	int waiting; /* jobs */
	uint64_t jobs;
	int64_t delay_p99_ns; /* from submit to run */
};
void pool_stats(struct pool *, struct pool_stats *ret, int reset);

#endif
