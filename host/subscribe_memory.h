/*
 * subscribe_memory.h - what a view remembers of each series, where its mode
 * needs that: what was told last, what came since, the slot under way.
 */
#ifndef HOST_SUBSCRIBE_MEMORY_H
#define HOST_SUBSCRIBE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "deliver.h"
#include "series.h"
#include "subscribe_mode.h"

struct memory;

/* What is told of what came over a while. */
typedef void memory_fn(void *context, const struct farm_series *,
    const struct history_point *);

struct memory *memory_new(struct series_table *, const struct mode_rule *,
    memory_fn *each, void *context); /* NULL if memory is out */
void memory_free(struct memory *);	/* NULL is fine */

/* Is this value of value->series told now?  With latest and summary it never
   is, but slots may be that it ends. */
bool memory_take(struct memory *, int64_t time_ns, const struct farm_value *);
/* The same by the names of the series. */
bool memory_take_named(struct memory *, const struct farm_series *,
    int64_t time_ns, const struct farm_value *);
/* Tell what is due: the latest of all series that have one; slots that are
   over by the clock. */
void memory_tell(struct memory *, int64_t wall_ns);
/* Forget series of which nothing was heard for long. */
void memory_age(struct memory *, int64_t mono_ns);
/* Memory was out since it was asked last. */
bool memory_failed(struct memory *);

#endif
