/*
 * whole.h - files that are read whole.
 */
#ifndef LIB_WHOLE_H
#define LIB_WHOLE_H

#include <stddef.h>

#include "buffer.h"
#include "error.h"

/* Put all of the file into the buffer; one of more than `max' bytes is an
   error.  Errors are the reason alone. */
int whole_read(struct buffer *, const char *path, size_t max, struct error *);
/* The same of an open one, from where it is; -1 with errno. */
int whole_read_fd(struct buffer *, int fd, size_t max);

#endif
