/*
 * collectd_types.h - types of collectd's values, from its types.db:
 *
 *   TYPE SOURCE:KIND:MIN:MAX[, SOURCE:KIND:MIN:MAX...]
 *
 * Only the sources' names matter here: there is one of each value.
 */
#ifndef WIRE_COLLECTD_TYPES_H
#define WIRE_COLLECTD_TYPES_H

#include <stddef.h>

#include "collectd_network.h"
#include "error.h"
#include "slice.h"

#define COLLECTD_SOURCES_MAX 64

struct collectd_type {
	struct slice name;
	size_t n;
	struct slice sources[COLLECTD_SOURCES_MAX];
	enum collectd_kind kinds[COLLECTD_SOURCES_MAX];
};

/*
 * The next line of `rest', which is shortened by it: 1 with a type, 0 at the
 * end, -1 if it is wrong (the next call goes on behind it).  Empty lines and
 * comments are passed over.
 */
int collectd_type_parse(struct slice *rest, struct collectd_type *ret,
    struct error *);

struct collectd_types;

/* A whole file.  Lines that are wrong are passed over, as collectd does. */
int collectd_types_load(struct collectd_types **ret, const char *path,
    struct error *);
void collectd_types_free(struct collectd_types *); /* NULL is fine */
/* NULL if there is none.  So it is for no types. */
const struct collectd_type *collectd_types_find(const struct collectd_types *,
    struct slice name);

#endif
