/*
 * cache_read.h - the nodes of the cache as they stand, for its readers alone.
 */
#ifndef HOST_CACHE_READ_H
#define HOST_CACHE_READ_H

#include "arena.h"
#include "cache_cell.h"

/* A node as it was seen; gone if its serial has changed. */
struct node_ref {
	const char *farm;
	const char *cluster;
	const char *node;
	uint64_t serial;
	uint32_t number;
	uint32_t n_series;
	int64_t last_ns;
	int64_t lifetime_ns;
	int64_t cluster_lifetime_ns;
};

struct node_refs {
	struct arena *arena;
	struct node_ref *items;
	size_t n;
	size_t capacity;
};

/* All nodes, sorted by farm, cluster and name; -1 if memory is out. */
int node_refs_collect(struct cache *, struct node_refs *ret);
void node_refs_free(struct node_refs *);

/* The last values of one node, by parameter; without the lock. */
void node_ref_latest(struct cache *, const struct node_ref *,
    cache_latest_fn *each, void *context);

#endif
