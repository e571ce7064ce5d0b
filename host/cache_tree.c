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

static bool
put_parameter(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct buffer *b = context;

	if (buffer_failed(b))
		return false;
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
put_node(
    struct cache *c, struct buffer *b, const struct node_ref *ref, bool deep)
{
	buffer_puts(b, "{\"node\":");
	buffer_json_text(b, ref->node);
	buffer_printf(b, ",\"parameters\":%" PRIu32, ref->n_series);
	buffer_puts(b, ",\"last\":");
	time_json(b, ref->last_ns);
	put_span(b, "lifetime_ns", ref->lifetime_ns);
	if (deep) {
		buffer_puts(b, ",\"values\":[");
		node_ref_latest(c, ref, put_parameter, b);
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
is_asked(const struct node_ref *ref, const char *cluster, const char *node)
{
	if (cluster != NULL && strcmp(cluster, ref->cluster) != 0)
		return false;
	return node == NULL || strcmp(node, ref->node) == 0;
}

int
cache_tree_json(
    struct cache *c, struct buffer *b, const char *cluster, const char *node)
{
	const struct node_ref *before = NULL;
	struct node_refs refs;

	if (node_refs_collect(c, &refs) != 0)
		return -1;
	buffer_puts(b, "{\"clusters\":[");
	for (size_t i = 0; i < refs.n; i++) {
		const struct node_ref *ref = &refs.items[i];

		if (!is_asked(ref, cluster, node))
			continue;
		if (before != NULL && same_cluster(before, ref)) {
			buffer_putc(b, ',');
		} else {
			buffer_puts(b, before != NULL ? "]}," : "");
			put_cluster(b, ref);
		}
		put_node(c, b, ref, node != NULL);
		before = ref;
	}
	buffer_puts(b, before != NULL ? "]}]}" : "]}");
	node_refs_free(&refs);
	if (buffer_failed(b))
		return -1;
	return before != NULL || (cluster == NULL && node == NULL) ? 0 : -1;
}
