/*
 * own.h - the macros that a host and its service have by themselves:
 * $HOSTNAME$, $SERVICEDESC$, $SERVICESTATE$.
 */
#ifndef NAGIOS_OWN_H
#define NAGIOS_OWN_H

#include <farm/module.h>

#include "arena.h"
#include "nagios_check.h"

struct own_names {
	const char *host;
	const char *alias;
	const char *display;
	const char *address;
	const char *group;
	const char *service;
	const char *service_display;
	int64_t attempts;
};

/* Of the arena; -1 if memory is out. */
int own_macros(const struct own_names *, const struct check_memory *,
    struct arena *, struct farm_map *ret);

#endif
