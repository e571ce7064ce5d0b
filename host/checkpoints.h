/*
 * checkpoints.h - the last checkpoint of each instance.  The records of the
 * journal hold them; STATE/checkpoints holds those of segments that are
 * complete, and may be gone.  Has a lock of its own.
 */
#ifndef HOST_CHECKPOINTS_H
#define HOST_CHECKPOINTS_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* Of so many instances; those of the oldest go first. */
#define CHECKPOINTS_MAX 1000

struct checkpoints;

struct checkpoints *checkpoints_new(void);
void checkpoints_free(struct checkpoints *); /* NULL is fine */

/* One that is on its way to the disk at `position'.  -1 if memory is out. */
int checkpoints_add(struct checkpoints *, uint64_t position,
    const char *instance, const void *bytes, size_t size);
/* Those from here on will not come to the disk. */
void checkpoints_withdraw(struct checkpoints *, uint64_t position);
/* Those up to here are on disk: they count from now on. */
void checkpoints_written(struct checkpoints *, uint64_t position);
/* A copy of the one that counts, to be freed by free(); NULL if none. */
void *checkpoints_get(struct checkpoints *, const char *instance,
    size_t *ret_size);

/* Those that count, as a frame; *ret_through of what was read is how far the
   stream was when they were written. */
int checkpoints_print(struct checkpoints *, uint64_t through,
    struct buffer *, struct error *);
int checkpoints_parse(struct checkpoints *, const void *bytes, size_t size,
    uint64_t *ret_through, struct error *);

#endif
