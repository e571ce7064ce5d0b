/*
 * parts.h - what others say of a group: of each source the last partial
 * aggregate, as the bytes that came.
 */
#ifndef AGGREGATE_PARTS_H
#define AGGREGATE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "group.h"
#include "partial.h"

/* Of all groups of an instance. */
#define PARTS_BYTES_MAX (64u << 20)

struct part {
	struct part *next;
	int64_t time_ns;
	size_t key_begin; /* what is the same whenever the source says it */
	size_t key_end;
	size_t size;
	uint8_t bytes[];
};

/* Starts zeroed. */
struct parts {
	size_t bytes;
};

/*
 * `partial' is what `bytes' say.  In the place of what its source said before,
 * unless that is newer.  -1, with nothing changed: there is no room.
 */
int parts_take(struct parts *, struct group *, const struct partial *partial,
    int64_t time_ns, const void *bytes, size_t size);
/* Those of before that time go. */
void parts_expire(struct parts *, struct group *, int64_t time_ns);

#endif
