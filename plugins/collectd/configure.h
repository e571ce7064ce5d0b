/*
 * configure.h - the configuration callbacks that plugins register, and the
 * blocks that go to them.
 */
#ifndef COLLECTD_CONFIGURE_H
#define COLLECTD_CONFIGURE_H

#include <stddef.h>

#include "abi.h"

/*
 * Hand a <Plugin NAME> block to the plugin that registered for it.  The
 * plugin's own failure is said, and returned as -1; so is a block of a plugin
 * that takes none.
 */
int configure_plugin(const oconfig_item_t *block);
size_t configure_count(void);

#endif
