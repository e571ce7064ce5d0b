/*
 * json_values.h - values out of a JSON document.
 *
 * A path is a JSON Pointer (RFC 6901): "/disks/0/used".  A part "*" is any
 * member or element; its name or number stands in the place of the next "*" of
 * the parameter's name.  Without paths every number and every boolean is a
 * value, named by all that leads to it: disks_0_used.
 */
#ifndef WIRE_JSON_VALUES_H
#define WIRE_JSON_VALUES_H

#include <farm/module.h>

#include "slice.h"
#include "value_sink.h"

/* Objects and arrays within each other that are looked into. */
#define JSON_VALUES_DEPTH 64

struct json_values {
	struct farm_map paths; /* by parameter */
	struct farm_map units; /* likewise; those not named have none */
	struct farm_list counters; /* parameters that only grow */
};

/* What is wrong with them, with the option's name and place. */
int json_values_check(const struct json_values *, struct error *);
/* A path without a "*" that leads nowhere is told by the sink, as is a document
   that is none; a null is no value. */
void json_values_read(struct sink *, struct slice document,
    const struct json_values *);

#endif
