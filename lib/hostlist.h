/*
 * hostlist.h - many names written as one: node[001-500].local, n[1-3,7]-[a,b].
 */
#ifndef LIB_HOSTLIST_H
#define LIB_HOSTLIST_H

#include <stddef.h>

#include "arena.h"
#include "error.h"

/* More names than this in one expression are an error. */
#define HOSTLIST_MAX 100000

/*
 * Expand `text' into names in `arena'.  Ranges keep leading zeros; several
 * brackets multiply, the last running fastest.  An IPv6 address in brackets
 * ([::1]) stays as it is.
 */
int hostlist_expand(struct arena *arena, const char *text,
    const char *const **ret, size_t *ret_n, struct error *);

#endif
