/*
 * sources.h - what is remembered of those who send: how much they have sent of
 * late, and what, so that it is known when it comes again.  Only of those who
 * have shown a community or a user, and bounded.
 */
#ifndef SNMPTRAP_SOURCES_H
#define SNMPTRAP_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bucket.h"
#include "hash.h"
#include "lru.h"
#include "networks.h"

/* Notifications whose repetition is recognised. */
#define SEEN_MAX 65536

struct source {
	char text[INET6_ADDRSTRLEN];
	const char *node; /* what its traps are counted under */
	struct bucket bucket;
	uint64_t dropped; /* by the storm limit */
	bool storming;
	bool changed; /* dropped, since it was last emitted */
	uint32_t series;
};

struct sources {
	struct lru *known;
	struct lru *seen;
	struct hash_key keys[2];
	double rate;
	double burst;
	int64_t repeat_ns; /* 0: what comes again is new */
};

/* Handles of series are released by `drop'. */
int sources_init(struct sources *, size_t max,
    void (*drop)(void *source, void *cookie));
void sources_free(struct sources *, void *cookie);

/* Never NULL but when memory is out; *ret_fresh: it has no names yet. */
struct source *sources_get(struct sources *, const struct place *,
    bool *ret_fresh, void *cookie);

/* Did the same bytes come from there within the time? */
bool sources_repeats(struct sources *, const struct place *, const void *bytes,
    size_t size, int64_t mono_ns);
/* These were taken. */
void sources_took(struct sources *, const struct place *, const void *bytes,
    size_t size, int64_t mono_ns);

#endif
