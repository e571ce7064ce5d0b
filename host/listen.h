/*
 * listen.h - an instance that listens: the sockets of its options, and a
 * thread that calls listen() when they are ready and, of a collector, tick()
 * once a second; a writer's is called by its own thread.
 */
#ifndef HOST_LISTEN_H
#define HOST_LISTEN_H

#include <stdbool.h>
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
/* After open(): begin to call them. */
int listener_start(struct instance *, struct error *);
/* No more calls; waits until the deadline for the one under way.  -1 if it
   did not come back; then the listener must stay. */
int listener_stop(struct instance *, int64_t deadline_mono_ns);
/* Close the sockets.  After close() of the instance. */
void listener_close(struct instance *);

/* Would the module's sockets be the same with both sets of options? */
bool listener_same_addresses(
    const struct module *, const void *options, const void *others);

/*
 * Before close(), for an instance that will be opened with other options: the
 * sockets whose addresses these still name stay open, with all that comes in
 * meanwhile, until the next listener_open() takes them.
 */
void listener_keep_sockets(struct instance *, const void *options);

/*
 * Of an instance that runs: open the sockets that it will need besides, and
 * keep them like the above.  Those whose place `freed' (an option and its
 * address) says is still taken, and will not be, are left for later.  -1 with
 * the address and the reason: none is kept then.
 */
typedef bool listener_freed_fn(void *context, const struct farm_option *,
    const struct farm_address *);
int listener_prepare(struct instance *, const void *options,
    listener_freed_fn *freed, void *context, struct error *);

/* Closes what is still kept. */
void listener_forget_sockets(struct instance *);

/*
 * In a worker: a socket that farmd has opened and keeps, for the next
 * listener_open().  Takes `fd' over; -1 if memory is out.
 */
int listener_lend_socket(struct instance *, const char *option,
    const char *address, int fd);
/* In farmd, what it lends: the socket of door i; -1 if there are no more. */
int listener_door(const struct listener *, size_t i, const char **ret_option,
    const char **ret_address);

/* The module's side, for tables of host functions. */
#define LISTEN_OPS                                                             \
	.socket = listen_socket, .watch = listen_watch,                        \
	.unwatch = listen_unwatch
int listen_socket(struct farm_host *host, const char *option);
int listen_watch(
    struct farm_host *host, int fd, uint32_t events, void *cookie);
void listen_unwatch(struct farm_host *host, int fd);

#endif
