/* The form of -F json: an object of objects, below one name. */
#include "read.h"

#include "json_pull.h"
#include "thing.h"

/* Where in the output a piece is. */
#define LIST 2  /* "Jobs": { */
#define THING 3 /* "10.server": { */
#define GROUP 4 /* "resources_used": { */

struct reading {
	struct census *census;
	const char *list;
	thing_count *count;
	bool in_list;
	bool seen; /* the list */
	struct slice group;
	struct thing thing;
};

static int
take_piece(struct reading *r, const struct json_pull *p, enum json_piece piece,
    struct error *err)
{
	static const struct slice none = { "", 0 };

	if (piece == JSON_PULL_OBJECT && p->depth == LIST) {
		r->in_list = slice_is(p->key, r->list);
		r->seen |= r->in_list;
	} else if (!r->in_list) {
		return 0;
	} else if (piece == JSON_PULL_OBJECT && p->depth == THING) {
		thing_begin(&r->thing, p->key);
	} else if (piece == JSON_PULL_OBJECT && p->depth == GROUP) {
		r->group = p->key;
	} else if (piece == JSON_PULL_VALUE && p->depth == THING) {
		thing_take(&r->thing, none, p->key, p->value);
	} else if (piece == JSON_PULL_VALUE && p->depth == GROUP) {
		thing_take(&r->thing, r->group, p->key, p->value);
	} else if (piece == JSON_PULL_OBJECT_END && p->depth == THING - 1) {
		return r->count(r->census, &r->thing, err);
	} else if (piece == JSON_PULL_OBJECT_END && p->depth == LIST - 1) {
		r->in_list = false;
	}
	return 0;
}

static size_t
line_of(struct slice whole, struct slice rest)
{
	size_t n = 1, i;

	for (i = 0; i < whole.length - rest.length; i++)
		n += whole.text[i] == '\n';
	return n;
}

/* Of a server without jobs there is no list of them. */
static int
read_json(struct census *c, struct slice output, const char *list,
    thing_count *count, struct error *err)
{
	struct reading r = { .census = c, .list = list, .count = count };
	struct json_pull p = { .rest = output };
	enum json_piece piece;
	bool named = false;

	while ((piece = json_pull(&p)) > JSON_PULL_BAD) {
		named |= p.depth == 1 && slice_is(p.key, "pbs_server");
		if (take_piece(&r, &p, piece, err) != 0)
			return -1;
	}
	if (piece == JSON_PULL_BAD)
		return error_set(err, "no JSON, or broken off, in line %zu",
		    line_of(output, p.rest));
	if (!r.seen && !named)
		return error_set(err, "has neither %s nor pbs_server", list);
	return 0;
}

int
read_jobs_json(struct census *c, struct slice output, struct error *err)
{
	return read_json(c, output, "Jobs", thing_job, err);
}

int
read_nodes_json(struct census *c, struct slice output, struct error *err)
{
	return read_json(c, output, "nodes", thing_node, err);
}

int
read_queues_json(struct census *c, struct slice output, struct error *err)
{
	return read_json(c, output, "Queue", thing_queue, err);
}
