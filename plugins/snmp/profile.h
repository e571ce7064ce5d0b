/*
 * profile.h - plans by name: files NAME.yaml in folders, in the grammar of
 * plan.h with `summary' and `for', the sysObjectIDs of the devices they fit.
 */
#ifndef SNMP_PROFILE_H
#define SNMP_PROFILE_H

#include "plan.h"

/* Of all folders; one for each bit of a set. */
#define PROFILES_MAX 64

struct profile {
	const char *name;
	const char *path;
	const struct farm_tree *tree; /* NULL: not read yet */
	struct ber_bytes *prefixes;   /* of `for' */
	size_t n_prefixes;
};

struct profiles {
	struct arena *arena;
	struct profile *items; /* by name */
	size_t n;
};

/*
 * Look for files; of two with one name the first folder's is it.  A folder
 * that cannot be read is a problem.  *ret is to be freed in any case.
 */
int profiles_find(struct profiles *ret, const char *const *folders, size_t n,
    struct problems *);
void profiles_free(struct profiles *);

/* By name, its file read; NULL with a problem that suggests another and begins
   with `said', where it was asked for. */
struct profile *profiles_get(struct profiles *, const char *name,
    const char *said, struct problems *);
/* Read them all: for profiles_fitting().  0 or -1. */
int profiles_read(struct profiles *, struct problems *);
/* Those that say they fit a device with this sysObjectID, as bits; once all
   are read. */
uint64_t profiles_fitting(const struct profiles *, struct ber_bytes id);
/* Add what a profile reads to a plan; 0 or -1. */
int profile_add(const struct profile *, struct plan *,
    const struct plan_defaults *, struct problems *);

#endif
