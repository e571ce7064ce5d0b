/*
 * tally.h - what is said of many numbers: count, sum, least, largest, mean,
 * variance.  Parts merge; count, sum, least, largest and mean are the same to
 * the last bit however the numbers were divided.
 */
#ifndef LIB_TALLY_H
#define LIB_TALLY_H

#include <stdint.h>

#include "exact.h"
#include "moments.h"

struct tally {
	uint64_t known; /* how many numbers there could be */
	struct moments moments; /* n: how many there are */
	struct exact sum;
	double min; /* without numbers: +Inf, and -Inf */
	double max;
};

void tally_init(struct tally *);
/* `number' is finite. */
void tally_add(struct tally *, double number);
void tally_merge(struct tally *, const struct tally *other);

#endif
