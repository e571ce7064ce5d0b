/*
 * conf.h - files of gmond's configuration, read by Ganglia's own library, as
 * what is to be loaded and what is to be measured when.
 */
#ifndef GMOND_CONF_H
#define GMOND_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "arena.h"
#include "error.h"
#include "ganglia.h"

struct conf_module {
	struct conf_module *next;
	const char *name;   /* what the file exports; NULL: the only one */
	const char *path;   /* as configured */
	const char *folder; /* of relative paths; NULL: not said */
	const char *params; /* NULL: none */
	struct gmond_abi_param *list;
	unsigned n_list;
	void *config; /* the tree, for the module; NULL: none */
};

struct conf_metric {
	struct conf_metric *next;
	const char *name; /* or a regular expression */
	bool is_pattern;
	const char *title;  /* NULL: none */
	double threshold; /* of a change; below 0: none */
};

struct conf_group {
	struct conf_group *next;
	const char *file;
	bool once;	  /* measured when all begins, and never again */
	int64_t every_ns; /* measured */
	int64_t send_ns;  /* given, changed or not */
	struct conf_metric *metrics;
};

/* In the order of the files. */
struct conf {
	struct conf_module *modules, **modules_end;
	struct conf_group *groups, **groups_end;
};

void conf_init(struct conf *);
/* Add what stands in the files of a pattern; a name that is none must be
   there.  The error says file and line. */
int conf_add(struct conf *, const struct ganglia *, const char *pattern,
    struct arena *, struct error *);

#endif
