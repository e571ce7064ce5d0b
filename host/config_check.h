/*
 * config_check.h - a configuration that was loaded, looked at by the modules
 * it names: what their tables of options cannot know.
 */
#ifndef HOST_CONFIG_CHECK_H
#define HOST_CONFIG_CHECK_H

#include "config.h"

enum check_whom {
	CHECK_ALL,
	CHECK_OURS, /* the code of others stays out of the daemon */
};

/*
 * Ask the module of each instance that is enabled.  What they say goes to
 * `problems', with its place; -1 if there was an error.  Blocks while they read
 * files.
 */
int config_check(const struct config *, enum check_whom, struct problems *);

#endif
