/*
 * sources.h - addresses that send: how much they may, and what they are called.
 */
#ifndef UDP_SOURCES_H
#define UDP_SOURCES_H

#include "bucket.h"
#include "lru.h"
#include "networks.h"

/* What senders of this host are called in messages. */
#define SOURCE_LOCAL "local"

struct source {
	char text[INET6_ADDRSTRLEN];
	const char *node; /* the name it was given, or its address; of this
			     host's own senders its name */
	struct bucket bucket;
};

/* Names, rate, burst and the host's own name are set by the owner. */
struct sources {
	struct lru *known;
	struct networks names;
	double rate, burst;
	const char *own_node;
};

int sources_init(struct sources *, size_t max);
/* Other names, which are taken over; all sources are new.  -1 if memory is out:
   the names are freed, and all is as before. */
int sources_rename(struct sources *, size_t max, struct networks *names);
void sources_free(struct sources *);
/* NULL if memory is out. */
struct source *sources_get(struct sources *, const struct place *);

#endif
