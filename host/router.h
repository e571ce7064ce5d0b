/*
 * router.h - the one thread that owns the stream: batches in from all
 * collectors, positions, filters, cache, then deliver.
 */
#ifndef HOST_ROUTER_H
#define HOST_ROUTER_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "config.h"
#include "deliver.h"
#include "instance.h"
#include "series.h"
#include "sink.h"

struct router;

struct router_config {
	const char *farm;
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct instance *const *filters; /* opened, in order */
	size_t n_filters;
	int64_t queue_bytes;
	uint64_t first_position;
};

struct router *router_new(const struct router_config *);
int router_start(struct router *); /* its thread */
/* Route what is queued, then end; false if not done by the deadline. */
bool router_stop(struct router *, int64_t deadline_mono_ns);
void router_free(struct router *);

/*
 * The sink of all collectors.  The queue is bounded in bytes, and one
 * instance may hold at most a quarter of it: what is beyond is dropped and
 * counted with its owner.
 */
struct sink *router_sink(struct router *);

/*
 * Between two batches, on the router's thread: lifetimes and filters change so.
 * False if it did not come to that by the deadline, and never will.
 */
bool router_call(struct router *, void (*call)(void *context), void *context,
    int64_t deadline_mono_ns);
/* On its thread: other filters from now on; see chain_change(). */
int router_filters(struct router *, struct instance *const *filters, size_t n);
/* A record of the daemon's own; travels like all others.  Any thread. */
int router_record(struct router *, int type, int64_t time_ns,
    const void *payload, size_t size);

/* Results from elsewhere, all FARM_IMPORTED, on their way to the writers alone.
   False if there is no room for them now: then they are still the caller's. */
bool router_import(struct router *, struct batch *);

/* Wait until all that was sent before is routed and handed to deliver. */
bool router_flush(struct router *, int64_t deadline_mono_ns);

/* That of the next record. */
uint64_t router_position(struct router *);

struct router_stats {
	uint64_t position; /* of the next record */
	uint64_t batches;
	uint64_t records;
	uint64_t values_in;
	uint64_t values_out;
	size_t queue_bytes;
	size_t queue_peak_bytes;
	int64_t latency_p99_ns; /* from sink to cache */
	int64_t turned_mono_ns; /* when its thread last came round, which is
				   once a second with nothing to do */
	uint64_t cpu_ns;
	uint64_t dropped[DROP_REASONS];
};
void router_stats(struct router *, struct router_stats *ret);

#endif
