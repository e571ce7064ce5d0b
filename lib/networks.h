/*
 * networks.h - addresses of IPv4 and IPv6 alike, and tables from networks to
 * names.
 */
#ifndef LIB_NETWORKS_H
#define LIB_NETWORKS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "error.h"

/* An address; of IPv4 as ::ffff:10.0.0.1, so that both kinds of sockets say the
   same. */
struct place {
	uint8_t bytes[16];
};

/* All zeros for what is neither: a Unix socket. */
bool place_is_none(const struct place *);
struct place place_of_socket(const struct sockaddr *);
struct place place_of_ipv4(const uint8_t bytes[4]);
void place_print(const struct place *, char text[INET6_ADDRSTRLEN]);

struct network {
	struct place base;
	unsigned bits; /* of the 128 */
	const char *name;
};

/* Zeroed at first. */
struct networks {
	struct network *items;
	size_t n;
};

/*
 * "10.1.2.3", "10.1.0.0/16", "2001:db8::/32"; the name is borrowed.  Fails
 * also for a network that is there already.
 */
int networks_add(struct networks *, const char *text, const char *name,
    struct error *);
/*
 * All of an option's, with the name "", or with those that nodes are given, the
 * map's values.  -1, each mistake said to the host with its place.
 */
int networks_read(struct networks *, struct farm_host *, const char *option,
    const struct farm_list *);
int networks_read_names(struct networks *, struct farm_host *,
    const char *option, const struct farm_map *);
/* The name of the smallest network around; NULL if there is none. */
const char *networks_find(const struct networks *, const struct place *);
void networks_free(struct networks *);

#endif
