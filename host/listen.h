/*
 * listen.h - an instance that listens: the sockets of its options, and a
 * thread that calls listen() when they are ready and tick() once a second.
 */
#ifndef HOST_LISTEN_H
#define HOST_LISTEN_H

#include <stdint.h>

#include "error.h"
#include "instance.h"

struct listener;

/*
 * Open the sockets of the options flagged FARM_LISTEN; instance->listener is
 * set then.  Before open(), so that it finds them.  0 also if the module does
 * not listen; -1 with the address and the reason.
 */
int listener_open(struct instance *, struct error *);
/* After open(): begin to call listen() and tick(). */
int listener_start(struct instance *, struct error *);
/* No more calls; waits until the deadline for the one under way.  -1 if it
   did not come back; then the listener must stay. */
int listener_stop(struct instance *, int64_t deadline_mono_ns);
/* Close the sockets.  After close() of the instance. */
void listener_close(struct instance *);

/*
 * Instead of the above, before close(): the sockets stay open until the next
 * listener_open(), which takes those whose addresses are still wanted and
 * closes the others.
 */
void listener_keep_sockets(struct instance *);

/* Closes what is still kept. */
void listener_forget_sockets(struct instance *);

/* The module's side; NULL: it does not listen. */
int listener_socket(struct listener *, const char *option);
int listener_watch(struct listener *, int fd, uint32_t events, void *cookie,
    struct error *);
void listener_unwatch(struct listener *, int fd);

#endif
