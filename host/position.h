/*
 * position.h - positions that survive restarts: STATE/position holds a number
 * that no record given out so far has reached, written ahead of its use: what
 * a writer got from memory may never have come to the journal.
 */
#ifndef HOST_POSITION_H
#define HOST_POSITION_H

#include <stdint.h>

#include "error.h"

/* How far ahead is written: gaps after a restart are that wide at most. */
#define POSITION_AHEAD UINT64_C(100000000)

struct position {
	char *path;
	uint64_t reserved; /* the number in the file */
};

/* Read (or begin) the file in folder `state' and reserve from there.  *first
   is the first position to use. */
int position_open(struct position *, const char *state, uint64_t *first,
    struct error *);
/* Reserve more when `next' has come near; cheap otherwise.  -1: could not be
   written, tried again at the next call. */
int position_keep(struct position *, uint64_t next, struct error *);
void position_close(struct position *);

#endif
