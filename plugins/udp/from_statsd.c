/* StatsD's lines: the tag "host" is the node, the values of other tags follow
   the name. */
#include "statsd.h"

#include "name.h"
#include "receiver.h"

static int
read_names(struct intake *in, struct statsd_metric *m)
{
	struct receiver *r = in->receiver;
	struct slice name, value;

	buffer_clear(&r->node);
	buffer_clear(&r->name);
	buffer_put(&r->name, m->name.text, m->name.length);
	while (statsd_next_tag(m, &name, &value)) {
		if (slice_is(name, "host")) {
			buffer_clear(&r->node);
			buffer_put(&r->node, value.text, value.length);
			continue;
		}
		if (value.length == 0)
			value = name;
		buffer_putc(&r->name, '.');
		buffer_put(&r->name, value.text, value.length);
	}
	if (buffer_failed(&r->node) || buffer_failed(&r->name))
		return error_set(&in->err, "out of memory");
	return name_check(
	    "parameter", buffer_text(&r->name), r->name.size, &in->err);
}

static enum outcome
add(struct intake *in, struct statsd_metric *m)
{
	struct receiver *r = in->receiver;
	struct statsd_sample sample;
	struct slice node = intake_node(in);

	if (read_names(in, m) != 0)
		return MALFORMED;
	if (r->node.size > 0)
		node = (struct slice){ r->node.data, r->node.size };
	if (name_check("node", node.text, node.length, &in->err) != 0)
		return MALFORMED;
	while (statsd_next(m, &sample))
		switch (tallies_add(&r->tallies, node,
		    (struct slice){ r->name.data, r->name.size }, &sample,
		    &in->err)) {
		case ADDED:
			break;
		case ADDED_BAD:
			intake_refuse(in);
			break;
		default:
			farm_fail(r->host, "out of memory");
			return LOST;
		}
	return TAKEN;
}

enum outcome
statsd_take(struct intake *in)
{
	struct statsd_metric metric;
	enum outcome why;
	int rc;

	while ((rc = statsd_parse(&in->bytes, &metric, &in->err)) != 0) {
		why = rc > 0 ? add(in, &metric) : MALFORMED;
		if (why == LOST)
			return LOST;
		if (why == MALFORMED)
			intake_refuse(in);
	}
	return TAKEN;
}
