/*
 * program.h - what collectors that run programs for targets share.
 */
#ifndef LIB_PROGRAM_H
#define LIB_PROGRAM_H

#include <farm/module.h>

#include "command.h"
#include "hash.h"

/* When a program of a run that begins now has to be over: `timeout_ns' later,
   but with time left of the host's for reading and emitting. */
int64_t program_deadline_ns(
    struct farm_host *, struct farm_target *, int64_t timeout_ns);
/*
 * What it said on stderr is a line of the log, if it is not what was said the
 * last time.  *said remembers that, 0 at first; `shown' is the program.
 */
void program_log(struct farm_host *, const struct hash_key *, uint64_t *said,
    const char *shown, const struct command_result *);

#endif
