/*
 * value_sink.h - where what programs say becomes values of a target.  What
 * cannot be a value is counted and does not spoil the others.
 */
#ifndef LIB_VALUE_SINK_H
#define LIB_VALUE_SINK_H

#include <farm/module.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

/* Where values go: they become those of a target. */
struct sink {
	struct farm_host *host;
	struct farm_target *target;
	const char *cluster; /* NULL: the target's; needed without one */
	const char *node;    /* likewise */
	struct arena *arena; /* of names, for as long as the sink */
	const char *prefix;  /* of parameters; "" */
	size_t n_bad;	     /* lines or items that were not taken */
	struct error first;  /* why the first of them was not */
	int rc;		     /* -1 once the host has not taken one */
};

/* A value; FARM_NONE is passed over. */
void sink_put(struct sink *, struct farm_spec, struct farm_value);
/* What was not taken, and why. */
void sink_refuse(struct sink *, const struct error *);
/* A copy without its escapes that ends in NUL, `unescape' NULL if it has none;
   "" and counted if it holds a NUL or memory is out. */
const char *sink_text(struct sink *, struct slice,
    size_t (*unescape)(char *to, struct slice));

/* The name with its prefix; NULL if memory is out. */
const char *sink_name(struct sink *, const char *parameter);
/* What was not taken, false if all of it was; not whether the host took it. */
bool sink_why(const struct sink *, const char *shown, struct error *);
/* Has all of it been taken?  -1 if not, said to the host. */
int sink_end(const struct sink *, const char *shown);

#endif
