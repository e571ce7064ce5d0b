/*
 * format.h - what programs say, as values.
 */
#ifndef EXEC_FORMAT_H
#define EXEC_FORMAT_H

#include <farm/module.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

enum format {
	FORMAT_VALUES,
	FORMAT_JSON,
	FORMAT_INFLUX,
	FORMAT_GRAPHITE,
	FORMAT_ULM,
	FORMAT_PERFDATA,
	FORMAT_MONALISA,
	FORMAT_PROMETHEUS,
};
/* In the same order. */
#define FORMAT_CHOICES "values|json|influx|graphite|ulm|perfdata|monalisa|prometheus"

/* Where values go: they become those of a target. */
struct sink {
	struct farm_host *host;
	struct farm_target *target;
	struct arena *arena; /* of names, for as long as the sink */
	const char *prefix;  /* of parameters; "" */
	size_t n_bad;	     /* lines or items that were not taken */
	struct error first;  /* why the first of them was not */
	int rc;		     /* -1 once the host has not taken one */
};

/* Everything that can be read is emitted; the rest is counted. */
void format_read(enum format, struct sink *, struct slice output);

/* A value; FARM_NONE is passed over. */
void sink_put(struct sink *, struct farm_spec, struct farm_value);
/* What was not taken, and why. */
void sink_refuse(struct sink *, const struct error *);
/* A copy without its escapes that ends in NUL, `unescape' NULL if it has none;
   "" and counted if it holds a NUL or memory is out. */
const char *sink_text(struct sink *, struct slice,
    size_t (*unescape)(char *to, struct slice));

#endif
