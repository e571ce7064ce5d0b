/*
 * json_pull.h - JSON read in one pass, piece by piece, in no memory of its
 * own: for texts of any length of which little is wanted.  Strict (RFC 8259)
 * but for keys that are there twice, which are both given.
 */
#ifndef LIB_JSON_PULL_H
#define LIB_JSON_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define JSON_PULL_DEPTH 32

enum json_piece {
	JSON_PULL_END, /* the text was one whole value */
	JSON_PULL_BAD, /* from here on it is no JSON, or breaks off */
	JSON_PULL_OBJECT,
	JSON_PULL_OBJECT_END,
	JSON_PULL_ARRAY,
	JSON_PULL_ARRAY_END,
	JSON_PULL_VALUE, /* a string, number, true, false or null */
};

/* Starts with `rest', and else zeroed. */
struct json_pull {
	struct slice rest;
	struct slice key;   /* of the piece, as it stands between quotes; empty
			       in arrays */
	struct slice value; /* likewise; escapes are left as they are */
	bool quoted;	    /* the value is a string */
	uint32_t depth;	    /* objects and arrays that are open */
	uint32_t objects;   /* which of them are objects, a bit each */
	bool comma;	    /* the next thing needs one before it */
	bool begun;
};

enum json_piece json_pull(struct json_pull *);

#endif
