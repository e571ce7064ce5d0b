/*
 * dn.h - distinguished names made of the names of a series.
 *
 * A template has the form of a DN, leaf first: "cn={node},cn={farm}".  Each of
 * its parts is a level: an entry with the level above as its parent, the last
 * one's being the base.
 */
#ifndef LDAP_DN_H
#define LDAP_DN_H

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "template.h"

#define DN_LEVELS_MAX 8

/* What the deepest variable of a level is, and of all above it. */
enum depth { DEPTH_NONE, DEPTH_FARM, DEPTH_CLUSTER, DEPTH_NODE, DEPTH_PARAMETER };

struct dn_level {
	char *attribute;
	struct template *value;
	enum depth depth; /* not less than that of the level above */
};

struct dn_plan {
	size_t n;
	struct dn_level levels[DN_LEVELS_MAX]; /* the topmost first */
};

/* After a failure there is nothing to free. */
int dn_plan_parse(struct dn_plan *, const char *text, struct error *);
void dn_plan_free(struct dn_plan *); /* also one of zeros */

/* A value of an attribute as a part of a DN (RFC 4514, 2.4). */
void dn_put_value(struct buffer *, const char *text, size_t length);

/*
 * The relative name of a level, "cn=n1", and its value as it stands in the
 * entry.  Of the series only names down to the level's depth are looked at.
 */
void dn_put_level(
    struct buffer *, const struct dn_level *, const struct farm_series *);
void dn_level_value(
    struct buffer *, const struct dn_level *, const struct farm_series *);

#endif
