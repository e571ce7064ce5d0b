/*
 * recent.h - the recent points of all series in one pool, bounded in bytes and
 * age: small blocks per series, given up oldest first over all of them.  An
 * idle series holds none.  No lock of its own: the cache's.
 */
#ifndef HOST_RECENT_H
#define HOST_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "column.h"

#define RECENT_BLOCK 8 /* points */

/* The blocks of one series; 0: none. */
struct recent_list {
	uint32_t first;
	uint32_t last;
};

struct recent {
	struct column blocks;
	uint32_t n_blocks;  /* ever made; the first is not used */
	uint32_t free;	    /* a list by `next' */
	uint32_t oldest;    /* of all, a list by `newer' */
	uint32_t newest;
	size_t bytes;	    /* of blocks in use and their texts */
	size_t bound;
	int64_t age_ns;
	uint64_t points;
	uint64_t given_up;
	uint64_t given_up_position; /* the largest among them */
	/* Whose list a block is in, to give it up. */
	struct recent_list *(*list)(void *context, uint32_t series);
	void *context;
};

void recent_init(struct recent *, size_t bound, int64_t age_ns,
    struct recent_list *(*list)(void *context, uint32_t series),
    void *context);
void recent_destroy(struct recent *);

/* Append a point, with a copy of its text.  Gives up older ones for room; a
   point that finds no memory is given up itself. */
void recent_add(struct recent *, struct recent_list *,
    const struct farm_value *, int64_t time_ns, uint64_t position,
    int64_t mono_ns);
/* A point will be added soon: bring its block into the processor's cache; and
   later, when that is there, the place of the point. */
void recent_foresee(const struct recent *, const struct recent_list *);
void recent_foresee_point(const struct recent *, const struct recent_list *);
/* Give up all of a series. */
void recent_drop(struct recent *, struct recent_list *);
/* Give up blocks whose newest point came longer ago than the age. */
void recent_age(struct recent *, int64_t mono_ns);

struct recent_point {
	int64_t time_ns;
	uint64_t position;
	struct farm_value value; /* the text is the pool's */
};
/* Point number i of a block, false at its end.  Walk: for (block = list.first;
   block != 0; block = recent_next(r, block)). */
bool recent_point(const struct recent *, uint32_t block, unsigned i,
    struct recent_point *ret);
uint32_t recent_next(const struct recent *, uint32_t block);

#endif
