/* load.h - bring collectd's plugins into the process; they never leave it. */
#ifndef COLLECTD_LOAD_H
#define COLLECTD_LOAD_H

#include <stdbool.h>

#include "abi.h"
#include "error.h"

/* The file of a plugin, to be freed; case does not matter, as in collectd.
   NULL with the reason. */
char *load_find(const char *name, struct error *);

/*
 * Check its imports, load it and let it register what it has, in a context of
 * this interval and these flushes (its name is set here).  Once only: again is
 * fine.
 */
int load_plugin(const char *name, const plugin_ctx_t *, bool global,
    struct error *);
bool load_is_loaded(const char *name);

#endif
