/*
 * sketch.h - quantiles of any number of numbers in bounded memory, in the way
 * of DDSketch: bins that each are 2 % wider than the one before, so that what
 * is said is within 1 % of a number that is there.  Sketches of parts merge to
 * just the sketch of the whole.
 */
#ifndef LIB_SKETCH_H
#define LIB_SKETCH_H

#include <stddef.h>
#include <stdint.h>

/* A quantile is at most this part of itself away. */
#define SKETCH_ERROR 0.01
/*
 * Bins for each sign.  They reach from the largest down to 1e-17 of it; what
 * is smaller is counted with the smallest.
 */
#define SKETCH_BINS 2048

/* Numbers of one sign, by their size. */
struct sketch_side {
	int32_t top;  /* the highest bin's place */
	size_t depth; /* bins in use; 0: none */
	uint64_t counts[SKETCH_BINS]; /* the highest first */
};

/* Starts zeroed.  33 kB. */
struct sketch {
	uint64_t n;
	uint64_t zeros;
	struct sketch_side negative;
	struct sketch_side positive;
};

/* No numbers, in the time that those that are there take. */
void sketch_clear(struct sketch *);
/* `number' is finite. */
void sketch_add(struct sketch *, double number);
/* As often as that: `n' times, at least once. */
void sketch_add_times(struct sketch *, double number, uint64_t n);
void sketch_merge(struct sketch *, const struct sketch *other);
/*
 * The number that has q (0 to 1) of the others, of n - 1, below it, about; of
 * two candidates the lower.  There is one at least.
 */
double sketch_quantile(const struct sketch *, double q);

/* The bin that a number above 0 belongs to, by its place among all, and what
   is said of the numbers of a bin. */
int32_t sketch_place(double number);
double sketch_number(int32_t place);

#endif
