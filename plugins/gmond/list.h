/* list.h - what gmond's modules on this machine measure, for people. */
#ifndef GMOND_LIST_H
#define GMOND_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Load modules, each in a process that is thrown away, ask them once and print
 * their metrics and values.  Paths of modules, or of files of configuration;
 * n = 0: all of Ganglia's folder.  0, or 1 if one of them is no good.
 */
int list_modules(char *const *paths, size_t n, bool json);

#endif
