/*
 * groups.h - the multicast groups that a listener is in, and metadata asked
 * for: of a group, and of who sent a value without.
 */
#ifndef GANGLIA_GROUPS_H
#define GANGLIA_GROUPS_H

#include <farm/module.h>

#include "bucket.h"
#include "error.h"
#include "networks.h"
#include "resolve.h"

struct group {
	union address address;
	int family;
	unsigned interface; /* 0: as the system routes */
};

/* Starts zeroed. */
struct groups {
	struct group *items;
	size_t n;
	struct bucket asked;
	uint64_t requests; /* sent */
};

/* "239.2.11.71", "ff15::71%eth0".  -1 with the reason; whether there is such an
   interface is not looked at. */
int group_parse(struct group *ret, const char *text, struct error *);
/* Join them all; -1, explained. */
int groups_join(struct groups *, struct farm_host *, int fd,
    const struct farm_list *texts);
void groups_free(struct groups *);

/* Ask for metadata with these bytes, at this port; within a bound. */
void groups_ask(struct groups *, int fd, const struct place *sender,
    uint16_t port, const void *bytes, size_t size, int64_t mono_ns);

#endif
