/*
 * tally.h - how often each trap came from each node, and what the trap is
 * called.  Bounded: who is forgotten begins again with 0.
 */
#ifndef SNMPTRAP_TALLY_H
#define SNMPTRAP_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "lru.h"
#include "objects.h"
#include "rules.h"

struct tally {
	const struct rule *rule; /* NULL: none */
	char *parameter;	 /* "trap_linkDown" */
	uint64_t count;
	uint32_t series;
	bool changed; /* since it was last emitted */
};

struct tallies {
	struct lru *known;
	const struct rules *rules;
	const struct objects *objects;
	const char *cluster;
};

/* Rules, objects and cluster are set by the owner, and outlive it. */
int tallies_init(struct tallies *, size_t max);
void tallies_free(struct tallies *);

/* NULL only if memory is out or the host has no series left, explained by
   farm_fail(). */
struct tally *tallies_get(struct tallies *, struct farm_host *,
    const char *node, struct ber_bytes id);
/* Without "trap_". */
const char *tally_name(const struct tally *);
/* Those that changed, or all. */
void tallies_emit(struct tallies *, struct farm_host *, bool all);

#endif
