/*
 * alias.h - Ganglia's metrics by the names that MonALISA's modules gave them:
 * one table, where it had one for TCP and another for UDP.
 */
#ifndef GANGLIA_ALIAS_H
#define GANGLIA_ALIAS_H

#include "slice.h"

struct alias {
	const char *theirs;
	const char *ours;
	double factor; /* of the value; 0: as it is */
	const char *unit; /* with a factor: what it is in then */
};

/* NULL if MonALISA has no other name for it. */
const struct alias *alias_find(struct slice metric);

#endif
