/*
 * config_tables.h - the keys of the configuration, as option tables: what
 * config.c parses and config_docs.c describes.
 */
#ifndef HOST_CONFIG_TABLES_H
#define HOST_CONFIG_TABLES_H

#include <farm/module.h>

#include "config.h"

/* A mapping of the file whose keys are a table's. */
struct config_section {
	const char *name; /* "" for the top level */
	const char *help;
	const struct farm_option *options;
	size_t offset; /* of the struct it fills, in struct config */
};

/* All sections that fill struct config; the last one has a name of NULL. */
extern const struct config_section config_sections[];

/* What is in struct config only as text or tree at first. */
struct cluster_options {
	const struct farm_tree *nodes;
	const struct farm_tree *collect;
	const struct farm_tree *lifetime;
};
extern const struct farm_option cluster_options[];

/* What `isolate' says, in the order of its choices. */
enum isolate { ISOLATE_AUTO, ISOLATE_NONE, ISOLATE_PROCESS };

/* What `run' says, in the order of its choices. */
enum run_when { RUN_ALWAYS, RUN_ON_REQUEST };

/* What `tap' says, in the order of its choices. */
enum tap_when { TAP_AUTO, TAP_ALWAYS, TAP_NEVER };

/* What `limits' of a collector says. */
struct limit_options {
	int64_t memory;
	int64_t files;
	int64_t nice;
	int64_t cpu_time_ns;
	double cpus;
	int64_t resident;
	int64_t processes;
	struct farm_list write;
	int system_calls; /* 0: restricted */
	const char *user;
	const char *group;
	struct farm_list capabilities;
};
extern const struct farm_option limit_options[];

/* The host's own keys beside a module's options, by role. */
struct instance_options {
	const char *name;
	bool enabled;
	int64_t every_ns;
	int64_t deadline_ns;
	bool align;
	int run; /* enum run_when */
	int64_t idle_stop_ns;
	int isolate; /* enum isolate */
	const char *worker;
	const struct farm_tree *limits;
	const struct farm_tree *nodes;
	const struct farm_tree *lifetime;
	const struct farm_tree *match;
	bool keep;
	int tap; /* enum tap_when */
	int64_t queue_bytes;
	const char *backlog;
	int begin;
};
extern const struct farm_option collector_options[];
extern const struct farm_option filter_options[];
extern const struct farm_option writer_options[];

extern const struct farm_option tls_options[];	    /* of struct tls_config */
extern const struct farm_option lifetime_options[]; /* of struct lifetimes */
extern const struct farm_option node_options[];	    /* of struct node_config */

#endif
