/*
 * identity_rules.h - identifiers of collectd's for series that did not come
 * from it: a text for each field, in which {node} and the like stand for what
 * the series has.
 */
#ifndef COLLECTD_IDENTITY_RULES_H
#define COLLECTD_IDENTITY_RULES_H

#include <farm/module.h>

#include "buffer.h"
#include "error.h"

enum identity_field {
	IDENTITY_HOST,
	IDENTITY_PLUGIN,
	IDENTITY_PLUGIN_INSTANCE,
	IDENTITY_TYPE,
	IDENTITY_TYPE_INSTANCE,
	IDENTITY_FIELDS
};
extern const char *const identity_fields[IDENTITY_FIELDS]; /* their names */

/* Texts are borrowed. */
struct identity_rules {
	const char *host;
	const char *plugin;
	const char *plugin_instance;
	const char *type;
	const char *type_instance;
};

/* Those of an option: keys are names of fields, what is not there is as by
   default.  -1 with the reason. */
int identity_rules_read(struct identity_rules *, const struct farm_map *,
    struct error *);
/* Append what the rule makes of the series, whose values are of this enum
   farm_type.  -1 with the reason. */
int identity_rules_expand(const struct identity_rules *, enum identity_field,
    const struct farm_series *, int type, struct buffer *to, struct error *);

#endif
