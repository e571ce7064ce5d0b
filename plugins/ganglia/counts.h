/* counts.h - what became of all datagrams, as values of the listener's node. */
#ifndef GANGLIA_COUNTS_H
#define GANGLIA_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "own_counts.h"
#include "receiver.h"

/* Outcomes, then requests, overflows, senders and metrics. */
#define COUNTS (OUTCOMES + 4)

/* -1, explained. */
int counts_open(struct own_counts **ret, struct farm_host *,
    const char *cluster, const char *node);
/* What has changed, or all. */
int counts_emit(struct own_counts *, struct farm_host *,
    const struct receiver *, bool all);

#endif
