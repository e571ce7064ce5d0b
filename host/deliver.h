/*
 * deliver.h - from the router to the writers: each filtered batch is encoded
 * once as a frame, kept in memory, within bounds, until every writer has read
 * it, and written to the journal, where each finds what memory could not keep.
 */
#ifndef HOST_DELIVER_H
#define HOST_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>

#include "batch.h"
#include "instance.h"
#include "journal.h"
#include "level.h"
#include "series.h"

struct deliver;

/* `bytes' bounds what is kept in memory: the oldest is let go first; without
   a journal that is counted for each writer that had not read it. */
struct deliver *deliver_new(struct series_table *, int64_t bytes);
/* Before anything else: keep a journal in STATE/journal.  *ret_next is a
   position that nothing in it has reached. */
int deliver_open_journal(struct deliver *, const char *state, const char *farm,
    const struct journal_config *, uint64_t *ret_next, struct error *);
/* Before writers are added: those that are isolated run there. */
struct workers;
void deliver_set_workers(struct deliver *, struct workers *);
/* Before writers are added: records that one can never store are kept in
   STATE/dead-letters. */
int deliver_keep_dead_letters(struct deliver *, const char *state);
/* The frames in memory, for who reads them besides writers. */
struct memlog;
struct memlog *deliver_tail(struct deliver *);
/* NULL: there is none. */
struct journal *deliver_journal(struct deliver *);
/* A writer, with a thread of its own from deliver_start() on.  It goes on where
   its name has stopped in the journal; else it gets what is appended from now
   on. */
int deliver_add(struct deliver *, struct instance *);
int deliver_start(struct deliver *);
/*
 * The writer gets nothing more; it stores what it has until the deadline, then
 * it is gone, with *ret_rest values unstored.  False if a call of it did not
 * come back: then it stays, sealed, and may be removed again later.
 */
bool deliver_remove(struct deliver *, struct instance *,
    int64_t deadline_mono_ns, uint64_t *ret_rest);
/* As writer_change(). */
struct matcher;
void deliver_change(struct deliver *, struct instance *, struct matcher *match,
    bool options);
/* Writers store what is left (with a journal as long as they can: the rest is
   there the next time); false if not done by the deadline. */
bool deliver_stop(struct deliver *, int64_t deadline_mono_ns);
void deliver_free(struct deliver *);

/* The router's: one filtered batch, positions set.  Never blocks on writers.
   Does nothing if there is no writer. */
void deliver_append(struct deliver *, const struct farm_batch *);

bool deliver_has_writers(struct deliver *);
/* Wait until every writer has stored all up to `position'; -1 with the name of
   one that has not by the deadline. */
int deliver_flush(struct deliver *, uint64_t position,
    int64_t deadline_mono_ns, struct error *);

/*
 * Ask the first writer that can: each stored series and its points, oldest
 * first, to `each'; return false to stop.  *ret_through is the position up to
 * which the answer is complete; 0 if no writer keeps history.  *ret_beyond:
 * it also has some of what is beyond that, for the writer catches up.  -1 with
 * the reason if the store cannot answer.
 */
struct history_point {
	int64_t time_ns;
	struct farm_value value; /* of an average: its mean */
	const struct level_slot *average; /* NULL: it is a value */
};
typedef bool history_fn(void *context, const struct farm_series *,
    const struct history_point *);
int deliver_history(struct deliver *, const struct farm_predicate *,
    int64_t from_ns, int64_t to_ns, int64_t deadline_mono_ns,
    history_fn *each, void *context, uint64_t *ret_through,
    bool *ret_beyond, struct error *);

/* Per writer: cursor, lag, retries, state; each member with a comma before it,
   to go behind instance_json(). */
void deliver_writer_json(struct deliver *, struct instance *,
    struct buffer *);

/* A writer is given again what is in the journal from that time on; or no more
   of what it has missed; or what it could not store is shown. */
int deliver_replay(struct deliver *, struct instance *, int64_t from_ns,
    struct error *);
int deliver_drop(struct deliver *, struct instance *, uint64_t *ret_values,
    struct error *);
int deliver_dead_letters(struct deliver *, struct instance *, size_t limit,
    struct buffer *, struct error *);

struct deliver_stats {
	size_t bytes; /* kept now */
	uint64_t frames;
	uint64_t first_position; /* still kept */
	uint64_t last_position;
	int64_t oldest_ns; /* wall clock of the oldest record kept */
};
void deliver_stats(struct deliver *, struct deliver_stats *ret);

#endif
