/*
 * dial.h - a socket that is connected to somebody, and waits where it has to:
 * for programs that do one thing at a time.
 */
#ifndef LIB_DIAL_H
#define LIB_DIAL_H

#include <stdint.h>

#include "error.h"

/*
 * To a port of a host, by SOCK_DGRAM or SOCK_STREAM; the host's addresses are
 * tried one after the other.  Blocks while the name is looked up, and ten
 * seconds at most then, as does what is sent later.  The descriptor is the
 * caller's; -1 with the reason, in which host and port stand.
 */
int dial(const char *host, uint32_t port, int type, struct error *);
/* To a unix socket, likewise. */
int dial_unix(const char *path, int type, struct error *);

#endif
