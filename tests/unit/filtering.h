/*
 * filtering.h - one filter under test: values in, and what came out as a line
 * of text that a table of cases can hold.
 */
#ifndef TESTS_FILTERING_H
#define TESTS_FILTERING_H

#include <stdint.h>

#include <farm/module.h>

#include "fake_host.h"

/* A series of cluster "c". */
uint32_t filtering_series(struct fake_host *, const char *node,
    const char *parameter, uint32_t kind, const char *unit);

/*
 * One result with these values, `s' seconds after 1000.  What came out, in the
 * order it was emitted: "NODE/PARAMETER[ UNIT]=VALUE@S ..." with single spaces
 * between, "" for nothing, "!REASON" if it failed.  Holds until the next call.
 */
const char *filtering_apply(struct fake_host *, int64_t s,
    const struct farm_value *values, uint32_t n);
/* The same of one double. */
const char *filtering_number(struct fake_host *, int64_t s, uint32_t series,
    double number);

/* Opened and ticked `s' seconds after 1000. */
void filtering_open(struct fake_host *, int64_t s);
/* What comes of a tick then, as above with the cluster before each node. */
const char *filtering_tick(struct fake_host *, int64_t s);

#endif
