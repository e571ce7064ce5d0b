/*
 * sink.h - where a collector's batches go: the router's queue in the daemon, a
 * printer in `farmctl test', a socket in a worker.
 */
#ifndef HOST_SINK_H
#define HOST_SINK_H

#include "batch.h"

struct instance;

/* A run sends what it has when it holds this much. */
#define SINK_FLUSH_BYTES (64 << 10)

struct sink {
	/*
	 * Takes the batch over (also on failure, when it counts the values as
	 * dropped, by reason, in the instance's ledger).  Any thread; blocks
	 * at most until batch->until_mono_ns.
	 */
	void (*send)(struct sink *, struct instance *, struct batch *);
};

#endif
