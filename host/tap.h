/*
 * tap.h - a filter beside the router: it gets copies of the values its `match'
 * asks for, on a thread of its own, which calls the module or has it called in
 * a worker.  What it emits goes to the router's queue like a collector's
 * results, and through the filters behind it.
 *
 * The copies wait in a queue that is bounded in bytes: a tap that is slow, hangs
 * or fails loses what is given to it, which is counted, and holds up nobody.
 */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "instance.h"
#include "series.h"

struct tap;
struct workers;

/*
 * Of this instance, not opened, whose in->tap it is from now on; it is called in
 * a worker if its configuration says so.  NULL if memory is out.
 */
struct tap *tap_new(struct instance *, struct series_table *, struct workers *);
/* Its thread, which opens the module, and again as often as need be.  Once it
   is there it is no failure to ask again. */
int tap_start(struct tap *);
/* It takes what was given to it, until the deadline, then it ends; false if its
   thread did not: then never free it. */
bool tap_stop(struct tap *, int64_t deadline_mono_ns);
void tap_free(struct tap *); /* NULL is fine; not started, or stopped */

/* The router's thread: a record to copy, and that those so far may go. */
void tap_give(struct tap *, const struct farm_record *);
void tap_send(struct tap *);

/* {"queue_bytes":..,"queue_max_bytes":..,"next_try_ns":..} */
void tap_json(struct tap *, struct buffer *);

#endif
