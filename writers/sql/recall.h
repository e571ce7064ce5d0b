/*
 * recall.h - where the averaging of series stands, so that what was read once
 * need not be read again.  Nothing depends on it: whoever is not remembered,
 * for want of memory or of room, is averaged of the rows themselves.
 */
#ifndef SQL_RECALL_H
#define SQL_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "level.h"

struct recall_entry {
	int64_t series; /* 0: nobody's */
	int64_t time_ns;
	struct level_state state;
};

/* All zero at first. */
struct recall {
	struct recall_entry *entries; /* a hash table */
	size_t n;
	size_t capacity; /* 0 or a power of two */
	int64_t swept_ns;
};

void recall_free(struct recall *);
/* NULL, or how all pieces of the series before *ret_ns left the averaging. */
const struct level_state *recall_find(const struct recall *, int64_t series,
    int64_t *ret_ns);
void recall_forget(struct recall *, int64_t series);
/* That is how; those of a time before `old_ns' are of no use any more. */
void recall_keep(struct recall *, int64_t series, int64_t time_ns,
    const struct level_state *, int64_t old_ns);

#endif
