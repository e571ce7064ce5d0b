#include "csv.h"

#include <string.h>

#include "clock.h"
#include "json_lines.h"
#include "words.h"

/* ------------------------------------------------------------- written -- */

void
csv_put_field(struct buffer *out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] == '\0' || strchr("\",\r\n", text[i]) != NULL)
			break;
	if (i == length) {
		buffer_put(out, text, length);
		return;
	}
	buffer_putc(out, '"');
	for (i = 0; i < length; i++) {
		if (text[i] == '"')
			buffer_putc(out, '"');
		buffer_putc(out, text[i]);
	}
	buffer_putc(out, '"');
}

static void
put_text(struct buffer *out, const char *text)
{
	csv_put_field(out, text, strlen(text));
	buffer_putc(out, ',');
}

static void
put_labels(struct buffer *out, const struct farm_series *s)
{
	struct buffer json = BUFFER_INIT;

	if (s->n_labels > 0)
		json_put_labels(&json, s);
	put_text(out, buffer_text(&json));
	out->failed |= buffer_failed(&json);
	buffer_free(&json);
}

void
csv_put_value(struct buffer *out, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	put_text(out, s->farm);
	put_text(out, s->cluster);
	put_text(out, s->node);
	put_text(out, s->parameter);
	put_text(out, kind_word(s->kind));
	put_text(out, s->unit);
	put_labels(out, s);
	time_print(out, time_ns, 9);
	buffer_printf(out, ",%s,", type_word(v->type));
	if (v->type == FARM_TEXT)
		csv_put_field(out, v->text, v->length);
	else
		buffer_value(out, v);
}

/* ---------------------------------------------------------------- read -- */

/* A record that is being taken apart. */
struct scan {
	const char *text;
	size_t size;
	size_t at;
};

size_t
csv_record_length(const char *text, size_t size)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < size; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == '\n' && !quoted)
			return i + 1;
	}
	return 0;
}

/* A quoted field from behind its first quote on. */
static int
take_quoted(struct scan *s, char *to, size_t *ret_length, struct error *err)
{
	size_t n = 0;

	for (; s->at < s->size; s->at++) {
		if (s->text[s->at] == '"' &&
		    (++s->at == s->size || s->text[s->at] != '"')) {
			*ret_length = n;
			return 0;
		}
		to[n++] = s->text[s->at];
	}
	return error_set(err, "a quote is not closed");
}

static int
take_plain(struct scan *s, char *to, size_t *ret_length, struct error *err)
{
	size_t n = 0;

	for (; s->at < s->size; s->at++) {
		char c = s->text[s->at];

		if (c == ',' || c == '\n' || c == '\r')
			break;
		if (c == '"')
			return error_set(err, "a quote within a field");
		to[n++] = c;
	}
	*ret_length = n;
	return 0;
}

/* Behind a field: a comma, or the end of the record (*ret_end). */
static int
take_end(struct scan *s, bool *ret_end, struct error *err)
{
	*ret_end = false;
	if (s->at < s->size && s->text[s->at] == ',') {
		s->at++;
		return 0;
	}
	if (s->at < s->size && s->text[s->at] == '\r')
		s->at++;
	*ret_end = s->at == s->size || s->text[s->at] == '\n';
	if (*ret_end)
		return 0;
	return error_set(
	    err, "neither a comma nor the end of the line follows a field");
}

static int
take_field(struct scan *s, char *to, struct csv_field *ret, bool *ret_end,
    struct error *err)
{
	int rc;

	if (s->at < s->size && s->text[s->at] == '"') {
		s->at++;
		rc = take_quoted(s, to, &ret->length, err);
	} else {
		rc = take_plain(s, to, &ret->length, err);
	}
	if (rc < 0)
		return -1;
	to[ret->length] = '\0';
	ret->text = to;
	return take_end(s, ret_end, err);
}

int
csv_parse(const char *text, size_t size, char *to,
    struct csv_field fields[CSV_FIELDS_MAX], size_t *ret_n, struct error *err)
{
	struct scan s = { .text = text, .size = size };
	bool end = false;
	size_t n = 0;

	while (!end) {
		if (n == CSV_FIELDS_MAX)
			return error_set(
			    err, "more than %d fields", CSV_FIELDS_MAX);
		if (take_field(&s, to, &fields[n], &end, err) < 0)
			return -1;
		to += fields[n++].length + 1;
	}
	*ret_n = n;
	return 0;
}
