#include "subscribe_form.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api_question.h"
#include "batch.h"
#include "clock.h"
#include "frame.h"
#include "influx.h"
#include "json_lines.h"
#include "subscribe_events.h"
#include "ulm.h"
#include "words.h"

/* Frames are made at this size at the latest. */
#define BATCH_BYTES (256u << 10)
/* Rows of an average in a record; see farm_emit_average(). */
#define AVERAGE_ROWS 7

struct form {
	enum format format;
	struct series_table *series;
	struct buffer text; /* of one event */
	struct buffer line; /* of ULM */
	/* Of frames: */
	struct frame_encoder *encoder;
	struct batch *batch; /* not yet put; NULL: none */
};

static const char *const words[] = { "json", "ulm", "xml", "influx", "frames" };

int
format_parse(const char *word, enum format *ret, struct error *err)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word == NULL ? "json" : word, words[i]) == 0) {
			*ret = (enum format)i;
			return 0;
		}
	return error_set(
	    err, "format: \"%s\": json, ulm, xml, influx or frames", word);
}

const char *
format_content_type(enum format format)
{
	return format == FORMAT_FRAMES ? "application/octet-stream"
				       : "text/event-stream";
}

struct form *
form_new(enum format format, struct series_table *series)
{
	struct form *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->format = format;
	f->series = series;
	if (format == FORMAT_FRAMES)
		f->encoder = frame_encoder_new(series);
	if (format != FORMAT_FRAMES || f->encoder != NULL)
		return f;
	free(f);
	return NULL;
}

void
form_free(struct form *f)
{
	if (f == NULL)
		return;
	batch_unref(f->batch);
	frame_encoder_free(f->encoder);
	buffer_free(&f->text);
	buffer_free(&f->line);
	free(f);
}

void
form_anew(struct form *f)
{
	if (f->encoder != NULL)
		frame_encoder_reset(f->encoder);
}

bool
form_joins_points(const struct form *f)
{
	return f->format == FORMAT_JSON;
}

/* ------------------------------------------------------------------ frames --
 */

static struct batch *
need_batch(struct form *f, struct buffer *out)
{
	if (f->batch != NULL && batch_bytes(f->batch) >= BATCH_BYTES)
		form_flush(f, out);
	if (f->batch == NULL)
		f->batch = batch_new();
	out->failed |= f->batch == NULL;
	return f->batch;
}

void
form_flush(struct form *f, struct buffer *out)
{
	if (f->batch == NULL)
		return;
	if (frame_encode(f->encoder, &f->batch->view, out, NULL) != 0)
		out->failed = true;
	batch_unref(f->batch);
	f->batch = NULL;
}

static void
add_result(struct form *f, const struct farm_record *r,
    const struct farm_value *rows, size_t n, struct buffer *out)
{
	struct batch *b = need_batch(f, out);

	if (b == NULL)
		return;
	if (batch_add_result(b, r->time_ns, r->instance, r->flags, rows, n) !=
	    0)
		out->failed = true;
	else
		batch_last(b)->position = r->position;
}

static void
add_payload(struct form *f, const struct farm_record *r, struct buffer *out)
{
	struct batch *b = need_batch(f, out);

	if (b == NULL)
		return;
	if (batch_add_payload(b, r->type, r->time_ns, r->instance, r->payload,
		r->payload_size) != 0)
		out->failed = true;
	else
		batch_last(b)->position = r->position;
}

static size_t
rows_of(const struct history_point *p, struct farm_value *rows)
{
	const struct level_slot *a = p->average;

	rows[0] = p->value;
	if (a == NULL)
		return 1;
	rows[1] = farm_double(a->min);
	rows[2] = farm_double(a->max);
	rows[3] = farm_double(a->last);
	rows[4] = farm_uint64(a->count);
	rows[5] = farm_int64(a->held_ns);
	rows[6] = farm_int64(a->span_ns);
	return AVERAGE_ROWS;
}

/* The encoder keeps the series it has defined; until then its number rests. */
static void
add_point(struct form *f, const struct farm_series *s,
    const struct history_point *p, struct buffer *out)
{
	struct farm_value rows[AVERAGE_ROWS];
	size_t n = rows_of(p, rows);
	const struct farm_record r = { .time_ns = p->time_ns,
		.instance = "",
		.flags = n > 1 ? FARM_AVERAGE : 0 };
	uint32_t number = series_define(f->series, s, NULL);

	if (number == 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		rows[i].series = number;
	add_result(f, &r, rows, n, out);
	series_unpin(f->series, number);
}

/* ------------------------------------------------------------------- lines --
 */

/* What a line cannot say as it is, it says as JSON. */
static void
put_ulm_value(struct buffer *line, const struct farm_value *v)
{
	struct buffer text = BUFFER_INIT;

	buffer_value(&text, v);
	if (ulm_put(line, slice_of("VAL"),
		(struct slice){ buffer_text(&text), text.size }, NULL) != 0) {
		buffer_clear(&text);
		buffer_json_value(&text, v);
		(void)ulm_put(
		    line, slice_of("JSON"), slice_of(buffer_text(&text)), NULL);
	}
	buffer_free(&text);
}

static void
put_ulm(struct buffer *line, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	const char *const fields[][2] = { { "HOST", s->node },
		{ "PROG", "farmd" }, { "LVL", "Usage" },
		{ "NL.EVNT", s->parameter }, { "FARM", s->farm },
		{ "CLUSTER", s->cluster }, { "UNIT", s->unit },
		{ "TYPE", type_word(v->type) } };

	(void)ulm_put_date(line, time_ns, 9, NULL);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i][1][0] != '\0')
			(void)ulm_put(line, slice_of(fields[i][0]),
			    slice_of(fields[i][1]), NULL);
	put_ulm_value(line, v);
}

/* The line, or the same as XML. */
static void
put_event(struct form *f, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	struct buffer *line = &f->line;
	struct ulm_event event;

	buffer_clear(line);
	put_ulm(line, s, time_ns, v);
	if (f->format == FORMAT_ULM)
		buffer_put(&f->text, line->data, line->size);
	else if (ulm_parse(buffer_text(line), line->size, &event, NULL) == 0)
		ulm_put_xml(&f->text, event);
	f->text.failed |= buffer_failed(line);
}

/* What the line protocol has no words for is left out: no line then. */
static void
put_influx(struct buffer *text, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	size_t before = text->size;
	struct influx_line line;

	if (influx_begin(&line, text, slice_of(s->parameter), NULL) == 0 &&
	    influx_put_tag(&line, slice_of("farm"), slice_of(s->farm), NULL) ==
		0 &&
	    influx_put_tag(
		&line, slice_of("cluster"), slice_of(s->cluster), NULL) == 0 &&
	    influx_put_tag(&line, slice_of("node"), slice_of(s->node), NULL) ==
		0 &&
	    influx_put_field(&line, slice_of("value"), v, NULL) == 0 &&
	    influx_end(&line, time_ns) == 1)
		return;
	text->size = before;
}

static void
put_line(struct form *f, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	size_t before = f->text.size;

	if (s == NULL)
		return;
	if (f->format == FORMAT_INFLUX)
		put_influx(&f->text, s, time_ns, v);
	else
		put_event(f, s, time_ns, v);
	if (f->text.size > before && f->text.data[f->text.size - 1] != '\n')
		buffer_putc(&f->text, '\n');
}

/* An event of the lines there are; a line each has its field. */
static void
put_lines(
    struct form *f, const char *type, uint64_t position, struct buffer *out)
{
	const char *p = buffer_text(&f->text);
	const char *end = p + f->text.size;

	if (position > 0)
		buffer_printf(out, "id: %" PRIu64 "\n", position);
	buffer_printf(out, "event: %s\n", type);
	while (p < end) {
		size_t n = (size_t)((const char *)memchr(
					p, '\n', (size_t)(end - p)) -
				    p);

		buffer_puts(out, "data: ");
		buffer_put(out, p, n + 1);
		p += n + 1;
	}
	buffer_putc(out, '\n');
	out->failed |= buffer_failed(&f->text);
	buffer_clear(&f->text);
}

/* --------------------------------------------------------------- all of them
 * --
 */

void
form_result(struct form *f, uint64_t sequence, const struct farm_record *r,
    const struct farm_value *rows, size_t n, struct buffer *out)
{
	if (f->format == FORMAT_JSON) {
		events_result(out, sequence, f->series, r, rows, n);
		return;
	}
	if (f->format == FORMAT_FRAMES) {
		add_result(f, r, rows, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		put_line(f, series_get(f->series, rows[i].series), r->time_ns,
		    &rows[i]);
	if (f->text.size > 0)
		put_lines(f, "values", r->position, out);
}

bool
form_payload(struct form *f, uint64_t sequence, const struct farm_record *r,
    struct buffer *out)
{
	if (f->format != FORMAT_FRAMES)
		return events_payload(out, sequence, r);
	add_payload(f, r, out);
	return true;
}

void
form_point(struct form *f, const char *type, const struct farm_series *s,
    const struct history_point *p, struct buffer *out)
{
	if (f->format == FORMAT_FRAMES) {
		add_point(f, s, p, out);
		return;
	}
	put_line(f, s, p->time_ns, &p->value);
	if (f->text.size > 0)
		put_lines(f, type, 0, out);
}

void
form_series(struct form *f, const char *type, uint64_t sequence,
    const struct farm_series *s, struct buffer *out)
{
	struct farm_record r = {
		.time_ns = clock_wall_ns(), .instance = "", .type = FARM_EVENT
	};
	struct buffer json = BUFFER_INIT;

	if (f->format == FORMAT_FRAMES)
		buffer_printf(&json, "{\"event\":\"series_%s\",", type);
	else
		buffer_putc(&json, '{');
	json_put_series(&json, s);
	buffer_putc(&json, '}');
	out->failed |= buffer_failed(&json);
	r.payload = buffer_text(&json);
	r.payload_size = json.size;
	if (f->format == FORMAT_FRAMES)
		add_payload(f, &r, out);
	else
		events_record(out, type, sequence, &r);
	buffer_free(&json);
}

static void
add_note(struct form *f, const char *type, uint64_t position, uint64_t sequence,
    const char *members, struct buffer *out)
{
	struct buffer json = BUFFER_INIT;
	struct farm_record r = { .position = position,
		.time_ns = clock_wall_ns(),
		.instance = "",
		.type = FARM_EVENT };

	buffer_printf(&json,
	    "{\"event\":\"subscription_%s\",\"sequence\":%" PRIu64 "%s}", type,
	    sequence, members);
	r.payload = buffer_text(&json);
	r.payload_size = json.size;
	out->failed |= buffer_failed(&json);
	add_payload(f, &r, out);
	form_flush(f, out);
	buffer_free(&json);
}

void
form_note(struct form *f, const char *type, uint64_t position,
    uint64_t sequence, const char *members, struct buffer *out)
{
	if (f->format == FORMAT_FRAMES) {
		add_note(f, type, position, sequence, members, out);
		return;
	}
	events_begin(out, type, position, sequence);
	buffer_puts(out, members);
	events_end(out);
}

void
form_nothing(struct form *f, struct buffer *out)
{
	static const struct farm_batch nothing = { .n_records = 0 };

	if (f->format != FORMAT_FRAMES)
		buffer_puts(out, EVENTS_NOTHING);
	else if (frame_encode(f->encoder, &nothing, out, NULL) != 0)
		out->failed = true;
}
