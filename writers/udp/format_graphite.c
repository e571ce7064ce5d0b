/* Graphite's lines, one a value. */
#include "graphite.h"
#include "lines.h"

static int
put_tag(void *cookie, struct slice name, struct slice value, struct error *err)
{
	return graphite_put_tag(cookie, name, value, err);
}

static int
begin(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct buffer *b = &c->outgoing.bytes;
	struct slice parts[PATH_PARTS_MAX];
	size_t n = path_print(&c->path, s, &c->name, parts);

	if (graphite_put_path(b, parts, n, err) != 0)
		return -1;
	return composer_tags(c, s, put_tag, b, err);
}

static int
add(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	(void)err;
	return graphite_put_value(&c->outgoing.bytes, v, g->record->time_ns);
}

static void
end(struct composer *c, const struct group *g)
{
	(void)c;
	(void)g;
}

static int
graphite_put_group(struct composer *c, const struct group *g)
{
	static const struct line_ops ops = { begin, add, end, 0 };

	return lines_put(c, g, &ops, true);
}

const struct format_ops format_graphite = {
	.name = "graphite",
	.port = GRAPHITE_PORT,
	.stream = true,
	.timed = true,
	.path = "{farm}.{cluster}.{node}.{parameter}",
	.put = graphite_put_group,
};
