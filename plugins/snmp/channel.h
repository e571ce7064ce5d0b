/*
 * channel.h - the one UDP socket of a family: datagrams out and in, a batch
 * with each call of the system, none of which blocks.
 */
#ifndef SNMP_CHANNEL_H
#define SNMP_CHANNEL_H

#include "exchange.h"

struct waiting;

struct channel {
	int fd;	   /* -1: not open, and `error' says why */
	int error; /* errno */
	bool ipv6;
	struct channel_io *io;
	bool used;	  /* something was sent ever */
	size_t out_left;  /* bytes before those added */
	unsigned n_out;	  /* added, not sent */
	unsigned n_in;	  /* received, */
	unsigned next_in; /* and taken of them */
};

/* -1 with the reason in c->error; may be closed all the same. */
int channel_open(struct channel *c, bool ipv6, bool large_receive_buffer);
void channel_close(struct channel *); /* also one that is zeroed */

/* EXCHANGE_DATAGRAM_MAX bytes in which the next datagram to be sent is to be
   written, at their end; NULL: no more room. */
uint8_t *channel_room(struct channel *);
/* It is this, at the end of that room, for this address and question. */
void channel_add(struct channel *, const uint8_t *bytes, size_t size,
    const union address *, struct waiting *);
/* The question of number i of those added. */
struct waiting *channel_added(const struct channel *, unsigned i);
/*
 * Send those added, from number `first' on; returns how many were.  If not
 * all, *ret_error says why not the next one; it may also be an earlier one's
 * error, told here.
 */
unsigned channel_send(struct channel *, unsigned first, int *ret_error);

/*
 * Read a batch, which overwrites the one before.  0, or the errno of an error
 * that the system has told: see channel_error().
 */
int channel_receive(struct channel *);
/* Was the batch full, so that there may be more to read? */
bool channel_more(const struct channel *);
/* The next datagram of the batch; NULL: no more.  It may be written to. */
uint8_t *channel_next(struct channel *, size_t *ret_size,
    const union address **ret_from);
/*
 * The next error of the network: to which address we sent, and an errno, 0 if
 * it means nothing.  False: no more.
 */
bool channel_error(struct channel *, union address *ret_to, int *ret_errno);

#endif
