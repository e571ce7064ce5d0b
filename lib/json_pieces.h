/*
 * json_pieces.h - a JSON text of any length, given bit by bit, that is one
 * object with lists in it: the elements of these lists are handed over one by
 * one, and no more than one of them is held.
 */
#ifndef LIB_JSON_PIECES_H
#define LIB_JSON_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

/* An element of more bytes is an error. */
#define JSON_PIECE_MAX (1 << 20)
/* And so is more than this that is no element. */
#define JSON_FRAME_MAX (1 << 16)

/* An element of the list that is called so.  It is JSON as far as brackets go;
   whoever takes it reads it strictly. */
typedef int json_piece_take(void *cookie, struct slice list,
    struct slice element, struct error *);

/* Zeroed at first. */
struct json_pieces {
	struct buffer frame; /* the text, with one 0 for elements that follow
				one another */
	struct buffer piece; /* what of an element came before */
	uint64_t n;	     /* elements that were taken */
	uint32_t depth;
	bool in_object; /* the text is one */
	bool in_list;	/* a list that is a member of it is open */
	bool in_piece;
	bool in_string;
	bool escaped;
	size_t key; /* the last string of the object: where in the frame */
	size_t key_end;
	size_t behind; /* the last 0 of the list that is open; 0: none */
};

/* The next bytes of it.  -1 and err, also if take() fails. */
int json_pieces_feed(struct json_pieces *, struct slice bytes,
    json_piece_take *take, void *cookie, struct error *);
/* That was all: was it one whole text? */
int json_pieces_end(const struct json_pieces *, struct error *);
void json_pieces_free(struct json_pieces *);

#endif
