/*
 * rate.h - what a counter does per second.
 */
#ifndef SNMP_RATE_H
#define SNMP_RATE_H

#include <stdbool.h>
#include <stdint.h>

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
bool rate_take(struct rate *, uint64_t count, int64_t time_ns, uint32_t epoch,
    int bits, double *ret);

#endif
