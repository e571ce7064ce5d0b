/*
 * tree.h - clusters and nodes of the live series: who is there, when it was
 * renewed, which series it has.  No lock of its own: the cache's.
 */
#ifndef HOST_TREE_H
#define HOST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

/* A lease: renewed at, lives for, in nanoseconds of CLOCK_MONOTONIC. */
struct lease {
	int64_t renewed_ns;
	int64_t lifetime_ns; /* 0: for ever */
};

struct tree_cluster {
	char *farm;
	char *name;
	struct lease lease;
	int64_t last_ns; /* wall clock of the newest value */
	uint32_t n_nodes;
	struct tree_cluster *next;
};

struct tree_node {
	struct tree_cluster *cluster;
	char *name;
	struct lease lease;
	int64_t last_ns;
	uint64_t serial; /* never used again, as the number is */
	uint32_t number;
	uint32_t hash;
	uint32_t *series; /* in no order */
	uint32_t n_series;
	uint32_t capacity;
	struct tree_node *next; /* of the same hash bucket */
};

struct tree {
	struct tree_cluster *clusters;
	uint32_t n_clusters;
	struct tree_node **nodes; /* by number; NULL: free */
	uint32_t bound;		  /* of numbers */
	uint32_t capacity;
	uint32_t n_nodes;
	uint32_t lowest_free; /* no free number is below */
	struct tree_node **buckets;
	uint32_t n_buckets; /* a power of two */
	uint64_t serials;
	size_t bytes;
};

void tree_free(struct tree *);

/* The node of the series, made if need be; NULL if memory is out. */
struct tree_node *tree_need(struct tree *, const struct farm_series *);
/* The series is in the node from now on; its index there, -1 if memory is
   out. */
int64_t tree_add(struct tree *, struct tree_node *, uint32_t series);
/* Take out the series at `index'.  The one that stood last takes its place:
   its number, 0 if none moved. */
uint32_t tree_remove(struct tree_node *, uint32_t index);
/* The node has no series any more and goes. */
void tree_drop_node(struct tree *, struct tree_node *);
/* The cluster has no node any more and goes. */
void tree_drop_cluster(struct tree *, struct tree_cluster *);

#endif
