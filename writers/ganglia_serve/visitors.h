/*
 * visitors.h - connections of readers: who may come, what each is told, and
 * when one has had its time.  All sockets are non-blocking; one thread at a
 * time.
 */
#ifndef GANGLIA_SERVE_VISITORS_H
#define GANGLIA_SERVE_VISITORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "answer.h"
#include "networks.h"

/* What a connection is told. */
enum door {
	DOOR_GMOND,
	DOOR_GMETAD,
	DOOR_QUERY, /* and what it asks for */
};

/* Those that were not served, by reason. */
struct visitors_counts {
	uint64_t strangers; /* `allow' does not name them */
	uint64_t crowded;   /* had to go for others */
	uint64_t late;	    /* took too long */
	uint64_t failed;    /* memory or descriptors were out */
};

struct visitor;

/* Starts zeroed, but for what the first lines say. */
struct visitors {
	struct table *table;
	const struct answer_names *names;
	size_t most;
	int64_t timeout_ns;
	struct networks allowed;

	struct visitor *first; /* who moved last is last */
	struct visitor *last;
	size_t n;
	struct visitors_counts counts;
	struct place stranger; /* the last */
};

/* All who have come to a door. */
void visitors_accept(
    struct visitors *, struct farm_host *, int fd, enum door);
/* One of them, by its cookie, may go on. */
void visitors_serve(struct visitors *, struct farm_host *, void *cookie);
/* Those whose time is over go. */
void visitors_tick(struct visitors *, struct farm_host *);
void visitors_close(struct visitors *, struct farm_host *); /* all of them */

#endif
