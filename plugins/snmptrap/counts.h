/*
 * counts.h - what the listener says of itself: how many came, and what became
 * of them.
 */
#ifndef SNMPTRAP_COUNTS_H
#define SNMPTRAP_COUNTS_H

#include <farm/module.h>

#include "own_counts.h"
#include "receiver.h"

#define COUNTS 21

/* What sockets know. */
struct socket_counts {
	uint64_t overflows;   /* datagrams that found the buffer full */
	uint64_t connections; /* open now */
	uint64_t turned_away; /* closed to make room, or for being slow */
};

int counts_open(struct own_counts **ret, struct farm_host *,
    const char *cluster, const char *node);
/* Those that changed, or all. */
int counts_emit(struct own_counts *, struct farm_host *,
    const struct receiver *, const struct socket_counts *, bool all);

#endif
