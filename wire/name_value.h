/*
 * name_value.h - what a script says most easily, a value on each line:
 *
 *   NAME VALUE [UNIT]
 *
 * The name is a word or stands in double quotes.  A value is a number, true or
 * false, or a text in double quotes, in which a backslash stands before a quote
 * or a backslash; U is no value.  A line that is empty or begins with # is
 * passed over.  Pure functions, no malloc.
 */
#ifndef WIRE_NAME_VALUE_H
#define WIRE_NAME_VALUE_H

#include <stddef.h>

#include <farm/result.h>

#include "error.h"
#include "slice.h"

struct name_value {
	struct slice name; /* name and text as written, with their escapes */
	struct farm_value value; /* FARM_NONE for U */
	struct slice unit;
};

/*
 * The next line of `rest', which is shortened by it: 1 with a value, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it).
 */
int name_value_parse(struct slice *rest, struct name_value *ret,
    struct error *);
/* A name or text without its escapes: never longer, may be the same memory. */
size_t name_value_unescape(char *to, struct slice);

#endif
