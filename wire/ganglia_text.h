/*
 * ganglia_text.h - texts of Ganglia's as UTF-8.  It says ISO-8859-1 of its own and
 * passes on whatever bytes it got: what is UTF-8 stays, any other is taken at
 * its word.
 */
#ifndef WIRE_GANGLIA_TEXT_H
#define WIRE_GANGLIA_TEXT_H

#include "buffer.h"
#include "slice.h"

/* `room' holds a text that had to change, and may be what it came from. */
struct slice ganglia_text_utf8(struct slice, struct buffer *room);
/* The same, with a NUL behind it, in `room' in any case; NULL if memory is
   out. */
const char *ganglia_text_string(struct slice, struct buffer *room);

#endif
