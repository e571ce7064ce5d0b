/* options.h - the options of an instance, for farmd and for farm-gmond. */
#ifndef GMOND_OPTIONS_H
#define GMOND_OPTIONS_H

#include <farm/module.h>

struct gmond_options {
	struct farm_list include;
	struct farm_list module;
	const char *params;
	struct farm_map param;
	const char *module_dir; /* NULL: where Ganglia's library says */
	int names; /* enum gmond_names */
	struct farm_list labels;
	const char *node;
	bool thresholds;
	int64_t read_limit_ns;
};

enum gmond_names { NAMES_ORIGINAL, NAMES_MONALISA };

extern const struct farm_option gmond_options[];

#endif
