#include "options_writer.h"

#define STATE struct collectd_writer_options

const struct farm_option collectd_writer_options[] = {
	FARM_OPTION_LIST("plugin", STATE, common.plugin, NULL,
	    "collectd's plugins that write, together in one process; with "
	    "include, only these of its files"),
	{ .name = "options",
	    .type = FARM_TYPE_TREE,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(
		STATE, common.options, const struct farm_tree *),
	    .help = "the plugin's own options; of several plugins, a mapping "
		    "by their names" },
	FARM_OPTION_LIST("include", STATE, common.include, NULL,
	    "files in the language of collectd.conf, taken as they are"),
	FARM_OPTION_LIST("from", STATE, from, NULL,
	    "collectors whose values it gets, by name; all if none is given"),
	FARM_OPTION_MAP("identifier", STATE, identifier,
	    "what series are to collectd that did not come from it: host, "
	    "plugin, plugin_instance, type, type_instance"),
	FARM_OPTION_DURATION("interval", STATE, interval_ns, "10s", 1e6,
	    86400e9, "how often series come, for plugins that ask"),
	FARM_OPTION_BOOLEAN("flush", STATE, flush, "true",
	    "have plugins hand on what they gather before a batch counts as "
	    "stored"),
	FARM_OPTION_LIST("types_db", STATE, common.types_db, NULL,
	    "files with types of values; collectd's own if none is given"),
	{ .name = "plugin_dir",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(STATE, common.plugin_dir, const char *),
	    .fallback = "/usr/lib/collectd",
	    .help = "where collectd's plugins are" },
	{ .name = "shutdown_limit",
	    .type = FARM_TYPE_DURATION,
	    .flags = FARM_ADVANCED,
	    .offset = FARM_FIELD(STATE, common.shutdown_limit_ns, int64_t),
	    .fallback = "3s",
	    .min = 1e8,
	    .max = 8e9,
	    .help = "plugins that have not ended within this are left" },
	FARM_OPTION_END
};
