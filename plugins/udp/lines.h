/*
 * lines.h - lines over connections, handed on as if each piece of whole ones
 * were a datagram; of ULM also syslog's messages with their lengths before
 * them.  Connections are few; the one idle for longest makes room.  Who sends
 * more than it may is not read for a while, so that its system makes it wait:
 * nothing is dropped.
 */
#ifndef UDP_LINES_H
#define UDP_LINES_H

#include <farm/module.h>

#include "connections.h"
#include "receiver.h"

/* The longest line, with its newline. */
#define LINE_MAX_SIZE 65536

struct lines {
	struct connections connections;
	uint64_t held; /* times that one was made to wait */
};

/* Of so many connections at most. */
void lines_init(struct lines *, size_t max);
/* A connection waits, or several; those who may not send take no place. */
void lines_accept(struct lines *, struct farm_host *, struct receiver *,
    int listener);
/* A connection, which is what was watched for, may be read.  -1 if something
   was lost, explained. */
int lines_ready(struct lines *, struct farm_host *, struct receiver *,
    struct connection *);
/* Now and then: those go on whose turn it is again. */
void lines_tick(struct lines *, struct farm_host *, struct receiver *,
    int64_t mono_ns);
void lines_close(struct lines *, struct farm_host *);

#endif
