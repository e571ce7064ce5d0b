/*
 * farm.h - the running farm: all stations together, made from a
 * configuration.  main() and the API hold one.
 */
#ifndef HOST_FARM_H
#define HOST_FARM_H

#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "config.h"
#include "deliver.h"
#include "error.h"
#include "instance.h"
#include "module.h"
#include "pool.h"
#include "position.h"
#include "router.h"
#include "schedule.h"
#include "series.h"

struct farm {
	struct config *config;
	struct modules *modules;
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
	struct pool *pool;
	struct schedule *schedule;
	/* All instances: writers, then filters, then collectors. */
	struct instance **instances;
	size_t n_instances;
	struct position position;
	bool running;	    /* threads were started */
	int64_t started_ns; /* wall clock */
	int64_t started_mono_ns;
};

/* Build and start everything; on failure nothing is left. */
int farm_begin(struct farm **ret, struct config *, struct modules *,
    struct error *);
/* Collectors end, what they gave is routed and written, all within the
   configured time; false if something did not come back: then nothing was
   freed and the process must end by _exit(). */
bool farm_end(struct farm *);
/* Work of the main thread; returns when to be called again. */
int64_t farm_step(struct farm *, int64_t now_mono_ns);

struct instance *farm_instance(struct farm *, const char *name);

#endif
