/* What was measured: the tree of names, last values, history. */
#include "api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "predicate.h"
#include "series.h"

/* An answer from the store may take this long. */
#define HISTORY_WAIT_NS (25 * NS_PER_S)
/* What is answered if nobody says from when. */
#define HISTORY_SPAN_NS (3600 * NS_PER_S)

/* What was asked for, taken apart. */
struct question {
	struct arena *arena;
	struct farm_predicate *predicates;
	size_t n;
	struct matcher *matcher;
	int64_t from_ns; /* 0: from the beginning */
	int64_t to_ns;
	size_t limit;
};

static void
question_free(struct question *q)
{
	matcher_free(q->matcher);
	arena_free(q->arena);
}

static int
parse_limit(const char *text, size_t *ret, struct error *err)
{
	char *end;
	unsigned long n;

	*ret = API_LIMIT_DEFAULT;
	if (text == NULL)
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || n == 0 ||
	    n > API_LIMIT_MAX)
		return error_set(err, "limit is \"%s\"; it must be 1 to %d",
		    text, API_LIMIT_MAX);
	*ret = n;
	return 0;
}

/* The span: arguments from and to, else what the first predicate says. */
static int
parse_span(
    struct question *q, const struct api_request *request, struct error *err)
{
	const char *from = request->argument(request, "from");
	const char *to = request->argument(request, "to");
	int64_t now = clock_wall_ns();

	predicate_span(&q->predicates[0], now, &q->from_ns, &q->to_ns);
	if (q->predicates[0].from_ns == PREDICATE_FROM_DEFAULT_NS)
		q->from_ns = now - HISTORY_SPAN_NS;
	if (from != NULL && time_parse(from, now, &q->from_ns, err) < 0)
		return error_prefix(err, "from");
	if (to != NULL && time_parse(to, now, &q->to_ns, err) < 0)
		return error_prefix(err, "to");
	return 0;
}

static int
parse_question(
    struct question *q, const struct api_request *request, struct error *err)
{
	const char *text = request->argument(request, "predicate");

	*q = (struct question){ .arena = arena_new(0) };
	if (q->arena == NULL)
		return error_set(err, "out of memory");
	if (parse_limit(request->argument(request, "limit"), &q->limit, err) <
	    0)
		return -1;
	if (predicate_parse(q->arena, text == NULL ? "*" : text, 0,
		&q->predicates, &q->n, err) < 0 ||
	    matcher_new(&q->matcher, q->predicates, q->n, err) < 0)
		return error_prefix(err, "predicate");
	if (q->n == 0)
		return error_set(err, "predicate: empty");
	if (matcher_windowed(q->matcher))
		return error_set(err, "predicate: a window (avg, min, max over "
				      "time) cannot be asked here");
	return parse_span(q, request, err);
}

static const char *
kind_name(uint32_t kind)
{
	static const char *const names[] = { "gauge", "counter32", "counter64",
		"state" };

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind]
						       : "unknown";
}

static const char *
type_name(uint8_t type)
{
	static const char *const names[] = { "none", "double", "int64",
		"uint64", "boolean", "text" };

	return type < sizeof(names) / sizeof(names[0]) ? names[type]
						       : "unknown";
}

static void
put_labels(struct buffer *out, const struct farm_series *s)
{
	uint32_t i;

	if (s->n_labels == 0)
		return;
	buffer_puts(out, ",\"labels\":{");
	for (i = 0; i < s->n_labels; i++) {
		if (i > 0)
			buffer_putc(out, ',');
		buffer_json_text(out, s->labels[i].name);
		buffer_putc(out, ':');
		buffer_json_text(out, s->labels[i].value);
	}
	buffer_putc(out, '}');
}

/* "farm":..,"cluster":..: the members that name a series. */
static void
put_series(struct buffer *out, const struct farm_series *s)
{
	buffer_puts(out, "\"farm\":");
	buffer_json_text(out, s->farm);
	buffer_puts(out, ",\"cluster\":");
	buffer_json_text(out, s->cluster);
	buffer_puts(out, ",\"node\":");
	buffer_json_text(out, s->node);
	buffer_puts(out, ",\"parameter\":");
	buffer_json_text(out, s->parameter);
	buffer_puts(out, ",\"unit\":");
	buffer_json_text(out, s->unit);
	buffer_printf(out, ",\"kind\":\"%s\"", kind_name(s->kind));
	put_labels(out, s);
}

/* --- tree --- */

void
api_tree(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	const char *cluster = request->argument(request, "cluster");
	const char *node = request->argument(request, "node");

	if (node != NULL && cluster == NULL)
		api_error(reply, 400, "argument",
		    "a node is asked for with its cluster");
	else if (cache_tree_json(farm->cache, &reply->body, cluster, node) < 0)
		api_error(reply, 404, "name", "there is no %s \"%s\"",
		    node != NULL ? "node" : "cluster",
		    node != NULL ? node : cluster);
}

/* --- latest --- */

struct latest {
	const struct question *question;
	struct buffer *out;
	size_t n;
	bool truncated;
};

static bool
put_latest(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct latest *l = context;

	if (!matcher_value(l->question->matcher, s, &p->value))
		return true;
	if (l->n == l->question->limit) {
		l->truncated = true;
		return false;
	}
	buffer_puts(l->out, l->n++ == 0 ? "{" : ",\n{");
	put_series(l->out, s);
	buffer_puts(l->out, ",\"time\":");
	time_json(l->out, p->time_ns);
	buffer_printf(
	    l->out, ",\"type\":\"%s\",\"value\":", type_name(p->value.type));
	buffer_json_value(l->out, &p->value);
	buffer_putc(l->out, '}');
	return !buffer_failed(l->out);
}

void
api_latest(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct question q;
	struct error err;
	struct latest l = { .question = &q, .out = &reply->body };

	if (parse_question(&q, request, &err) < 0) {
		api_error(reply, 400, "argument", "%s", err.text);
		question_free(&q);
		return;
	}
	buffer_puts(l.out, "{\"values\":[");
	cache_latest(farm->cache, q.matcher, put_latest, &l);
	buffer_printf(
	    l.out, "],\"truncated\":%s}", l.truncated ? "true" : "false");
	question_free(&q);
}

/* --- history --- */

/* The points of one series, as JSON so far. */
struct points {
	struct buffer json;
	size_t n;
	uint8_t type; /* of the first; another one's stands in its point */
};

/* Points come from the store first, then from the cache: one list each. */
struct history {
	const struct question *question;
	struct series_table *names;
	struct points *lists; /* by the number in `names' */
	size_t n_lists;
	size_t n_points;
	const struct matcher *current; /* of the predicate being answered */
	struct matcher **earlier;      /* of those answered already */
	size_t n_earlier;
	bool truncated;
	bool failed;
	bool gap;
	bool store_failed; /* only memory is in the answer, and why */
	struct error why;
};

static struct points *
find_list(struct history *h, const struct farm_series *s)
{
	uint32_t number = series_define(h->names, s, NULL);
	struct points *grown;

	if (number == 0)
		return NULL;
	if (number >= h->n_lists) {
		size_t n = (size_t)number * 2 + 16;

		grown = reallocarray(h->lists, n, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		memset(
		    grown + h->n_lists, 0, (n - h->n_lists) * sizeof(*grown));
		h->lists = grown;
		h->n_lists = n;
	}
	return &h->lists[number];
}

/* A series that an earlier predicate asked for is in the answer already. */
static bool
is_answered(const struct history *h, const struct farm_series *s)
{
	size_t i;

	for (i = 0; i < h->n_earlier; i++)
		if (matcher_series(h->earlier[i], s))
			return true;
	return false;
}

static void
put_point(struct points *list, int64_t time_ns, const struct farm_value *value)
{
	if (list->n == 0)
		list->type = value->type;
	buffer_puts(&list->json, list->n++ == 0 ? "[" : ",[");
	time_json(&list->json, time_ns);
	buffer_putc(&list->json, ',');
	buffer_json_value(&list->json, value);
	if (value->type != list->type)
		buffer_printf(&list->json, ",\"%s\"", type_name(value->type));
	buffer_putc(&list->json, ']');
}

static bool
add_point(void *context, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *value)
{
	struct history *h = context;
	struct points *list;

	if (is_answered(h, s) || !matcher_value(h->current, s, value))
		return true;
	if (h->n_points == h->question->limit) {
		h->truncated = true;
		return false;
	}
	list = find_list(h, s);
	if (list == NULL) {
		h->failed = true;
		return false;
	}
	h->n_points++;
	put_point(list, time_ns, value);
	return true;
}

static bool
add_recent(void *context, const struct farm_series *s,
    const struct cache_point *points, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!add_point(context, s, points[i].time_ns, &points[i].value))
			return false;
	return true;
}

static void
put_end(const struct history *h, struct buffer *out)
{
	buffer_printf(out, "],\"truncated\":%s,\"gap\":%s",
	    h->truncated ? "true" : "false", h->gap ? "true" : "false");
	if (h->store_failed) {
		buffer_puts(out, ",\"store_error\":");
		buffer_json_text(out, h->why.text);
	}
	buffer_putc(out, '}');
}

static void
put_history(const struct history *h, struct buffer *out)
{
	const char *separator = "";
	uint32_t number;

	buffer_puts(out, "{\"series\":[");
	for (number = 1; number < h->n_lists; number++) {
		const struct points *list = &h->lists[number];

		if (list->n == 0)
			continue;
		buffer_printf(out, "%s{", separator);
		put_series(out, series_get(h->names, number));
		buffer_printf(out, ",\"type\":\"%s\",\"points\":[",
		    type_name(list->type));
		buffer_put(out, buffer_text(&list->json), list->json.size);
		buffer_puts(out, "]}");
		out->failed |= buffer_failed(&list->json);
		separator = ",\n";
	}
	put_end(h, out);
}

static void
history_free(struct history *h)
{
	size_t i;

	for (i = 0; i < h->n_lists; i++)
		buffer_free(&h->lists[i].json);
	free(h->lists);
	for (i = 0; i < h->n_earlier; i++)
		matcher_free(h->earlier[i]);
	free(h->earlier);
	series_table_free(h->names);
}

/*
 * One predicate: the store up to the position it has reached, then the cache
 * beyond that.  If the cache had to give up points that the store did not give,
 * there is a gap; if the store cannot answer, memory must do.
 */
static void
gather(struct farm *farm, struct history *h,
    const struct farm_predicate *predicate)
{
	const struct question *q = h->question;
	int64_t deadline = clock_mono_ns() + HISTORY_WAIT_NS;
	uint64_t through = 0;
	bool stored = true;

	if (deliver_history(farm->deliver, predicate, q->from_ns, q->to_ns,
		deadline, add_point, h, &through, &h->why) < 0) {
		h->store_failed = true;
		stored = false;
		through = 0;
	}
	if (h->truncated || h->failed)
		return;
	if ((through > 0 || !stored) &&
	    cache_whole_after(farm->cache, h->current) > through)
		h->gap = true;
	cache_recent(farm->cache, h->current, q->from_ns, q->to_ns, through,
	    add_recent, h);
}

static void
gather_all(struct farm *farm, struct history *h)
{
	const struct question *q = h->question;
	struct matcher *matcher;
	size_t i;

	h->names = series_table_new(API_LIMIT_MAX);
	h->earlier = calloc(q->n, sizeof(struct matcher *));
	h->failed = h->names == NULL || h->earlier == NULL;
	for (i = 0; i < q->n && !h->truncated && !h->failed; i++) {
		if (matcher_new(&matcher, &q->predicates[i], 1, NULL) < 0) {
			h->failed = true;
			return;
		}
		h->current = matcher;
		gather(farm, h, &q->predicates[i]);
		h->earlier[h->n_earlier++] = matcher;
	}
}

void
api_history(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct question q;
	struct history h = { .question = &q };
	struct error err;

	if (parse_question(&q, request, &err) < 0) {
		api_error(reply, 400, "argument", "%s", err.text);
		question_free(&q);
		return;
	}
	gather_all(farm, &h);
	if (h.failed)
		api_error(reply, 500, "memory", "out of memory");
	else
		put_history(&h, &reply->body);
	history_free(&h);
	question_free(&q);
}
