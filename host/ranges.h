/*
 * ranges.h - a set of positions as ranges: what a writer has taken and not yet
 * acknowledged.  Bounded: a set of too many pieces keeps what it cannot split.
 * No lock of its own.
 */
#ifndef HOST_RANGES_H
#define HOST_RANGES_H

#include <stddef.h>
#include <stdint.h>

#define RANGES_MAX 4096

struct range {
	uint64_t first;
	uint64_t last;
};

struct ranges {
	struct range *items; /* in order, apart */
	size_t n;
	size_t capacity;
};

void ranges_free(struct ranges *);
/* Positions beyond all there are; -1 if memory is out or the set is full. */
int ranges_add(struct ranges *, uint64_t first, uint64_t last);
/* Whatever of first..last is in the set; -1 if something had to stay. */
int ranges_remove(struct ranges *, uint64_t first, uint64_t last);

#endif
