/*
 * nodes.h - what the filter sample remembers of each node: until when all of
 * its values go on, and those that were held back last.
 */
#ifndef FILTERS_SAMPLE_NODES_H
#define FILTERS_SAMPLE_NODES_H

#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "hash.h"

/* A value that was held back. */
struct held {
	int64_t time_ns;
	struct farm_value value; /* no text */
};

struct node {
	struct node *next; /* of the same place in the table */
	uint64_t hash;
	size_t users; /* series */
	int64_t open_until_ns;
	struct held *held; /* a ring */
	size_t first;
	size_t n;
	size_t capacity;
	char names[]; /* farm, cluster and node, each with its NUL */
};

struct nodes {
	struct hash_key key;
	struct node **places;
	size_t n_places; /* a power of two; 0 at first */
	size_t n;
	size_t bytes; /* of all that is held */
	size_t bytes_max;
	uint64_t dropped; /* held values, for want of room */
};

void nodes_init(struct nodes *, size_t bytes_max);
void nodes_free(struct nodes *);

/* The series' node, with one user more; NULL if memory is out. */
struct node *nodes_use(struct nodes *, const struct farm_series *);
/* One user less, the last frees it; NULL is fine. */
void nodes_release(struct nodes *, struct node *);

/* Hold a value back, and let go of what is older than `before_ns'; where there
   is no room it is dropped and counted. */
void node_hold(struct nodes *, struct node *, int64_t time_ns,
    const struct farm_value *, int64_t before_ns);
/* The i-th held, the oldest first. */
const struct held *node_held(const struct node *, size_t i);
void node_clear(struct node *);

#endif
