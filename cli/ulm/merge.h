/*
 * merge.h - streams of lines, each in the order of time, made one.
 */
#ifndef CLI_ULM_MERGE_H
#define CLI_ULM_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

/* The begin of whatever gives lines. */
struct stream {
	int64_t time_ns; /* these of the line at hand */
	struct slice line;
	/* 1 with the next line, 0 at the end, -1 with the reason. */
	int (*next)(struct stream *, struct error *);
	size_t rank; /* merge()'s own */
};

/* -1 with the reason. */
typedef int merge_put_fn(void *cookie, int64_t time_ns, struct slice line,
    struct error *);

/*
 * All lines of n streams by their times; of equal ones those of the first
 * stream come first.  The array's order is lost.
 */
int merge(struct stream **, size_t n, merge_put_fn *, void *cookie,
    struct error *);

#endif
