/*
 * reader.h - one writer's way through the journal: new frames from the tail in
 * memory, what it missed from the files, each in order; and what of all that
 * it has stored.  Without a journal there is only the tail.
 *
 * The reading side is one thread's; the rest is for any.
 */
#ifndef HOST_READER_H
#define HOST_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "buffer.h"
#include "cursor.h"
#include "journal.h"
#include "memlog.h"
#include "ranges.h"

struct reader;

/*
 * `journal' NULL: none.  With one it goes on where the writer of this name has
 * stopped; one never seen begins at the end, or with `from_oldest' at the
 * beginning.  Both must outlive it.  NULL if memory is out.
 */
struct reader *reader_new(struct memlog *tail, struct journal *,
    const char *name, bool from_oldest);
void reader_free(struct reader *); /* NULL is fine */
/* It will not come back: its cursor goes with it. */
void reader_forget(struct reader *);
/* While both have something, this share of the values (1 to 100 %) comes from
   the files. */
void reader_set_share(struct reader *, int percent);
/* It gets nothing more from the tail. */
void reader_seal(struct reader *);

enum reader_lane { READER_TAIL, READER_FILES };

/* Where to read now. */
enum reader_lane reader_choose(struct reader *);
/* The tail: as memlog_read() and memlog_read_more(). */
bool reader_read(struct reader *, struct buffer *to, struct memlog_read *ret,
    int64_t deadline_mono_ns);
bool reader_read_more(struct reader *, struct buffer *to,
    struct memlog_read *ret);
/*
 * The files: the next frame, which is to be decoded, wanted or not, and then
 * given to reader_take(), which says of its records (those of the batch from
 * number `first' on) which are wanted: the others get the type 0.  `anew': a
 * stream begins.  A frame that cannot be decoded is complained of.
 */
bool reader_read_file(struct reader *, struct buffer *to, bool *ret_anew);
void reader_take(struct reader *, struct batch *, size_t first);
void reader_complain(struct reader *, const struct error *why);
/* So many values were read in this lane. */
void reader_spent(struct reader *, enum reader_lane, uint64_t values);

/* What was read is dealt with, but for what was accepted. */
void reader_finish(struct reader *);
void reader_accept(struct reader *, uint64_t first, uint64_t last);
int reader_acknowledge(struct reader *, uint64_t first, uint64_t last);
/* The store is open anew: what it accepted and did not acknowledge is read
   again, if there is a journal. */
void reader_rewind(struct reader *);
/* After an outage: what waits in the tail is left to the files, so that what
   comes now goes first. */
void reader_catch_up(struct reader *);

/* What it lost since the last call. */
struct reader_gap {
	struct memlog_gap values; /* given up before they were read */
	uint64_t positions; /* could not be read any more */
};
bool reader_gap(struct reader *, struct reader_gap *ret);

/* All up to here is stored. */
uint64_t reader_through(struct reader *);
/* Is something left in files, while newer things are stored? */
bool reader_is_behind(struct reader *);
/* Is nothing left in the tail? */
bool reader_is_read(struct reader *);
struct reader_lag {
	uint64_t frames; /* those in files counted in proportion */
	uint64_t values;
	uint64_t bytes;
	int64_t oldest_ns; /* 0: nothing is left */
	uint64_t backlog_values; /* of them in files */
};
void reader_lag(struct reader *, struct reader_lag *ret);
/* All from the first record at or after this time on is read again, if it is
   in the journal; -1 if there is none. */
int reader_replay(struct reader *, int64_t from_ns, struct error *);
/* What is in files and not yet read is given up; returns its values, as well as
   segments tell. */
uint64_t reader_drop(struct reader *);

/* -- the journal's side -- */

/* What a reader loses with a segment. */
struct reader_loss {
	struct ranges lost;
	struct memlog_gap gap;
};
/* What the tail has let go is to be read from files from now on, and not only
   with its next frame. */
void reader_settle(struct reader *);
/* Positions it had not read are not for it any more. */
void reader_give_up(struct reader *, uint64_t first, uint64_t last,
    struct reader_loss *);
void reader_loss_add(struct reader_loss *, const struct farm_record *);
void reader_lose(struct reader *, struct reader_loss *); /* frees the loss */
/* A record is gone from the files; was it still to be read? */
bool reader_lose_record(struct reader *, const struct farm_record *);
bool reader_is_past(struct reader *, uint64_t first, uint64_t last);
/* These positions cannot be read by anybody. */
void readers_lost(struct journal *, const struct ranges *);
/* Name (to be freed) and cursor of reader i; NULL if there is none.  `owed'
   of *ret is empty, or its memory is used again; next is 0 if it stands where
   it stood at the last call. */
char *reader_snapshot(struct journal *, size_t i, struct cursor *ret);

#endif
