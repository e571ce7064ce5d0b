/*
 * sequences.h - sequence numbers of those who send them: an address and a number
 * that a sender draws when it starts.
 */
#ifndef UDP_SEQUENCES_H
#define UDP_SEQUENCES_H

#include <stddef.h>
#include <stdint.h>

#include "apmon_sequence.h"
#include "lru.h"
#include "networks.h"

/* What they told, of all senders. */
struct gaps {
	uint64_t missing;
	uint64_t late; /* counted as missing before */
	uint64_t restarts;
};

struct sequences {
	struct lru *known;
	struct gaps gaps;
};

int sequences_init(struct sequences *, size_t max);
void sequences_free(struct sequences *);
/* Where memory is out it is as if the sender were new. */
enum apmon_arrival sequences_add(struct sequences *, const struct place *from,
    uint32_t instance, uint32_t sequence, int64_t mono_ns);

#endif
