/* output_farmd.h - values, events and words to farmd, over its socket. */
#ifndef COLLECTD_OUTPUT_FARMD_H
#define COLLECTD_OUTPUT_FARMD_H

#include "map.h"
#include "output.h"
#include "series.h"
#include "worker_child.h"

/* All are borrowed; `map' may be filled in until the first value.  NULL if
   memory is out. */
struct output *output_farmd_new(struct worker_child *, struct series_table *,
    const struct map *map);
/* What comes from now on is this seat's. */
void output_farmd_set_seat(struct output *, uint32_t seat);

/* A writer gives farmd no values; what it is notified of goes to the log. */
void output_farmd_set_writer(struct output *);

#endif
