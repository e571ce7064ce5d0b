/*
 * path.h - what a series is called where names are one text, and its tags:
 * templates.
 */
#ifndef LIB_PATH_H
#define LIB_PATH_H

#include <farm/module.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"
#include "template.h"

/* Parts of a path, and tags, at most. */
#define PATH_PARTS_MAX 16

/* Starts zeroed.  Parts are separated by points, which are no part of a name:
   each is printed by itself. */
struct path {
	struct template *parts[PATH_PARTS_MAX];
	size_t n;
	bool each; /* there is a {parameter} in it */
};

/* An empty text has no parts.  Whole: one part, points or not. */
int path_open(struct path *, const char *text, bool whole, struct error *);
void path_free(struct path *);
/* The parts one after the other in `room', where they stay until it changes. */
size_t path_print(const struct path *, const struct farm_series *,
    struct buffer *room, struct slice ret[PATH_PARTS_MAX]);

/* Tags: names and what their values are. */
struct tags {
	const char *names[PATH_PARTS_MAX];
	struct template *values[PATH_PARTS_MAX];
	size_t n;
};

/* The names are borrowed from the map. */
int tags_open(struct tags *, const struct farm_map *, struct error *);
void tags_free(struct tags *);
/*
 * Each tag of a series, then each of its labels if wanted; empty ones are left
 * out.  Goes on until each() is not 0, which is what is returned.  Values may
 * be in `room'.
 */
typedef int tags_fn(void *cookie, struct slice name, struct slice value,
    struct error *);
int tags_each(const struct tags *, const struct farm_series *, bool labels,
    struct buffer *room, tags_fn *each, void *cookie, struct error *);

#endif
