/*
 * writes.h - the way of a value list: queued by whoever dispatches it, taken
 * by the one dispatch thread (several would change the order of values of one
 * identifier), through the chains and the cache to the output and the write
 * callbacks.
 */
#ifndef COLLECTD_WRITES_H
#define COLLECTD_WRITES_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "error.h"

int writes_start(struct error *);
/* Wait until nothing is queued any more; then the thread ends.  False if the
   time was too short. */
bool writes_stop(int64_t deadline_mono_ns);

/* Something else for the dispatch thread, one at a time. */
struct writes_job {
	void (*run)(struct writes_job *);
};
void writes_run(struct writes_job *);

/* On the dispatch thread: what becomes of one value list, which it may
   change. */
void writes_deliver(value_list_t *);

#endif
