/*
 * writer.h - one writer: a thread that reads frames through a cursor, picks
 * what its `match' asks for and has the module store it, for as long as that
 * takes.
 */
#ifndef HOST_WRITER_H
#define HOST_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "instance.h"
#include "journal.h"
#include "memlog.h"
#include "reader.h"

#define WRITER_RETRY_FIRST_NS (1 * NS_PER_S)
#define WRITER_RETRY_MAX_NS (60 * NS_PER_S)

struct matcher;
struct writer;

/* `journal' NULL: there is only the tail.  `max_series': of its table of names.
   NULL if memory is out. */
struct writer *writer_new(struct instance *, struct memlog *tail,
    struct journal *, uint32_t max_series);
/* Not after writer_start(): how long to wait before trying again. */
void writer_set_retry(struct writer *, int64_t first_ns, int64_t max_ns);
/* Likewise: where records go that it can never store, in this state folder;
   without one they are only counted. */
int writer_keep_dead_letters(struct writer *, const char *state);
/* Likewise: its module runs in one of these. */
struct workers;
void writer_send_away(struct writer *, struct workers *);
int writer_start(struct writer *);
/* Store what the tail still has, until the deadline: without a journal trying
   again sooner, with one only as long as it works.  The tail must be closed.
   Then writer_join(). */
void writer_stop(struct writer *, int64_t deadline_mono_ns);
/*
 * Its instance is configured anew: `match' (NULL: the same) is the writer's from
 * now on, and with `options' the state takes over what the instance's
 * configuration says.  The writer does so in its own time, at the latest before
 * it tries again; what it has not stored is stored then.
 */
void writer_change(struct writer *, struct matcher *match, bool options);
/* What is appended from now on is not for it. */
void writer_seal(struct writer *);
/* It will not come back, and its place in the journal is not kept. */
void writer_forget(struct writer *);
/* Values it has not stored. */
uint64_t writer_rest(struct writer *);
/* False if its thread did not end by the deadline: then never free it. */
bool writer_join(struct writer *, int64_t deadline_mono_ns);
void writer_free(struct writer *); /* NULL is fine; joined or not started */

struct instance *writer_instance(const struct writer *);
/* Wait until all up to `position' is stored, dropped or of no use to it. */
bool writer_wait(struct writer *, uint64_t position,
    int64_t deadline_mono_ns);
struct reader *writer_reader(struct writer *);
/* The file of its dead letters; NULL: none are kept. */
const char *writer_dead_letters(const struct writer *);
/* Members of a JSON object. */
void writer_json(struct writer *, struct buffer *);

#endif
