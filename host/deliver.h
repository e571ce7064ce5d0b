/*
 * deliver.h - from the router to the writers: each filtered batch is encoded
 * once as a frame and kept in memory, within bounds, until every writer has
 * read it.  The journal will take the place of this memory: same frames, same
 * cursors, on disk.
 */
#ifndef HOST_DELIVER_H
#define HOST_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>

#include "batch.h"
#include "instance.h"
#include "series.h"

struct deliver;

/* `bytes' bounds what is kept for writers that are behind: the oldest is
   given up first, counted for each writer that had not read it. */
struct deliver *deliver_new(struct series_table *, int64_t bytes);
/* A writer, with a thread of its own from deliver_start() on.  It gets what is
   appended from now on. */
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
/* Writers store what is left; false if not done by the deadline. */
bool deliver_stop(struct deliver *, int64_t deadline_mono_ns);
void deliver_free(struct deliver *);

/* The router's: one filtered batch, positions set.  Never blocks on writers.
   Does nothing if there is no writer. */
void deliver_append(struct deliver *, const struct farm_batch *);

/* Wait until every writer has stored all up to `position'. */
bool deliver_flush(struct deliver *, uint64_t position,
    int64_t deadline_mono_ns);

/*
 * Ask the first writer that can: each stored series and its points, oldest
 * first, to `each'; return false to stop.  *ret_through is the position up to
 * which the answer is complete; 0 if no writer keeps history.  -1 with the
 * reason if the store cannot answer.
 */
typedef bool history_fn(void *context, const struct farm_series *,
    int64_t time_ns, const struct farm_value *);
int deliver_history(struct deliver *, const struct farm_predicate *,
    int64_t from_ns, int64_t to_ns, int64_t deadline_mono_ns,
    history_fn *each, void *context, uint64_t *ret_through, struct error *);

/* Per writer: cursor, lag, retries, state; each member with a comma before it,
   to go behind instance_json(). */
void deliver_writer_json(struct deliver *, struct instance *,
    struct buffer *);

struct deliver_stats {
	size_t bytes; /* kept now */
	uint64_t frames;
	uint64_t first_position; /* still kept */
	uint64_t last_position;
	int64_t oldest_ns; /* wall clock of the oldest record kept */
};
void deliver_stats(struct deliver *, struct deliver_stats *ret);

#endif
