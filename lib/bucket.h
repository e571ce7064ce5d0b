/*
 * bucket.h - how much may pass: so many at once, and so many a second in the
 * long run.
 */
#ifndef LIB_BUCKET_H
#define LIB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* Starts zeroed, full. */
struct bucket {
	double level;
	int64_t mono_ns; /* 0: full */
};

/* Could one more pass now? */
bool bucket_ready(struct bucket *, double rate, double burst, int64_t mono_ns);
/* May it?  Then it has. */
bool bucket_take(struct bucket *, double rate, double burst, int64_t mono_ns);

#endif
