/*
 * known.h - the hosts of one source and their metrics, found again at each
 * poll.  A dump has mostly the order of the one before, so what follows what is
 * remembered, and a name that comes where it is expected costs one comparison.
 */
#ifndef GANGLIA_KNOWN_H
#define GANGLIA_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"
#include "metric.h"
#include "slice.h"

/* In a table of all: of hosts (no owner), and of metrics (of a host). */
struct known {
	struct known *next;   /* of the same place */
	struct known *owner;  /* NULL: a host */
	struct known *follow; /* metric that came next; of a host: the first */
	struct known *after;  /* host that came next */
	uint64_t hash;
	uint64_t poll; /* it was last in */
	size_t size;   /* of the key, which stands behind */
	struct metric metric; /* of a host: its heartbeat */
};

struct knowns {
	struct hash_key key;
	struct known **places;
	size_t n_places; /* a power of two */
	size_t n;
	uint64_t poll;
};

/* Starts zeroed. */
void knowns_free(struct knowns *, const struct making *);
/* A poll begins. */
void knowns_begin(struct knowns *);
/*
 * The one with this key, new or old, which is part of this poll now; NULL if
 * memory is out.  `expected' may be it; NULL: nothing is expected.
 */
struct known *knowns_get(struct knowns *, struct known *owner,
    struct known *expected, const void *key, size_t size);
struct slice known_key(const struct known *);
/* Forget all that were in none of the last polls. */
void knowns_sweep(struct knowns *, const struct making *);

#endif
