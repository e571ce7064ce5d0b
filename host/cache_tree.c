/* The tree of names as JSON, for people and dashboards. */
#include "cache_read.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"

static void
put_span(struct buffer *b, const char *key, int64_t ns)
{
	buffer_printf(b, ",\"%s\":%" PRId64, key, ns);
}

struct parameters {
	const struct cache_tree_view *view;
	struct buffer *out;
};

static bool
put_parameter(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	const struct parameters *all = context;
	struct buffer *b = all->out;

	if (buffer_failed(b))
		return false;
	if (all->view->shown != NULL &&
	    !all->view->shown(all->view->context, s))
		return true;
	if (b->data[b->size - 1] != '[')
		buffer_putc(b, ',');
	buffer_puts(b, "{\"parameter\":");
	buffer_json_text(b, s->parameter);
	buffer_puts(b, ",\"time\":");
	time_json(b, p->time_ns);
	buffer_puts(b, ",\"value\":");
	buffer_json_value(b, &p->value);
	buffer_puts(b, ",\"unit\":");
	buffer_json_text(b, s->unit);
	buffer_putc(b, '}');
	return !buffer_failed(b);
}

static void
put_node(struct cache *c, struct buffer *b, const struct node_ref *ref,
    const struct cache_tree_view *view)
{
	struct parameters all = { view, b };

	buffer_puts(b, "{\"node\":");
	buffer_json_text(b, ref->node);
	buffer_printf(b, ",\"parameters\":%" PRIu32, ref->n_series);
	buffer_puts(b, ",\"last\":");
	time_json(b, ref->last_ns);
	put_span(b, "lifetime_ns", ref->lifetime_ns);
	if (view->node != NULL) {
		buffer_puts(b, ",\"values\":[");
		node_ref_latest(c, ref, put_parameter, &all);
		buffer_putc(b, ']');
	}
	buffer_putc(b, '}');
}

static void
put_cluster(struct buffer *b, const struct node_ref *ref)
{
	buffer_puts(b, "{\"farm\":");
	buffer_json_text(b, ref->farm);
	buffer_puts(b, ",\"cluster\":");
	buffer_json_text(b, ref->cluster);
	put_span(b, "lifetime_ns", ref->cluster_lifetime_ns);
	buffer_puts(b, ",\"nodes\":[");
}

static bool
same_cluster(const struct node_ref *a, const struct node_ref *b)
{
	return strcmp(a->cluster, b->cluster) == 0 &&
	       strcmp(a->farm, b->farm) == 0;
}

static bool
is_asked(const struct node_ref *ref, const struct cache_tree_view *view)
{
	if (view->cluster != NULL && strcmp(view->cluster, ref->cluster) != 0)
		return false;
	return view->node == NULL || strcmp(view->node, ref->node) == 0;
}

/* Put one node, in a cluster of its own if the one `before' was of another. */
static void
put_ref(struct cache *c, struct buffer *b, const struct node_ref *before,
    const struct node_ref *ref, const struct cache_tree_view *view)
{
	if (before != NULL && same_cluster(before, ref)) {
		buffer_putc(b, ',');
	} else {
		buffer_puts(b, before != NULL ? "]}," : "");
		put_cluster(b, ref);
	}
	put_node(c, b, ref, view);
}

static int
turn_of(const struct node_ref *ref, const struct cache_tree_view *view)
{
	const char *const names[] = { ref->farm, ref->cluster, ref->node };

	return view->turn == NULL ? 1 : view->turn(view->context, names);
}

int
cache_tree_json(
    struct cache *c, struct buffer *b, const struct cache_tree_view *view)
{
	const struct node_ref *before = NULL;
	bool found = view->cluster == NULL && view->node == NULL;
	struct node_refs refs;
	int taken = 0;

	if (node_refs_collect(c, &refs) != 0)
		return -1;
	buffer_putc(b, '[');
	for (size_t i = 0; i < refs.n && taken >= 0; i++) {
		const struct node_ref *ref = &refs.items[i];

		if (!is_asked(ref, view))
			continue;
		found = true;
		taken = turn_of(ref, view);
		if (taken <= 0)
			continue;
		put_ref(c, b, before, ref, view);
		before = ref;
	}
	buffer_puts(b, before != NULL ? "]}]" : "]");
	node_refs_free(&refs);
	return found && !buffer_failed(b) ? 0 : -1;
}
