#include "options.h"

const struct farm_option gmond_options[] = {
	FARM_OPTION_LIST("include", struct gmond_options, include, NULL,
	    "gmond.conf, or files of its conf.d, taken as they are; patterns "
	    "like /etc/ganglia/conf.d/*.conf are fine"),
	FARM_OPTION_LIST("module", struct gmond_options, module, NULL,
	    "gmond's modules besides those of files, by name (cpu, modcpu.so) "
	    "or path: all that they measure, each time"),
	FARM_OPTION_STRING("params", struct gmond_options, params, NULL,
	    "the text of params in gmond.conf, for modules in `module`"),
	FARM_OPTION_MAP("param", struct gmond_options, param,
	    "sections param of gmond.conf, for modules in `module`"),
	{ .name = "module_dir",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(
		struct gmond_options, module_dir, const char *),
	    .help = "where modules without a path are; by default the folder "
		    "ganglia beside Ganglia's library" },
	FARM_OPTION_ENUM("names", struct gmond_options, names, "original",
	    "original|monalisa", "names of metrics"),
	FARM_OPTION_LIST("labels", struct gmond_options, labels, NULL,
	    "what modules say of a metric and becomes a label: GROUP, TITLE, "
	    "DESC, ..."),
	FARM_OPTION_STRING("node", struct gmond_options, node, NULL,
	    "whose values they are; the cluster's node if it has but one, else "
	    "the machine's name"),
	FARM_OPTION_BOOLEAN("thresholds", struct gmond_options, thresholds,
	    "true",
	    "value_threshold and time_threshold of files say which values are "
	    "given; false: all that are collected"),
	{ .name = "read_limit",
	    .type = FARM_TYPE_DURATION,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(struct gmond_options, read_limit_ns, int64_t),
	    .fallback = "60s",
	    .min = 1e8,
	    .max = 86400e9,
	    .help = "a metric that takes longer hangs: the process ends and is "
		    "started again" },
	FARM_OPTION_END
};
