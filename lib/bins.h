/*
 * bins.h - a histogram: how many numbers lie in each of a few bins, between
 * edges that are given, or of one width from one number to another.
 */
#ifndef LIB_BINS_H
#define LIB_BINS_H

#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#define BINS_MAX 100

/* Starts zeroed; n is 0 if none are wanted. */
struct bins {
	size_t n;
	double *edges; /* n - 1; NULL: of one width */
	uint64_t *counts;
	uint64_t below; /* of one width: what lies outside */
	uint64_t above;
};

/* In open(): `n' of one width, or one more than there are edges; -1, said to
   the host. */
int bins_open(struct farm_host *, struct bins *, int64_t n,
    const struct farm_list *edges);
void bins_free(struct bins *); /* also one never opened */

void bins_clear(struct bins *);
/* A bin has its lower edge, the last one also its upper.  Those of one width
   are from `min' to `max'; if these are the same, the first has all. */
void bins_add(struct bins *, double number, double min, double max);

#endif
