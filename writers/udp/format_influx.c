/* InfluxDB's lines: one a value, or where all values of a node have the same
   measurement, as few as they fit in. */
#include "influx.h"
#include "lines.h"

static int
put_tag(void *cookie, struct slice name, struct slice value, struct error *err)
{
	return influx_put_tag(cookie, name, value, err);
}

static int
begin(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct slice measurement[PATH_PARTS_MAX];

	(void)path_print(&c->path, s, &c->name, measurement);
	if (influx_begin(&c->line, &c->outgoing.bytes, measurement[0], err) !=
	    0)
		return -1;
	return composer_tags(c, s, put_tag, &c->line, err);
}

static int
add(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	size_t before = c->line.n_fields;

	if (influx_put_field(&c->line,
		slice_of(c->path.each ? "value" : s->parameter), v, err) != 0)
		return -1;
	return c->line.n_fields > before;
}

static void
end(struct composer *c, const struct group *g)
{
	(void)influx_end(&c->line, g->record->time_ns);
}

static int
influx_put(struct composer *c, const struct group *g)
{
	/* " -9223372036854775808\n" */
	static const struct line_ops ops = { begin, add, end, 22 };

	return lines_put(c, g, &ops, c->path.each);
}

/* As the listener takes them. */
static const struct farm_pair tags[] = {
	{ "cluster", "{cluster}" },
	{ "host", "{node}" },
};
static const struct farm_map default_tags = { tags, 2 };

const struct format_ops format_influx = {
	.name = "influx",
	.port = 8089,
	.stream = true,
	.timed = true,
	.whole = true,
	.path = "{parameter}",
	.tags = &default_tags,
	.put = influx_put,
};
