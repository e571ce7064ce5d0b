/*
 * connections.h - connections of strangers to a listener: few, the one idle for
 * longest makes room for a new one.  For one thread, the owner's; none of it
 * blocks.
 */
#ifndef LIB_CONNECTIONS_H
#define LIB_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "networks.h"

/* The begin of what a module knows of one. */
struct connection {
	struct connection *next;
	int fd;
	bool held; /* not watched for the time being */
	struct place from;
	int64_t active_mono_ns; /* the last bytes came */
};

/* Begins zeroed but for what the owner sets. */
struct connections {
	size_t max;    /* the owner's: open at once */
	size_t size;   /* and this: of what it knows of one */
	size_t zeroed; /* of it so much is zeroed at first, the rest is as
			  memory has it */
	void (*release)(struct connection *); /* what it holds; may be NULL */
	struct connection *first;
	size_t n;
	uint64_t turned_away; /* to make room; the owner may count more */
};

/* May the one at this place connect?  Who may not takes no place. */
typedef bool connections_admit_fn(void *cookie, const struct place *);

/*
 * A connection waits at the listener, or several.  Each is watched for, with
 * itself as the cookie.  `admit' NULL: all may.
 */
void connections_accept(struct connections *, struct farm_host *, int listener,
    connections_admit_fn *admit, void *cookie);
/* It is over.  `host' is NULL where nothing is watched any more. */
void connections_end(struct connections *, struct farm_host *,
    struct connection *);
void connections_close(struct connections *, struct farm_host *);
/* Not to be read for a while, and again; -1, explained, if it stays held. */
void connections_hold(struct farm_host *, struct connection *);
int connections_resume(struct farm_host *, struct connection *);

#endif
