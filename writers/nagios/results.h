/*
 * results.h - what passive results come of values: a value held against ranges,
 * or the checks that the collector `nagios' has run, as they were.
 */
#ifndef NAGIOS_RESULTS_H
#define NAGIOS_RESULTS_H

#include "passive.h"
#include "perfdata.h"
#include "template.h"

/* Nagios reads no more of an output. */
#define RESULTS_OUTPUT_MAX 8000

struct results_bound {
	const char *text; /* "" if not set */
	struct perfdata_range range;
};

struct results_rules {
	struct template *host;
	struct template *service; /* NULL: the host itself */
	struct results_bound warning;
	struct results_bound critical;
	size_t host_max; /* bytes; what takes fewer than we could say */
	size_t service_max;
};

/* One value: *ret is the arena's.  1; 0 if it is no number; -1 if it cannot be
   said, and why. */
int results_value(const struct results_rules *, struct arena *,
    const struct farm_series *, const struct farm_value *, int64_t time_ns,
    struct passive **ret, struct error *);

/* The check of which this value of the record is the state; 0 if it is not. */
int results_check(struct farm_host *, const struct results_rules *,
    struct arena *, const struct farm_record *, const struct farm_value *,
    struct passive **ret, struct error *);

#endif
