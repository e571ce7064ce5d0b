/*
 * source.h - a gmond or gmetad that is read by TCP: the target of the
 * collector.
 */
#ifndef GANGLIA_SOURCE_H
#define GANGLIA_SOURCE_H

#include <stdint.h>

#include <farm/module.h>

#include "known.h"

/* The state of a target; starts zeroed. */
struct source {
	struct knowns knowns;
	int64_t began_mono_ns; /* the last poll */
	int64_t period_ns;     /* between the two before; 0: not known */
	int64_t lifetime_min_ns;
};

/* How all of them are read. */
struct reading {
	const char *question; /* to gmetad; NULL: none */
	int64_t timeout_ns;
	int64_t bytes_max;
	uint32_t port;
	struct making making; /* of it, what is the same for all */
};

int source_collect(struct farm_host *, const struct reading *,
    struct farm_target *);
void source_close(struct source *, struct farm_host *, struct uses *);

#endif
