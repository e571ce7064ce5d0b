#include "lines.h"

struct line {
	struct composer *composer;
	const struct group *group;
	const struct line_ops *ops;
	const struct farm_value *first; /* that it says */
	size_t n;
};

/* False if there is no room: it belongs to the next line. */
static bool
add(struct line *l, const struct farm_value *v)
{
	struct outgoing *o = &l->composer->outgoing;
	size_t before = o->bytes.size;
	struct error err;
	int rc = l->ops->add(l->composer, l->group, v, &err);

	if (rc <= 0) {
		composer_unsaid(l->composer, l->group, v,
		    rc < 0 ? UNSAID_NAME : UNSAID_VALUE, &err);
		return true;
	}
	if (l->n > 0 &&
	    o->bytes.size + l->ops->tail - outgoing_start(o) > o->limit) {
		o->bytes.size = before;
		return false;
	}
	if (l->n++ == 0)
		l->first = v;
	return true;
}

static int
finish(struct line *l)
{
	struct composer *c = l->composer;

	if (l->n == 0) {
		outgoing_undo(&c->outgoing);
		return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
	}
	l->ops->end(c, l->group);
	return composer_end(c, l->group, l->first, l->n);
}

int
lines_put(struct composer *c, const struct group *g, const struct line_ops *ops,
    bool single)
{
	const struct farm_value *v = g->values, *end = v + g->n;
	struct error err;

	while (v < end) {
		struct line l = { c, g, ops, NULL, 0 };

		if (ops->begin(c, g, v, &err) != 0) {
			outgoing_undo(&c->outgoing);
			composer_unsaid(c, g, v++, UNSAID_NAME, &err);
			continue;
		}
		while (v < end && add(&l, v)) {
			v++;
			if (single)
				break;
		}
		if (finish(&l) != 0)
			return -1;
	}
	return 0;
}
