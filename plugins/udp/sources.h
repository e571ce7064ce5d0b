/*
 * sources.h - addresses that send: how much they may, and what they are called.
 */
#ifndef UDP_SOURCES_H
#define UDP_SOURCES_H

#include "bucket.h"
#include "lru.h"
#include "networks.h"

struct source {
	char text[INET6_ADDRSTRLEN];
	const char *node; /* the name it was given, or its address */
	struct bucket bucket;
};

/* Names, rate and burst are set by the owner. */
struct sources {
	struct lru *known;
	struct networks names;
	double rate, burst;
};

int sources_init(struct sources *, size_t max);
void sources_free(struct sources *);
/* NULL if memory is out. */
struct source *sources_get(struct sources *, const struct place *);

#endif
