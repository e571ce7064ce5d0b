/*
 * path.h - is an answer of gmetad about what it was asked?  It answers with
 * all it has where it does not know a name.
 */
#ifndef GANGLIA_PATH_H
#define GANGLIA_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* "/grid/cluster/host/metric", a cluster or a grid first. */
#define PATH_PARTS_MAX 8
/* Grids in grids, with what is below the last. */
#define PATH_DEPTH_MAX 32

struct path {
	struct slice parts[PATH_PARTS_MAX];
	size_t n;
	/* Of the answer, at each depth: was it what a part asks for? */
	bool taken[PATH_DEPTH_MAX];
	size_t depth;
	size_t matched; /* parts, by what is open now */
	bool found;	/* all of them, at some time */
};

/* -1: it does not begin with "/", or has too many parts.  The text must stay;
   what stands behind "?" is no name. */
int path_init(struct path *, const char *text);
/* Something named begins: false if it is none of what was asked. */
bool path_enter(struct path *, struct slice name);
void path_leave(struct path *);

#endif
