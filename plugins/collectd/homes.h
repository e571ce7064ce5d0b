/*
 * homes.h - what each series of a writer is to collectd, worked out once.  Two
 * parameters that would be the same identifier are a failure of the second, for
 * as long as there is the first; a younger series of the same parameter takes
 * its place.  One thread's.
 */
#ifndef COLLECTD_HOMES_H
#define COLLECTD_HOMES_H

#include <stdint.h>

#include "identity.h"
#include "series.h"

struct home {
	struct identity identity;
	char *name;	 /* with its source; the key */
	uint32_t series; /* pinned */
	bool said;	 /* that a value is none for it; the caller's */
	cdtime_t time;	 /* of the last value */
	cdtime_t interval;
};

struct homes;

/* Both are borrowed.  NULL if memory is out. */
struct homes *homes_new(struct series_table *, const struct identity_rules *,
    cdtime_t interval);
void homes_free(struct homes *); /* NULL is fine */

/*
 * Where a value of this series goes; NULL with the reason if nowhere.  The
 * reason is empty if it was said before.
 */
struct home *homes_find(struct homes *, const struct farm_value *,
    struct error *);
/*
 * How often the series comes, now that it has come at this time: as configured,
 * or as its last two values have it, to the second, if that is less often.
 */
cdtime_t homes_interval(const struct homes *, struct home *, cdtime_t time);
/* Forget what has not come for so long. */
void homes_sweep(struct homes *, int64_t unused_ns);

#endif
