/*
 * group.h - series that are counted together: those whose names are the same
 * as far as they are asked for.
 */
#ifndef LIB_GROUP_H
#define LIB_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "derived.h"
#include "hash.h"

/* Names of a series, in the order of their text form. */
enum group_name {
	GROUP_FARM,
	GROUP_CLUSTER,
	GROUP_NODE,
	GROUP_PARAMETER,
	GROUP_NAMES
};

/* What a name is that groups do not differ in. */
#define GROUP_ANY "all"

/* The state of a series. */
struct member {
	struct group *group; /* NULL: none yet */
	struct member *next, **back;
	int64_t time_ns;
	double number;
};

struct group {
	struct group *next;
	uint64_t hash;
	struct member *members;
	size_t n;
	struct part *parts; /* the filter's own; it stays while there are any */
	struct farm_series names; /* and unit */
	struct derivation *outputs; /* groups->n_outputs */
	size_t size;
	char texts[];
};

struct groups {
	struct hash_key key;
	bool by[GROUP_NAMES];
	size_t n_outputs;
	struct group **places;
	size_t n_places; /* a power of two, or 0 */
	size_t n;
};

void groups_init(struct groups *, const bool by[GROUP_NAMES], size_t n_outputs);
void groups_free(struct groups *); /* with the groups that are left */

/* The group of these names, made with their unit if it is new; NULL if memory
   is out. */
struct group *group_find(struct groups *, const struct farm_series *names);
void group_join(struct group *, struct member *);
void group_leave(struct member *);
bool group_is_empty(const struct group *);
void group_free(struct groups *, struct group *);

#endif
