/*
 * collect.h - the host functions a collector sees, and one run of it: values
 * by name or by handle become batches for the instance's sink.
 */
#ifndef HOST_COLLECT_H
#define HOST_COLLECT_H

#include <stdatomic.h>

#include "batch.h"
#include "call.h"
#include "instance.h"
#include "names.h"

struct run;

/*
 * Who hands targets to a collect_many() while it runs: the schedule, or the
 * worker that stands in for it.  From the thread of the run only.
 */
struct run_source {
	int (*more)(struct run *, struct farm_target **ret, size_t max);
	int (*wake_fd)(struct run *);
	void (*done)(struct run *, struct target *, int failed,
	    const char *text);
};

/* A record is split when it holds this much, far below a frame's limit. */
#define RECORD_BYTES_MAX (1 << 20)
/* The contract's bound of a checkpoint. */
#define CHECKPOINT_MAX (64 << 10)

/* One run: of one target, of a set, or of a listener's callback. */
struct run {
	struct call call; /* first */
	struct batch *batch;
	size_t usual; /* what the last batch came to */
	struct target *target;	/* NULL in collect_many() and listen() */
	const struct run_source *source; /* of collect_many(); else NULL */
	struct name_cache **names; /* for all targets; NULL: their own */
	_Atomic(bool) written_off; /* drop what it still emits */
	atomic_uint_least64_t heard; /* host functions called */
	uint64_t values;
	uint64_t names_refused;
	struct error refusal; /* of the first of them */
	/* The record that values by name go to; open if `open'. */
	bool open;
	bool open_now; /* its time is when it was begun */
	int64_t open_time_ns;
	const struct farm_series *open_series; /* one of its node */
};

/* Of collect(), collect_many(), listen() and tick(), with a struct run. */
extern const struct farm_host_ops collect_ops;
/* Of open() and close(), with a bare struct call: handles, sockets and
   restore(), but nothing to emit to. */
extern const struct farm_host_ops open_ops;

/* A run of the instance, with collect_ops. */
void run_init(struct run *, struct instance *);
/*
 * The module has returned `rc': send what it emitted, add to the ledger's
 * values.  Returns 0, or -1 with the reason in run->call.error.
 */
int run_finish(struct run *, int rc);

/* Run collect() of one target on this thread; what was emitted is sent to the
   instance's sink.  0, or -1 with the reason in run->call.error. */
int collect_target(struct run *, struct target *);
/* Likewise collect_many(), holding the instance's serial lock. */
int collect_targets(struct run *, struct farm_target *const *targets,
    size_t n);

#endif
