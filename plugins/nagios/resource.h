/*
 * resource.h - Nagios' resource files: lines $USER1$=/usr/lib/nagios/plugins.
 */
#ifndef NAGIOS_RESOURCE_H
#define NAGIOS_RESOURCE_H

#include <farm/module.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

/* Larger files and more macros are errors. */
#define RESOURCE_BYTES_MAX (1 << 20)
#define RESOURCE_MACROS_MAX 1024

/* The macros of a text, without dollars, of the arena.  Messages name the line,
   and never a value: it may be a password. */
int resource_parse(struct slice text, struct arena *, struct farm_map *ret,
    struct error *);
/* Those of a file. */
int resource_read(const char *path, struct arena *, struct farm_map *ret,
    struct error *);

#endif
