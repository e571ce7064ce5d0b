/*
 * perfdata.h - what a Nagios check says: a line of text, more lines, and
 * behind bars its performance data,
 *
 *   DISK OK - free space: / 73763MiB | /=25398607872B;216442024755;;0;
 *   more text | 'free slots'=512;10:;~:90;0;1024
 *
 * items LABEL=VALUE[UNIT];[WARN];[CRIT];[MIN];[MAX] between blanks.  After the
 * guidelines of the monitoring plugins and what their checks really say: a
 * label in single quotes may hold anything, a quote of its own doubled; a
 * value of U is not known; a comma may stand for the point.  Ranges:
 *
 *   10      below 0 or above 10 alerts      10:     below 10
 *   ~:10    above 10                        10:20   outside
 *   @10:20  inside, ends included
 *
 * One bad item does not spoil the others; a bad range or bound is as if it
 * were not there.  Pure functions, no malloc.
 */
#ifndef WIRE_PERFDATA_H
#define WIRE_PERFDATA_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "slice.h"

struct perfdata_range {
	bool set;
	bool inside; /* alerts in it, and not outside of it */
	double low;  /* -INFINITY: none */
	double high;
};

struct perfdata_bound {
	bool set;
	double value;
};

struct perfdata_item {
	struct slice label; /* as written, without the quotes round it */
	bool known;	    /* false: U */
	double value;	    /* 0 then */
	struct slice unit;  /* as written */
	struct perfdata_range warn;
	struct perfdata_range crit;
	struct slice warn_text; /* as written, "" if not set */
	struct slice crit_text;
	struct perfdata_bound min;
	struct perfdata_bound max;
};

/* The parts of an output; all but the first may be empty. */
struct perfdata_output {
	struct slice text; /* the first line, up to its bar */
	struct slice more; /* the other lines, up to theirs */
	struct slice data[2];
};

void perfdata_split(struct slice output, struct perfdata_output *ret);
/*
 * The next item of `rest', which is shortened by it: 1 with an item, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it).
 */
int perfdata_parse(struct slice *rest, struct perfdata_item *ret,
    struct error *);
/* A label without its doubled quotes: never longer, may be the same memory. */
size_t perfdata_unescape(char *to, struct slice label);

/* False, with *ret untouched, if it is no range. */
bool perfdata_range_parse(struct slice, struct perfdata_range *ret);
/* False also of a range that is not set. */
bool perfdata_alerts(const struct perfdata_range *, double value);

#endif
