/*
 * instances.h - the daemon's list of instances as a table.
 */
#ifndef CLI_INSTANCES_H
#define CLI_INSTANCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/*
 * `root' is the answer of /v1/instances, `before' (NULL: none) an earlier one,
 * `seconds' before it: then rates are of that time, else totals are shown.
 */
void instances_table(struct buffer *out, const json_t *root,
    const json_t *before, double seconds, bool color, size_t width);

#endif
