/* StatsD's lines: gauges, and of counters what they have grown by. */
#include "statsd.h"

#include "lines.h"
#include "value.h"

/* Half of what 32 bits count: one that falls by more has gone round. */
#define HALF_32 2147483648.0

struct tagging {
	struct buffer *buffer;
	bool first;
};

static int
put_tag(void *cookie, struct slice name, struct slice value, struct error *err)
{
	struct tagging *t = cookie;

	(void)err;
	statsd_put_tag(t->buffer, t->first, name, value);
	t->first = false;
	return 0;
}

static int
begin(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	struct slice parts[PATH_PARTS_MAX];
	size_t n = path_print(
	    &c->path, farm_series_info(g->host, v->series), &c->name, parts);

	return statsd_put_name(&c->outgoing.bytes, parts, n, err);
}

/* False if it is no number. */
static bool
put_rest(struct composer *c, const struct farm_series *s,
    const struct farm_value *v, enum statsd_type type)
{
	struct tagging t = { &c->outgoing.bytes, true };
	struct error err;

	return statsd_put_value(t.buffer, v, type) &&
	       composer_tags(c, s, put_tag, &t, &err) == 0;
}

/* -1 if nothing is known yet to compare with.  One that has become less has
   begun anew, or gone round. */
static double
growth(struct known *k, const struct farm_series *s, double now)
{
	double last = k->last;
	bool first = !k->counted;

	k->last = now;
	k->counted = true;
	if (first)
		return -1;
	if (now >= last)
		return now - last;
	if (s->kind == FARM_COUNTER32 && last - now > HALF_32)
		return now + 2 * HALF_32 - last;
	return now;
}

static int
add_counter(struct composer *c, const struct group *g,
    const struct farm_series *s, const struct farm_value *v)
{
	struct known *k = farm_series_state(g->host, v->series);
	struct farm_value grown;
	double now;

	if (k == NULL || !value_number(v, &now))
		return 0;
	grown = farm_double(growth(k, s, now));
	return grown.number >= 0 && put_rest(c, s, &grown, STATSD_COUNTER);
}

static int
add(struct composer *c, const struct group *g, const struct farm_value *v,
    struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	const struct farm_value zero = farm_int64(0);

	if (s->kind == FARM_COUNTER32 || s->kind == FARM_COUNTER64)
		return add_counter(c, g, s, v);
	if (statsd_is_negative(v)) {
		(void)put_rest(c, s, &zero, STATSD_GAUGE);
		buffer_putc(&c->outgoing.bytes, '\n');
		if (begin(c, g, v, err) != 0)
			return -1;
	}
	return put_rest(c, s, v, STATSD_GAUGE);
}

static void
end(struct composer *c, const struct group *g)
{
	(void)g;
	buffer_putc(&c->outgoing.bytes, '\n');
}

static int
statsd_put_group(struct composer *c, const struct group *g)
{
	static const struct line_ops ops = { begin, add, end, 1 };

	return lines_put(c, g, &ops, true);
}

const struct format_ops format_statsd = {
	.name = "statsd",
	.port = STATSD_PORT,
	.path = "{farm}.{cluster}.{node}.{parameter}",
	.put = statsd_put_group,
};
