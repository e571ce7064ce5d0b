/*
 * rules.h - what is made of which trap, from configuration:
 *
 *   TRAP:                     a name or number; a number counts for all below
 *     name: TEXT              instead of the catalogue's
 *     ignore: yes             counted, and nothing else
 *     values:
 *       PARAMETER: OBJECT     the value of a varbind at or below the object
 *       PARAMETER: "=VALUE"   always the same
 *
 * {index} in a parameter stands for the numbers behind the object's.
 */
#ifndef SNMPTRAP_RULES_H
#define SNMPTRAP_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>

#include "objects.h"
#include "oid.h"
#include "problems.h"

struct rule_value {
	const char *parameter; /* the configuration's */
	struct oid object;     /* size 0: always `fixed' */
	struct farm_value fixed;
};

struct rule {
	struct oid id;
	const char *name; /* NULL: as in the catalogue */
	bool ignore;
	struct rule_value *values;
	size_t n_values;
};

/* Zeroed at first. */
struct rules {
	struct rule *items; /* the longest first */
	size_t n;
};

/* All mistakes become problems.  `tree' may be NULL; it must outlive *ret,
   which is to be freed also after a failure. */
int rules_parse(struct rules *ret, const struct farm_tree *tree,
    const struct objects *, struct problems *);
void rules_free(struct rules *);

/* The rule of the trap or of the nearest above; NULL if there is none. */
const struct rule *rules_find(const struct rules *, struct ber_bytes id);

#endif
