/*
 * serve_peer.h - who is at the other end of a connection, as far as it shows:
 * the user of a Unix socket, an address, a token, a client certificate.
 */
#ifndef HOST_SERVE_PEER_H
#define HOST_SERVE_PEER_H

#include <microhttpd.h>

#include "access.h"
#include "buffer.h"
#include "farm.h"

struct peer {
	struct access_caller caller; /* what it points to is the connection's, */
	struct buffer subject;	     /* or this */
};

/*
 * Look, and ask the policy of now: the caller's, to be freed.  NULL if what is
 * shown is wrong: a token that nobody has, a certificate that is none of
 * ours.  peer_close() in both cases.
 */
struct access_who *peer_open(struct peer *, struct farm *,
    struct MHD_Connection *, bool local, struct error *);
void peer_close(struct peer *);

#endif
