/*
 * record_lines.h - records as lines of text, for writers of text.
 */
#ifndef WIRE_RECORD_LINES_H
#define WIRE_RECORD_LINES_H

#include <farm/module.h>

#include "buffer.h"

enum lines { LINES_JSON, LINES_CSV };
/* In the same order. */
#define LINES_CHOICES "json|csv"

/* What a file begins with; "" if nothing. */
const char *lines_head(enum lines);
/*
 * Values: a line each, as `farmctl export' writes them.  With `others', other
 * records than results too, which JSON alone has words for:
 *
 *   {"record":"event","time":"...","instance":"c/m","payload":{...}}
 *
 * Returns how many lines there are.
 */
size_t lines_put(struct buffer *, enum lines, bool others, struct farm_host *,
    const struct farm_record *);

#endif
