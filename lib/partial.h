/*
 * partial.h - what one source says of many series together, in bytes: the
 * payload of a FARM_AGGREGATE, which can be merged.  docs/aggregates.md has
 * the format.
 */
#ifndef LIB_PARTIAL_H
#define LIB_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "sketch.h"
#include "tally.h"

/* No payload is larger. */
#define PARTIAL_MAX (64u << 10)
/* Numbers that one can be of: sums of a million such are in range. */
#define PARTIAL_COUNT_MAX (UINT64_C(1) << 40)

enum partial_text {
	PARTIAL_SOURCE, /* who says it */
	PARTIAL_FARM,	/* of what, "all" where anything is meant */
	PARTIAL_CLUSTER,
	PARTIAL_NODE,
	PARTIAL_PARAMETER,
	PARTIAL_UNIT, /* may be empty */
	PARTIAL_TEXTS
};

/* 36 kB. */
struct partial {
	char texts[PARTIAL_TEXTS][FARM_NAME_MAX + 1];
	struct tally tally;
	bool sketched;
	struct sketch sketch; /* of all the tally's numbers */
	size_t key_begin; /* bytes of the payload that are the same whenever */
	size_t key_end;	  /* the source says something of these names */
};

/* `names' with its unit; the sketch may be NULL. */
void partial_put(struct buffer *, const char *source,
    const struct farm_series *names, const struct tally *,
    const struct sketch *);
/* *ret starts zeroed and may be used again.  -1: the bytes are none, and why;
   what is in it is worthless then. */
int partial_parse(struct partial *ret, const void *bytes, size_t size,
    struct error *);

#endif
