/* What is known now: the tree of names, last values. */
#include "api_question.h"

#include <string.h>

#include "clock.h"

/* --- tree --- */

void
api_tree(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	const char *cluster = request->argument(request, "cluster");
	const char *node = request->argument(request, "node");

	if (node != NULL && cluster == NULL)
		api_error_at(reply, 400, "argument", "node",
		    "a node is asked for with its cluster");
	else if (cache_tree_json(farm->cache, &reply->body, cluster, node) < 0)
		api_error_at(reply, 404, "name",
		    node != NULL ? "node" : "cluster", "there is no %s \"%s\"",
		    node != NULL ? "node" : "cluster",
		    node != NULL ? node : cluster);
}

/* --- latest --- */

struct latest {
	const struct api_question *question;
	struct buffer *out;
	size_t n;
	struct api_cursor last; /* names in the question's arena */
	bool truncated;
};

/* The page ends here; the names do not outlive the callback. */
static bool
keep_cursor(struct latest *l, const char *const *names)
{
	size_t i;

	for (i = 0; i < API_NAMES_MAX; i++) {
		l->last.names[i] = arena_strdup(l->question->arena, names[i]);
		if (l->last.names[i] == NULL)
			return false;
	}
	l->last.n = API_NAMES_MAX;
	return true;
}

static bool
put_latest(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct latest *l = context;
	const struct api_page *page = &l->question->page;
	const char *const names[] = { s->farm, s->cluster, s->node,
		s->parameter };

	if (api_cursor_compare(&page->after, names) <= 0 ||
	    !matcher_value(l->question->matcher, s, &p->value))
		return true;
	if (l->n == page->limit) {
		l->truncated = true;
		return false;
	}
	buffer_puts(l->out, l->n++ == 0 ? "{" : ",\n{");
	api_put_series(l->out, s);
	buffer_puts(l->out, ",\"time\":");
	time_json(l->out, p->time_ns);
	buffer_printf(l->out,
	    ",\"type\":\"%s\",\"value\":", api_type_name(p->value.type));
	buffer_json_value(l->out, &p->value);
	buffer_putc(l->out, '}');
	if (l->n == page->limit && !keep_cursor(l, names))
		l->out->failed = true;
	return !buffer_failed(l->out);
}

void
api_latest(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct api_question q;
	struct latest l = { .question = &q, .out = &reply->body };

	if (api_question_parse(&q, request, reply, false)) {
		buffer_puts(l.out, "{\"values\":[");
		cache_latest(farm->cache, q.matcher, put_latest, &l);
		buffer_printf(l.out, "],\"truncated\":%s",
		    l.truncated ? "true" : "false");
		if (l.truncated)
			api_page_next(l.out, &l.last, false);
		buffer_putc(l.out, '}');
	}
	api_question_free(&q);
}
