/*
 * conf_writers.h - which plugins of a collectd.conf do nothing but write, so
 * that farmd has them as writers, with its journal before them, and they are
 * left out where the file is collected from.  What chains decide on stays with
 * its chains.
 */
#ifndef COLLECTD_CONF_WRITERS_H
#define COLLECTD_CONF_WRITERS_H

#include "abi.h"

bool conf_only_writes(const char *plugin);
bool conf_has_chains(const oconfig_item_t *root);
/* The plugin that this item loads, NULL if none; `automatic' as AutoLoadPlugin
   is. */
const char *conf_loads(const oconfig_item_t *item, bool automatic);
bool conf_loads_all(const oconfig_item_t *root);

#endif
