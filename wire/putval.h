/*
 * putval.h - collectd's plain text, as its exec plugin takes it:
 *
 *   PUTVAL HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE] [OPTION=VALUE...] TIME:VALUE...
 *
 * A TIME is N for now, or seconds; a VALUE a number, or U.  Pure functions, no
 * malloc.
 */
#ifndef WIRE_PUTVAL_H
#define WIRE_PUTVAL_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "slice.h"

/* What belongs together; what points anywhere points into the line. */
struct putval {
	struct slice host; /* may hold escapes, as the next two */
	struct slice plugin;
	struct slice type; /* with its instance */
	bool escaped;	   /* for putval_unescape() */
	struct slice lists; /* for putval_next() */
};

/*
 * The next line of `rest', which is shortened by it: 1 with a line, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it).  Empty lines and
 * comments are passed over.
 */
int putval_parse(struct slice *rest, struct putval *ret, struct error *);
size_t putval_unescape(char *to, struct slice);

/* Values of one time, for putval_value(). */
struct putval_list {
	int64_t time_ns; /* 0: now */
	struct slice values;
};
/* 1 with one, 0 at the end, -1 if it is wrong. */
int putval_next(struct putval *, struct putval_list *ret, struct error *);
/* Likewise; FARM_NONE is unknown. */
int putval_value(struct putval_list *, bool counter, struct farm_value *ret,
    struct error *);

/* How many values a type has and what they are, as collectd's types.db has it;
   a type that is not known has one, a gauge. */
struct putval_type {
	const char *name;
	bool counter;
	const char *sources[4]; /* "" names the only one */
};
const struct putval_type *putval_type(struct slice type);

#endif
