/* Lines of Graphite: a part of the path is the node, the others are the
   parameter. */
#include "graphite.h"

#include "receiver.h"

static void
put_part(struct buffer *b, struct slice part)
{
	if (b->size > 0)
		buffer_putc(b, '.');
	buffer_put(b, part.text, part.length);
}

/* Without a node if the path has one part alone. */
static void
split(struct receiver *r, struct slice path)
{
	bool single = memchr(path.text, '.', path.length) == NULL;
	struct slice part;

	buffer_clear(&r->node);
	buffer_clear(&r->name);
	for (int64_t i = 1; path.length > 0; i++) {
		part = slice_cut(&path, '.');
		put_part(
		    i == r->node_part && !single ? &r->node : &r->name, part);
	}
}

/* A host says who it is; other tags tell series apart. */
static void
take_tags(struct receiver *r, struct graphite_line *line)
{
	struct slice name, value;

	while (graphite_next_tag(line, &name, &value)) {
		if (slice_is(name, "host")) {
			buffer_clear(&r->node);
			buffer_put(&r->node, value.text, value.length);
		} else {
			put_part(&r->name, value);
		}
	}
}

static enum outcome
emit(struct intake *in, struct graphite_line *line)
{
	struct receiver *r = in->receiver;
	struct slice node;

	split(r, line->path);
	take_tags(r, line);
	if (buffer_failed(&r->node) || buffer_failed(&r->name)) {
		farm_fail(r->host, "out of memory");
		return LOST;
	}
	node = r->node.size > 0 ? (struct slice){ r->node.data, r->node.size }
				: intake_node(in);
	if (result_begin(&r->result, intake_cluster(in), node, line->time_ns,
		&in->err) != 0)
		return MALFORMED;
	if (intake_add(in,
		(struct slice){ buffer_text(&r->name), r->name.size },
		farm_double(line->value)) != 0)
		return LOST;
	return result_end(&r->result) == 0 ? TAKEN : LOST;
}

enum outcome
graphite_take(struct intake *in)
{
	struct graphite_line line;
	enum outcome why;
	int rc;

	while ((rc = graphite_parse(&in->bytes, &line, &in->err)) != 0) {
		why = rc > 0 ? emit(in, &line) : MALFORMED;
		if (why == LOST)
			return LOST;
		if (why == MALFORMED)
			intake_refuse(in);
	}
	return TAKEN;
}
