/*
 * scan.h - reading the kernel's text files piece by piece.  A scan is a run
 * of bytes not yet looked at; nothing here needs a NUL or looks beyond `end'.
 */
#ifndef PROC_SCAN_H
#define PROC_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
	const char *at;
	const char *end;
};

static inline struct scan
scan_of(const char *text, size_t size)
{
	return (struct scan){ text, text + size };
}

static inline size_t
scan_size(struct scan s)
{
	return (size_t)(s.end - s.at);
}

/*
 * Each takes a piece off the front; false, with nothing taken, if there is
 * none of that form.
 */
bool scan_line(struct scan *, struct scan *ret_line); /* without its newline */
bool scan_word(struct scan *, struct scan *ret_word); /* between blanks */
bool scan_count(struct scan *, uint64_t *ret);	      /* a word of digits */
bool scan_hex(struct scan *, uint64_t *ret);
bool scan_decimal(struct scan *, double *ret); /* "12" or "0.25" */
/* Exactly these bytes. */
bool scan_literal(struct scan *, const char *text);

bool scan_is(struct scan, const char *text);

#endif
