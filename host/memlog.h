/*
 * memlog.h - frames between the router and the writers, in memory: appended
 * once, read by each through a cursor of its own.  Bounded in bytes: the oldest
 * segment is let go first, and each cursor that had not read it is told: what
 * is on disk by then it finds there, the rest is lost to it.  So this is the
 * tail of the journal, and all there is without one.
 *
 * One thread appends; each cursor is one thread's.
 */
#ifndef HOST_MEMLOG_H
#define HOST_MEMLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct memlog;
struct memlog_frame;

/* What is known of a frame without decoding it. */
struct memlog_info {
	uint64_t first_position;
	uint64_t last_position;
	uint64_t values;
	int64_t oldest_ns; /* wall clock of its records */
	int64_t newest_ns;
};

/* What a reader missed: segments were given up before it had read them. */
struct memlog_gap {
	uint64_t values; /* 0: none */
	int64_t from_ns;
	int64_t to_ns;
};

/* Positions that a reader was not given, because they are on disk. */
struct memlog_kept {
	uint64_t first; /* 0: none */
	uint64_t last;
};

struct memlog_cursor {
	struct memlog_frame *next; /* NULL: all is read */
	struct memlog_gap gap;
	struct memlog_kept kept;
	uint64_t segment; /* of the frame read last */
	uint64_t frames;  /* not yet read */
	uint64_t values;
	size_t bytes;
	struct memlog_cursor *peer;
	bool sealed;
	bool follows_disk;
};

struct memlog *memlog_new(size_t bound);
void memlog_free(struct memlog *); /* NULL is fine; no cursors any more */

/* A cursor reads what is appended from now on.  Returns the last position that
   came this far before that: a frame up to there may still be on its way, whose
   stream it does not know. */
uint64_t memlog_open(struct memlog *, struct memlog_cursor *);
/* It gets a frame when memlog_written() has told of it, so that nobody stores
   what a killed daemon does not know of; or after a second all the same. */
void memlog_follow_disk(struct memlog *, struct memlog_cursor *);
/* It gets nothing more and waits no longer for it: what it has is all. */
void memlog_seal(struct memlog *, struct memlog_cursor *);
/* Its reader goes; what it had not read is no longer kept for it. */
void memlog_leave(struct memlog *, struct memlog_cursor *);
/* Records up to here came this far.  Is there anybody to read them? */
bool memlog_offer(struct memlog *, uint64_t last_position);

/*
 * The writing side.  When the segment is full (or after memlog_turn()) the
 * next frame begins another one, and must begin its stream of definitions
 * anew.  With many series definitions cost more than what they are for: a
 * segment of which `defined' bytes are such grows longer, up to half of all
 * there may be.  Append copies; -1 if memory is out or the frame is larger than all
 * there may be.
 */
bool memlog_begins_segment(struct memlog *, uint64_t defined);
void memlog_turn(struct memlog *);
int memlog_append(struct memlog *, const struct memlog_info *,
    const void *frame, size_t size);
/* What was appended up to here and not yet said so of is on disk now; or it is
   not, and never will be. */
void memlog_written(struct memlog *, uint64_t position, bool kept);
/* What is up to here is not on disk any more. */
void memlog_gone(struct memlog *, uint64_t position);
/* What the cursor's next read would say of positions on disk; it says that no
   more. */
void memlog_take_kept(struct memlog *, struct memlog_cursor *,
    struct memlog_kept *ret);
/* Nothing more comes: readers do not wait any longer. */
void memlog_close(struct memlog *);

/*
 * The next frame, copied to `to' (emptied first); waits for one until the
 * deadline.  False if there is none.  `anew': its stream begins here.
 */
struct memlog_read {
	struct memlog_info info;
	struct memlog_gap gap; /* before this frame */
	struct memlog_kept kept; /* likewise */
	bool anew;
};
bool memlog_read(struct memlog *, struct memlog_cursor *, struct buffer *to,
    struct memlog_read *ret, int64_t deadline_mono_ns);
/* The same, but only if it goes on in the segment at hand; never waits. */
bool memlog_read_more(struct memlog *, struct memlog_cursor *,
    struct buffer *to, struct memlog_read *ret);
/*
 * Leave out what is on disk and no later than `through', as far as whole
 * streams go: *ret says which positions, none if first is 0.  The next frame
 * begins another stream.
 */
void memlog_skip(struct memlog *, struct memlog_cursor *, uint64_t through,
    struct memlog_kept *ret);
/* Is nothing left? */
bool memlog_is_read(struct memlog *, const struct memlog_cursor *);

struct memlog_stats {
	size_t bytes;
	uint64_t frames; /* kept */
	uint64_t first_position; /* kept; 0: none */
	uint64_t last_position;  /* appended */
	uint64_t offered_position; /* appended or not */
	int64_t oldest_ns;
};
void memlog_stats(struct memlog *, struct memlog_stats *ret);
/* How far behind a cursor is. */
struct memlog_lag {
	uint64_t frames;
	uint64_t values;
	size_t bytes;
	int64_t oldest_ns; /* 0: nothing is left */
};
void memlog_lag(struct memlog *, const struct memlog_cursor *,
    struct memlog_lag *ret);

#endif
