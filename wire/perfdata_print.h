/*
 * perfdata_print.h - performance data, written: the way back of perfdata.h.
 */
#ifndef WIRE_PERFDATA_PRINT_H
#define WIRE_PERFDATA_PRINT_H

#include <farm/result.h>

#include "buffer.h"

/* A text that is taken for nothing else: a bar would end it, a newline the
   line. */
void perfdata_put_text(struct buffer *, const char *text, size_t length);

/* Texts as they were configured; "" where there are none. */
struct perfdata_bounds {
	const char *warn;
	const char *crit;
	const char *min;
	const char *max;
};

/* 'LABEL'=NUMBER[UNIT];WARN;CRIT[;MIN;MAX]; U where it is no finite number. */
void perfdata_put(struct buffer *, const char *label, double number,
    const char *unit, const struct perfdata_bounds *);
/* A unit of ours as plugins write it; "" if they have none like it. */
const char *perfdata_unit(const char *unit, uint32_t kind);

#endif
