/*
 * replace.h - small files that hold either what was in them or what is to be.
 */
#ifndef HOST_REPLACE_H
#define HOST_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"

/* Write PATH.new and rename it; with `sync' a lost power supply leaves one of
   the two as well. */
int replace_file(const char *path, const void *bytes, size_t size, bool sync,
    struct error *);
/* All of a file of at most `max' bytes, appended: 1, or 0 if there is none. */
int read_file(const char *path, size_t max, struct buffer *to, struct error *);
/* The name as that of a file: letters, digits, "_" and "-" as they are, all
   else as %XX; a long one ends in a checksum instead. */
void put_file_name(struct buffer *, const char *name);

#endif
