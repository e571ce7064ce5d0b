/*
 * pipe.h - lines for whoever reads a FIFO, and nobody waits for that one: what
 * there is no room for is dropped, in whole lines, and counted.
 */
#ifndef FIFO_PIPE_H
#define FIFO_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* Why lines were dropped. */
enum pipe_drop { PIPE_NO_READER, PIPE_SLOW, PIPE_DROPS };

struct pipe_out {
	const char *path; /* borrowed */
	bool make;	  /* the FIFO, if it is not there */
	size_t most;	  /* bytes that wait for a reader who is slow */
	int fd;		  /* -1: nobody reads */
	struct buffer waiting;
	uint64_t lines; /* that went there */
	uint64_t dropped[PIPE_DROPS];
};

#define PIPE_INIT { .fd = -1 }

/* Is it, or could it be, a FIFO? */
int pipe_check(const char *path, bool make, struct error *);
/* Send what can be sent, without blocking.  -1 if there is no FIFO. */
int pipe_flush(struct pipe_out *, struct error *);
/* The same with more, whole lines. */
int pipe_put(struct pipe_out *, const struct buffer *lines, struct error *);
void pipe_close(struct pipe_out *);

#endif
