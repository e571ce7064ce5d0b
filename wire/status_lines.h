/*
 * status_lines.h - what scripts say to MonALISA's monStatusCmd: for each
 * service a line of fields between tabs, and a last line,
 *
 *   SERVICE PARAMETER VALUE [PARAMETER VALUE...]
 *   DONE
 *
 * or SCRIPTRESULT PARAMETER VALUE... instead of DONE, about the script
 * itself.  A value is a number or else a text.  Pure functions, no malloc.
 */
#ifndef WIRE_STATUS_LINES_H
#define WIRE_STATUS_LINES_H

#include <stdbool.h>

#include <farm/result.h>

#include "error.h"
#include "slice.h"

struct status_line {
	struct slice service;
	bool own; /* SCRIPTRESULT: of the script itself */
	struct slice pairs; /* for status_next() */
};

/*
 * The next line of `rest', which is shortened by it: 1 with a line, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it) or if the output
 * broke off, without a last line.  Empty lines are passed over, and what comes
 * behind the last.
 */
int status_line_parse(struct slice *rest, struct status_line *ret,
    struct error *);
bool status_next(struct status_line *, struct slice *ret_name,
    struct farm_value *ret_value);

#endif
