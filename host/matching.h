/*
 * matching.h - values of many series held against predicates: what is known of
 * each series is kept beside the series table.  No lock of its own.
 */
#ifndef HOST_MATCHING_H
#define HOST_MATCHING_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "matched.h"

struct matching {
	const struct matcher *matcher; /* must outlive it */
	struct column series;	       /* struct matched * */
};

void matching_init(struct matching *, const struct matcher *);
void matching_free(struct matching *);

/* See matched_value(); false also if memory is out. */
bool matching_passes(struct matching *, uint32_t number,
    const struct farm_series *, int64_t time_ns, const struct farm_value *);
/* The number may be another series' when it comes again. */
void matching_forget(struct matching *, uint32_t number);

#endif
