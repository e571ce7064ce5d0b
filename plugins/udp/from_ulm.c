/* NetLogger's lines, also behind what syslog puts before them: each is an
   event, and its numbers are values. */
#include "ulm.h"

#include "number.h"
#include "receiver.h"

/* "<13>Nov 21 10:00:00 host prog: DATE=..." */
static struct slice
without_syslog(struct slice line)
{
	static const char first[] = "DATE=";
	const char *at;

	if (line.length == 0 || line.text[0] != '<')
		return line;
	at = memmem(line.text, line.length, first, sizeof(first) - 1);
	if (at == NULL)
		return line;
	return (struct slice){ at, line.length - (size_t)(at - line.text) };
}

/* What happened, to tell apart the numbers of several events. */
static void
find_event(struct receiver *r, struct ulm_event event)
{
	struct ulm_field f;

	buffer_clear(&r->name);
	if (ulm_find(event, "NL.EVNT", &f))
		(void)ulm_plain(&r->name, f.value);
}

static void
put_text(struct buffer *json, const char *key, struct slice value)
{
	buffer_printf(json, ",\"%s\":", key);
	buffer_json_string(json, value.text, value.length);
}

static enum outcome
emit_event(struct receiver *r, struct slice line, const struct ulm_event *event)
{
	struct buffer *json = &r->text;

	buffer_clear(json);
	buffer_puts(json, "{\"event\":");
	buffer_json_text(json, r->name.size > 0 ? r->name.data : "ulm");
	put_text(json, "text", line);
	buffer_puts(json, ",\"cluster\":");
	buffer_json_text(json, result_cluster(&r->result));
	buffer_puts(json, ",\"node\":");
	buffer_json_text(json, result_node(&r->result));
	put_text(json, "prog", event->prog);
	put_text(json, "level", event->level);
	buffer_putc(json, '}');
	if (buffer_failed(json)) {
		farm_fail(r->host, "out of memory");
		return LOST;
	}
	return farm_emit_record(r->host, NULL, FARM_EVENT, event->time_ns,
		   json->data, json->size) == 0
		   ? TAKEN
		   : LOST;
}

static enum outcome
emit_numbers(struct intake *in, struct ulm_event event)
{
	struct receiver *r = in->receiver;
	size_t base;
	struct ulm_field f;
	double number;

	if (r->name.size > 0)
		buffer_putc(&r->name, '.');
	base = r->name.size;
	while (ulm_next(&event, &f)) {
		if (ulm_is_required(f.name) || !number_parse(f.value, &number))
			continue;
		r->name.size = base;
		buffer_put(&r->name, f.name.text, f.name.length);
		if (buffer_failed(&r->name)) {
			farm_fail(r->host, "out of memory");
			return LOST;
		}
		if (intake_add(in, (struct slice){ r->name.data, r->name.size },
			farm_double(number)) != 0)
			return LOST;
	}
	return result_end(&r->result) == 0 ? TAKEN : LOST;
}

static enum outcome
take_line(struct intake *in, struct slice line)
{
	struct receiver *r = in->receiver;
	struct ulm_event event;

	if (ulm_parse(line.text, line.length, &event, &in->err) != 0 ||
	    result_begin(&r->result, ulm_plain(&r->text, event.prog),
		ulm_plain(&r->node, event.host), event.time_ns, &in->err) != 0)
		return MALFORMED;
	find_event(r, event);
	if (emit_event(r, line, &event) != TAKEN)
		return LOST;
	return emit_numbers(in, event);
}

enum outcome
ulm_take(struct intake *in)
{
	struct slice line;
	enum outcome why;

	while (in->bytes.length > 0) {
		line = without_syslog(slice_cut(&in->bytes, '\n'));
		if (line.length == 0)
			continue;
		why = take_line(in, line);
		if (why == LOST)
			return LOST;
		if (why == MALFORMED)
			intake_refuse(in);
	}
	return TAKEN;
}
