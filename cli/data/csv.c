/* CSV by RFC 4180, with a header that names the columns. */
#include "format.h"

#include <inttypes.h>
#include <string.h>

#include "csv.h"

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
	(void)err;
	csv_put_value(out, &row->series, row->time_ns, &row->value);
	put_average(out, &row->average);
	buffer_puts(out, "\r\n");
	return 0;
}

/* --- in --- */

/* The columns of the header: each once, those that a row needs among them. */
static enum piece
take_header(struct parsing *p, const struct csv_field *fields, size_t n,
    struct error *err)
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
take_labels(struct parsing *p, struct row *row, const struct csv_field *f,
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
take_row(struct parsing *p, const struct csv_field *fields, struct row *row,
    struct error *err)
{
	const struct csv_field none = { "", 0 };
	const struct csv_field *by[COLUMNS];
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
finish(struct parsing *p, const struct csv_field *fields, size_t n,
    struct row *row, struct error *err)
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
	size_t length = csv_record_length(text, size);
	struct csv_field fields[CSV_FIELDS_MAX];
	char *to;
	size_t n;

	if (length == 0 && !last)
		return PIECE_MORE;
	if (length == 0)
		length = size;
	to = arena_alloc(p->arena, length + CSV_FIELDS_MAX);
	if (to == NULL) {
		error_set(err, "out of memory");
		return PIECE_BAD;
	}
	if (csv_parse(text, length, to, fields, &n, err) < 0)
		return PIECE_BAD;
	*ret_used = length;
	return finish(p, fields, n, ret, err);
}

const struct text_format csv_format = {
	.name = "csv",
	.head = CSV_VALUE_COLUMNS ",step,count,min,max,last,held\r\n",
	.put = put,
	.get = get,
};
