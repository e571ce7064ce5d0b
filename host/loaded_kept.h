/*
 * loaded_kept.h - what a loaded filter gave to its owner, until it is fetched:
 * the newest of it, within a bound in bytes.
 */
#ifndef HOST_LOADED_KEPT_H
#define HOST_LOADED_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "series.h"
#include "sink.h"

struct kept;

/* `series' explains what is given.  NULL if memory is out. */
struct kept *kept_new(struct series_table *series);
void kept_free(struct kept *); /* NULL is fine */
struct sink *kept_sink(struct kept *);
/*
 * {"results":[..],"next":N,"lost":N}: those behind number `after', oldest first,
 * `limit' at most; `next' is the last one's, `lost' how many behind `after' are
 * not there any more.  Any thread.
 */
void kept_json(struct kept *, uint64_t after, size_t limit, struct buffer *);

#endif
