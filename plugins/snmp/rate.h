/*
 * rate.h - what a counter does per second.
 */
#ifndef SNMP_RATE_H
#define SNMP_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* What a rate needs to remember; zeroed at first. */
struct rate {
	uint64_t count;
	int64_t time_ns; /* when; 0: never */
	uint32_t epoch;	 /* restarts of the device until then */
	uint32_t series; /* of the rate; 0: none yet */
};

/*
 * The counter stands at `count' now: true if *ret is what it did per second
 * since the last time.  None is known after the first time, a restart (another
 * `epoch') or if no time has passed.
 *
 * A counter of `bits' (32, 64) that went back has wrapped if that means it did
 * less than half of its range; else somebody has reset it.
 */
static inline bool
rate_take(struct rate *r, uint64_t count, int64_t time_ns, uint32_t epoch,
    int bits, double *ret)
{
	uint64_t range = bits == 32 ? UINT32_MAX : UINT64_MAX;
	uint64_t done = (count - r->count) & range;
	int64_t ns = time_ns - r->time_ns;
	bool known = r->time_ns != 0 && r->epoch == epoch && ns > 0;

	/* A 64-bit number under the name of a 32-bit counter: no wrap. */
	if (count > range || r->count > range)
		known = known && count >= r->count;
	else if (count < r->count && done > range / 2)
		known = false;
	if (known)
		*ret = (double)(count > range ? count - r->count : done) *
		       NS_PER_S / (double)ns;
	r->count = count;
	r->time_ns = time_ns;
	r->epoch = epoch;
	return known;
}

#endif
