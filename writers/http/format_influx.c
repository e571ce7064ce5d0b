/* InfluxDB's lines: values of a series' node at one time share a line where
   the measurement is not the parameter's. */
#include "composer.h"
#include "influx.h"
#include "packed.h"

static int
put_tag(void *cookie, struct slice name, struct slice value, struct error *err)
{
	return influx_put_tag(cookie, name, value, err);
}

static int
influx_head(struct composer *c, const struct farm_series *s, struct buffer *b,
    struct error *err)
{
	struct slice measurement[PATH_PARTS_MAX];
	struct influx_line line;

	(void)path_print(&c->path, s, &c->name, measurement);
	if (influx_begin(&line, b, measurement[0], err) != 0)
		return -1;
	return tags_each(
	    &c->tags, s, c->options->labels, &c->room, put_tag, &line, err);
}

/* InfluxDB 1 knows no unsigned integers, and no other has larger ones. */
static struct farm_value
value_of(const struct composer *c, const struct farm_value *v)
{
	if (v->type == FARM_INT64 && !c->options->integers)
		return farm_double((double)v->int64);
	if (v->type != FARM_UINT64)
		return *v;
	if (!c->options->integers)
		return farm_double((double)v->uint64);
	if (v->uint64 > INT64_MAX)
		return (struct farm_value){ .type = FARM_NONE };
	return farm_int64((int64_t)v->uint64);
}

static void
end_line(struct composer *c)
{
	if (c->last != NULL)
		(void)influx_end(&c->line, c->last_ns);
	c->last = NULL;
}

/* Does the value belong to the line under way? */
static bool
goes_on(const struct composer *c, const struct known *k, int64_t time_ns)
{
	return c->last != NULL && !c->path.each && c->last_ns == time_ns &&
	       c->last->size == k->size &&
	       memcmp(c->last->head, k->head, k->size) == 0;
}

static void
begin_line(struct composer *c, const struct known *k, int64_t time_ns)
{
	end_line(c);
	c->line = (struct influx_line){ .buffer = &c->text,
		.start = c->text.size };
	buffer_put(&c->text, k->head, k->size);
	c->last = k;
	c->last_ns = time_ns;
}

static int
influx_put(struct composer *c, const struct known *k,
    const struct farm_series *s, const struct farm_value *value,
    int64_t time_ns)
{
	struct farm_value v = value_of(c, value);
	size_t before;

	if (!goes_on(c, k, time_ns))
		begin_line(c, k, time_ns);
	before = c->line.n_fields;
	if (influx_put_field(&c->line,
		slice_of(c->path.each ? "value" : s->parameter), &v,
		&c->why) != 0)
		c->left_out[LEFT_NAME]++;
	else if (c->line.n_fields == before)
		c->left_out[LEFT_NUMBER]++;
	return buffer_failed(&c->text) ? -1 : 0;
}

static int
influx_gather(struct composer *c)
{
	end_line(c);
	return buffer_failed(&c->text) ? -1 : 0;
}

static int
influx_pack(struct composer *c)
{
	if (c->options->gzip)
		return packed_gzip(&c->body, &c->text);
	buffer_put(&c->body, buffer_text(&c->text), c->text.size);
	return buffer_failed(&c->body) ? -1 : 0;
}

const struct format_ops format_influx = {
	.type = "text/plain; charset=utf-8",
	.scheme = "Token",
	.head = influx_head,
	.put = influx_put,
	.gather = influx_gather,
	.pack = influx_pack,
};
