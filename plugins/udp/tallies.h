/*
 * tallies.h - what StatsD's lines add up to, until it is said: counters grow,
 * gauges are set or moved, of timers and sets only the time since the last
 * saying counts.  Bounded: what is forgotten begins anew.
 */
#ifndef UDP_TALLIES_H
#define UDP_TALLIES_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "lru.h"
#include "result.h"
#include "slice.h"
#include "statsd.h"

struct tallies {
	struct lru *known;
	struct lru *members; /* of sets */
	struct buffer key;
	uint64_t round; /* from 1; grows each time it is said */
};

/* Zeroed.  -1 if memory is out. */
int tallies_init(struct tallies *, size_t max);
void tallies_free(struct tallies *);
/* One more of a node's; ADDED_BAD with the error. */
enum added tallies_add(struct tallies *, struct slice node, struct slice name,
    const struct statsd_sample *, struct error *);
/* All that has changed.  -1 if the host refused any. */
int tallies_say(struct tallies *, struct result *, const char *cluster);

#endif
