/*
 * kept.h - a program that is kept running, for modules: started again with
 * pauses that grow when it ends, heard line by line, and what it says on
 * stderr told once until it changes.  One thread at a time.
 */
#ifndef LIB_KEPT_H
#define LIB_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "command.h"
#include "slice.h"

/* Before it is started again: doubled up to the second, until it has run for
   the third. */
#define KEPT_PAUSE_NS INT64_C(1000000000)
#define KEPT_PAUSE_MAX_NS INT64_C(60000000000)
#define KEPT_WELL_NS INT64_C(60000000000)

struct kept {
	struct command *run; /* NULL: it does not run */
	int64_t started_ns;  /* of CLOCK_MONOTONIC */
	int64_t heard_ns;    /* when it last said something on stdout */
	int64_t next_ns;     /* it is not started before */
	int64_t pause_ns;    /* the last one */
	size_t output_max;   /* the longest line */
	size_t errors;	     /* bytes on stderr, the last time */
	uint64_t said;	     /* on stderr, hashed; 0: nothing */
};

/*
 * Start it if it does not run and its pause is over; `kept' and the deadline of
 * the order are filled in.  1: it runs; 0: not yet; -1: it could not be
 * started, and why.
 */
int kept_start(struct kept *, struct command_order *, struct error *);
/*
 * What there is to do, without blocking.  -1 if it has ended, or cannot go on,
 * and why; what it said last is there still, until kept_end().
 */
int kept_step(struct kept *, struct error *);
/* The whole lines that it has said; at its end what has no end of line too. */
struct slice kept_lines(const struct kept *);
/* So many bytes of them have been seen to. */
void kept_took(struct kept *, size_t n);
/*
 * Put what it has said on stderr, ": ..." as one line, and true if that is not
 * what it said before.  While there is more of it each time, that is waited
 * for, unless this is the last time.
 */
bool kept_complains(struct kept *, bool last, struct buffer *);
/* It does not run any more: killed if need be; the pause begins. */
void kept_end(struct kept *);
/* The end of its stdin, and so long to end by itself. */
void kept_dismiss(struct kept *, int64_t ns);

#endif
