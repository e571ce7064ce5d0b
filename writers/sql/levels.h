/*
 * levels.h - averages of what is stored.  They are made of the rows
 * themselves, some time after those were committed: so a batch that comes
 * again, comes late or comes after a crash makes the same averages.
 *
 * The table `averages' has a row per series and slot of each level; the table
 * `rolled' says how far each level has come: all slots before `done' are
 * written, and all rows before `cut' may be gone.  A row that comes later than
 * its slot lowers `done', in its own transaction, until that slot was made
 * anew.  Which series have something new is known in memory; after a start
 * any may have, from `done' on.
 */
#ifndef SQL_LEVELS_H
#define SQL_LEVELS_H

#include "dirty.h"
#include "keep.h"
#include "level.h"
#include "recall.h"
#include "store.h"

struct sql_level {
	int64_t step_ns;
	int64_t keep_ns;
	int64_t done_ns; /* as in the database */
	int64_t cut_ns;
	struct dirty dirty; /* what came since, of the finer level */
	struct recall recall; /* committed or not: gone after a failure */
	bool all;	    /* any series may have something from done_ns on */
	int64_t looked_at;  /* `all': the last series */
	/* The slots under way, before `target_ns'. */
	struct dirty_range *pending;
	size_t n_pending;
	size_t n_made;
	int64_t target_ns;
	/* Old rows go. */
	int64_t next_round_ns;
	int64_t expired; /* the last series looked at */
};

struct level_row {
	int64_t series;
	struct level_slot slot;
};

struct levels {
	const struct dialect *dialect;
	struct store *store;
	enum level_manner manner;
	int64_t raw_cut_ns;
	struct sql_level items[KEEP_LEVELS_MAX];
	size_t n;
	/* One of the database that `keep' does not name any more, while its
	   rows go; step 0: none is known of. */
	struct sql_level gone;
	bool gone_stay; /* without `keep' nothing goes */
	uint64_t n_pieces;	/* read so far */
	struct buffer sql;	/* a statement */
	struct level_row *rows; /* on their way out, of one level */
	size_t n_rows;
	size_t max_rows;
};

void levels_init(struct levels *, const struct dialect *, const struct keep *,
    enum level_manner);
void levels_free(struct levels *);
/* See how far the database is; what is not in it yet is added if writing. */
int levels_load(struct levels *, struct store *, bool writing, struct error *);

/* In the transaction of a batch: this is the first time of its numbers. */
int levels_note(struct levels *, int64_t first_ns, struct error *);
/* After it, for each of them. */
bool levels_mark(struct levels *, int64_t series, int64_t time_ns);

/* Make slots that are over, until about that time of the monotonic clock.
   After a failure the database is to be loaded again. */
int levels_roll(struct levels *, int64_t now_ns, int64_t end_mono_ns,
    struct error *);

/* Rows before this may be removed: none that averages are still made of. */
int64_t levels_keep_raw(const struct levels *, int64_t before_ns);
/* Raw values before this are about to be removed. */
int levels_cut_raw(struct levels *, int64_t before_ns, struct error *);
/* Averages that are too old go, a round per slot of each level; so do those
   of levels that `keep' does not name any more, of whatever time. */
int levels_expire(struct levels *, int64_t now_ns, int64_t end_mono_ns,
    struct error *);

/* -- levels_read.c -- */

/* Which levels answer a question. */
struct levels_plan {
	size_t n;
	struct {
		size_t level;
		int64_t first_ns;
		int64_t end_ns;
	} spans[KEEP_LEVELS_MAX]; /* from old to new */
};

/* `step_ns', `level_ns': as in struct farm_predicate.  The question is left
   with what raw values have to answer. */
void levels_plan(const struct levels *, struct question *, int64_t step_ns,
    int64_t level_ns, struct levels_plan *ret);

/* -- levels_sql.c -- */

/* One statement, put together. */
__attribute__((format(printf, 3, 4))) int levels_run(struct levels *,
    struct error *, const char *format, ...);
/* One number: `none' if there is no row, or NULL. */
__attribute__((format(printf, 5, 6))) int levels_number(struct levels *,
    int64_t none, int64_t *ret, struct error *, const char *format, ...);
/* Rows of what level i is made of: see struct level_slot. */
int levels_source(struct levels *, size_t i, const struct dirty_range *, size_t n,
    int64_t first_ns, int64_t end_ns,
    int (*each)(void *context, int64_t series, const struct level_slot *),
    void *context, struct error *);
/* Rows of level i itself. */
int levels_rows(struct levels *, size_t i, const struct dirty_range *, size_t n,
    int64_t first_ns, int64_t end_ns,
    int (*each)(void *context, int64_t series, const struct level_slot *),
    void *context, struct error *);
/* A row on its way out; false if memory is out.  As connections do one thing
   at a time, it is sent by levels_send(). */
bool levels_put(struct levels *, int64_t series, const struct level_slot *);
/* Into level i; there are none then, whatever happens. */
int levels_send(struct levels *, size_t i, struct error *);

#endif
