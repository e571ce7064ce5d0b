/*
 * worker_writer.h - inside a worker: a guest that is a writer.  It is given
 * what farmd wants stored and says what became of it; questions about what is
 * stored are asked of a state of their own.
 */
#ifndef HOST_WORKER_WRITER_H
#define HOST_WORKER_WRITER_H

#include "worker_guest.h"

struct guest_writer;

/* NULL if memory is out. */
struct guest_writer *guest_writer_new(struct guest *);
/* Closed, and nothing of it runs. */
void guest_writer_free(struct guest_writer *); /* NULL is fine */
/* For open() and close() of its instance. */
const struct farm_host_ops *guest_writer_ops(const struct guest_writer *);

/*
 * What the messages ask for, with the lock held; the answer comes from a
 * thread of the pool.  -1 is about the message.
 */
int guest_write(struct guest *, const struct worker_message *,
    struct error *);
int guest_tick(struct guest *, const struct worker_message *, struct error *);
int guest_history(struct guest *, const struct worker_message *,
    struct error *);
int guest_more(struct guest *, const struct worker_message *, struct error *);

/* On a thread of the pool, before close(): ends the question under way and
   forgets the states of all series. */
void guest_writer_end(struct guest_writer *);

#endif
