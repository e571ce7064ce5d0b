/* fold.h - names written as hostlists: the way back of hostlist.h. */
#ifndef CLI_FOLD_H
#define CLI_FOLD_H

#include <stddef.h>

#include "buffer.h"

struct fold_name {
	const char *name;    /* without brackets */
	const char *address; /* without brackets; NULL: the name */
};

/*
 * Append to `name' one hostlist that gives the first of the `n' names (at
 * least one), and as many of those behind it as count up from it; to `address'
 * that of their addresses, if they have any.  Returns how many these are.
 */
size_t fold(const struct fold_name *, size_t n, struct buffer *name,
    struct buffer *address);

#endif
