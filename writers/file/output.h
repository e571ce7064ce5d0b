/*
 * output.h - the file that lines are added to: all of a batch or nothing.
 */
#ifndef FILE_OUTPUT_H
#define FILE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"
#include "error.h"

struct output {
	const char *path; /* borrowed */
	const char *head; /* what it begins with; "" */
	int fd;		  /* -1: not open */
	dev_t device;
	ino_t inode;
	int64_t size;
	int64_t written_ns; /* when it last was; since 1970 */
	bool torn;	    /* part of a batch may be at its end */
};

#define OUTPUT_INIT { .fd = -1 }

/*
 * Open it, made if need be, or again if another stands at its path since.  What
 * has no end of line at its end is cut away: a batch that was never stored.
 */
int output_need(struct output *, struct error *);
/* Add the lines; nothing of them if it fails. */
int output_put(struct output *, const struct buffer *, struct error *);
int output_sync(struct output *, struct error *);
void output_close(struct output *);

#endif
