/*
 * dirty.h - which series have something new, and of which time: what averages
 * are to be made of.
 */
#ifndef SQL_DIRTY_H
#define SQL_DIRTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dirty_range {
	int64_t series; /* 0: nobody's */
	int64_t first_ns;
	int64_t last_ns; /* included; below first_ns: nothing */
};

/* All zero at first. */
struct dirty {
	struct dirty_range *ranges; /* a hash table */
	size_t n;
	size_t capacity; /* 0 or a power of two */
};

void dirty_free(struct dirty *);
/* False if memory is out. */
bool dirty_mark(struct dirty *, int64_t series, int64_t first_ns,
    int64_t last_ns);
/* Move what is before `end_ns' to an array of the caller's to be freed, by
   series; *ret_n: how many.  False if memory is out. */
bool dirty_take(struct dirty *, int64_t end_ns, struct dirty_range **ret,
    size_t *ret_n);
/* The first time of all; INT64_MAX if there is none. */
int64_t dirty_first(const struct dirty *);

#endif
