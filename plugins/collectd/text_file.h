/* text_file.h - a file read whole. */
#ifndef COLLECTD_TEXT_FILE_H
#define COLLECTD_TEXT_FILE_H

#include "buffer.h"
#include "error.h"

/*
 * Add what the file holds to the buffer; more than `limit' bytes are an error,
 * and so is anything else that leaves it incomplete.  0, or -1.
 */
int text_file_read(const char *path, size_t limit, struct buffer *to,
    struct error *err);

#endif
