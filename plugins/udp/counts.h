/* counts.h - what became of all datagrams, as values of the listener's node. */
#ifndef UDP_COUNTS_H
#define UDP_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "own_counts.h"
#include "receiver.h"

/* Outcomes, what sequence numbers told, then values and
   sources, then of sockets. */
#define COUNTS (OUTCOMES + 9)

/* What sockets know. */
struct socket_counts {
	uint64_t overflows;   /* datagrams that found the buffer full */
	uint64_t connections; /* open now */
	uint64_t turned_away;
	uint64_t held;
};

/* All their names begin with the format's.  -1, explained. */
int counts_open(struct own_counts **ret, struct farm_host *,
    const char *format, const char *cluster, const char *node);
/* What has changed, or all. */
int counts_emit(struct own_counts *, struct farm_host *,
    const struct receiver *, const struct socket_counts *, bool all);

#endif
