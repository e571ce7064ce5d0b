/*
 * line.h - a command line as the words that a shell would make of it.
 */
#ifndef NAGIOS_LINE_H
#define NAGIOS_LINE_H

#include <stdbool.h>

#include "arena.h"
#include "error.h"

/*
 * NULL at the end, of the arena.  Quotes and backslashes mean what they mean to
 * a shell; where only a shell could go on (a pipe, a variable, a pattern of
 * files) it fails, and says at which byte.  To Nagios # and ~ mean nothing.
 */
const char *const *line_split(
    struct arena *, const char *line, bool as_nagios, struct error *);

#endif
