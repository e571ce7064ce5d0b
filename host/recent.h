/*
 * recent.h - the recent points of all series in one log, bounded in bytes and
 * age, given up oldest first.  Points lie in the order in which they came,
 * each with the way back to the one before of its series: so adding one
 * touches nothing but the end of the log and the series' own place.  An idle
 * series holds none.  No lock of its own: the cache's.
 */
#ifndef HOST_RECENT_H
#define HOST_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

struct recent_chunk;

struct recent {
	struct recent_chunk **ring; /* by number of the chunk */
	size_t n_ring;
	uint32_t n_slots;     /* of a chunk */
	uint64_t oldest;      /* number of the oldest chunk */
	uint64_t next;	      /* of the chunk to come; from 1 on */
	uint32_t head;	      /* of the newest points, in the newest chunk */
	size_t bytes;	      /* of chunks in use and their texts */
	size_t bound;
	int64_t age_ns;
	uint64_t points;
	uint64_t given_up;
	uint64_t given_up_position; /* the largest among them */
};

/* -1 if memory is out. */
int recent_init(struct recent *, size_t bound, int64_t age_ns);
void recent_destroy(struct recent *);

/* Append a point of the series whose newest point is number *last, 0 if it has
   none, with a copy of its text.  Gives up older ones for room; a point that
   finds no memory is given up itself. */
void recent_add(struct recent *, uint64_t *last, const struct farm_value *,
    int64_t time_ns, uint64_t position, int64_t mono_ns);
/* Give up all of a series. */
void recent_drop(struct recent *, uint64_t *last);
/* Give up what came longer ago than the age, as far as all beside it did. */
void recent_age(struct recent *, int64_t mono_ns);

struct recent_point {
	int64_t time_ns;
	uint64_t position;
	struct farm_value value; /* without its series; the text is the log's */
	uint64_t previous;	 /* number of the point before; 0: none */
};
/* False if there is none any more.  Walk: for (n = last;
   recent_point(r, n, &p); n = p.previous). */
bool recent_point(const struct recent *, uint64_t number,
    struct recent_point *ret);

#endif
