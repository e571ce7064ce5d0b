/*
 * exact.h - sums of doubles without any error: a fixed-point number as wide as
 * doubles reach.  So a sum is the same in whatever order, and by whatever
 * parts, its numbers were added.
 */
#ifndef LIB_EXACT_H
#define LIB_EXACT_H

#include <stdint.h>

/* Digits of 32 bits: 2^-1074 to 2^1023, and room for 2^64 of these. */
#define EXACT_DIGITS 68

/* Starts zeroed.  544 bytes. */
struct exact {
	int64_t digits[EXACT_DIGITS]; /* lowest first; carries are put off */
	uint64_t pending;	      /* additions since they were made */
};

/* `number' is finite. */
void exact_add(struct exact *, double number);
void exact_merge(struct exact *, const struct exact *other);
/* Carries made: all digits from 0 to 2^32 - 1 but the highest, which has the
   sign.  Equal sums are equal then, digit by digit. */
void exact_settle(struct exact *);
/* The sign, 1 or -1, and what there is without it, settled. */
int exact_magnitude(const struct exact *, struct exact *ret);
/* The nearest double; infinite if it is beyond them. */
double exact_sum(const struct exact *);

#endif
