/*
 * imports.h - what a plugin needs of collectd, read from its file before
 * anything of it is loaded.  collectd's plugins carry no version: these names
 * are all there is to tell whom a plugin was built for.
 */
#ifndef COLLECTD_IMPORTS_H
#define COLLECTD_IMPORTS_H

#include "buffer.h"
#include "error.h"

/*
 * Is every name of collectd's that the plugin imports one that this program
 * exports?  `missing' (may be NULL) gets those that are not, with ", " between
 * them.  -1 with the reason, also if the file is no plugin.
 */
int imports_check(const char *path, struct buffer *missing, struct error *);

/*
 * The version of the package on this machine, as in dpkg's list; -1 if it has
 * none.
 */
int imports_package(char *ret, size_t size);
/* Can plugins of this version be hosted?  -1 with the reason. */
int imports_known(const char *version, struct error *);

#endif
