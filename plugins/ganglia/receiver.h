/*
 * receiver.h - datagrams of gmond and gmetric become values: whose, of what
 * type, and what is done about those that nobody has described.
 */
#ifndef GANGLIA_RECEIVER_H
#define GANGLIA_RECEIVER_H

#include <farm/module.h>

#include "buffer.h"
#include "datagrams.h"
#include "error.h"
#include "groups.h"
#include "lru.h"
#include "metric.h"
#include "senders.h"

enum outcome {
	OUTCOME_VALUE,	/* emitted */
	OUTCOME_METADATA, /* kept, or nothing to be done about it */
	OUTCOME_REFUSED, /* no series, or no value of its type */
	OUTCOME_MALFORMED,
	OUTCOME_LIMITED,
	OUTCOME_NOT_ALLOWED,
	OUTCOME_LOST, /* for want of memory, or the host wants no more */
};
#define OUTCOMES (OUTCOME_LOST + 1)

struct receiver {
	struct farm_host *host; /* of the call */
	struct uses *uses;
	bool monalisa;
	const struct farm_list *labels;
	const char *cluster;
	double rate, burst; /* of a sender */
	bool asks;	    /* for metadata */
	int fd;
	uint16_t port; /* where others listen */

	struct networks allowed; /* none: all */
	struct senders senders;
	struct groups groups;
	struct lru *metrics;
	struct datagrams *datagrams;
	struct buffer key, node, text;
	uint64_t outcomes[OUTCOMES];
	struct error refusal; /* the last */
};

/* Zeroed, and its options set.  -1 if memory is out. */
int receiver_init(struct receiver *, size_t max_metrics, size_t max_senders);
void receiver_free(struct receiver *, struct farm_host *);
void receiver_ready(struct receiver *, struct farm_host *);

#endif
