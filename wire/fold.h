/*
 * fold.h - names that come out as one word, whatever they were.
 */
#ifndef WIRE_FOLD_H
#define WIRE_FOLD_H

#include "buffer.h"
#include "slice.h"

static inline bool
fold_is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c >= 0x80;
}

/* Blanks, control characters and those of `set', which are neither letters nor
   digits, become "_". */
static inline void
fold_put(struct buffer *b, struct slice part, const char *set)
{
	char *to = buffer_room(b, part.length);

	if (to == NULL)
		return;
	for (size_t i = 0; i < part.length; i++) {
		unsigned char c = (unsigned char)part.text[i];

		if (!fold_is_word(c) &&
		    (c <= ' ' || c == 0x7f || strchr(set, c) != NULL))
			c = '_';
		to[i] = (char)c;
	}
	buffer_added(b, part.length);
}

#endif
