/*
 * graphite.h - Graphite's plaintext protocol, both ways:
 *
 *   PATH[;TAG=VALUE...] NUMBER SECONDS
 *
 * After Graphite's documentation and what carbon 1.1 takes: parts of a path
 * are separated by points, a time of -1 is now, seconds may have a fraction.
 * Pure functions, no malloc in decoding.
 */
#ifndef WIRE_GRAPHITE_H
#define WIRE_GRAPHITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

#define GRAPHITE_PORT 2003

struct graphite_line {
	struct slice path; /* take its parts with slice_cut(&path, '.') */
	struct slice tags; /* for graphite_next_tag() */
	double value;
	bool timed;	 /* not if it is -1 */
	int64_t time_ns; /* 0 then */
};

/*
 * The next line of `rest', which is shortened by it: 1 with a line, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it).  Empty lines are
 * passed over.
 */
int graphite_parse(struct slice *rest, struct graphite_line *ret,
    struct error *);
bool graphite_next_tag(struct graphite_line *, struct slice *ret_name,
    struct slice *ret_value);

/*
 * Write a line: 1, or 0 if the value is no finite number (booleans are 1 and
 * 0), or -1 if a part is empty; nothing is written then.  Each part is folded:
 * blanks, control characters, the separators . ; / and what has a meaning in
 * queries become "_", as collectd's write_graphite does it with points.  So
 * two names may become one: a name to be told apart must differ elsewhere.
 */
int graphite_put(struct buffer *, const struct slice *parts, size_t n,
    const struct farm_value *, int64_t time_ns, struct error *);
/* The same in pieces: the path, any tags, then the rest. */
int graphite_put_path(struct buffer *, const struct slice *parts, size_t n,
    struct error *);
int graphite_put_tag(struct buffer *, struct slice name, struct slice value,
    struct error *);
int graphite_put_value(struct buffer *, const struct farm_value *,
    int64_t time_ns);
void graphite_fold(struct buffer *, struct slice part);

#endif
