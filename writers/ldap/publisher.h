/*
 * publisher.h - brings the directory to what the tree says: only what changed,
 * not more often than may be, many operations at a time.  One thread's.
 */
#ifndef LDAP_PUBLISHER_H
#define LDAP_PUBLISHER_H

#include <stdint.h>

#include "content.h"
#include "directory.h"
#include "error.h"
#include "tree.h"

struct publisher {
	struct tree *tree;
	struct directory *directory;
	struct content content;
	int64_t ttl_s; /* 0: entries stay */
	double rate;   /* operations a second */
	int64_t rewrite_ns;

	/* Its own, zeroed at first. */
	double tokens;
	int64_t filled_ns;
	bool refused;
	uint64_t refused_since; /* the position that entry changed at first */
	struct error why;
};

/*
 * Write what is due and may be written.  -1: nothing can be, and why; what was
 * under way is due again.  It ends early if the server refuses an entry, which
 * `refused' and `why' tell then; that one is let be until it changes.
 */
int publish(struct publisher *, struct error *);

#endif
