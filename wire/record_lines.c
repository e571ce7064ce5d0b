#include "record_lines.h"

#include "clock.h"
#include "csv.h"
#include "json_lines.h"

const char *
lines_head(enum lines form)
{
	return form == LINES_CSV ? CSV_VALUE_COLUMNS "\r\n" : "";
}

static void
put_value(struct buffer *out, enum lines form, const struct farm_series *s,
    int64_t time_ns, const struct farm_value *v)
{
	if (form == LINES_CSV) {
		csv_put_value(out, s, time_ns, v);
		buffer_puts(out, "\r\n");
		return;
	}
	buffer_putc(out, '{');
	json_put_value(out, s, time_ns, v);
	buffer_puts(out, "}\n");
}

static size_t
put_values(struct buffer *out, enum lines form, struct farm_host *host,
    const struct farm_record *r)
{
	const struct farm_series *s;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < r->n_values; i++) {
		s = farm_series_info(host, r->values[i].series);
		if (s == NULL)
			continue;
		put_value(out, form, s, r->time_ns, &r->values[i]);
		n++;
	}
	return n;
}

/* NULL: its payload is no JSON. */
static const char *
word_of(int type)
{
	switch (type) {
	case FARM_REMOVAL:
		return "removal";
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

static size_t
put_other(struct buffer *out, const struct farm_record *r)
{
	const char *word = word_of(r->type);

	if (word == NULL)
		return 0;
	buffer_printf(out, "{\"record\":\"%s\",\"time\":", word);
	time_json(out, r->time_ns);
	buffer_puts(out, ",\"instance\":");
	buffer_json_text(out, r->instance);
	buffer_puts(out, ",\"payload\":");
	json_put_on_one_line(out, r->payload, r->payload_size);
	buffer_puts(out, "}\n");
	return 1;
}

size_t
lines_put(struct buffer *out, enum lines form, bool others,
    struct farm_host *host, const struct farm_record *r)
{
	if (r->type == FARM_RESULT)
		return put_values(out, form, host, r);
	return others && form == LINES_JSON ? put_other(out, r) : 0;
}
