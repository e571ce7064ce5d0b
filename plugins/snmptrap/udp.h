/*
 * udp.h - datagrams in batches, and each answer from the address that the
 * question went to.
 */
#ifndef SNMPTRAP_UDP_H
#define SNMPTRAP_UDP_H

#include <farm/module.h>

#include "receiver.h"

struct udp;

/*
 * For a socket of the host's.  Asks for a receive buffer of `buffer' bytes, and
 * says in the log if it is smaller.  -1, explained.
 */
int udp_open(struct udp **ret, struct farm_host *, int fd, int64_t buffer);
void udp_close(struct udp *); /* NULL is fine */

void udp_ready(struct udp *, struct farm_host *, struct receiver *);
/* Datagrams that the kernel had no room for since udp_open(). */
uint64_t udp_overflows(struct udp *);

#endif
