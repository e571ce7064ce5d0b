/*
 * dead_letters.h - records that a writer can never store, with its reason: a
 * line of JSON each in STATE/dead-letters/WRITER.jsonl.  Bounded: a file that
 * is full becomes WRITER.jsonl.1, and the one before that goes.
 */
#ifndef HOST_DEAD_LETTERS_H
#define HOST_DEAD_LETTERS_H

#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "series.h"

#define DEAD_LETTERS_BYTES (8u << 20) /* of one file */

/* STATE/dead-letters/WRITER.jsonl; free() it.  NULL if memory is out. */
char *dead_letters_path(const char *state, const char *writer);
/* One more; the folder is made if need be. */
int dead_letters_add(const char *path, const struct farm_record *,
    const struct series_table *, const char *reason, int64_t wall_ns,
    struct error *);
/* The newest `limit' of them, oldest first, as a JSON array. */
int dead_letters_json(const char *path, size_t limit, struct buffer *,
    struct error *);

#endif
