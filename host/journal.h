/*
 * journal.h - what came out of the filters, on disk: segments in
 * STATE/journal, written by a thread of its own from the tail in memory
 * (memlog.h), so that a slow disk holds up nobody.  A frame is accepted once
 * it is written.  Writers read through reader.h.
 *
 * Whatever the disk does, the journal stays open: what cannot be written
 * waits in the tail, within its bound, and is tried again.
 */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "config.h"
#include "error.h"
#include "memlog.h"

struct journal;

/*
 * Recover what is in `folder' (made if need be).  What is wrong there is
 * mended, logged and counted; only memory can fail.  `tail' must outlive it.
 */
int journal_open(struct journal **ret, const char *folder, const char *farm,
    const struct journal_config *, struct memlog *tail, struct error *);
int journal_start(struct journal *); /* its thread */
/* Write what the closed tail still has, and all cursors; false if not done by
   the deadline: then never free it. */
bool journal_stop(struct journal *, int64_t deadline_mono_ns);
void journal_free(struct journal *); /* NULL is fine; no readers any more */

/* A position that nothing in it has reached. */
uint64_t journal_next(struct journal *);
/* Wait until all that was appended to the tail up to `position' is written, or
   given up. */
bool journal_wait(struct journal *, uint64_t position,
    int64_t deadline_mono_ns);

/*
 * Checkpoints of instances.  The router says which it is about to append, for
 * it may be written before the call returns that appends it, and takes back
 * those from `position' on if it could not; they are durable with the record at
 * that position.  journal_restore() gives the last durable one, to be freed by
 * free(); NULL if there is none.
 */
void journal_checkpoint(struct journal *, uint64_t position,
    const char *instance, const void *bytes, size_t size);
void journal_withdraw(struct journal *, uint64_t position);
void *journal_restore(struct journal *, const char *instance,
    size_t *ret_size);

/* Is it as it should be?  If not, *err says what is wrong. */
bool journal_is_fine(struct journal *, struct error *);

struct journal_stats {
	uint64_t bytes;
	uint64_t segments;
	uint64_t first_position; /* kept; 0: none */
	uint64_t written;	 /* all up to here is on disk, or never will */
	int64_t oldest_ns;
	uint64_t unwritten_values; /* never came to be written */
	uint64_t given_up_values; /* before all writers had read them */
	uint64_t bad_frames;	 /* could not be read any more */
	uint64_t syncs;
	uint64_t turns; /* of its thread */
};
void journal_stats(struct journal *, struct journal_stats *ret);
/* An object. */
void journal_json(struct journal *, struct buffer *);

#endif
