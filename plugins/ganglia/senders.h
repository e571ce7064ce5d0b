/*
 * senders.h - who sends: how much they may, and what of it was no good.
 */
#ifndef GANGLIA_SENDERS_H
#define GANGLIA_SENDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "peers.h"

enum fault { FAULT_MALFORMED, FAULT_LIMITED };
#define FAULTS (FAULT_LIMITED + 1)

struct sender {
	struct peer peer; /* first; faults are counted under its node */
	uint64_t faults[FAULTS];
	uint32_t series[FAULTS]; /* 0: none yet */
	bool changed; /* since they were last emitted */
};

struct senders {
	struct peers peers;
	const char *cluster;
};

/* Names and cluster are set by the owner. */
int senders_init(struct senders *, size_t max);
/* The host is needed while there are any. */
void senders_free(struct senders *, struct farm_host *);

/* NULL if memory is out. */
struct sender *senders_get(struct senders *, struct farm_host *,
    const struct place *);
void sender_fault(struct sender *, enum fault);
/* Faults of those that have new ones; of all that have any, if `all'. */
int senders_emit(struct senders *, struct farm_host *, bool all);

#endif
