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

#endif
