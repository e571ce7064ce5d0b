/* CSV by RFC 4180, with a header that names the columns. */
#include "format.h"

#include <inttypes.h>
#include <string.h>

#include "words.h"

/* What some spreadsheets put before the text. */
#define BOM "\xef\xbb\xbf"

enum column {
	FARM,
	CLUSTER,
	NODE,
	PARAMETER,
	KIND,
	UNIT,
	LABELS,
	TIME,
	TYPE,
	VALUE,
	STEP, /* from here on of averages only */
	COUNT,
	MIN,
	MAX,
	LAST,
	HELD,
	COLUMNS
};

static const char *const names[COLUMNS] = { "farm", "cluster", "node",
	"parameter", "kind", "unit", "labels", "time", "type", "value", "step",
	"count", "min", "max", "last", "held" };

/* --- out --- */

static void
put_field(struct buffer *out, const char *text, size_t length)
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
	put_field(out, text, strlen(text));
	buffer_putc(out, ',');
}

static void
put_labels(struct buffer *out, const struct row *row)
{
	struct buffer json = BUFFER_INIT;

	if (row->series.n_labels > 0)
		row_put_labels(&json, row);
	put_text(out, buffer_text(&json));
	out->failed |= buffer_failed(&json);
	buffer_free(&json);
}

/* Lengths are in seconds. */
static void
put_average(struct buffer *out, const struct row_average *a)
{
	const struct farm_value fields[] = { farm_double(
						 (double)a->step_ns / 1e9),
		farm_uint64(a->count), farm_double(a->min), farm_double(a->max),
		farm_double(a->last), farm_double((double)a->held_ns / 1e9) };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		buffer_putc(out, ',');
		if (a->step_ns != 0)
			buffer_value(out, &fields[i]);
	}
}

static int
put(struct buffer *out, const struct row *row, struct error *err)
{
	const struct farm_series *s = &row->series;

	(void)err;
	put_text(out, s->farm);
	put_text(out, s->cluster);
	put_text(out, s->node);
	put_text(out, s->parameter);
	put_text(out, kind_word(s->kind));
	put_text(out, s->unit);
	put_labels(out, row);
	row_put_time(out, row->time_ns);
	buffer_printf(out, ",%s,", type_word(row->value.type));
	if (row->value.type == FARM_TEXT)
		put_field(out, row->value.text, row->value.length);
	else
		buffer_value(out, &row->value);
	put_average(out, &row->average);
	buffer_puts(out, "\r\n");
	return 0;
}

/* --- in --- */

struct field {
	const char *text; /* NUL behind it */
	size_t length;
};

/* A record that is being taken apart. */
struct scan {
	const char *text;
	size_t size;
	size_t at;
};

/* How far a record goes: to the first end of a line that is not within
   quotes; 0 if there is none. */
static size_t
record_length(const char *text, size_t size)
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
take_field(struct scan *s, char *to, struct field *ret, bool *ret_end,
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

/* The columns of the header: each once, those that a row needs among them. */
static enum piece
take_header(
    struct parsing *p, const struct field *fields, size_t n, struct error *err)
{
	unsigned seen = 0;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		const char *name = fields[i].text;

		if (i == 0 && strncmp(name, BOM, strlen(BOM)) == 0)
			name += strlen(BOM);
		for (k = 0; k < COLUMNS; k++)
			if (strcmp(name, names[k]) == 0)
				break;
		p->columns[i] = k < COLUMNS ? k : -1;
		if (k < COLUMNS && (seen & 1u << k) != 0) {
			error_set(err, "column %s twice", names[k]);
			return PIECE_HOPELESS;
		}
		seen |= k < COLUMNS ? 1u << k : 0;
	}
	for (k = 0; k < COLUMNS; k++) {
		if (k == KIND || k == UNIT || k == LABELS || k >= STEP ||
		    (seen & 1u << k) != 0)
			continue;
		error_set(err, "the header has no column %s", names[k]);
		return PIECE_HOPELESS;
	}
	p->n_columns = n;
	return PIECE_NOTHING;
}

static int
take_labels(struct parsing *p, struct row *row, const struct field *f,
    struct error *err)
{
	json_t *json;
	int rc;

	if (f->length == 0)
		return 0;
	json = json_loadb(f->text, f->length, ROW_JSON, NULL);
	if (json == NULL)
		return error_set(err, "labels are no JSON: %s", f->text);
	rc = row_get_labels(row, p->arena, json, err);
	json_decref(json);
	return rc;
}

static int
take_row(struct parsing *p, const struct field *fields, struct row *row,
    struct error *err)
{
	const struct field none = { "", 0 };
	const struct field *by[COLUMNS];
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		by[i] = &none;
	for (i = 0; i < p->n_columns; i++)
		if (p->columns[i] >= 0)
			by[p->columns[i]] = &fields[i];
	for (i = 0; i < VALUE; i++)
		if (strlen(by[i]->text) != by[i]->length)
			return error_set(
			    err, "a zero byte in the %s", names[i]);
	if (by[STEP]->length > 0)
		return row_refuse_average(err);
	*row = (struct row){ .series = { .farm = by[FARM]->text,
				 .cluster = by[CLUSTER]->text,
				 .node = by[NODE]->text,
				 .parameter = by[PARAMETER]->text,
				 .unit = by[UNIT]->text } };
	if (row_get_kind(row, by[KIND]->text, err) < 0 ||
	    row_get_time(row, by[TIME]->text, err) < 0 ||
	    take_labels(p, row, by[LABELS], err) < 0)
		return -1;
	return row_get_value(
	    row, by[TYPE]->text, by[VALUE]->text, by[VALUE]->length, err);
}

static enum piece
finish(struct parsing *p, const struct field *fields, size_t n, struct row *row,
    struct error *err)
{
	if (n == 1 && fields[0].length == 0)
		return PIECE_NOTHING;
	if (p->n_columns == 0)
		return take_header(p, fields, n, err);
	if (n != p->n_columns) {
		error_set(
		    err, "%zu fields, and the header has %zu", n, p->n_columns);
		return PIECE_BAD;
	}
	return take_row(p, fields, row, err) < 0 ? PIECE_BAD : PIECE_ROW;
}

static enum piece
get(struct parsing *p, const char *text, size_t size, bool last,
    size_t *ret_used, struct row *ret, struct error *err)
{
	size_t length = record_length(text, size);
	struct scan s = { .text = text, .size = length == 0 ? size : length };
	struct field fields[CSV_FIELDS_MAX];
	bool end = false;
	size_t n = 0;
	char *to;

	if (length == 0 && !last)
		return PIECE_MORE;
	to = arena_alloc(p->arena, s.size + CSV_FIELDS_MAX);
	if (to == NULL)
		error_set(err, "out of memory");
	while (to != NULL && !end) {
		if (n == CSV_FIELDS_MAX) {
			error_set(err, "more than %d fields", CSV_FIELDS_MAX);
			return PIECE_BAD;
		}
		if (take_field(&s, to, &fields[n], &end, err) < 0)
			return PIECE_BAD;
		to += fields[n++].length + 1;
	}
	*ret_used = s.size;
	return to == NULL ? PIECE_BAD : finish(p, fields, n, ret, err);
}

const struct text_format csv_format = {
	.name = "csv",
	.head = "farm,cluster,node,parameter,kind,unit,labels,time,type,"
		"value,step,count,min,max,last,held\r\n",
	.put = put,
	.get = get,
};
