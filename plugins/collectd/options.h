/*
 * options.h - what an instance of module collectd is told: shared by the
 * module, which farmd checks its configuration with, and by farm-collectd,
 * which does the work.
 */
#ifndef COLLECTD_OPTIONS_H
#define COLLECTD_OPTIONS_H

#include <farm/module.h>

enum options_names { NAMES_SHORT, NAMES_FULL };

struct collectd_options {
	struct farm_list plugin;
	const struct farm_tree *options;
	struct farm_list include;
	struct farm_list types_db;
	const char *plugin_dir;
	int names; /* enum options_names */
	const char *node;
	struct farm_map hosts;
	bool writers;
	int64_t read_limit_ns;
	int64_t shutdown_limit_ns;
};

extern const struct farm_option collectd_options[];

#endif
