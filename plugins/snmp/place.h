/*
 * place.h - where an agent is, as a node's address says it.
 */
#ifndef SNMP_PLACE_H
#define SNMP_PLACE_H

#include <stdint.h>

#include "resolve.h"

struct place {
	union address address; /* of a numeric host, with its port */
	int family;	       /* of that; 0: a name is to be resolved */
	char *host;	       /* the name; else NULL */
	uint16_t port;
};

/*
 * "host", "host:port", "[::1]:port"; a bare IPv6 address, too.  `port' is that
 * of an address without one.  -1 if it is none, or memory is out.
 */
int place_parse(struct place *ret, const char *text, uint16_t port);
void place_free(struct place *);
void place_set_port(union address *, int family, uint16_t port);

#endif
