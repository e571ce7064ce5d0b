/*
 * resample.h - points of many series, each in the order of time, made into
 * slots of one length.
 */
#ifndef HOST_RESAMPLE_H
#define HOST_RESAMPLE_H

#include "deliver.h"

struct resample;

/* Slots go to `each', which returns false to stop; NULL if memory is out. */
struct resample *resample_new(int64_t step_ns, history_fn *each,
    void *context);
void resample_free(struct resample *); /* NULL is fine */

/*
 * One point.  What is no number goes on as it is, so does a slot that is longer
 * than the step.  `fresh': it counts only if it is newer than all that came
 * without that.  False if `each' has enough, or memory is out.
 */
bool resample_add(struct resample *, const struct farm_series *,
    const struct history_point *, bool fresh);
/* Nothing more comes that is before this. */
bool resample_end(struct resample *, int64_t to_ns);
bool resample_failed(const struct resample *); /* memory is out */

#endif
