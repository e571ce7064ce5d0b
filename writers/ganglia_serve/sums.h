/*
 * sums.h - what a cluster, or all of them, is in sum: hosts up and down, and
 * each metric over the hosts that are up.  Holds on to a metric of each name,
 * so that it can be written in pieces.
 */
#ifndef GANGLIA_SERVE_SUMS_H
#define GANGLIA_SERVE_SUMS_H

#include "table.h"

struct sum {
	struct metric *metric; /* one of them, counted */
	double total;
	uint64_t n;
	bool whole; /* all are integers */
};

/* Starts zeroed. */
struct sums {
	uint64_t up;
	uint64_t down;
	struct sum *items;
	size_t n;
	size_t capacity;
};

/* Of a cluster, NULL: of all.  -1 if memory is out. */
int sums_make(struct sums *, struct table *, const struct cluster *,
    int64_t now_ns);
void sums_free(struct sums *, struct table *);

/* Is a host up, by what it reported? */
bool host_is_up(const struct host_times *, int64_t now_ns);

#endif
