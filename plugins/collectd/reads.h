/*
 * reads.h - when which read callback runs: at a fixed rate, on a few threads,
 * one at a time for each; twice as seldom after each failure in a row.
 */
#ifndef COLLECTD_READS_H
#define COLLECTD_READS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Start as many threads.  -1 if there are none. */
int reads_start(size_t threads, struct error *);
/* There is another one. */
void reads_changed(void);
/* No new runs; wait for those under way.  False if the time was too short. */
bool reads_stop(int64_t deadline_mono_ns);
/* Has a run lasted longer than this?  Then the text says which. */
bool reads_hang(int64_t limit_ns, struct error *ret);

#endif
