/*
 * journal_look.h - looking through the journal once, from a position on, beside
 * those who keep their place in it.  One thread's.
 */
#ifndef HOST_JOURNAL_LOOK_H
#define HOST_JOURNAL_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "journal.h"

struct journal_look {
	struct journal *journal;
	int fd; /* -1: no segment is open */
	uint64_t segment;
	unsigned mended;
	uint64_t at;
	uint64_t after; /* segments up to here are done with */
	bool lost; /* something could not be read any more */
};

/* Records behind this position. */
void journal_look_begin(struct journal_look *, struct journal *,
    uint64_t after);
void journal_look_end(struct journal_look *);
/*
 * The next frame, in `to' (emptied first); false when there is none for now.
 * All of a segment come, since the later ones lean on the definitions in the
 * earlier: the first may hold nothing behind the position.
 */
bool journal_look_next(struct journal_look *, struct buffer *to);
/* What came cannot be used, and so neither what leans on it. */
void journal_look_skip(struct journal_look *);

#endif
