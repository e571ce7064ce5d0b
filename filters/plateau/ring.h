/*
 * ring.h - numbers in the order of their times, and their moments.
 */
#ifndef FILTERS_PLATEAU_RING_H
#define FILTERS_PLATEAU_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "moments.h"

struct timed {
	int64_t time_ns;
	double number;
};

/* Starts zeroed. */
struct ring {
	struct timed *items;
	size_t first;
	size_t n;
	size_t capacity;
	struct moments moments;
	size_t removed; /* since the moments were made anew */
};

void ring_free(struct ring *);
void ring_clear(struct ring *);
/*
 * Beyond `most' the oldest goes; -1 if memory is out.  Times may be out of
 * order by ring_shift() only.
 */
int ring_add(struct ring *, size_t most, int64_t time_ns, double number);
/* The oldest of `from', if there is one, goes to the end of `to'. */
int ring_shift(struct ring *to, size_t most, struct ring *from);
/* What is older than that, from the oldest on. */
void ring_expire(struct ring *, int64_t before_ns);
const struct moments *ring_moments(const struct ring *);
/* Of one that is not empty. */
int64_t ring_oldest_ns(const struct ring *);
/* Is the newest older than that, or is there none? */
bool ring_newest_before(const struct ring *, int64_t time_ns);

#endif
