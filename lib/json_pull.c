/* JSON, piece by piece. */
#include "json_pull.h"

#include <ctype.h>

static void
skip(struct json_pull *p, size_t n)
{
	p->rest.text += n;
	p->rest.length -= n;
}

static void
skip_blanks(struct json_pull *p)
{
	size_t n = 0;

	while (n < p->rest.length && memchr(" \t\r\n", p->rest.text[n], 4))
		n++;
	skip(p, n);
}

/* The next byte that is not blank; 0 at the end. */
static char
ahead(struct json_pull *p)
{
	skip_blanks(p);
	return p->rest.length > 0 ? p->rest.text[0] : '\0';
}

static bool
take(struct json_pull *p, char c)
{
	if (ahead(p) != c || c == '\0')
		return false;
	skip(p, 1);
	return true;
}

static bool
in_object(const struct json_pull *p)
{
	return p->depth > 0 && (p->objects >> (p->depth - 1) & 1) != 0;
}

/* How long an escape is, from its backslash; 0 if it is none. */
static size_t
escape(struct slice s)
{
	size_t i;

	if (s.length < 2 || memchr("\"\\/bfnrtu", s.text[1], 9) == NULL)
		return 0;
	if (s.text[1] != 'u')
		return 2;
	for (i = 2; i < 6; i++)
		if (i >= s.length || !isxdigit((unsigned char)s.text[i]))
			return 0;
	return 6;
}

static bool
take_string(struct json_pull *p, struct slice *ret)
{
	const char *text;
	size_t i, n;

	if (!take(p, '"'))
		return false;
	text = p->rest.text;
	for (i = 0; i < p->rest.length && text[i] != '"'; i += n) {
		n = 1;
		if (text[i] == '\\')
			n = escape(
			    (struct slice){ text + i, p->rest.length - i });
		if (n == 0 || (unsigned char)text[i] < ' ')
			return false;
	}
	if (i >= p->rest.length)
		return false;
	*ret = (struct slice){ text, i };
	skip(p, i + 1);
	return true;
}

static size_t
digits(struct slice s, size_t from)
{
	while (from < s.length && s.text[from] >= '0' && s.text[from] <= '9')
		from++;
	return from;
}

/* How long the number is; 0 if there is none. */
static size_t
number(struct slice s)
{
	size_t at = s.text[0] == '-', end = digits(s, at);

	if (end == at || (s.text[at] == '0' && end > at + 1))
		return 0;
	if (end < s.length && s.text[end] == '.') {
		at = end + 1;
		end = digits(s, at);
		if (end == at)
			return 0;
	}
	if (end < s.length && (s.text[end] | 0x20) == 'e') {
		at = end + 1;
		at += at < s.length && memchr("+-", s.text[at], 2) != NULL;
		end = digits(s, at);
		if (end == at)
			return 0;
	}
	return end;
}

static size_t
word(struct slice s)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i, n;

	for (i = 0; i < 3; i++) {
		n = strlen(words[i]);
		if (s.length >= n && memcmp(s.text, words[i], n) == 0)
			return n;
	}
	return 0;
}

static enum json_piece
open_one(struct json_pull *p, bool object)
{
	uint32_t bit;

	if (p->depth == JSON_PULL_DEPTH)
		return JSON_PULL_BAD;
	bit = UINT32_C(1) << p->depth;
	skip(p, 1);
	p->objects = object ? p->objects | bit : p->objects & ~bit;
	p->depth++;
	p->comma = false;
	return object ? JSON_PULL_OBJECT : JSON_PULL_ARRAY;
}

static enum json_piece
close_one(struct json_pull *p)
{
	bool object = in_object(p);

	skip(p, 1);
	p->depth--;
	p->comma = true;
	return object ? JSON_PULL_OBJECT_END : JSON_PULL_ARRAY_END;
}

static enum json_piece
take_value(struct json_pull *p)
{
	char c = ahead(p);
	size_t n;

	if (c == '{' || c == '[')
		return open_one(p, c == '{');
	p->comma = true;
	p->quoted = c == '"';
	if (p->quoted)
		return take_string(p, &p->value) ? JSON_PULL_VALUE
						 : JSON_PULL_BAD;
	if (c == '\0')
		return JSON_PULL_BAD;
	n = number(p->rest);
	if (n == 0)
		n = word(p->rest);
	p->value = (struct slice){ p->rest.text, n };
	skip(p, n);
	return n > 0 ? JSON_PULL_VALUE : JSON_PULL_BAD;
}

enum json_piece
json_pull(struct json_pull *p)
{
	p->key = (struct slice){ "", 0 };
	if (p->depth == 0 && p->begun)
		return ahead(p) == '\0' && p->rest.length == 0 ? JSON_PULL_END
							       : JSON_PULL_BAD;
	p->begun = true;
	if (p->depth > 0 && ahead(p) == (in_object(p) ? '}' : ']'))
		return close_one(p);
	if (p->comma && !take(p, ','))
		return JSON_PULL_BAD;
	if (in_object(p) && (!take_string(p, &p->key) || !take(p, ':')))
		return JSON_PULL_BAD;
	return take_value(p);
}
