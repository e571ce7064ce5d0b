/*
 * loaded.h - filters that clients load while the farm runs: scripts for module
 * lua, each with a predicate, a lease and an owner.  They are taps in workers of
 * their own, behind all filters of the configuration.  What they give goes back
 * into the farm, to clusters that were agreed upon, or is kept for the owner.
 *
 * They stay over a reload, and end with their lease, or with the daemon.
 */
#ifndef HOST_LOADED_H
#define HOST_LOADED_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "farm.h"

#define LOADED_MAX 16
#define LOADED_SCRIPT_MAX (64 << 10)
#define LOADED_LEASE_MIN_NS (NS_PER_S)
#define LOADED_LEASE_MAX_NS (7 * 86400 * NS_PER_S)

struct loaded_order {
	const char *name;    /* NULL: one is made up */
	const char *match;   /* a predicate */
	const char *script;
	const char *cluster; /* that it may give to; a pattern */
	const char *owner;   /* for people */
	const char *class;   /* of users; "": none, or there are none */
	int64_t lease_ns;
	bool to_owner; /* what it gives is kept, not routed */
};

struct loaded *loaded_new(struct farm *); /* NULL if memory is out */
/* All of them ended. */
void loaded_free(struct loaded *); /* NULL is fine */

/*
 * These wait for a change of the configuration under way.  -1 with the reason;
 * *ret_place is what of the order is wrong then, "" if nothing is.  A name that
 * is not there is -1 of the other three.
 */
int loaded_load(struct loaded *, const struct loaded_order *,
    struct buffer *ret_name, const char **ret_place, struct error *);
/* Was it loaded by somebody of that class?  True also if it is not there. */
bool loaded_is_of(struct loaded *, const char *name, const char *class);
int loaded_renew(struct loaded *, const char *name, int64_t lease_ns);
int loaded_remove(struct loaded *, const char *name);
/* {"results":[..],"next":..,"lost":..} of what came after this number. */
int loaded_results(struct loaded *, const char *name, uint64_t after,
    size_t limit, struct buffer *);
/* {"filters":[..]} */
void loaded_json(struct loaded *, struct buffer *);

/* When a lease is over next; INT64_MAX: there is none. */
int64_t loaded_next(struct loaded *);
/* Remove those whose lease is over.  Within a change. */
void loaded_expire(struct loaded *);

#endif
