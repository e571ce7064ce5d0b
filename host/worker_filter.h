/*
 * worker_filter.h - inside a worker: a guest that is a filter.  It is given
 * copies of results and says when it is through; what it emits goes to farmd
 * as a collector's values do.
 */
#ifndef HOST_WORKER_FILTER_H
#define HOST_WORKER_FILTER_H

#include "worker_guest.h"

struct guest_filter;

/* NULL if memory is out. */
struct guest_filter *guest_filter_new(struct guest *);
/* Closed, and nothing of it runs. */
void guest_filter_free(struct guest_filter *); /* NULL is fine */

/*
 * What WRITE and TICK ask for, with the lock held; the answer comes from a
 * thread of the pool.  -1 is about the message.
 */
int guest_filter_write(struct guest_filter *, const struct worker_message *,
    struct error *);
int guest_filter_tick(struct guest_filter *, struct error *);

/* On a thread of the pool: close its instance. */
void guest_filter_close(struct guest_filter *);

#endif
