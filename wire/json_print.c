/* Series and values as JSON, for all who write it. */
#include "json_lines.h"

#include "clock.h"
#include "words.h"

static void
put_member(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, "\"%s\":", key);
	buffer_json_text(out, text);
	buffer_putc(out, ',');
}

void
json_put_labels(struct buffer *out, const struct farm_series *s)
{
	uint32_t i;

	buffer_putc(out, '{');
	for (i = 0; i < s->n_labels; i++) {
		if (i > 0)
			buffer_putc(out, ',');
		buffer_json_text(out, s->labels[i].name);
		buffer_putc(out, ':');
		buffer_json_text(out, s->labels[i].value);
	}
	buffer_putc(out, '}');
}

void
json_put_series(struct buffer *out, const struct farm_series *s)
{
	put_member(out, "farm", s->farm);
	put_member(out, "cluster", s->cluster);
	put_member(out, "node", s->node);
	put_member(out, "parameter", s->parameter);
	put_member(out, "unit", s->unit);
	buffer_printf(out, "\"kind\":\"%s\"", kind_word(s->kind));
	if (s->n_labels == 0)
		return;
	buffer_puts(out, ",\"labels\":");
	json_put_labels(out, s);
}

void
json_put_value(struct buffer *out, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *v)
{
	json_put_series(out, s);
	buffer_puts(out, ",\"time\":\"");
	time_print(out, time_ns, 9);
	buffer_printf(out, "\",\"type\":\"%s\",\"value\":", type_word(v->type));
	buffer_json_value(out, v);
}

void
json_put_on_one_line(struct buffer *out, const char *json, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		buffer_putc(
		    out, json[i] == '\n' || json[i] == '\r' ? ' ' : json[i]);
}
