/*
 * cache_cell.h - how the cache keeps a series, for the files of the cache
 * alone.  All of it is under cache->lock.
 */
#ifndef HOST_CACHE_CELL_H
#define HOST_CACHE_CELL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "cache.h"
#include "column.h"
#include "recent.h"
#include "tree.h"

/* Lifetimes of series count in these, from the cache's beginning: 32 bits
   reach for 17 years. */
#define LIFETIME_TICK_NS INT64_C(125000000)
#define WHEEL_SLOTS 4096u

/* One series, 64 bytes: there may be millions of them. */
struct cell {
	union {
		uint64_t bits;
		char *text; /* malloc'd */
	};
	int64_t time_ns;
	uint64_t position;
	uint64_t recent; /* number of the newest point; 0: none */
	uint32_t node;
	uint32_t index;	   /* in the node */
	uint32_t renewed;  /* tick of the last value */
	uint32_t lifetime; /* in ticks; 0: for ever, and in no slot */
	uint32_t next;	   /* series of the same slot */
	uint32_t prev;	   /* 0: the first */
	uint16_t slot;	   /* of the wheel */
	uint16_t every_s;  /* how often values come; 0: one came so far */
	uint16_t length;
	uint8_t type;
	bool live;
};

struct cache {
	struct series_table *series;
	pthread_mutex_t lock;
	struct column cells;
	struct tree tree;
	struct recent recent;
	/*
	 * A timer wheel.  Renewal only stores the time; a series whose slot
	 * comes up too early moves to a later one.
	 */
	uint32_t wheel[WHEEL_SLOTS];
	uint32_t tick; /* all slots up to this are done */
	int64_t epoch_mono_ns;
	bool begun; /* the epoch is known */
	/* The node renewed last, so that a result renews once. */
	const struct tree_node *renewed;
	int64_t renewed_mono_ns;
	const struct lifetimes *renewed_for;
	uint32_t n_series;
	uint64_t expired;
	uint64_t lost; /* values and removals: memory was out */
	size_t text_bytes;
};

static inline struct cell *
cell_at(const struct cache *c, uint32_t series)
{
	return column_at(&c->cells, series);
}

/* Forget the series: out of tree, wheel and pool, unpinned. */
void cell_remove(struct cache *, uint32_t series);

/* Renew, and put into the wheel if need be. */
void lifetime_renew(struct cache *, uint32_t series, struct cell *,
    int64_t lifetime_ns, int64_t mono_ns);
/* Take out of the wheel. */
void lifetime_end(struct cache *, struct cell *);
/* One more value comes, before it is renewed.  The longest gap between two
   values counts, and is forgotten slowly. */
void interval_note(struct cache *, struct cell *, int64_t mono_ns);
/* How long ago the last value came. */
int64_t cell_silent_ns(const struct cache *, const struct cell *,
    int64_t mono_ns);

#endif
