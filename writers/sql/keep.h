/*
 * keep.h - the option `keep': how long values are kept, and averages of them.
 */
#ifndef SQL_KEEP_H
#define SQL_KEEP_H

#include <farm/module.h>

#include "error.h"

enum { KEEP_LEVELS_MAX = 8 };

struct keep_level {
	int64_t step_ns; /* a multiple of the one before it */
	int64_t keep_ns; /* INT64_MAX: for ever */
};

struct keep {
	int64_t raw_ns; /* INT64_MAX: for ever */
	struct keep_level levels[KEEP_LEVELS_MAX]; /* from fine to coarse */
	size_t n;
	int64_t longest_ns; /* of all: for texts and other records */
};

/* NULL: everything for ever.  0, or -1 with the place in the file. */
int keep_parse(struct keep *, const struct farm_tree *, struct error *);

#endif
