/* What is known now: the tree of names, last values. */
#include "api_question.h"

#include "access.h"
#include "clock.h"
#include "json_lines.h"
#include "words.h"

/* --- tree --- */

struct tree_page {
	struct api_pager pager;
	const struct access_who *who;
};

/* A node of which it may have nothing is not there. */
static int
node_turn(void *context, const char *const *names)
{
	struct tree_page *page = context;
	const struct matcher_source source = { .farm = names[0],
		.cluster = names[1],
		.nodes = &names[2],
		.n_nodes = 1 };

	if (!access_may_source(page->who, ACCESS_LATEST, &source))
		return 0;
	switch (api_pager_turn(&page->pager, names, 3)) {
	case TURN_SKIP:
		return 0;
	case TURN_TAKE:
		return 1;
	default:
		return -1;
	}
}

static bool
parameter_is_shown(void *context, const struct farm_series *s)
{
	return access_may(((struct tree_page *)context)->who, ACCESS_LATEST, s);
}

static void
put_tree(struct farm *farm, struct tree_page *page, const char *cluster,
    const char *node, struct api_reply *reply)
{
	const struct cache_tree_view view = {
		.cluster = cluster,
		.node = node,
		.turn = node_turn,
		.shown = parameter_is_shown,
		.context = page,
	};

	buffer_puts(&reply->body, "{\"clusters\":");
	if (cache_tree_json(farm->cache, &reply->body, &view) == 0)
		api_pager_end(&page->pager, &reply->body);
	else
		api_error_at(reply, 404, "name",
		    node != NULL ? "node" : "cluster", "there is no %s \"%s\"",
		    node != NULL ? "node" : "cluster",
		    node != NULL ? node : cluster);
}

void
api_tree(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	const char *cluster = request->argument(request, "cluster");
	const char *node = request->argument(request, "node");
	struct tree_page page = { .who = request->who };

	if (node != NULL && cluster == NULL) {
		api_error_at(reply, 400, "argument", "node",
		    "a node is asked for with its cluster");
		return;
	}
	if (api_pager_begin(&page.pager, request, reply, 3))
		put_tree(farm, &page, cluster, node, reply);
	api_pager_free(&page.pager);
}

/* --- what one may --- */

void
api_allowed(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	(void)farm;
	access_json(&reply->body, request->who);
}

/* --- latest --- */

struct latest {
	const struct matcher *matcher;
	struct api_pager pager;
	const struct access_who *who;
	struct buffer *out;
};

static bool
put_latest(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct latest *l = context;
	const char *const names[] = { s->farm, s->cluster, s->node,
		s->parameter };
	enum api_turn turn;

	if (!matcher_value(l->matcher, s, &p->value) ||
	    !access_may(l->who, ACCESS_LATEST, s))
		return true;
	turn = api_pager_turn(&l->pager, names, API_NAMES_MAX);
	if (turn != TURN_TAKE)
		return turn == TURN_SKIP;
	buffer_puts(l->out, l->pager.n == 1 ? "{" : ",\n{");
	json_put_series(l->out, s);
	buffer_puts(l->out, ",\"time\":");
	time_json(l->out, p->time_ns);
	buffer_printf(
	    l->out, ",\"type\":\"%s\",\"value\":", type_word(p->value.type));
	buffer_json_value(l->out, &p->value);
	buffer_putc(l->out, '}');
	return !buffer_failed(l->out);
}

void
api_latest(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct api_question q;
	struct latest l = { .out = &reply->body, .who = request->who };
	struct buffer late = BUFFER_INIT;

	if (api_question_parse(&q, request, reply, false)) {
		(void)farm_await(
		    farm, q.matcher, q.page.after.n == 0 ? &late : NULL);
		l.matcher = q.matcher;
		l.pager = (struct api_pager){ .arena = q.arena,
			.page = q.page };
		buffer_puts(l.out, "{\"values\":[");
		cache_latest(farm->cache, q.matcher, put_latest, &l);
		buffer_putc(l.out, ']');
		buffer_puts(l.out, buffer_text(&late));
		api_pager_end(&l.pager, l.out);
	}
	buffer_free(&late);
	api_question_free(&q);
}
