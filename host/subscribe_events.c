#include "subscribe_events.h"

#include <inttypes.h>

#include "api_question.h"
#include "clock.h"
#include "json_lines.h"
#include "words.h"

void
events_begin(
    struct buffer *out, const char *type, uint64_t position, uint64_t sequence)
{
	if (position > 0)
		buffer_printf(out, "id: %" PRIu64 "\n", position);
	buffer_printf(
	    out, "event: %s\ndata: {\"sequence\":%" PRIu64, type, sequence);
}

void
events_end(struct buffer *out)
{
	buffer_puts(out, "}\n\n");
}

static void
put_time(struct buffer *out, const struct farm_record *r)
{
	buffer_puts(out, ",\"time\":");
	time_json(out, r->time_ns);
	buffer_puts(out, ",\"instance\":");
	buffer_json_text(out, r->instance);
}

void
events_result(struct buffer *out, uint64_t sequence,
    const struct series_table *series, const struct farm_record *r,
    const struct farm_value *rows, size_t n)
{
	size_t i;

	events_begin(out, "values", r->position, sequence);
	put_time(out, r);
	if ((r->flags & FARM_PARTIAL) != 0)
		buffer_puts(out, ",\"partial\":true");
	buffer_puts(out, ",\"values\":[");
	for (i = 0; i < n; i++) {
		buffer_puts(out, i > 0 ? ",{" : "{");
		json_put_series(out, series_get(series, rows[i].series));
		buffer_printf(out,
		    ",\"type\":\"%s\",\"value\":", type_word(rows[i].type));
		buffer_json_value(out, &rows[i]);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
	events_end(out);
}

static const char *
type_of(const struct farm_record *r)
{
	switch (r->type) {
	case FARM_REMOVAL:
		return "removed";
	case FARM_EVENT:
		return "event";
	case FARM_ALARM:
		return "alarm";
	case FARM_CONFIG:
		return "config";
	case FARM_ACCOUNTING:
		return "accounting";
	default:
		return NULL;
	}
}

void
events_record(struct buffer *out, const char *type, uint64_t sequence,
    const struct farm_record *r)
{
	events_begin(out, type, r->position, sequence);
	put_time(out, r);
	buffer_puts(out, ",\"record\":");
	json_put_on_one_line(out, r->payload, r->payload_size);
	events_end(out);
}

bool
events_payload(
    struct buffer *out, uint64_t sequence, const struct farm_record *r)
{
	const char *type = type_of(r);

	if (type != NULL)
		events_record(out, type, sequence, r);
	return type != NULL;
}

void
events_series(struct buffer *out, const struct farm_series *s)
{
	buffer_putc(out, ',');
	json_put_series(out, s);
	buffer_puts(out, ",\"points\":[");
}

void
events_point(struct buffer *out, const struct history_point *p, bool first)
{
	buffer_puts(out, first ? "[" : ",[");
	time_json(out, p->time_ns);
	buffer_putc(out, ',');
	buffer_json_value(out, &p->value);
	if (p->average != NULL)
		api_put_average(out, p->average);
	else
		buffer_printf(out, ",\"%s\"", type_word(p->value.type));
	buffer_putc(out, ']');
}

void
events_series_end(struct buffer *out)
{
	buffer_putc(out, ']');
}
