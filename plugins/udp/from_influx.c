/* InfluxDB's lines: the tags "host" and "cluster" say where; measurement, the
   values of other tags and the field say what. */
#include "influx.h"

#include "receiver.h"

typedef size_t unescape_fn(char *to, struct slice);

static void
put_name(struct buffer *b, struct slice s, unescape_fn *unescape)
{
	char *to;

	if (b->size > 0)
		buffer_putc(b, '.');
	to = buffer_room(b, s.length);
	if (to != NULL)
		buffer_added(b, unescape(to, s));
}

static struct slice
name_or(const struct buffer *name, struct slice otherwise)
{
	return name->size > 0 ? (struct slice){ name->data, name->size }
			      : otherwise;
}

static int
begin(struct intake *in, struct influx_point *point)
{
	struct receiver *r = in->receiver;
	struct influx_tag tag;

	buffer_clear(&r->node);
	buffer_clear(&r->name);
	buffer_clear(&r->text);
	put_name(&r->name, point->measurement, influx_unescape_measurement);
	while (influx_next_tag(point, &tag))
		put_name(slice_is(tag.name, "host")      ? &r->node
			 : slice_is(tag.name, "cluster") ? &r->text
							 : &r->name,
		    tag.value, influx_unescape_name);
	if (buffer_failed(&r->node) || buffer_failed(&r->name) ||
	    buffer_failed(&r->text))
		return error_set(&in->err, "out of memory");
	return result_begin(&r->result, name_or(&r->text, intake_cluster(in)),
	    name_or(&r->node, intake_node(in)), point->time, &in->err);
}

/* Texts of a point, which lie in `text', are never longer than they came, so
   it does not move. */
static bool
value_of(struct receiver *r, struct influx_field *field)
{
	char *to;
	size_t n;

	if (field->value.type != FARM_TEXT)
		return true;
	to = buffer_room(&r->text, field->value.length);
	if (to == NULL)
		return false;
	n = influx_unescape_text(
	    to, (struct slice){ field->value.text, field->value.length });
	buffer_added(&r->text, n);
	field->value = farm_text(to, n);
	return true;
}

static enum outcome
emit(struct intake *in, struct influx_point *point)
{
	struct receiver *r = in->receiver;
	struct influx_field field;
	size_t base;

	if (begin(in, point) != 0)
		return MALFORMED;
	base = r->name.size;
	buffer_clear(&r->text);
	(void)buffer_room(&r->text, point->fields.length);
	while (influx_next_field(point, &field)) {
		r->name.size = base;
		if (!slice_is(field.name, "value"))
			put_name(&r->name, field.name, influx_unescape_name);
		if (buffer_failed(&r->name) || !value_of(r, &field)) {
			farm_fail(r->host, "out of memory");
			return LOST;
		}
		if (intake_add(in, (struct slice){ r->name.data, r->name.size },
			field.value) != 0)
			return LOST;
	}
	return result_end(&r->result) == 0 ? TAKEN : LOST;
}

enum outcome
influx_take(struct intake *in)
{
	struct influx_point point;
	enum outcome why;
	int rc;

	while ((rc = influx_parse(&in->bytes, &point, &in->err)) != 0) {
		why = rc > 0 ? emit(in, &point) : MALFORMED;
		if (why == LOST)
			return LOST;
		if (why == MALFORMED)
			intake_refuse(in);
	}
	return TAKEN;
}
