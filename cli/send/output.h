/*
 * output.h - values on their way to somebody who listens: put in a format, in
 * datagrams or over one connection.
 */
#ifndef CLI_SEND_OUTPUT_H
#define CLI_SEND_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apmon.h"
#include "buffer.h"
#include "error.h"
#include "item.h"

/* Fits an Ethernet frame with room for tunnels. */
#define OUTPUT_DATAGRAM 1400

struct output;

struct output_format {
	const char *name;
	uint32_t port;
	bool stream; /* may go over a connection */
	/*
	 * Values of one node, from *next on: what they are in the format goes
	 * to the end of `line'.  1: they may be followed by others in one
	 * datagram, 2: they are a datagram of their own; *next is then the
	 * first that is not in it.  -1: number *next cannot be said.
	 */
	int (*put)(struct output *, const struct item *, size_t n,
	    size_t *next, struct error *);
};

struct output {
	const struct output_format *format;
	int fd;
	bool stream;
	int64_t time_ns; /* 0: not given */
	struct apmon_sender apmon;
	struct buffer line;    /* what put() made */
	struct buffer waiting; /* to be sent together */
};

/* NULL if there is none of this name. */
const struct output_format *output_format_of(const char *name);

/* The socket is the output's from now on, the format its own. */
void output_open(struct output *, const struct output_format *, int fd,
    bool stream);
/* What is waiting is not sent. */
void output_close(struct output *);

/* Says of a value why it cannot be sent. */
typedef void output_refuse_fn(void *cookie, const struct item *,
    const struct error *);

/* Values of one node.  -1 if nothing can be sent any more, with the reason. */
int output_put(struct output *, const struct item *, size_t n,
    output_refuse_fn *, void *cookie, struct error *);
/* Send what waits. */
int output_flush(struct output *, struct error *);

#endif
