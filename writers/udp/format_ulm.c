/* NetLogger's lines: the numbers of a node, and events as they came. */
#include "ulm.h"

#include <jansson.h>

#include "clock.h"
#include "lines.h"

/* Of syslog: user.info. */
#define PRIORITY 14

static int
put_tag(void *cookie, struct slice name, struct slice value, struct error *err)
{
	return ulm_put(cookie, name, value, err);
}

/* What may not be in a word of syslog's becomes "_". */
static void
put_word(struct buffer *b, const char *word)
{
	for (; *word != '\0'; word++)
		buffer_putc(b, *word > ' ' && *word < 0x7f ? *word : '_');
}

/* RFC 5424. */
static void
put_syslog(struct buffer *b, const char *node, int64_t time_ns)
{
	buffer_printf(b, "<%d>1 ", PRIORITY);
	time_print(b, time_ns, 6);
	buffer_putc(b, ' ');
	put_word(b, node);
	buffer_puts(b, " farmd - - -");
}

/* What every line has. */
static int
put_head(struct composer *c, const char *host, const char *prog,
    const char *level, int64_t time_ns, struct error *err)
{
	struct buffer *b = &c->outgoing.bytes;

	if (c->options->syslog)
		put_syslog(b, host, time_ns);
	if (ulm_put_date(b, time_ns, ULM_DATE_DIGITS, err) != 0 ||
	    ulm_put(b, slice_of("HOST"), slice_of(host), err) != 0 ||
	    ulm_put(b, slice_of("PROG"), slice_of(prog), err) != 0)
		return -1;
	return ulm_put(b, slice_of("LVL"), slice_of(level), err);
}

/* -------------------------------------------------------------- values -- */

static int
begin(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct buffer *b = &c->outgoing.bytes;
	struct slice event[PATH_PARTS_MAX];

	if (put_head(
		c, s->node, s->cluster, "Usage", g->record->time_ns, err) != 0)
		return -1;
	if (path_print(&c->path, s, &c->name, event) > 0 &&
	    ulm_put(b, slice_of("NL.EVNT"), event[0], err) != 0)
		return -1;
	return composer_tags(c, s, put_tag, b, err);
}

/* The name of a field is letters, digits and . _ - */
static struct slice
fold(struct buffer *room, const char *name)
{
	buffer_clear(room);
	for (; *name != '\0'; name++)
		buffer_putc(room, (*name >= 'A' && *name <= 'Z') ||
					  (*name >= 'a' && *name <= 'z') ||
					  (*name >= '0' && *name <= '9') ||
					  *name == '.' || *name == '-'
				      ? *name
				      : '_');
	return (struct slice){ buffer_text(room), room->size };
}

static int
add(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct slice text;

	if (v->type == FARM_NONE)
		return 0;
	buffer_clear(&c->name);
	buffer_value(&c->name, v);
	text = (struct slice){ buffer_text(&c->name), c->name.size };
	return ulm_put(&c->outgoing.bytes,
		   c->path.each ? slice_of("VALUE")
				: fold(&c->room, s->parameter),
		   text, err) == 0
		   ? 1
		   : -1;
}

static void
end(struct composer *c, const struct group *g)
{
	(void)g;
	buffer_putc(&c->outgoing.bytes, '\n');
}

static int
ulm_put_group(struct composer *c, const struct group *g)
{
	static const struct line_ops ops = { begin, add, end, 1 };

	return lines_put(c, g, &ops, c->path.each);
}

/* -------------------------------------------------------------- events -- */

static const char *
text_in(const json_t *event, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text != NULL && *text != '\0' ? text : otherwise;
}

static void
put_scalar(struct buffer *room, const json_t *value)
{
	buffer_clear(room);
	if (json_is_string(value))
		buffer_put(
		    room, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		buffer_printf(
		    room, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		buffer_printf(room, "%.17g", json_real_value(value));
	else if (json_is_boolean(value))
		buffer_puts(room, json_is_true(value) ? "true" : "false");
}

static bool
is_in_head(const char *key)
{
	return strcmp(key, "event") == 0 || strcmp(key, "node") == 0 ||
	       strcmp(key, "cluster") == 0 || strcmp(key, "level") == 0;
}

/* What is no text in one line is left out: the event is not lost for it. */
static void
put_fields(struct composer *c, json_t *event)
{
	const char *key;
	json_t *value;
	struct error err;

	json_object_foreach (event, key, value) {
		put_scalar(&c->name, value);
		if (!is_in_head(key) && c->name.size > 0)
			(void)ulm_put(&c->outgoing.bytes, fold(&c->room, key),
			    (struct slice){
				buffer_text(&c->name), c->name.size },
			    &err);
	}
}

static int
put_event(struct composer *c, struct farm_host *host,
    const struct farm_record *r, json_t *event, struct error *err)
{
	struct buffer *b = &c->outgoing.bytes;
	bool alarm = r->type == FARM_ALARM;

	if (put_head(c, text_in(event, "node", farm_self(host)),
		text_in(event, "cluster", "farmd"),
		text_in(event, "level", alarm ? "Warning" : "Info"), r->time_ns,
		err) != 0)
		return -1;
	if (ulm_put(b, slice_of("NL.EVNT"),
		slice_of(text_in(event, "event", alarm ? "alarm" : "event")),
		err) != 0)
		return -1;
	put_fields(c, event);
	return 0;
}

/* An event that came as such a line goes as the same one. */
static int
put_line(struct composer *c, struct farm_host *host,
    const struct farm_record *r, json_t *event, struct error *err)
{
	const char *text = text_in(event, "text", "");
	struct ulm_event parsed;

	if (ulm_parse(text, strlen(text), &parsed, err) != 0)
		return put_event(c, host, r, event, err);
	if (c->options->syslog) {
		put_syslog(&c->outgoing.bytes,
		    text_in(event, "node", farm_self(host)), r->time_ns);
		buffer_putc(&c->outgoing.bytes, ' ');
	}
	buffer_puts(&c->outgoing.bytes, text);
	return 0;
}

static int
ulm_put_other(
    struct composer *c, struct farm_host *host, const struct farm_record *r)
{
	struct error err;
	json_t *event;

	if (r->type != FARM_EVENT && r->type != FARM_ALARM)
		return 0;
	event = json_loadb(r->payload, r->payload_size, 0, NULL);
	if (put_line(c, host, r, event, &err) != 0) {
		outgoing_undo(&c->outgoing);
		c->counts.unsaid[UNSAID_NAME]++;
	} else {
		buffer_putc(&c->outgoing.bytes, '\n');
		if (!outgoing_end(&c->outgoing))
			c->counts.unsaid[UNSAID_LARGE]++;
	}
	json_decref(event);
	return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
}

const struct format_ops format_ulm = {
	.name = "ulm",
	.port = ULM_PORT,
	.stream = true,
	.timed = true,
	.whole = true,
	.path = "",
	.put = ulm_put_group,
	.put_other = ulm_put_other,
};
