/*
 * nagios_inherit.h - what a definition says itself, or by the templates that it
 * uses: the first that has a directive wins; "+X" adds to what the templates
 * say, "null" is nothing.
 */
#ifndef LIB_NAGIOS_INHERIT_H
#define LIB_NAGIOS_INHERIT_H

#include <farm/module.h>

#include "nagios_objects.h"

struct nagios_templates;

/* Of all definitions that have a name.  NULL if memory is out. */
struct nagios_templates *nagios_templates_new(
    const struct nagios_objects *, struct arena *, struct problems *);
void nagios_templates_free(struct nagios_templates *); /* NULL is fine */

/* NULL if nobody says it; the arena's, or the definition's. */
const char *nagios_value(struct nagios_templates *,
    const struct nagios_object *, const char *name);
/* All custom variables: _X as PREFIX_X's key "_HOSTX" for the prefix "_HOST",
   in upper case. */
int nagios_custom(struct nagios_templates *, const struct nagios_object *,
    const char *prefix, struct farm_map *ret);

#endif
