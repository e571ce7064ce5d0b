/* counts.h - what became of all datagrams, as values of the listener's node. */
#ifndef GANGLIA_COUNTS_H
#define GANGLIA_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "receiver.h"

/* Outcomes, then requests, overflows, senders and metrics. */
#define COUNTS (OUTCOMES + 4)

struct counts {
	uint32_t series[COUNTS];
	uint32_t refusal_series;
	uint64_t emitted[COUNTS];
	char refusal[sizeof(((struct error *)0)->text)];
};

/* -1, explained. */
int counts_open(struct counts *, struct farm_host *, const char *cluster,
    const char *node);
/* What has changed, or all. */
int counts_emit(struct counts *, struct farm_host *, const struct receiver *,
    bool all);

#endif
