/*
 * slice.h - a piece of the bytes being decoded: pointer and length, borrowed,
 * no NUL at its end.
 */
#ifndef LIB_SLICE_H
#define LIB_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *text;
	size_t length;
};

static inline struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool
slice_is(struct slice s, const char *text)
{
	return s.length == strlen(text) && memcmp(s.text, text, s.length) == 0;
}

/* What stands before the first `c', which is dropped; all if there is none. */
static inline struct slice
slice_cut(struct slice *rest, char c)
{
	struct slice head = *rest;
	const char *at;

	/* Of one that is empty the text may be NULL. */
	if (rest->length == 0)
		return head;
	at = memchr(rest->text, c, rest->length);
	if (at != NULL)
		head.length = (size_t)(at - rest->text);
	rest->text += head.length + (at != NULL);
	rest->length -= head.length + (at != NULL);
	return head;
}

/* Of no more than there are. */
static inline void
slice_skip(struct slice *s, size_t n)
{
	s->text += n;
	s->length -= n;
}

static inline void
slice_skip_blanks(struct slice *s)
{
	while (s->length > 0 && (s->text[0] == ' ' || s->text[0] == '\t'))
		slice_skip(s, 1);
}

/* The next line that is not empty, without the blanks before it and without its
   LF or CR LF; false if there is none. */
static inline bool
slice_take_line(struct slice *rest, struct slice *ret)
{
	while (rest->length > 0) {
		*ret = slice_cut(rest, '\n');
		if (ret->length > 0 && ret->text[ret->length - 1] == '\r')
			ret->length--;
		slice_skip_blanks(ret);
		if (ret->length > 0)
			return true;
	}
	return false;
}

#endif
