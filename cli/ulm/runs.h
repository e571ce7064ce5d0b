/*
 * runs.h - sorted pieces of what memory does not hold, in files that vanish
 * when they are closed.  A line keeps its place among those of its time: runs
 * are in the order in which their lines came.
 */
#ifndef CLI_ULM_RUNS_H
#define CLI_ULM_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "merge.h"
#include "slice.h"

struct run;

/* Begins zeroed but for the folder. */
struct runs {
	const char *folder;
	struct run *items;
	size_t n;
};

/* A new run takes lines from now on, in the order of time. */
int runs_begin(struct runs *, struct error *);
merge_put_fn runs_put; /* its cookie is the runs */
/* No more lines for it.  May put runs together, so that they stay few. */
int runs_end(struct runs *, struct error *);
/* All lines of all runs. */
int runs_merge(struct runs *, merge_put_fn *, void *cookie, struct error *);
void runs_free(struct runs *);

#endif
