/*
 * channels.h - where datagrams go: to gmonds, or to the groups they are in.
 * For one thread.
 */
#ifndef GANGLIA_CHANNELS_H
#define GANGLIA_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct channel;

/* Starts zeroed. */
struct channels {
	struct channel *items;
	size_t n;
};

/*
 * One more: "HOST[:PORT]", or a multicast address, with "%INTERFACE" if it is
 * not the way the system routes.  Blocks for the name server.  -1 with the
 * reason.
 */
int channels_add(struct channels *, const char *to, int ttl, struct error *);
/* Is it an address?  Nothing is looked up. */
int channels_check(const char *to, struct error *);
void channels_free(struct channels *);

/*
 * To all of them, each whatever becomes of the others.  -1 with the reason if
 * one cannot be sent to.  A host where nobody listens is no failure but
 * *ret_lost: who listens there next knows no metadata.
 */
int channels_send(struct channels *, const void *bytes, size_t size,
    bool *ret_lost, struct error *);
/* Did anybody ask for metadata since?  Never blocks. */
bool channels_asked(struct channels *);

#endif
