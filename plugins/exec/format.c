/* The formats that are values already: a line is one, or has them in it. */
#include "format.h"

#include "check_output.h"
#include "graphite.h"
#include "influx.h"
#include "json_lines.h"
#include "name_value.h"
#include "number.h"
#include "prometheus_values.h"
#include "putval.h"
#include "status_lines.h"
#include "tagged.h"
#include "ulm.h"
#include "value.h"

/* A value whose text, if it is one, has lost its escapes. */
static struct farm_value
plain(struct sink *s, struct farm_value value,
    size_t (*unescape)(char *to, struct slice))
{
	const char *text;

	if (value.type != FARM_TEXT)
		return value;
	text = sink_text(
	    s, (struct slice){ value.text, value.length }, unescape);
	return farm_text(text, strlen(text));
}

/* --------------------------------------------------------------- values -- */

static void
put_value(struct sink *s, const struct name_value *l)
{
	sink_put(s,
	    (struct farm_spec){
		.parameter = sink_text(s, l->name, name_value_unescape),
		.unit = sink_text(s, l->unit, name_value_unescape) },
	    plain(s, l->value, name_value_unescape));
}

static void
read_values(struct sink *s, struct slice output)
{
	struct name_value l;
	struct error err;
	int got;

	while ((got = name_value_parse(&output, &l, &err)) != 0)
		if (got < 0)
			sink_refuse(s, &err);
		else
			put_value(s, &l);
}

/* ----------------------------------------------------------------- JSON -- */

static void
read_json(struct sink *s, struct slice output)
{
	struct json_line l;
	struct error err;
	int got;

	while ((got = json_line_parse(&output, &l, &err)) != 0) {
		if (got < 0) {
			sink_refuse(s, &err);
			continue;
		}
		sink_put(s,
		    (struct farm_spec){ .cluster = l.cluster,
			.node = l.node,
			.parameter = l.parameter,
			.unit = l.unit,
			.kind = l.kind,
			.time_ns = l.time_ns,
			.labels = l.labels,
			.n_labels = l.n_labels },
		    l.value);
		json_line_free(&l);
	}
}

/* ------------------------------------------------------------- InfluxDB -- */

static const char *
influx_name(struct sink *s, struct slice raw)
{
	return sink_text(s, raw, influx_unescape_name);
}

static void
read_tags(struct sink *s, struct tagged *t, struct influx_point point)
{
	struct influx_tag tag;

	while (influx_next_tag(&point, &tag))
		tagged_add(
		    t, influx_name(s, tag.name), influx_name(s, tag.value));
}

static void
put_field(
    struct sink *s, const struct tagged *t, const struct influx_field *field)
{
	const char *name = influx_name(s, field->name);

	tagged_put(s, t, strcmp(name, "value") == 0 ? "" : name,
	    plain(s, field->value, influx_unescape_text));
}

static void
put_point(struct sink *s, struct influx_point point)
{
	struct tagged t = { .time_ns = point.time };
	struct influx_field field;

	tagged_begin(&t, &tag_rules_usual,
	    sink_text(s, point.measurement, influx_unescape_measurement));
	read_tags(s, &t, point);
	while (influx_next_field(&point, &field))
		put_field(s, &t, &field);
	tagged_end(&t);
}

static void
read_influx(struct sink *s, struct slice output)
{
	struct influx_point point;
	struct error err;
	int got;

	while ((got = influx_parse(&output, &point, &err)) != 0)
		if (got < 0)
			sink_refuse(s, &err);
		else
			put_point(s, point);
}

/* ------------------------------------------------------------- Graphite -- */

static void
put_line(struct sink *s, struct graphite_line l)
{
	struct tagged t = { .time_ns = l.time_ns };
	struct slice name, value;

	tagged_begin(&t, &tag_rules_usual, sink_text(s, l.path, NULL));
	while (graphite_next_tag(&l, &name, &value))
		tagged_add(
		    &t, sink_text(s, name, NULL), sink_text(s, value, NULL));
	tagged_put(s, &t, "", farm_double(l.value));
	tagged_end(&t);
}

static void
read_graphite(struct sink *s, struct slice output)
{
	struct graphite_line l;
	struct error err;
	int got;

	while ((got = graphite_parse(&output, &l, &err)) != 0)
		if (got < 0)
			sink_refuse(s, &err);
		else
			put_line(s, l);
}

/* ------------------------------------------------------------------ ULM -- */

static bool
is_required(struct slice name)
{
	return slice_is(name, "DATE") || slice_is(name, "HOST") ||
	       slice_is(name, "PROG") || slice_is(name, "LVL") ||
	       slice_is(name, "NL.EVNT");
}

static struct farm_value
ulm_value(struct sink *s, const struct ulm_field *f)
{
	double number;

	if (!f->quoted && number_parse(f->value, &number))
		return farm_double(number);
	return plain(s, farm_text(f->value.text, f->value.length),
	    f->escaped ? ulm_unescape : NULL);
}

/* An event is named by NL.EVNT, by its program without one. */
static void
put_event(struct sink *s, struct ulm_event e)
{
	struct ulm_event again = e;
	struct tagged t = { .time_ns = e.time_ns };
	struct slice name = e.prog;
	struct ulm_field f;

	while (ulm_next(&again, &f))
		if (slice_is(f.name, "NL.EVNT"))
			name = f.value;
	tagged_begin(&t, &tag_rules_usual, sink_text(s, name, ulm_unescape));
	while (ulm_next(&e, &f))
		if (!is_required(f.name))
			tagged_put(s, &t, sink_text(s, f.name, NULL),
			    ulm_value(s, &f));
	tagged_end(&t);
}

static void
read_ulm(struct sink *s, struct slice output)
{
	struct ulm_event e;
	struct slice line;
	struct error err;

	while (output.length > 0) {
		line = slice_cut(&output, '\n');
		if (line.length == 0)
			continue;
		if (ulm_parse(line.text, line.length, &e, &err) != 0)
			sink_refuse(s, &err);
		else
			put_event(s, e);
	}
}

/* ------------------------------------------------------------- MonALISA -- */

/* A service is a node of its own. */
static void
put_status(struct sink *s, struct status_line l)
{
	const char *node = l.own ? NULL : sink_text(s, l.service, NULL);
	struct farm_value value;
	struct slice name;

	while (status_next(&l, &name, &value))
		sink_put(s,
		    (struct farm_spec){ .node = node,
			.parameter = sink_text(s, name, NULL),
			.unit = "" },
		    value);
}

static void
read_monalisa(struct sink *s, struct slice output)
{
	struct status_line l;
	struct error err;
	int got;

	if (output.length == 0) {
		error_set(&err, "said nothing, not even DONE");
		sink_refuse(s, &err);
	}
	while ((got = status_line_parse(&output, &l, &err)) != 0)
		if (got < 0)
			sink_refuse(s, &err);
		else
			put_status(s, l);
}

/* ----------------------------------------------------------- Prometheus -- */

static void
read_prometheus(struct sink *s, struct slice output)
{
	struct prometheus_text t = { .rest = output };

	prometheus_values_read(s, &t, &tag_rules_usual);
}

/* -------------------------------------------------------------- collectd -- */

/* PLUGIN[-INSTANCE]/TYPE[-INSTANCE][/SOURCE]; a TYPE that repeats PLUGIN adds
   nothing, as with the collector collectd. */
static const char *
putval_name(
    struct sink *s, const char *plugin, const char *type, const char *source)
{
	size_t n = strcspn(type, "-");
	bool repeats = strcspn(plugin, "-") == n &&
		       strncmp(plugin, type, n) == 0;
	const char *dash = source[0] != '\0' ? "/" : "";

	if (!repeats)
		return arena_printf(
		    s->arena, "%s/%s%s%s", plugin, type, dash, source);
	type += n;
	return arena_printf(s->arena, "%s%s%s%s%s", plugin,
	    type[0] != '\0' ? "/" : "", type[0] != '\0' ? type + 1 : "", dash,
	    source);
}

static void
put_list(struct sink *s, const struct putval *p, struct putval_list list)
{
	size_t (*const unescape)(
	    char *, struct slice) = p->escaped ? putval_unescape : NULL;
	const struct putval_type *type = putval_type(p->type);
	const char *plugin = sink_text(s, p->plugin, unescape);
	const char *full = sink_text(s, p->type, unescape);
	struct farm_value value;
	struct error err;
	size_t i;
	int got;

	for (i = 0; i < 4 && type->sources[i] != NULL; i++) {
		got = putval_value(&list, type->counter, &value, &err);
		if (got == 0)
			error_set(&err, "%s/%s: too few values", plugin, full);
		if (got <= 0) {
			sink_refuse(s, &err);
			return;
		}
		sink_put(s,
		    (struct farm_spec){ .node = sink_text(s, p->host, unescape),
			.parameter = putval_name(
			    s, plugin, full, type->sources[i]),
			.unit = "",
			.kind = type->counter ? FARM_COUNTER64 : FARM_GAUGE,
			.time_ns = list.time_ns },
		    value);
	}
	if (list.values.length > 0) {
		error_set(&err, "%s/%s: more than %zu values", plugin, full, i);
		sink_refuse(s, &err);
	}
}

static void
read_putval(struct sink *s, struct slice output)
{
	struct putval_list list;
	struct putval p;
	struct error err;
	int got, more;

	while ((got = putval_parse(&output, &p, &err)) != 0) {
		if (got < 0) {
			sink_refuse(s, &err);
			continue;
		}
		while ((more = putval_next(&p, &list, &err)) != 0)
			if (more < 0)
				sink_refuse(s, &err);
			else
				put_list(s, &p, list);
	}
}

/* ------------------------------------------------------------ all of them --
 */

void
format_memory_free(struct format_memory *m)
{
	table_free(&m->table);
}

bool
format_is_of_lines(enum format format)
{
	return format != FORMAT_PERFDATA && format != FORMAT_MONALISA &&
	       format != FORMAT_PROMETHEUS;
}

void
format_read(enum format format, struct format_memory *m, struct sink *s,
    struct slice output)
{
	static void (*const readers[])(struct sink *, struct slice) = {
		[FORMAT_VALUES] = read_values,
		[FORMAT_JSON] = read_json,
		[FORMAT_INFLUX] = read_influx,
		[FORMAT_GRAPHITE] = read_graphite,
		[FORMAT_ULM] = read_ulm,
		[FORMAT_PERFDATA] = check_output_read,
		[FORMAT_MONALISA] = read_monalisa,
		[FORMAT_PROMETHEUS] = read_prometheus,
		[FORMAT_PUTVAL] = read_putval,
	};

	if (format == FORMAT_CSV)
		table_read(&m->table, s, output);
	else
		readers[format](s, output);
}
