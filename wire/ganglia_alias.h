/*
 * ganglia_alias.h - Ganglia's metrics by the names that MonALISA's modules gave them:
 * one table, where it had one for TCP and another for UDP.
 */
#ifndef WIRE_GANGLIA_ALIAS_H
#define WIRE_GANGLIA_ALIAS_H

#include <farm/result.h>

#include "slice.h"

struct ganglia_alias {
	const char *theirs;
	const char *ours;
	double factor; /* of the value; 0: as it is */
	const char *unit; /* with a factor: what it is in then */
};

/* NULL if MonALISA has no other name for it. */
const struct ganglia_alias *ganglia_alias_find(struct slice metric);
/* The value as it is under the other name; the same if there is none. */
struct farm_value ganglia_alias_value(const struct ganglia_alias *,
    struct farm_value);

#endif
