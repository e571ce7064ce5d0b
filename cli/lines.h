/*
 * lines.h - lines of a file or a pipe, one at a time, in memory that is
 * bounded, and where each stands.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

struct line_reader {
	const char *name; /* for messages; "stdin" */
	int fd;		  /* closed in the end, unless it is 0 */
	size_t max;	  /* longer lines are bad */
	uint64_t line;	  /* the one given last, from 1 */
	struct buffer in;
	size_t at;   /* what is before was given */
	bool last;   /* the file has no more */
	bool cut;    /* the rest of a line that was too long is to be skipped */
};

/* A file by its path, "-" for the standard input.  -1 with the reason. */
int lines_open(struct line_reader *, const char *path, size_t max,
    struct error *);
void lines_close(struct line_reader *); /* what is zeroed is fine */

enum lines_got {
	LINES_FAILED = -2, /* the file cannot be read on */
	LINES_BAD = -1,	   /* too long; the next may be good */
	LINES_END = 0,
	LINES_ONE = 1,
};

/*
 * The next line, without its newline; it holds until the next call.  The error
 * begins with "NAME:LINE: ".
 */
enum lines_got lines_next(struct line_reader *, struct slice *ret,
    struct error *);
/* Would the next call give one without reading, which may block? */
bool lines_waiting(const struct line_reader *);

#endif
