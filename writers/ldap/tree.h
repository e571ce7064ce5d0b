/*
 * tree.h - the entries as they should stand in the directory, what is known of
 * how they do, and which of them are due to be written.  Knows nothing of
 * LDAP; one thread's.  Times are of the monotonic clock.
 */
#ifndef LDAP_TREE_H
#define LDAP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "layout.h"

/* The last value of a parameter. */
struct reading {
	struct entry *entry; /* NULL: the parameter is no more */
	struct reading *next; /* of the entry */
	unsigned refs; /* the entry's, and those of reading_ref() */
	char *value;
	size_t length;
	int64_t time_ns;
	char *unit;
	char *instance;
	char parameter[];
};

enum presence {
	ENTRY_UNKNOWN, /* nothing was asked yet */
	ENTRY_MISSING,
	ENTRY_THERE,
};

struct entry {
	struct entry *parent; /* NULL: the base is above it */
	size_t n_children;
	size_t level;
	struct reading *readings;
	enum presence presence;
	bool changed; /* it should be written */
	bool doomed;  /* it should be removed, once it has no children */
	bool queued;
	bool made; /* on this server: what is new below it is missing */
	uint64_t since; /* the position it first changed at; 0: not changed */
	int64_t written_ns;   /* last; 0: never */
	int64_t refreshed_ns; /* likewise */
	unsigned tries; /* of the last change */
	int under_way;	/* the publisher's: what is being done to it */
	const char *dn;
	const char *name;     /* its own */
	struct farm_series names; /* down to its level's depth */

	struct entry *next_same; /* of the same place */
	struct entry *previous, *next; /* all, in the order they came to be */
	struct entry *next_queued;
};

struct tree_options {
	const char *base; /* the DN above all of them */
	size_t most;	  /* entries */
	int64_t every_ns; /* one is not written more often */
};

struct tree;

struct tree *tree_new(const struct layout *, const struct tree_options *);
void tree_free(struct tree *); /* NULL is fine; no reading is referred to */

/*
 * The reading of a series, found or made with its entry and those above it;
 * -1 if there are `most' entries.  A reference is counted.
 */
int tree_reading(struct tree *, const struct farm_series *,
    struct reading **ret, struct error *);
void reading_unref(struct reading *); /* NULL is fine */

/*
 * A newer value; older ones are let be.  *ret_waits: it differs from what was
 * written, and is to be; -1 if memory is out.
 */
int tree_set(struct tree *, struct reading *, const struct farm_record *,
    const struct farm_value *, const char *unit, bool *ret_waits);

/*
 * Names down to a level (NULL below) that are no more; their entries are
 * doomed, as is what stands below them.
 */
int tree_remove(struct tree *, const struct farm_series *names,
    uint64_t position, struct error *);

/* What has rested for long enough is due again; before tree_next(). */
void tree_wake(struct tree *, int64_t now_ns);
/* The next to be written or removed, taken from the queue; NULL if none is
   due. */
struct entry *tree_next(struct tree *, int64_t now_ns);
/* Back to the queue's end, as it could not be written. */
void tree_requeue(struct tree *, struct entry *);
/* The directory has it now as it is here, or refuses it for good. */
void tree_written(struct tree *, struct entry *, int64_t now_ns);
/* The directory has it no more, nor has the tree. */
void tree_gone(struct tree *, struct entry *);
/* To be written though it did not change. */
void tree_again(struct tree *, struct entry *);
/* Nothing is known of the directory any more. */
void tree_unknown(struct tree *);
/* The first of all; the others by `next'. */
struct entry *tree_first(const struct tree *);
/* The smallest position not yet written; UINT64_MAX if all is. */
uint64_t tree_waiting_since(const struct tree *);
size_t tree_size(const struct tree *);

#endif
