/*
 * breaker.h - backing off from what keeps failing.  After 3 failures in a row
 * every further one doubles the wait, up to 5 minutes (or the interval, if
 * that is longer); one success closes it.  No lock of its own.
 */
#ifndef HOST_BREAKER_H
#define HOST_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_TOLERANCE 3
#define BREAKER_WAIT_MAX_NS (INT64_C(300) * 1000000000)

struct breaker {
	uint32_t failures;     /* in a row */
	int64_t until_mono_ns; /* do nothing before; 0: closed */
};

void breaker_success(struct breaker *);
void breaker_failure(struct breaker *, int64_t mono_ns, int64_t interval_ns);
bool breaker_is_open(const struct breaker *, int64_t mono_ns);

#endif
