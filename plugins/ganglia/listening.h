/*
 * listening.h - an instance that takes datagrams, from its options to its
 * counters.
 */
#ifndef GANGLIA_LISTENING_H
#define GANGLIA_LISTENING_H

#include <limits.h>

#include <farm/module.h>

#include "counts.h"
#include "receiver.h"
#include "uses.h"

/* Its options, in the state of the module. */
struct listening_options {
	struct farm_address listen;
	struct farm_list join;
	const char *cluster;
	struct farm_list allow;
	struct farm_map hosts;
	int64_t rate;
	int64_t burst;
	int64_t metrics;
	int64_t sources;
	int64_t receive_buffer;
	bool requests;
	const char *own_node;
};

struct listening {
	struct receiver receiver;
	struct own_counts *counts;
	char host_name[HOST_NAME_MAX + 1];
	int64_t repeat_mono_ns; /* when all counters are said again */
};

/* All mistakes in one go; -1, explained. */
int listening_check(struct farm_host *, const struct listening_options *);
/*
 * Of `making', what is the same for all series.  *ret is the caller's, to be
 * closed also after a failure, unless it is NULL.
 */
int listening_open(struct listening **ret, struct farm_host *, int fd,
    const struct listening_options *, const struct making *);
/* NULL is fine. */
void listening_close(struct listening *, struct farm_host *);
void listening_ready(struct listening *, struct farm_host *);
int listening_tick(struct listening *, struct farm_host *);

#endif
