/*
 * change.h - what the daemon answers to a change of its configuration.
 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include <jansson.h>

#include "buffer.h"
#include "cli.h"

/* "added  more/proc", "changed  hosts/proc: interval, nodes (+1 -0)": those of
   the plan's `step'. */
void change_put_items(struct buffer *, const json_t *plan, const char *step);
/* Print the answer to any change, its plan or what is wrong, and free it;
   returns an exit code. */
int change_show(const struct cli *, json_t *answer);

#endif
