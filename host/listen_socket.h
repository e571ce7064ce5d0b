/*
 * listen_socket.h - sockets to listen on, by address: udp://, tcp://, unix:/PATH,
 * unixgram:/PATH; udp+share:// for several instances, among which the kernel
 * divides the senders (SO_REUSEPORT).
 */
#ifndef HOST_LISTEN_SOCKET_H
#define HOST_LISTEN_SOCKET_H

#include <stdbool.h>

#include <farm/module.h>

#include "error.h"

/*
 * A socket bound to the address, listening if it is a stream, non-blocking.
 * Scheme and port that are left out come from `fallback' (the option's
 * default; may be NULL), else tcp and a port of the kernel's choice.  A
 * host left out is every address, of IPv6 and IPv4.  A Unix socket that nobody
 * listens on any more is replaced.
 */
int listen_socket_open(const struct farm_address *, const char *fallback,
    int *ret, struct error *);
/*
 * Could one stand in the other's way?  So if they name one port or one path,
 * whatever the host: a name may be any.
 */
bool listen_socket_meet(const struct farm_address *, const char *fallback,
    const struct farm_address *other, const char *other_fallback);
/* Also removes the file of a Unix socket. */
void listen_socket_close(int fd, const struct farm_address *);

#endif
