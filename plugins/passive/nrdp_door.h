/*
 * nrdp_door.h - those who come by NRDP: one request of HTTP, one answer.
 */
#ifndef PASSIVE_NRDP_DOOR_H
#define PASSIVE_NRDP_DOOR_H

#include "connections.h"
#include "intake.h"

/* Of a request: its head, and its body. */
#define NRDP_HEAD_MAX 16384
#define NRDP_BODY_MAX (4 << 20)

struct nrdp_door {
	struct connections connections;
	const char *token;
};

void nrdp_door_init(struct nrdp_door *, size_t connections);
void nrdp_door_close(struct nrdp_door *, struct farm_host *);
void nrdp_door_accept(
    struct nrdp_door *, struct farm_host *, struct intake *, int listener);
int nrdp_door_ready(struct nrdp_door *, struct farm_host *, struct intake *,
    struct connection *);

/*
 * How many bytes the request that begins here has in all: 0 if that cannot be
 * told yet, -1 if it is none that is answered, and why.  A pure function.
 */
ssize_t nrdp_request_size(
    struct slice begun, size_t *ret_head, struct error *);

#endif
