#include "scan.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
scan_line(struct scan *s, struct scan *ret_line)
{
	const char *newline;

	if (s->at == s->end)
		return false;
	newline = memchr(s->at, '\n', scan_size(*s));
	ret_line->at = s->at;
	ret_line->end = newline == NULL ? s->end : newline;
	s->at = newline == NULL ? s->end : newline + 1;
	return true;
}

bool
scan_word(struct scan *s, struct scan *ret_word)
{
	const char *from = s->at;
	const char *to;

	while (from < s->end && is_blank(*from))
		from++;
	for (to = from; to < s->end && !is_blank(*to);)
		to++;
	if (from == to)
		return false;
	*ret_word = (struct scan){ from, to };
	s->at = to;
	return true;
}

static int
digit_of(char c, unsigned base)
{
	if (is_digit(c))
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The whole word must be digits, and fit. */
static bool
number_of(struct scan word, unsigned base, uint64_t *ret)
{
	uint64_t n = 0;
	int digit;

	if (word.at == word.end)
		return false;
	for (; word.at < word.end; word.at++) {
		digit = digit_of(*word.at, base);
		if (digit < 0 || n > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		n = n * base + (unsigned)digit;
	}
	*ret = n;
	return true;
}

static bool
scan_number(struct scan *s, unsigned base, uint64_t *ret)
{
	struct scan rest = *s;
	struct scan word;

	if (!scan_word(&rest, &word) || !number_of(word, base, ret))
		return false;
	*s = rest;
	return true;
}

bool
scan_count(struct scan *s, uint64_t *ret)
{
	return scan_number(s, 10, ret);
}

bool
scan_hex(struct scan *s, uint64_t *ret)
{
	return scan_number(s, 16, ret);
}

/*
 * Not strtod(), which obeys the locale and needs a NUL.  One division of two
 * whole numbers below 2^53 gives the same double.
 */
bool
scan_decimal(struct scan *s, double *ret)
{
	struct scan rest = *s;
	uint64_t digits = 0;
	double scale = 1;
	bool point = false;
	struct scan word;

	if (!scan_word(&rest, &word) || !is_digit(*word.at))
		return false;
	for (; word.at < word.end; word.at++) {
		if (*word.at == '.' && !point) {
			point = true;
			continue;
		}
		if (!is_digit(*word.at) || digits >= (UINT64_C(1) << 53) / 10)
			return false;
		digits = digits * 10 + (unsigned)(*word.at - '0');
		if (point)
			scale *= 10;
	}
	*ret = (double)digits / scale;
	*s = rest;
	return true;
}

bool
scan_literal(struct scan *s, const char *text)
{
	size_t size = strlen(text);

	if (scan_size(*s) < size || memcmp(s->at, text, size) != 0)
		return false;
	s->at += size;
	return true;
}

bool
scan_is(struct scan s, const char *text)
{
	return scan_size(s) == strlen(text) &&
	       memcmp(s.at, text, scan_size(s)) == 0;
}
