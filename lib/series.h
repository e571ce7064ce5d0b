/*
 * series.h - the table of series: names in, small numbers out.  The numbers
 * are the handles of farm_series(); names are kept once however many series
 * share them.
 *
 * A series is immutable.  Defining the same names with another kind, unit or
 * labels makes a new series, which takes the old one's place in look-ups.
 */
#ifndef LIB_SERIES_H
#define LIB_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"

struct series_table;

/* How long the number of a dropped series stays unused, so that values still
   under way mean what they meant. */
#define SERIES_QUARANTINE_NS (INT64_C(600) * 1000000000)

/* A table for at most `max' series; NULL if memory is out.  Numbers begin at
   1 and stay as small as they can. */
struct series_table *series_table_new(uint32_t max);
void series_table_free(struct series_table *); /* NULL is fine */

/*
 * The number of the series with these names (all four; unit and labels may be
 * NULL), made if need be, and pinned once for the caller.  0 if a name is bad
 * or the table is full.  Any thread.
 */
uint32_t series_define(struct series_table *, const struct farm_series *names,
    struct error *);
/* Are all its names, labels included, ones that can be?  -1 if not. */
int series_check(const struct farm_series *, struct error *);
/* The number of the series with these names, not pinned; 0 if none. */
uint32_t series_find(struct series_table *, const char *farm,
    const char *cluster, const char *node, const char *parameter);

/*
 * A series lives as long as it has pins.  A number in quarantine can be pinned
 * again: it lives on, found by its names unless a younger one is.  Any thread.
 */
void series_pin(struct series_table *, uint32_t series);
void series_unpin(struct series_table *, uint32_t series);

/*
 * What the number stands for, NULL if nothing; also during quarantine and
 * until the number is given anew.  Any thread, without a lock; holds while the
 * series is pinned.
 */
const struct farm_series *series_get(const struct series_table *,
    uint32_t series);

/*
 * How long the series lives after its last value; 0, as a new one has it: not
 * said.  Beside the series, not part of it, so it may change.  Any thread.
 */
void series_set_lifetime(struct series_table *, uint32_t series, int64_t ns);
int64_t series_lifetime(const struct series_table *, uint32_t series);
/* It will be asked for soon: bring it into the processor's cache. */
void series_foresee(const struct series_table *, uint32_t series);

/* One more than the largest number so far: the size of arrays beside it. */
uint32_t series_bound(const struct series_table *);
uint32_t series_count(const struct series_table *);
size_t series_bytes(const struct series_table *); /* memory in use */

#endif
