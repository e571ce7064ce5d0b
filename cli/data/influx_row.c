/*
 * InfluxDB's line protocol: the parameter is the measurement; farm, cluster,
 * node, kind, unit and labels ("label.NAME") are tags; the field is "value".
 * The protocol has no NaN and no infinity: these are texts of a field of their
 * own, "nonfinite".  An average has a tag "step", in seconds, and fields beside
 * its mean.
 */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "influx.h"
#include "words.h"

#define LABEL "label."

/* --- out --- */

static int
put_labels(
    struct influx_line *line, const struct farm_series *s, struct error *err)
{
	struct buffer name = BUFFER_INIT;
	int rc = 0;
	uint32_t i;

	for (i = 0; i < s->n_labels && rc == 0; i++) {
		buffer_clear(&name);
		buffer_printf(&name, LABEL "%s", s->labels[i].name);
		rc = influx_put_tag(line, slice_of(buffer_text(&name)),
		    slice_of(s->labels[i].value), err);
		line->buffer->failed |= buffer_failed(&name);
	}
	buffer_free(&name);
	return rc;
}

static int
put_value(
    struct influx_line *line, const struct farm_value *v, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	struct farm_value word;
	int rc;

	if (v->type != FARM_DOUBLE || isfinite(v->number))
		return influx_put_field(line, slice_of("value"), v, err);
	buffer_value(&text, v);
	word = farm_text(buffer_text(&text), text.size);
	rc = influx_put_field(line, slice_of("nonfinite"), &word, err);
	line->buffer->failed |= buffer_failed(&text);
	buffer_free(&text);
	return rc;
}

static int
put_step(
    struct influx_line *line, const struct row_average *a, struct error *err)
{
	char step[32];

	if (a->step_ns == 0)
		return 0;
	snprintf(step, sizeof(step), "%.15g", (double)a->step_ns / 1e9);
	return influx_put_tag(line, slice_of("step"), slice_of(step), err);
}

static int
put_average(
    struct influx_line *line, const struct row_average *a, struct error *err)
{
	const struct {
		const char *name;
		struct farm_value value;
	} fields[] = { { "count", farm_uint64(a->count) },
		{ "min", farm_double(a->min) }, { "max", farm_double(a->max) },
		{ "last", farm_double(a->last) },
		{ "held", farm_double((double)a->held_ns / 1e9) } };
	size_t i;

	if (a->step_ns == 0)
		return 0;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (influx_put_field(line, slice_of(fields[i].name),
			&fields[i].value, err) < 0)
			return -1;
	return 0;
}

static int
put_line(struct influx_line *line, const struct row *row, struct error *err)
{
	const struct farm_series *s = &row->series;
	const struct {
		const char *name;
		const char *value;
	} tags[] = { { "farm", s->farm }, { "cluster", s->cluster },
		{ "node", s->node }, { "kind", kind_word(s->kind) },
		{ "unit", s->unit } };
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (influx_put_tag(line, slice_of(tags[i].name),
			slice_of(tags[i].value), err) < 0)
			return -1;
	if (put_labels(line, s, err) < 0 ||
	    put_step(line, &row->average, err) < 0 ||
	    put_value(line, &row->value, err) < 0)
		return -1;
	return put_average(line, &row->average, err);
}

static int
put(struct buffer *out, const struct row *row, struct error *err)
{
	struct influx_line line;

	if (influx_begin(&line, out, slice_of(row->series.parameter), err) < 0)
		return -1;
	if (put_line(&line, row, err) == 0) {
		(void)influx_end(&line, row->time_ns);
		return 0;
	}
	line.n_fields = 0; /* takes the line back */
	(void)influx_end(&line, 0);
	return -1;
}

/* --- in --- */

static char *
unescape(struct parsing *p, size_t (*how)(char *, struct slice), struct slice s,
    size_t *ret_length)
{
	char *text = arena_alloc(p->arena, s.length + 1);

	if (text == NULL)
		return NULL;
	*ret_length = how(text, s);
	text[*ret_length] = '\0';
	return text;
}

/* One that is a name or stands for one, which no zero byte may cut. */
static const char *
take_name(struct parsing *p, size_t (*how)(char *, struct slice),
    struct slice s, const char *what, struct error *err)
{
	size_t length;
	const char *text = unescape(p, how, s, &length);

	if (text == NULL) {
		error_set(err, "out of memory");
	} else if (strlen(text) != length) {
		error_set(err, "a zero byte in a %s", what);
		return NULL;
	}
	return text;
}

static int
take_label(struct row *row, struct farm_label *labels, const char *name,
    const char *value, struct error *err)
{
	if (row->series.n_labels == FARM_LABELS_MAX)
		return error_set(err, "more than %d labels", FARM_LABELS_MAX);
	labels[row->series.n_labels++] = (struct farm_label){ name, value };
	return 0;
}

static int
take_tag(struct parsing *p, struct row *row, struct farm_label *labels,
    const struct influx_tag *tag, struct error *err)
{
	struct farm_series *s = &row->series;
	const char *name = take_name(
	    p, influx_unescape_name, tag->name, "tag", err);
	const char *value = name == NULL ? NULL
					 : take_name(p, influx_unescape_name,
					       tag->value, "tag", err);

	if (value == NULL)
		return -1;
	if (strncmp(name, LABEL, strlen(LABEL)) == 0)
		return take_label(
		    row, labels, name + strlen(LABEL), value, err);
	if (strcmp(name, "farm") == 0)
		s->farm = value;
	else if (strcmp(name, "cluster") == 0)
		s->cluster = value;
	else if (strcmp(name, "node") == 0)
		s->node = value;
	else if (strcmp(name, "unit") == 0)
		s->unit = value;
	else if (strcmp(name, "kind") == 0)
		return row_get_kind(row, value, err);
	else if (strcmp(name, "step") == 0)
		return row_refuse_average(err);
	else
		return error_set(err, "tag %s is not known", name);
	return 0;
}

static int
take_text(struct parsing *p, struct row *row, const struct farm_value *v,
    bool number, struct error *err)
{
	size_t length;
	const char *text = unescape(p, influx_unescape_text,
	    (struct slice){ v->text, v->length }, &length);

	if (text == NULL)
		return error_set(err, "out of memory");
	return row_get_value(
	    row, number ? "double" : "text", text, length, err);
}

static int
take_field(struct parsing *p, struct influx_point *point, struct row *row,
    struct error *err)
{
	struct influx_field field;
	bool nonfinite;

	if (point->n_fields != 1 || !influx_next_field(point, &field))
		return error_set(err, "%zu fields; there must be one, value",
		    point->n_fields);
	nonfinite = slice_is(field.name, "nonfinite");
	if (!nonfinite && !slice_is(field.name, "value"))
		return error_set(err, "field %.*s is not known",
		    (int)field.name.length, field.name.text);
	if (field.value.type == FARM_TEXT)
		return take_text(p, row, &field.value, nonfinite, err);
	row->value = field.value;
	return 0;
}

static int
take_row(struct parsing *p, struct influx_point *point, struct row *row,
    struct error *err)
{
	struct farm_label *labels = arena_array(
	    p->arena, FARM_LABELS_MAX, sizeof(*labels));
	struct influx_tag tag;

	*row = (struct row){ .series = { .unit = "", .labels = labels },
		.time_ns = point->time };
	if (labels == NULL)
		return error_set(err, "out of memory");
	row->series.parameter = take_name(p, influx_unescape_measurement,
	    point->measurement, "measurement", err);
	if (row->series.parameter == NULL)
		return -1;
	if (!point->timed)
		return error_set(err, "there is no time");
	while (influx_next_tag(point, &tag))
		if (take_tag(p, row, labels, &tag, err) < 0)
			return -1;
	return take_field(p, point, row, err);
}

/* A comment or an empty line; 0 if it is neither. */
static size_t
nothing_length(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);

	if (text[0] != '#' && text[0] != '\r' && text[0] != '\n')
		return 0;
	return end == NULL ? size : (size_t)(end - text) + 1;
}

/* A text may hold ends of lines, so whether a line is whole is only known if
   another one follows. */
static enum piece
get(struct parsing *p, const char *text, size_t size, bool last,
    size_t *ret_used, struct row *ret, struct error *err)
{
	struct slice rest = { text, size };
	struct influx_point point;
	int rc;

	*ret_used = nothing_length(text, size);
	if (*ret_used > 0)
		return *ret_used < size || last ? PIECE_NOTHING : PIECE_MORE;
	rc = influx_parse(&rest, &point, err);
	if (rest.length == 0 && !last)
		return PIECE_MORE;
	*ret_used = size - rest.length;
	if (rc == 0)
		return PIECE_NOTHING;
	if (rc < 0 || take_row(p, &point, ret, err) < 0)
		return PIECE_BAD;
	return PIECE_ROW;
}

const struct text_format influx_format = {
	.name = "influx",
	.put = put,
	.get = get,
};
