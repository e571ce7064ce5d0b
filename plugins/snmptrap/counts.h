/*
 * counts.h - what the listener says of itself: how many came, and what became
 * of them.
 */
#ifndef SNMPTRAP_COUNTS_H
#define SNMPTRAP_COUNTS_H

#include <farm/module.h>

#include "error.h"
#include "receiver.h"

#define COUNTS 21

struct counts {
	const char *cluster;
	const char *node;
	uint32_t series[COUNTS];
	uint32_t refusal_series;
	uint64_t emitted[COUNTS];
	char refusal[sizeof(struct error)]; /* the last emitted */
};

/* What sockets know. */
struct socket_counts {
	uint64_t overflows;   /* datagrams that found the buffer full */
	uint64_t connections; /* open now */
	uint64_t turned_away; /* closed to make room, or for being slow */
};

int counts_open(struct counts *, struct farm_host *);
/* Those that changed, or all. */
int counts_emit(struct counts *, struct farm_host *, const struct receiver *,
    const struct socket_counts *, bool all);

#endif
