/*
 * life.h - from a configuration to running plugins, and their end: load,
 * configure, init, read; then stop reading, drain, flush, shutdown.
 */
#ifndef COLLECTD_LIFE_H
#define COLLECTD_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "error.h"

struct life_choice {
	/* The plugins of a collectd.conf that are meant; none: all of them. */
	const char *const *plugins;
	size_t n_plugins;
	/* Not those that only write. */
	bool no_writers;
};

/*
 * Take a configuration: global options, plugins loaded and configured, in the
 * order of the file.  May be called more than once.  What a plugin refuses is
 * said and costs it alone; -1 with the reason if one cannot be loaded.
 */
int life_configure(const oconfig_item_t *root, const struct life_choice *,
    struct error *);
/*
 * Run the init callbacks and start to read.  A plugin whose init fails reads
 * nothing, or is a failure if `all' are needed.  -1 if nothing is left that
 * could do anything.
 */
int life_start(bool all, struct error *);
/* About once a second: what is missing from the cache. */
void life_tick(void);
/*
 * The end, within the time; what does not end is said.  Nothing is freed:
 * threads of plugins may still run, so that _exit() or execve() must follow.
 */
void life_stop(int64_t bound_ns);

#endif
