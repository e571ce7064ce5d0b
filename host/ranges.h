/*
 * ranges.h - a set of positions as ranges: what a writer has yet to read, or
 * has taken and not yet acknowledged.  Bounded: a set of too many pieces keeps
 * what it cannot split, and fills the smallest hole where it cannot add.  No
 * lock of its own.
 */
#ifndef HOST_RANGES_H
#define HOST_RANGES_H

#include <stdbool.h>
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
/* -1 if memory is out: then they are not in it. */
int ranges_add(struct ranges *, uint64_t first, uint64_t last);
/* Whatever of first..last is in the set; -1 if something had to stay. */
int ranges_remove(struct ranges *, uint64_t first, uint64_t last);
bool ranges_has(const struct ranges *, uint64_t position);
/* Add all of `other'; -1 if memory is out. */
int ranges_add_all(struct ranges *, const struct ranges *other);
int ranges_remove_all(struct ranges *, const struct ranges *other);
/* Add what of first..last is in `from'; -1 if memory is out. */
int ranges_add_common(struct ranges *, const struct ranges *from,
    uint64_t first, uint64_t last);
uint64_t ranges_count(const struct ranges *);
void ranges_clear(struct ranges *); /* keeps the memory */

#endif
