/*
 * socket.h - listening sockets of the daemon's own.
 */
#ifndef HOST_SOCKET_H
#define HOST_SOCKET_H

#include <stdint.h>

#include "error.h"

/*
 * Bind and listen on a Unix socket, in a folder that is made if need be; a
 * socket left over from a daemon that died is replaced, a living one is an
 * error.  Mode 0600 until the caller says otherwise.  Returns the descriptor.
 */
int socket_unix(const char *path, struct error *);

/* The same on TCP; `host' "" is every address, `port' 0 is 9649. */
int socket_tcp(const char *host, uint32_t port, struct error *);

#endif
