/*
 * channel.h - the one socket of a protocol and family, through which all its
 * probes leave and all answers come, many with each call of the system.
 */
#ifndef ICMP_CHANNEL_H
#define ICMP_CHANNEL_H

#include "error.h"
#include "sweep.h"

/* Messages with one call of the system. */
#define CHANNEL_BATCH 64

enum channel_kind {
	CHANNEL_RAW,
	CHANNEL_PING, /* unprivileged: no IP header, errors in a queue */
	CHANNEL_UDP,  /* to a closed port: that it is closed is the answer */
};

struct channel {
	int fd;	   /* -1: none, and error says why */
	int error; /* errno */
	bool ipv6;
	enum channel_kind kind;
	uint16_t id;
	uint16_t port;	/* of UDP */
	size_t padding; /* zeros after each head */
	struct batch_io *io;
	struct peer *pending[CHANNEL_BATCH]; /* to be sent to */
	unsigned n_pending;
};

/*
 * For ICMP: a raw socket, or else an unprivileged one.  -1 if neither can be
 * had; the channel can be closed all the same, and refuses what is sent.
 */
int channel_open_icmp(struct channel *, bool ipv6, size_t payload);
int channel_open_udp(struct channel *, bool ipv6, uint16_t port);
/* Also for one that is zeroed. */
void channel_close(struct channel *);
/* Why it could not be opened, for people. */
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
