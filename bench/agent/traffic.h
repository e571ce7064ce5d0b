/*
 * traffic.h - datagrams for all of 127/8 at one socket, in batches, and the
 * answers that are to come later.
 */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "agents.h"

struct traffic_options {
	uint16_t port;
	int64_t delay_ns;     /* of all answers */
	size_t waiting_bytes; /* bound of requests that wait for theirs */
};

struct traffic_counts {
	uint64_t received;
	uint64_t sent;
	uint64_t sent_bytes;
	uint64_t send_errors;
	uint64_t dead; /* requests that a fault has swallowed */
	uint64_t lost;
	uint64_t delayed;
	uint64_t overflow; /* dropped, for too many wait */
};

struct traffic;

/* `agents' and `faults' must outlive it.  The port is bound afterwards. */
int traffic_open(struct traffic **ret, const struct traffic_options *,
    struct agents *, struct faults *, struct error *);
void traffic_close(struct traffic *); /* NULL is fine */

int traffic_fd(const struct traffic *);
/* ns until an answer is due; -1: none waits. */
int64_t traffic_due(const struct traffic *, int64_t now_ns);
/* Answer what has come in, a batch of it, and what is due. */
void traffic_step(struct traffic *, int64_t now_ns);

const struct traffic_counts *traffic_counts(const struct traffic *);

#endif
