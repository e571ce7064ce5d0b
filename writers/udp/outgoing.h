/*
 * outgoing.h - what a batch comes to: messages, one behind the other in the
 * same memory, each with its end; and how they go into datagrams.
 */
#ifndef UDP_OUTGOING_H
#define UDP_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "slice.h"

/* Starts zeroed but for `limit'. */
struct outgoing {
	struct buffer bytes;
	size_t limit; /* of one message */
	bool alone;   /* each message is a datagram by itself */
	size_t *ends;
	size_t n, capacity;
};

void outgoing_free(struct outgoing *);
void outgoing_clear(struct outgoing *);

/* Where the message that is being put begins. */
size_t outgoing_start(const struct outgoing *);
/* What was put since is a message.  False if it is longer than `limit': it is
   taken back then.  Memory that is out shows in the buffer's failure. */
bool outgoing_end(struct outgoing *);
/* It is none. */
void outgoing_undo(struct outgoing *);

/* The next datagram from message *i on, which is moved behind what it holds:
   as many as fit into `size', one at least.  False behind the last. */
bool outgoing_next(const struct outgoing *, size_t *i, size_t size,
    struct slice *ret);

#endif
