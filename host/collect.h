/*
 * collect.h - the host functions a collector sees, and one run of it: values
 * by name or by handle become batches for the instance's sink.
 */
#ifndef HOST_COLLECT_H
#define HOST_COLLECT_H

#include "call.h"
#include "instance.h"

/* One run: of one target, of a set, or of a listener's callback. */
struct run {
	struct call call; /* first */
	struct batch *batch;
	struct target *target;	/* NULL in collect_many() and listen() */
	struct schedule *schedule; /* for more() and done(); NULL outside */
	_Atomic(bool) written_off; /* drop what it still emits */
	uint64_t values;
	uint64_t names_refused;
};

extern const struct farm_host_ops collect_ops;

/* Run collect() of one target on this thread; what was emitted is sent to the
   instance's sink.  0, or -1 with the reason in run->call.error. */
int collect_target(struct run *, struct target *);

/* Free what a target's by-name emission remembered (unpins). */
void name_cache_free(struct name_cache *, struct series_table *);

#endif
