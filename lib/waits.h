/*
 * waits.h - how long the pending jobs of one of many names have waited: the
 * bins of a sketch (sketch.h), of which there are only those that are needed,
 * in an arena, and all names together have so much room.
 */
#ifndef LIB_WAITS_H
#define LIB_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Of all names together. */
struct waits_room {
	struct arena *arena;
	size_t left;  /* bytes */
	bool failed;  /* memory was out */
	int64_t lost; /* waits for which there was no room */
};

struct waits_piece;

/* Starts zeroed. */
struct waits {
	uint64_t n;
	uint64_t zeros;
	struct waits_piece *first; /* the shortest waits */
	bool lacks;		   /* not all are here */
};

/* So many jobs have waited so long. */
void waits_add(
    struct waits *, struct waits_room *, double seconds, uint64_t jobs);
/* How long half of them have waited, within 1 %; NAN if there are none, or not
   all are here. */
double waits_median(const struct waits *);

#endif
