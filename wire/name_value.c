#include "name_value.h"

#include <errno.h>
#include <stdlib.h>

#include "number.h"

/* More digits than an int64 has, with its sign. */
#define INTEGER_MAX 20

/* A CR too, and anywhere: of what a program writes through terminals, each
   makes an LF into CR LF. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_blanks(struct slice *s)
{
	while (s->length > 0 && is_blank(s->text[0]))
		slice_skip(s, 1);
}

static struct slice
take(struct slice *rest, size_t n)
{
	struct slice head = { rest->text, n };

	slice_skip(rest, n);
	return head;
}

/* What stands between quotes; false if it does not end, or not before a
   blank. */
static bool
take_quoted(struct slice *rest, struct slice *ret)
{
	size_t i;

	for (i = 1; i < rest->length && rest->text[i] != '"'; i++)
		if (rest->text[i] == '\\' && i + 1 < rest->length)
			i++;
	if (i >= rest->length ||
	    (i + 1 < rest->length && !is_blank(rest->text[i + 1])))
		return false;
	*ret = take(rest, i + 1);
	*ret = (struct slice){ ret->text + 1, ret->length - 2 };
	return true;
}

/* A word or what stands in quotes; false if there is none. */
static bool
take_word(struct slice *rest, struct slice *ret, bool *ret_quoted)
{
	size_t i;

	skip_blanks(rest);
	*ret_quoted = rest->length > 0 && rest->text[0] == '"';
	if (*ret_quoted)
		return take_quoted(rest, ret);
	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		;
	*ret = take(rest, i);
	return i > 0;
}

static bool
integer_parse(struct slice s, int64_t *ret)
{
	char text[INTEGER_MAX + 1], *end;

	if (s.length == 0 || s.length > INTEGER_MAX)
		return false;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	if (strspn(text, "0123456789+-") != s.length)
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return end == text + s.length && errno == 0;
}

static bool
parse_value(struct slice word, bool quoted, struct farm_value *ret)
{
	int64_t integer;
	double number;

	if (quoted)
		*ret = farm_text(word.text, word.length);
	else if (slice_is(word, "U"))
		*ret = (struct farm_value){ .type = FARM_NONE };
	else if (slice_is(word, "true") || slice_is(word, "false"))
		*ret = farm_boolean(word.text[0] == 't');
	else if (integer_parse(word, &integer))
		*ret = farm_int64(integer);
	else if (number_parse(word, &number))
		*ret = farm_double(number);
	else
		return false;
	return !quoted || ret->type == FARM_TEXT;
}

static int
parse_line(struct slice line, struct name_value *l, struct error *err)
{
	struct slice value;
	bool quoted;

	if (!take_word(&line, &l->name, &quoted) || l->name.length == 0)
		return error_set(err, "a line without a name");
	if (!take_word(&line, &value, &quoted) ||
	    !parse_value(value, quoted, &l->value))
		return error_set(err,
		    "\"%.*s\": the value is no number, true, false, U or text "
		    "in quotes",
		    (int)l->name.length, l->name.text);
	skip_blanks(&line);
	if (line.length > 0 && !take_word(&line, &l->unit, &quoted))
		return error_set(err, "\"%.*s\": the unit does not end",
		    (int)l->name.length, l->name.text);
	skip_blanks(&line);
	if (line.length > 0)
		return error_set(err, "\"%.*s\": more than three words",
		    (int)l->name.length, l->name.text);
	return 1;
}

int
name_value_parse(struct slice *rest, struct name_value *ret, struct error *err)
{
	struct name_value l = { .unit = { "", 0 } };
	struct slice line;

	while (rest->length > 0) {
		line = slice_cut(rest, '\n');
		skip_blanks(&line);
		if (line.length == 0 || line.text[0] == '#')
			continue;
		if (parse_line(line, &l, err) < 0)
			return -1;
		*ret = l;
		return 1;
	}
	return 0;
}

size_t
name_value_unescape(char *to, struct slice s)
{
	size_t i, n = 0;

	for (i = 0; i < s.length; i++) {
		if (s.text[i] == '\\' && i + 1 < s.length)
			i++;
		to[n++] = s.text[i];
	}
	return n;
}
