/*
 * ganglia_query.h - what gmetad is asked on its interactive port: a line
 *
 *   /CLUSTER/HOST/METRIC?filter=summary
 *
 * of which all behind the first "/" may be left out, or the same as a request
 * of HTTP.  What is refused, and how names are looked up, is as gmetad 3.7.2
 * does it (tests/data/ganglia/queries.txt).  A name that begins with "~" is a
 * regular expression here, for all of a name; gmetad has none.
 */
#ifndef WIRE_GANGLIA_QUERY_H
#define WIRE_GANGLIA_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* A longer line is refused. */
#define GANGLIA_QUERY_MAX 2048
/* A cluster, a host, a metric. */
#define GANGLIA_QUERY_DEPTH 3

/* All slices point into the line. */
struct ganglia_query {
	struct slice path[GANGLIA_QUERY_DEPTH]; /* may be "" */
	size_t depth;
	bool summary;
	bool http; /* "*" is any name, and an unknown one is none */
};

/* The line without its end; -1: gmetad says nothing to it, and closes. */
int ganglia_query_parse(
    const char *line, size_t length, struct ganglia_query *ret);
/* The regular expression of a name; false if it is none. */
bool ganglia_query_regex(struct slice name, struct slice *ret);

#endif
