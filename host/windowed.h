/*
 * windowed.h - points of many series, each in the order of time, of which those
 * go on that pass what a predicate demands of windows of time.
 */
#ifndef HOST_WINDOWED_H
#define HOST_WINDOWED_H

#include "deliver.h"

struct matcher;
struct windowed;

/* What is older than `from_ns' is only looked back on.  NULL if memory is out.
   The matcher must outlive it. */
struct windowed *windowed_new(const struct matcher *, int64_t from_ns,
    history_fn *each, void *context);
void windowed_free(struct windowed *); /* NULL is fine */

/*
 * One point; an average counts as a value at its slot's beginning.  `fresh': it
 * counts only if it is newer than all that came without that.  False if `each'
 * has enough, or memory is out.
 */
bool windowed_add(struct windowed *, const struct farm_series *,
    const struct history_point *, bool fresh);
bool windowed_failed(const struct windowed *); /* memory is out */

#endif
