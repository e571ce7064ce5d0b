/*
 * stage.h - a small host for tests of the collecting side: a series table, a
 * sink that remembers, a pool, a schedule and the thread that steps it.
 */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include <pthread.h>
#include <stdbool.h>

#include "clock.h"
#include "instance.h"
#include "pool.h"
#include "schedule.h"

#define STAGE_BOUND (20 * NS_PER_S)

struct stage {
	struct sink sink; /* first */
	struct series_table *series;
	struct pool *pool;
	struct schedule *schedule;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	pthread_t stepper;
	bool stepping;
	bool woken;
	uint64_t batches;
	uint64_t records;
	uint64_t values;
	int64_t first_mono_ns; /* when the first batch came */
	struct batch *last;    /* the last batch */
};

void stage_begin(struct stage *, int threads);
/* A thread steps the schedule from here on. */
void stage_run(struct stage *);
/* No more; what the schedule's clock has written can be looked at. */
void stage_halt(struct stage *);
/* False if something did not come back; all is over all the same. */
void stage_end(struct stage *);

/* An instance of a module made by hand from its entry, with n nodes named
   PREFIX000..., and these options (copied). */
struct stage_instance {
	struct module module;
	struct instance_config config;
	struct node_config *nodes;
	char (*names)[32];
	struct instance *instance;
};
void stage_instance(struct stage *, struct stage_instance *,
    const struct farm_entry *, const void *options, size_t n_nodes,
    int64_t every_ns);
void stage_instance_end(struct stage_instance *);

/* Wait until the condition holds, at most STAGE_BOUND; the test fails then. */
typedef bool stage_condition(void *);
void stage_await(stage_condition *, void *);

#endif
