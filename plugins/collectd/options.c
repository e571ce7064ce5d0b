#include "options.h"

const struct farm_option collectd_options[] = {
	FARM_OPTION_LIST("plugin", struct collectd_options, plugin, NULL,
	    "collectd's plugins to run, together in one process; with "
	    "include, only these of its files"),
	{ .name = "options",
	    .type = FARM_TYPE_TREE,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(
		struct collectd_options, options, const struct farm_tree *),
	    .help = "the plugin's own options; of several plugins, a mapping "
		    "by their names" },
	FARM_OPTION_LIST("include", struct collectd_options, include, NULL,
	    "files in the language of collectd.conf, taken as they are"),
	FARM_OPTION_LIST("types_db", struct collectd_options, types_db, NULL,
	    "files with types of values; collectd's own if none is given"),
	{ .name = "plugin_dir",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(
		struct collectd_options, plugin_dir, const char *),
	    .fallback = "/usr/lib/collectd",
	    .help = "where collectd's plugins are" },
	FARM_OPTION_ENUM("names", struct collectd_options, names, "short",
	    "short|full",
	    "of parameters: without what is said twice, or exactly "
	    "collectd's"),
	FARM_OPTION_STRING("node", struct collectd_options, node, NULL,
	    "what collectd calls by the name of this machine; the cluster's "
	    "node if it has but one, else the machine's name"),
	FARM_OPTION_MAP("hosts", struct collectd_options, hosts,
	    "nodes by the hosts that plugins name; others are called as the "
	    "plugins do"),
	FARM_OPTION_BOOLEAN("writers", struct collectd_options, writers, "true",
	    "plugins of included files that only write become writers of "
	    "farmd; false: they write by themselves, past the journal"),
	{ .name = "read_limit",
	    .type = FARM_TYPE_DURATION,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(
		struct collectd_options, read_limit_ns, int64_t),
	    .fallback = "5m",
	    .min = 1e9,
	    .max = 86400e9,
	    .help = "a read callback that lasts longer hangs: the process "
		    "ends and is started again" },
	{ .name = "shutdown_limit",
	    .type = FARM_TYPE_DURATION,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(
		struct collectd_options, shutdown_limit_ns, int64_t),
	    .fallback = "3s",
	    .min = 1e8,
	    .max = 8e9,
	    .help = "plugins that have not ended within this are left" },
	FARM_OPTION_END
};
