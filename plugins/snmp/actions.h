/*
 * actions.h - what an instance can be told to do: agents asked for people.
 */
#ifndef SNMP_ACTIONS_H
#define SNMP_ACTIONS_H

#include <farm/module.h>

#include "inquiry.h"
#include "objects.h"

struct roster;

/* What actions need of their instance; const but for the roster, which looks
   after itself. */
struct acting {
	struct manner manner;
	const struct objects *objects;
	const char *const *folders; /* with profiles */
	size_t n_folders;
	struct roster *roster;
};

struct get_arguments {
	const char *node;
	const char *address;
	struct farm_list oids;
};

struct walk_arguments {
	const char *node;
	const char *address;
	const char *oid;
	const char *after;
	int64_t max;
};

struct discover_arguments {
	struct farm_list range;
	int64_t rate;
	int64_t from;
};

extern const struct farm_option get_options[], walk_options[],
    discover_options[];

int act_get(struct farm_host *, const struct acting *,
    const struct get_arguments *);
int act_walk(struct farm_host *, const struct acting *,
    const struct walk_arguments *);
int act_discover(struct farm_host *, const struct acting *,
    const struct discover_arguments *);

#endif
