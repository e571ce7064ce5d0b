/* Values of one node in each format; how each is read is in wire/. */
#include "output.h"

#include "clock.h"
#include "graphite.h"
#include "influx.h"
#include "statsd.h"
#include "ulm.h"

#define INFLUX_PORT 8089
/* Parameters of one datagram, before it is full. */
#define TOGETHER_MAX 256

static int64_t
time_of(const struct output *o)
{
	return o->time_ns != 0 ? o->time_ns : clock_wall_ns();
}

static int
cannot_hold(struct error *err, const char *format)
{
	return error_set(err, "%s has no such value", format);
}

/* The receiver's time is as good as ours, so without one none is sent. */
static int
put_apmon(struct output *o, const struct item *items, size_t n, size_t *next,
    struct error *err)
{
	struct apmon_parameter parameters[TOGETHER_MAX];
	struct apmon_message m = { .cluster = items[0].cluster,
		.node = items[0].node,
		.parameters = parameters,
		.time_s = (int32_t)(o->time_ns / NS_PER_S) };
	size_t first = *next, done = 0;
	ssize_t size;
	char *room = buffer_room(&o->line, OUTPUT_DATAGRAM);

	if (room == NULL)
		return error_set(err, "out of memory");
	for (; m.n < TOGETHER_MAX && first + m.n < n; m.n++)
		if (!apmon_parameter_of(items[first + m.n].parameter,
			&items[first + m.n].value, true, &parameters[m.n]))
			return cannot_hold(err, "ApMon");
	size = apmon_encode(&o->apmon, &m, &done, room, OUTPUT_DATAGRAM, err);
	*next = first + done;
	if (size < 0)
		return -1;
	buffer_added(&o->line, (size_t)size);
	return 2;
}

static int
put_ulm_field(struct output *o, const struct item *item, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	int status;

	if (ulm_is_required(item->parameter))
		return error_set(err, "\"%.*s\" means something else in ULM",
		    (int)item->parameter.length, item->parameter.text);
	buffer_value(&text, &item->value);
	status = buffer_failed(&text)
		     ? error_set(err, "out of memory")
		     : ulm_put(&o->line, item->parameter,
			   (struct slice){ buffer_text(&text), text.size },
			   err);
	buffer_free(&text);
	return status;
}

/* One line; a bad value before which others are ends it, and is next. */
static int
put_ulm(struct output *o, const struct item *items, size_t n, size_t *next,
    struct error *err)
{
	size_t first = *next, before;

	if (ulm_put_date(&o->line, time_of(o), ULM_DATE_DIGITS, err) != 0 ||
	    ulm_put(&o->line, slice_of("HOST"), items[0].node, err) != 0 ||
	    ulm_put(&o->line, slice_of("PROG"), items[0].cluster, err) != 0 ||
	    ulm_put(&o->line, slice_of("LVL"), slice_of("Usage"), err) != 0)
		return -1;
	for (; *next < n; ++*next) {
		before = o->line.size;
		if (put_ulm_field(o, &items[*next], err) != 0) {
			if (*next == first)
				return -1;
			break;
		}
		if (*next > first && o->line.size >= OUTPUT_DATAGRAM) {
			o->line.size = before;
			break;
		}
	}
	buffer_putc(&o->line, '\n');
	return 1;
}

static int
put_influx(struct output *o, const struct item *items, size_t n, size_t *next,
    struct error *err)
{
	const struct item *item = &items[*next];
	struct influx_line line;

	(void)n;
	if (influx_begin(&line, &o->line, item->parameter, err) != 0 ||
	    influx_put_tag(&line, slice_of("cluster"), item->cluster, err) !=
		0 ||
	    influx_put_tag(&line, slice_of("host"), item->node, err) != 0 ||
	    influx_put_field(&line, slice_of("value"), &item->value, err) != 0)
		return -1;
	if (influx_end(&line, time_of(o)) == 0)
		return cannot_hold(err, "InfluxDB's line protocol");
	++*next;
	return 1;
}

static int
put_graphite(struct output *o, const struct item *items, size_t n, size_t *next,
    struct error *err)
{
	const struct item *item = &items[*next];
	const struct slice parts[] = { item->cluster, item->node,
		item->parameter };
	int rc = graphite_put(
	    &o->line, parts, 3, &item->value, time_of(o), err);

	(void)n;
	if (rc == 0)
		return cannot_hold(err, "Graphite");
	++*next;
	return rc;
}

static int
put_statsd(struct output *o, const struct item *items, size_t n, size_t *next,
    struct error *err)
{
	const struct item *item = &items[*next];
	const struct slice parts[] = { item->cluster, item->parameter };
	int rc = statsd_put(&o->line, parts, 2, item->node, &item->value, err);

	(void)n;
	if (rc == 0)
		return cannot_hold(err, "StatsD");
	++*next;
	return rc;
}

static const struct output_format formats[] = {
	{ "apmon", APMON_PORT, false, put_apmon },
	{ "ulm", ULM_PORT, true, put_ulm },
	{ "influx", INFLUX_PORT, true, put_influx },
	{ "graphite", GRAPHITE_PORT, true, put_graphite },
	{ "statsd", STATSD_PORT, true, put_statsd },
};

const struct output_format *
output_format_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
