/*
 * writer.h - farm-collectd as a writer of farmd: batches that come over the
 * socket, as value lists and notifications to the plugins, and the verdict.
 *
 * Messages are taken on one thread; plugins are called on the dispatch thread.
 */
#ifndef COLLECTD_WRITER_H
#define COLLECTD_WRITER_H

#include "options_writer.h"
#include "worker_child.h"

struct writer;

/*
 * All is borrowed, and never given back: the process ends instead.  NULL with
 * the reason.
 */
struct writer *writer_new(struct worker_child *, uint32_t seat,
    const struct collectd_writer_options *, struct error *);
/* WRITE: to the dispatch thread, which says the verdict.  -1 with the reason if
   it is none that farmd would send. */
int writer_write(struct writer *, const struct worker_message *,
    struct error *);
/* TICK: it has nothing to do. */
void writer_tick(struct writer *);

#endif
