/*
 * connect.h - connections to servers, for calls that may block until a
 * deadline.  But for looking up names, which the system's resolver does in its
 * own time.
 */
#ifndef LIB_CONNECT_H
#define LIB_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

struct connect_server {
	const char *name; /* or an address */
	uint16_t port;
	int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
	int type;   /* SOCK_STREAM, SOCK_DGRAM */
};

/* A socket that does not block, the caller's to close, connected to the first
   address that lets us; -1 with the last one's reason.  The deadline is of
   CLOCK_MONOTONIC. */
int connect_open(const struct connect_server *, int64_t deadline_ns,
    struct error *);
/* Until `fd' is ready for `events' (POLLIN, POLLOUT); false if it is not by
   then. */
bool connect_await(int fd, short events, int64_t until_ns);
/* Some bytes through such a socket, out or in: how many, 0 at the end; -1 with
   the reason, in which `name' stands. */
ssize_t connect_move(int fd, const char *name, void *bytes, size_t size,
    bool out, int64_t deadline_ns, struct error *);

#endif
