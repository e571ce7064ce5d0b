/*
 * settings.h - collectd's global options: what stands in collectd.conf outside
 * of all blocks, and what farmd says instead.
 */
#ifndef COLLECTD_SETTINGS_H
#define COLLECTD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "error.h"

#define SETTINGS_INTERVAL TIME_T_TO_CDTIME_T_STATIC(10)

struct settings {
	cdtime_t max_read_interval;
	size_t read_threads;
	size_t queue_max; /* value lists that wait */
	const char *plugin_dir;
	const char *pre_cache; /* names of chains */
	const char *post_cache;
	bool auto_load;
	bool fqdn;
	bool has_types; /* TypesDB was said */
};

/* Of the process; written before any other thread is there. */
extern struct settings settings;

/* Texts that are given must live as long as the process. */
#define SETTINGS_DEFAULT                                                       \
	{                                                                      \
		.max_read_interval = TIME_T_TO_CDTIME_T_STATIC(86400),         \
		.read_threads = 5, .queue_max = 50000,                         \
		.plugin_dir = "/usr/lib/collectd", .pre_cache = "PreCache",    \
		.post_cache = "PostCache", .fqdn = true                        \
	}

/*
 * Take one option of collectd.conf, other than LoadPlugin and blocks.  0, also
 * for what is of no concern here (PIDFile); -1 with the reason.
 */
int settings_take(const oconfig_item_t *, struct error *);
/* Read types.db where no TypesDB was said, and find out the host's name where
   no Hostname was. */
int settings_complete(struct error *);

#endif
