/*
 * tap_work.h - what a tap does with what it is given: the same in the daemon
 * and in a worker.  One thread at a time.
 */
#ifndef HOST_TAP_WORK_H
#define HOST_TAP_WORK_H

#include <stdint.h>

#include "instance.h"
#include "series.h"

/* So many calls that fail one after the other, and it is given up. */
#define TAP_FAILURES_MAX 3

struct tap_work;

/* Of an instance that is open; `series' explains what it is given.  NULL if
   memory is out. */
struct tap_work *tap_work_new(struct instance *, struct series_table *);
/* Ends what the module keeps of series, and closes the instance. */
void tap_work_close(struct tap_work *);
void tap_work_free(struct tap_work *); /* NULL is fine; closed */

/*
 * Call the module with each result, and tick() once a second; what it emits goes
 * to the sink of its instance.  -1 with the reason if too many calls in a row
 * have failed.
 */
int tap_work_batch(struct tap_work *, const struct farm_batch *,
    struct error *);
int tap_work_tick(struct tap_work *, struct error *);

#endif
