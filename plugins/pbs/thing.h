/*
 * thing.h - a job, node or queue as it is put together from its attributes,
 * which both forms of output give one by one.
 */
#ifndef PBS_THING_H
#define PBS_THING_H

#include "census.h"

struct thing {
	struct slice name;
	struct slice state;
	struct slice queue;
	struct slice user;
	struct slice account;
	struct slice project;
	struct slice enabled;
	struct slice started;
	int64_t slots; /* wanted, or there */
	int64_t used;
	int64_t eligible_ns;
	int64_t queued_ns;
	int64_t cpu_ns;
	int64_t wall_ns;
	int64_t exit;
	double load;
	int64_t memory;
	int64_t memory_free;
};

void thing_begin(struct thing *, struct slice name);
/* GROUP.NAME = value; the group may be empty. */
void thing_take(struct thing *, struct slice group, struct slice name,
    struct slice value);

/* What an Exit_status says: an exit, or a signal and *exit is -1. */
void pbs_end(int64_t *exit, int64_t *signal);

/* Count it; -1 if what every such thing has is not there. */
int thing_job(struct census *, const struct thing *, struct error *);
int thing_node(struct census *, const struct thing *, struct error *);
int thing_queue(struct census *, const struct thing *, struct error *);

typedef int thing_count(
    struct census *, const struct thing *, struct error *);

#endif
