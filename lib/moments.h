/*
 * moments.h - count, mean and variance of numbers, stable whatever their size:
 * Welford's recurrence, and the merging of two parts (Chan, Golub, LeVeque).
 */
#ifndef LIB_MOMENTS_H
#define LIB_MOMENTS_H

#include <stdint.h>

/* Starts zeroed. */
struct moments {
	uint64_t n;
	double mean;
	double m2; /* sum of squares of differences from the mean */
};

void moments_add(struct moments *, double number);
/* A number that was added once.  Errors of rounding add up: make it anew now
   and then. */
void moments_remove(struct moments *, double number);
void moments_merge(struct moments *, const struct moments *other);
/* Of the sample (n - 1); 0 of fewer than two. */
double moments_variance(const struct moments *);
double moments_deviation(const struct moments *);

#endif
