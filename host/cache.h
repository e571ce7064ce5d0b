/*
 * cache.h - the last value and the recent points of every live series, the
 * tree of names, and lifetimes.  Written by the router's thread only; read by
 * any thread, in slices, so that neither waits long for the other.
 */
#ifndef HOST_CACHE_H
#define HOST_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>
#include <farm/result.h>

#include "batch.h"
#include "buffer.h"
#include "config.h"
#include "predicate.h"
#include "series.h"

struct cache;

struct cache *cache_new(struct series_table *, const struct cache_config *);
void cache_free(struct cache *);

/*
 * The router's side.  Between begin and end the cache is the caller's.
 * cache_put() takes the values of n results, but not of those imported;
 * `lifetimes' of each as configured for the instance it came from, which a
 * series may know better for itself.
 */
void cache_begin(struct cache *);
void cache_put(struct cache *, const struct farm_record *,
    const struct lifetimes *const *lifetimes, size_t n, int64_t mono_ns);
void cache_end(struct cache *);
/*
 * Remove what has outlived its lifetime; each removal (parameter, node,
 * cluster) is appended to `removals' as a FARM_REMOVAL record.  About once a
 * second, and again at once while it gives CACHE_REMOVALS of them.
 */
#define CACHE_REMOVALS 4096
void cache_expire(struct cache *, int64_t mono_ns, int64_t wall_ns,
    struct batch *removals);

/* Readers.  A point of a series, with copies of everything. */
struct cache_point {
	int64_t time_ns;
	uint64_t position;
	struct farm_value value; /* text: valid in the callback only */
};

/* Each last value that matches, by cluster, node, parameter; return false from
   `each' to stop.  `each' runs without the lock. */
typedef bool cache_latest_fn(void *context, const struct farm_series *,
    const struct cache_point *);
void cache_latest(struct cache *, const struct matcher *,
    cache_latest_fn *each, void *context);

/* Recent points of matching series with from <= time < to and a position
   beyond `after'; series by series, oldest first. */
typedef bool cache_recent_fn(void *context, const struct farm_series *,
    const struct cache_point *points, size_t n);
void cache_recent(struct cache *, const struct matcher *, int64_t from_ns,
    int64_t to_ns, uint64_t after, cache_recent_fn *each, void *context);
/* The position up to which points have been given up: the cache is whole
   beyond it, for matching series. */
uint64_t cache_whole_after(struct cache *, const struct matcher *);

/* Of a series, what a look at all of them needs; no text. */
struct cache_last {
	int64_t time_ns;
	int64_t silent_ns; /* for so long no value has come */
	int64_t every_ns;  /* how often values come; 0: one came so far */
	struct farm_value value; /* its series too; text NULL */
};
/*
 * The next up to `max' series from number *from on whose names match, in the
 * order of numbers, each pinned for the caller; *from goes on behind them, 0
 * after the last one there is.
 */
size_t cache_scan(struct cache *, const struct matcher *, uint32_t *from,
    int64_t mono_ns, struct cache_last *ret, size_t max);

/* Which part of the tree is asked for; all of it if zeroed. */
typedef int cache_turn_fn(void *context, const char *const *names);
struct cache_tree_view {
	const char *cluster; /* these two go down in it; NULL: all */
	const char *node;
	/* Asked for each node by farm, cluster and node: 0 leaves it out, -1
	   ends the list. */
	cache_turn_fn *turn;
	/* Of a node's values, whether this one is shown. */
	bool (*shown)(void *context, const struct farm_series *);
	void *context;
};
/* The tree as JSON: [{"farm","cluster","lifetime_ns","nodes":[{"node",
   "parameters" (how many),"last","lifetime_ns"}]}], by name; with a `node' also
   its "values".  -1 if there is none of the names, or memory is out. */
int cache_tree_json(struct cache *, struct buffer *,
    const struct cache_tree_view *);

struct cache_stats {
	uint32_t clusters;
	uint32_t nodes;
	uint32_t series;
	uint64_t points;
	uint64_t expired;   /* series removed so far */
	uint64_t lost;	    /* values and removals: memory was out */
	size_t bytes;	    /* all of it */
	size_t recent_bytes; /* of it, points */
	uint64_t points_given_up;
};
void cache_stats(struct cache *, struct cache_stats *ret);

#endif
