/*
 * layout.h - what stands in the directory: names, classes and attributes.
 */
#ifndef LDAP_LAYOUT_H
#define LDAP_LAYOUT_H

#include <stdbool.h>

#include <farm/module.h>

#include "dn.h"

enum layout_kind { LAYOUT_PARAMETERS, LAYOUT_NODES, LAYOUT_GLUE };

#define CLASSES_MAX 8

struct classes {
	bool ours; /* they have the names of a series as attributes */
	size_t n;
	char *names[CLASSES_MAX];
};

struct layout {
	struct dn_plan plan;
	struct classes classes[DN_LEVELS_MAX]; /* of each level */
	struct farm_map attributes; /* parameter to attribute, of a node */
	bool readings; /* parameters without one stand in farmReading */
};

struct layout_options {
	int kind;
	const char *dn; /* "": the kind's own */
	struct farm_map classes;
	struct farm_map attributes;
};

/* The options must outlive it.  After a failure there is nothing to free. */
int layout_make(struct layout *, const struct layout_options *, struct error *);
void layout_free(struct layout *); /* also one of zeros */

/* Is an entry one of a node, with many parameters in it? */
bool layout_is_of_nodes(const struct layout *);
/* The attribute of its own that a parameter of a node has; NULL: none. */
const char *layout_attribute(const struct layout *, const char *parameter);

#endif
