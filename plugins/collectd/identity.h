/*
 * identity.h - series of farmd as collectd's identifiers, and values back as
 * collectd's: map.h the other way.
 *
 * A series that has collectd's labels, and the parameter that these give, came
 * from collectd and goes back to exactly what it was.  Any other one is named
 * by rules: a text for each field, in which {node} and the like stand for what
 * the series has.
 */
#ifndef COLLECTD_IDENTITY_H
#define COLLECTD_IDENTITY_H

#include "abi.h"
#include "error.h"
#include "identity_rules.h"

struct identity {
	value_list_t list; /* the names; no values */
	const data_set_t *ds;
	size_t source; /* which of its values the series is */
};

/*
 * The type that a series without one has depends on its kind and on what its
 * values are, so `type' is an enum farm_type.  -1 with the reason: a name that
 * collectd has no room for is never cut.
 */
int identity_of(const struct identity_rules *, const struct farm_series *,
    int type, struct identity *ret, struct error *);

/* HOST/PLUGIN-INSTANCE/TYPE-INSTANCE/SOURCE, of this size at most. */
#define IDENTITY_NAME_MAX (7 * DATA_MAX_NAME_LEN)
void identity_name(const struct identity *, char name[IDENTITY_NAME_MAX]);

/* False if it is none that such a source can have: a text, a fraction of a
   counter, less than 0. */
bool identity_value(int ds_type, const struct farm_value *, value_t *ret);

#endif
