/*
 * channel.h - the one socket of a family, through which all probes leave and
 * all answers come, many with each call of the system.
 */
#ifndef ICMP_CHANNEL_H
#define ICMP_CHANNEL_H

#include "error.h"
#include "sweep.h"

/* Messages with one call of the system. */
#define CHANNEL_BATCH 64

struct channel {
	int fd;	   /* -1: none, and error says why */
	int error; /* errno */
	bool ipv6;
	bool ping;	 /* unprivileged: no IP header, errors in a queue */
	uint16_t id;
	size_t padding; /* zeros after each head */
	struct batch_io *io;
	struct peer *pending[CHANNEL_BATCH]; /* to be sent to */
	unsigned n_pending;
};

/*
 * A raw socket, or else an unprivileged one.  -1 if neither can be had; the
 * channel can be closed all the same.
 */
int channel_open(struct channel *, bool ipv6, size_t payload);
/* Also for one that is zeroed. */
void channel_close(struct channel *);
/* Why channel_open() failed, for people. */
void channel_explain(const struct channel *, struct error *);

/* A probe to this peer goes with the next channel_send(). */
void channel_add(struct channel *, struct peer *);
/* Send what was added and tell the sweep.  Waits up to 0.1 s if the system's
   buffers are full. */
void channel_send(struct channel *, struct sweep *);
/* Read what has come, up to a bound, and tell the sweep; true if that was
   all. */
bool channel_receive(struct channel *, struct sweep *);

#endif
