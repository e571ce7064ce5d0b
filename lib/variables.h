/*
 * variables.h - ${NAME} in texts of the configuration.
 */
#ifndef LIB_VARIABLES_H
#define LIB_VARIABLES_H

#include <stddef.h>

#include "buffer.h"
#include "error.h"

/*
 * Append `text' with ${NAME} and ${NAME:-default} replaced from the
 * environment and $$ by a dollar sign.  The default stands in for a variable
 * that is not set or empty.  -1 with the reason for a variable that is not set
 * and has no default, and for a ${ that is none; `to' holds part of it then.
 */
int variables_expand(struct buffer *to, const char *text, size_t length,
    struct error *);

#endif
