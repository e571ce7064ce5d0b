/*
 * fold.h - names that come out as one word, whatever they were.
 */
#ifndef WIRE_FOLD_H
#define WIRE_FOLD_H

#include "buffer.h"
#include "slice.h"

/* Blanks, control characters and those of `set' become "_". */
static inline void
fold_put(struct buffer *b, struct slice part, const char *set)
{
	for (size_t i = 0; i < part.length; i++) {
		unsigned char c = (unsigned char)part.text[i];

		if (c <= ' ' || c == 0x7f || strchr(set, c) != NULL)
			c = '_';
		buffer_putc(b, (char)c);
	}
}

#endif
