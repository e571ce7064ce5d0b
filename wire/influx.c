#include "influx.h"

#include <errno.h>
#include <stdlib.h>

/* Longest number: more digits than any has use for. */
#define NUMBER_MAX 400

/* --- pieces --- */

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How far a name goes: to the first of `stops' that is not escaped. */
static size_t
name_length(struct slice s, const char *stops)
{
	size_t i;

	for (i = 0; i < s.length && !is_in(s.text[i], stops); i++)
		if (s.text[i] == '\\' && i + 1 < s.length &&
		    s.text[i + 1] != '\n')
			i++;
	return i < s.length ? i : s.length;
}

/* Take a name off; false if it is empty or not followed by `then'. */
static bool
take_name(struct slice *s, const char *stops, char then, struct slice *ret)
{
	size_t n = name_length(*s, stops);

	*ret = (struct slice){ s->text, n };
	if (n == 0 || n == s->length || s->text[n] != then)
		return false;
	slice_skip(s, n + 1);
	return true;
}

/* The length of "..." with its quotes; 0 if it does not end. */
static size_t
quoted_length(struct slice s)
{
	size_t i;

	for (i = 1; i < s.length && s.text[i] != '"'; i++)
		if (s.text[i] == '\\')
			i++;
	return i < s.length ? i + 1 : 0;
}

/* To the newline that ends the line, not one in a text; to the end of all if a
   quote is never closed, so that no byte is looked at twice. */
static size_t
line_length(struct slice s)
{
	bool quoted = false, fields = false, value = false;
	size_t i;

	for (i = 0; i < s.length; i++) {
		char c = s.text[i];

		if (c == '\n' && !quoted)
			return i;
		if (c == '\\' && i + 1 < s.length &&
		    (quoted || s.text[i + 1] != '\n'))
			i++;
		else if (c == ' ')
			fields = true;
		else if (c == '"' && (quoted || value))
			quoted = !quoted;
		/* A quote within a name is part of it. */
		value = fields && c == '=' && !quoted;
	}
	return s.length;
}

/* --- values --- */

static bool
is_any(struct slice s, const char *const words[5])
{
	size_t i;

	for (i = 0; i < 5; i++)
		if (slice_is(s, words[i]))
			return true;
	return false;
}

static bool
parse_boolean(struct slice s, struct farm_value *ret)
{
	static const char *const yes[] = { "t", "T", "true", "True", "TRUE" };
	static const char *const no[] = { "f", "F", "false", "False", "FALSE" };

	if (!is_any(s, yes) && !is_any(s, no))
		return false;
	*ret = farm_boolean(is_any(s, yes));
	return true;
}

/* Digits, a sign, a point, an exponent: no "inf", "nan" or "0x". */
static bool
parse_number(struct slice s, struct farm_value *ret)
{
	char text[NUMBER_MAX + 1], *end;
	char suffix = s.length > 0 ? s.text[s.length - 1] : '\0';
	bool integer = suffix == 'i' || suffix == 'u';

	s.length -= integer;
	if (s.length == 0 || s.length > NUMBER_MAX)
		return false;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	if (strspn(text, integer ? "0123456789-+" : "0123456789-+.eE") !=
	    s.length)
		return false;
	errno = 0;
	if (suffix == 'i')
		*ret = farm_int64(strtoll(text, &end, 10));
	else if (suffix == 'u' && text[0] != '-')
		*ret = farm_uint64(strtoull(text, &end, 10));
	else if (suffix != 'u')
		*ret = farm_double(strtod(text, &end));
	else
		return false;
	/* What is too small for a double is 0, or nearly. */
	if (*end != '\0' || end == text)
		return false;
	return errno == 0 || (!integer && ret->number > -1 && ret->number < 1);
}

static bool
take_value(struct slice *s, struct farm_value *ret)
{
	size_t n;

	if (s->length > 0 && s->text[0] == '"') {
		n = quoted_length(*s);
		if (n == 0 || n - 2 > FARM_TEXT_MAX)
			return false;
		*ret = farm_text(s->text + 1, n - 2);
		slice_skip(s, n);
		return s->length == 0 || s->text[0] == ',' || s->text[0] == ' ';
	}
	for (n = 0; n < s->length && s->text[n] != ',' && s->text[n] != ' ';
	     n++)
		;
	if (!parse_boolean((struct slice){ s->text, n }, ret) &&
	    !parse_number((struct slice){ s->text, n }, ret))
		return false;
	slice_skip(s, n);
	return true;
}

/* --- lines --- */

/* Only where something follows; it is wrong otherwise, and stays to be seen. */
static void
skip_comma(struct slice *s)
{
	if (s->length > 1 && s->text[0] == ',' && s->text[1] != ' ')
		slice_skip(s, 1);
}

static bool
take_tag(struct slice *s, struct influx_tag *ret)
{
	size_t n;

	if (!take_name(s, ",= ", '=', &ret->name))
		return false;
	n = name_length(*s, ",= ");
	ret->value = (struct slice){ s->text, n };
	if (n == 0 || (n < s->length && s->text[n] == '='))
		return false;
	slice_skip(s, n);
	skip_comma(s);
	return true;
}

static bool
take_field(struct slice *s, struct influx_field *ret)
{
	if (!take_name(s, ",= ", '=', &ret->name) ||
	    !take_value(s, &ret->value))
		return false;
	skip_comma(s);
	return true;
}

static int
parse_tags(struct slice *line, struct influx_point *p, struct error *err)
{
	struct influx_tag tag;

	p->tags = *line;
	while (line->length > 0 && line->text[0] != ' ') {
		if (!take_tag(line, &tag))
			return error_set(err, "tag %zu of \"%.*s\" is wrong",
			    p->n_tags + 1, (int)p->measurement.length,
			    p->measurement.text);
		p->n_tags++;
	}
	p->tags.length = (size_t)(line->text - p->tags.text);
	return 0;
}

static int
parse_fields(struct slice *line, struct influx_point *p, struct error *err)
{
	struct influx_field field;

	p->fields = *line;
	do {
		if (!take_field(line, &field))
			return error_set(err, "field %zu of \"%.*s\" is wrong",
			    p->n_fields + 1, (int)p->measurement.length,
			    p->measurement.text);
		p->n_fields++;
	} while (line->length > 0 && line->text[0] != ' ');
	p->fields.length = (size_t)(line->text - p->fields.text);
	return 0;
}

static void
skip_blanks(struct slice *s)
{
	while (s->length > 0 && s->text[0] == ' ')
		slice_skip(s, 1);
}

static int
parse_time(struct slice *line, struct influx_point *p, struct error *err)
{
	struct farm_value v;
	char text[32];

	skip_blanks(line);
	while (line->length > 0 && line->text[line->length - 1] == ' ')
		line->length--;
	if (line->length == 0)
		return 0;
	if (line->length < sizeof(text) - 1) {
		memcpy(text, line->text, line->length);
		text[line->length] = 'i';
		if (parse_number(
			(struct slice){ text, line->length + 1 }, &v)) {
			p->timed = true;
			p->time = v.int64;
			return 0;
		}
	}
	return error_set(err, "the time of \"%.*s\" is wrong",
	    (int)p->measurement.length, p->measurement.text);
}

static int
parse_line(struct slice line, struct influx_point *p, struct error *err)
{
	size_t n = name_length(line, ", ");

	p->measurement = (struct slice){ line.text, n };
	if (n == 0)
		return error_set(err, "a line without a measurement");
	slice_skip(&line, n);
	skip_comma(&line);
	if (parse_tags(&line, p, err) != 0)
		return -1;
	skip_blanks(&line);
	if (parse_fields(&line, p, err) != 0)
		return -1;
	return parse_time(&line, p, err);
}

int
influx_parse(struct slice *rest, struct influx_point *ret, struct error *err)
{
	struct influx_point p;
	struct slice line;

	while (rest->length > 0) {
		line = *rest;
		if (line.text[0] == '#')
			line = slice_cut(&line, '\n');
		else
			line.length = line_length(line);
		slice_skip(rest, line.length + (line.length < rest->length));
		if (line.length > 0 && line.text[line.length - 1] == '\r')
			line.length--;
		skip_blanks(&line);
		if (line.length == 0 || line.text[0] == '#')
			continue;
		p = (struct influx_point){ .timed = false };
		if (parse_line(line, &p, err) != 0)
			return -1;
		*ret = p;
		return 1;
	}
	return 0;
}

bool
influx_next_tag(struct influx_point *p, struct influx_tag *ret)
{
	return p->tags.length > 0 && take_tag(&p->tags, ret);
}

bool
influx_next_field(struct influx_point *p, struct influx_field *ret)
{
	return p->fields.length > 0 && take_field(&p->fields, ret);
}

static size_t
unescape(char *to, struct slice s, const char *escaped)
{
	size_t i, n = 0;

	for (i = 0; i < s.length; i++) {
		if (s.text[i] == '\\' && i + 1 < s.length &&
		    is_in(s.text[i + 1], escaped))
			i++;
		to[n++] = s.text[i];
	}
	return n;
}

size_t
influx_unescape_measurement(char *to, struct slice s)
{
	return unescape(to, s, ", ");
}

size_t
influx_unescape_name(char *to, struct slice s)
{
	return unescape(to, s, ",= ");
}

size_t
influx_unescape_text(char *to, struct slice s)
{
	return unescape(to, s, "\"\\");
}
