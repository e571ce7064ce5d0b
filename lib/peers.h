/*
 * peers.h - addresses that send, as many as are remembered: what they are
 * called, and how much they may send.
 */
#ifndef LIB_PEERS_H
#define LIB_PEERS_H

#include <netinet/in.h>
#include <stddef.h>

#include "bucket.h"
#include "lru.h"
#include "networks.h"

/* What a sender of this host, by a Unix socket, is called in messages. */
#define PEER_LOCAL "local"

/* The begin of what a module remembers of one, which is zeroed at first. */
struct peer {
	char text[INET6_ADDRSTRLEN]; /* its address */
	const char *node; /* the name it was given, or its address */
	struct bucket bucket;
};

struct peers {
	struct lru *known;
	struct networks names;	/* the owner's to fill */
	const char *local_node; /* of this host's own senders, likewise */
	size_t max;
	size_t size;
	void (*drop)(void *peer, void *cookie);
};

/* At most `max', each of `size' bytes, which drop() (may be NULL) releases.
   -1 if memory is out. */
int peers_init(struct peers *, size_t max, size_t size,
    void (*drop)(void *peer, void *cookie));
void peers_free(struct peers *, void *cookie);
/* NULL if memory is out. */
void *peers_get(struct peers *, const struct place *, void *cookie);
/*
 * Other names, which are taken over: all peers are new then.  -1 if memory is
 * out: the names are freed, and all is as before.
 */
int peers_rename(struct peers *, struct networks *names, void *cookie);

#endif
