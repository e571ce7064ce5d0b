/*
 * metric.h - a metric of a host as a series: which one, what its values are,
 * and whether one is new.  Both ways in, dumps and datagrams, share it.
 */
#ifndef GANGLIA_METRIC_H
#define GANGLIA_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "ganglia_alias.h"
#include "error.h"
#include "gmond.h"
#include "ganglia_labels.h"
#include "uses.h"

/* How series are made, for all of an instance. */
struct making {
	struct farm_host *host;
	struct farm_target *target; /* NULL in a listener */
	struct uses *uses;
	bool monalisa; /* its names */
	const struct farm_list *labels; /* those that are wanted */
	int64_t lifetime_min_ns; /* of a series; what comes less often lives */
};

/* Starts zeroed. */
struct metric {
	uint32_t series; /* 0: none, it cannot have one */
	bool defined;
	struct gmond_metadata metadata; /* units are a copy */
	const struct ganglia_alias *alias;
	struct ganglia_labels *labels; /* NULL: none */
	int64_t lifetime_ns;
	int64_t time_ns; /* of the last new value */
	uint64_t print;	 /* and its fingerprint */
};

/* Who has it; strings of UTF-8. */
struct owner {
	const char *cluster;
	const char *node;
};

/*
 * Make it the series that it is to be, if it is not yet: name and metadata are
 * as they came.  -1 with the reason if it cannot be: it stays without, and is
 * not tried again until its metadata change.
 */
int metric_define(struct metric *, const struct making *, const struct owner *,
    struct slice name, const struct gmond_metadata *, struct error *);
/* One more label, if it is wanted: true if the metric is to be defined again. */
bool metric_label(struct metric *, const struct making *, struct slice name,
    struct slice value);
void metric_release(struct metric *, const struct making *);

/* The value as it is emitted. */
struct farm_value metric_row(const struct metric *, struct farm_value);
/*
 * Is a value newer than the last that was new?  The seconds in a dump are all
 * rounded down, so that up to two make no difference, unless the value does.
 * *time_ns is made later than the last, where it has to be.
 */
bool metric_is_new(struct metric *, const struct farm_value *,
    int64_t *time_ns);

#endif
