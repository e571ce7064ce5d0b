/*
 * History: points from the store, then from memory, put in the order of series
 * and time, so that a page is a piece of that order wherever a point came from.
 */
#include "api_question.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "series.h"
#include "words.h"

/* An answer from the store may take this long. */
#define HISTORY_WAIT_NS (25 * NS_PER_S)

struct point {
	const struct farm_series *series; /* of history's own table */
	int64_t time_ns;
	size_t order; /* in which it came */
	char *text;   /* its JSON, without the brackets */
	uint8_t type;
	bool recent; /* from memory */
	bool paired; /* the same came from memory */
};

struct history {
	const struct api_question *question;
	struct api_cursor after;
	struct series_table *names;
	struct point *points;
	size_t n;
	size_t capacity;
	size_t n_seen;
	uint64_t n_equal;            /* points at the cursor seen so far */
	const struct api_span *span; /* of the predicate being answered */
	struct matcher **matchers;   /* of it and those before it */
	size_t n_matchers;
	bool recent;  /* points come from memory now */
	bool overlap; /* ... and may be in the store as well */
	bool truncated;
	bool failed;
	bool gap;
	bool store_failed; /* only memory is in the answer, and why */
	struct error why;
};

static int
compare_series(const struct farm_series *a, const struct farm_series *b)
{
	int order;

	if (a == b)
		return 0;
	order = strcmp(a->farm, b->farm);
	if (order == 0)
		order = strcmp(a->cluster, b->cluster);
	if (order == 0)
		order = strcmp(a->node, b->node);
	return order != 0 ? order : strcmp(a->parameter, b->parameter);
}

static int
by_series_and_time(const void *a, const void *b)
{
	const struct point *x = a;
	const struct point *y = b;
	int order = compare_series(x->series, y->series);

	if (order != 0)
		return order;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The same point from the store among the `n' before it, not yet taken for
   another's. */
static bool
find_pair(struct point *points, size_t n, const struct point *p)
{
	while (n-- > 0 && points[n].series == p->series &&
	       points[n].time_ns == p->time_ns) {
		if (points[n].recent || points[n].paired ||
		    points[n].type != p->type ||
		    strcmp(points[n].text, p->text) != 0)
			continue;
		points[n].paired = true;
		return true;
	}
	return false;
}

/* What store and memory both have counts once. */
static void
pair_points(struct history *h)
{
	size_t n = 0, i;

	for (i = 0; i < h->n; i++) {
		struct point *p = &h->points[i];

		if (p->recent && find_pair(h->points, n, p))
			free(p->text);
		else
			h->points[n++] = *p;
	}
	h->n = n;
}

/* In order, and no more than the page has. */
static void
cut(struct history *h)
{
	if (h->n > 0)
		qsort(h->points, h->n, sizeof(*h->points), by_series_and_time);
	if (h->overlap)
		pair_points(h);
	while (h->n > h->question->page.limit) {
		free(h->points[--h->n].text);
		h->truncated = true;
	}
}

/* Is it behind all that a page has room for?  Most of a long answer is: it
   costs no more than this comparison. */
static bool
is_beyond(struct history *h, const struct farm_series *s, int64_t time_ns)
{
	const struct point *last;
	int order;

	if (!h->truncated)
		return false;
	last = &h->points[h->question->page.limit - 1];
	order = compare_series(s, last->series);
	return order > 0 || (order == 0 && time_ns > last->time_ns);
}

/* Room for one more.  What cannot be on this page is let go now and then, so
   that memory holds two pages at most. */
static bool
make_room(struct history *h)
{
	size_t most = h->question->page.limit * 2 + 64;
	size_t wanted;
	struct point *grown;

	if (h->n == most)
		cut(h);
	if (h->n < h->capacity)
		return true;
	wanted = h->capacity * 2 + 64;
	grown = reallocarray(h->points, wanted, sizeof(*grown));
	if (grown == NULL)
		return false;
	h->points = grown;
	h->capacity = wanted;
	return true;
}

/* Has an earlier predicate asked for the same point? */
static bool
is_answered(const struct history *h, const struct farm_series *s,
    int64_t time_ns, const struct farm_value *value)
{
	const struct api_span *spans = h->question->spans;
	size_t i;

	for (i = 0; i + 1 < h->n_matchers; i++)
		if (time_ns >= spans[i].from_ns && time_ns < spans[i].to_ns &&
		    matcher_value(h->matchers[i], s, value))
			return true;
	return false;
}

/* Was it on an earlier page? */
static bool
is_before(struct history *h, const struct farm_series *s, int64_t time_ns)
{
	const char *const names[] = { s->farm, s->cluster, s->node,
		s->parameter };
	int order = api_cursor_compare(&h->after, names);

	if (order != 0)
		return order < 0;
	if (time_ns != h->after.time_ns)
		return time_ns < h->after.time_ns;
	return h->n_equal++ < h->after.n_equal;
}

static int
keep_point(struct history *h, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *value)
{
	struct buffer text = BUFFER_INIT;
	struct point p = {
		.time_ns = time_ns, .type = value->type, .recent = h->recent
	};

	p.series = series_get(h->names, series_define(h->names, s, NULL));
	if (p.series == NULL || !make_room(h))
		return -1;
	time_json(&text, time_ns);
	buffer_putc(&text, ',');
	buffer_json_value(&text, value);
	p.text = buffer_take(&text, NULL);
	if (p.text == NULL)
		return -1;
	p.order = h->n_seen++;
	h->points[h->n++] = p;
	return 0;
}

static bool
add_point(void *context, const struct farm_series *s, int64_t time_ns,
    const struct farm_value *value)
{
	struct history *h = context;

	if (!matcher_value(h->matchers[h->n_matchers - 1], s, value) ||
	    is_answered(h, s, time_ns, value) || is_before(h, s, time_ns) ||
	    is_beyond(h, s, time_ns))
		return true;
	if (keep_point(h, s, time_ns, value) < 0)
		h->failed = true;
	return !h->failed;
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

/*
 * One predicate: the store up to the position it has reached, then the cache
 * beyond that.  If the cache had to give up points that the store did not give,
 * there is a gap; if the store cannot answer, memory must do.
 */
static void
gather(struct farm *farm, struct history *h,
    const struct farm_predicate *predicate)
{
	const struct matcher *matcher = h->matchers[h->n_matchers - 1];
	int64_t deadline = clock_mono_ns() + HISTORY_WAIT_NS;
	uint64_t through = 0;
	bool beyond = false;
	bool stored = true;

	h->recent = false;
	if (deliver_history(farm->deliver, predicate, h->span->from_ns,
		h->span->to_ns, deadline, add_point, h, &through, &beyond,
		&h->why) < 0) {
		h->store_failed = true;
		stored = false;
		through = 0;
	}
	if (h->failed)
		return;
	if ((through > 0 || !stored) &&
	    cache_whole_after(farm->cache, matcher) > through)
		h->gap = true;
	h->recent = true;
	h->overlap |= beyond;
	cache_recent(farm->cache, matcher, h->span->from_ns, h->span->to_ns,
	    through, add_recent, h);
}

static void
gather_all(struct farm *farm, struct history *h)
{
	const struct api_question *q = h->question;
	size_t i;

	h->names = series_table_new(API_LIMIT_MAX);
	h->matchers = calloc(q->n, sizeof(struct matcher *));
	h->failed = h->names == NULL || h->matchers == NULL;
	for (i = 0; i < q->n && !h->failed; i++) {
		if (matcher_new(&h->matchers[i], &q->predicates[i], 1, NULL) <
		    0) {
			h->failed = true;
			return;
		}
		h->n_matchers = i + 1;
		h->span = &q->spans[i];
		gather(farm, h, &q->predicates[i]);
	}
	cut(h);
}

/* --- the answer --- */

/* The points of one series from number `i' on; returns the number behind. */
static size_t
put_series(const struct history *h, size_t i, struct buffer *out)
{
	const struct point *first = &h->points[i];
	const struct point *p;

	buffer_putc(out, '{');
	api_put_series(out, first->series);
	buffer_printf(
	    out, ",\"type\":\"%s\",\"points\":[", type_word(first->type));
	for (; i < h->n && h->points[i].series == first->series; i++) {
		p = &h->points[i];
		buffer_puts(out, p == first ? "[" : ",[");
		buffer_puts(out, p->text);
		if (p->type != first->type)
			buffer_printf(out, ",\"%s\"", type_word(p->type));
		buffer_putc(out, ']');
	}
	buffer_puts(out, "]}");
	return i;
}

/* Behind the last point, and how many of its time have been given by now. */
static void
put_next(const struct history *h, struct buffer *out)
{
	const struct point *last = &h->points[h->n - 1];
	const struct farm_series *s = last->series;
	struct api_cursor next = {
		.names = { s->farm, s->cluster, s->node, s->parameter },
		.n = API_NAMES_MAX,
		.now_ns = h->after.now_ns,
		.time_ns = last->time_ns,
	};
	size_t i;

	for (i = h->n; i > 0 && h->points[i - 1].series == s &&
		       h->points[i - 1].time_ns == last->time_ns;
	     i--)
		next.n_equal++;
	if (last->time_ns == h->after.time_ns &&
	    api_cursor_compare(&h->after, next.names) == 0)
		next.n_equal += h->after.n_equal;
	api_page_next(out, &next, true);
}

static void
put_history(
    const struct history *h, const struct buffer *late, struct buffer *out)
{
	size_t i = 0;

	buffer_puts(out, "{\"series\":[");
	while (i < h->n) {
		buffer_puts(out, i > 0 ? ",\n" : "");
		i = put_series(h, i, out);
	}
	buffer_printf(out, "],\"truncated\":%s,\"gap\":%s",
	    h->truncated ? "true" : "false", h->gap ? "true" : "false");
	if (h->truncated)
		put_next(h, out);
	buffer_put(out, late->data, late->size);
	if (h->store_failed) {
		buffer_puts(out, ",\"store_error\":");
		buffer_json_text(out, h->why.text);
	}
	buffer_putc(out, '}');
}

static void
history_free(struct history *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		free(h->points[i].text);
	free(h->points);
	for (i = 0; i < h->n_matchers; i++)
		matcher_free(h->matchers[i]);
	free(h->matchers);
	series_table_free(h->names);
}

/* "Until now" is after the first values of who has been started for this. */
static bool
parse(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, struct api_question *q, struct buffer *late)
{
	if (!api_question_parse(q, request, reply, true))
		return false;
	if (!farm_await(farm, q->matcher, q->page.after.n == 0 ? late : NULL) ||
	    q->page.after.n > 0)
		return true;
	api_question_free(q);
	return api_question_parse(q, request, reply, true);
}

void
api_history(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct api_question q;
	struct history h = { .question = &q };
	struct buffer late = BUFFER_INIT;

	if (parse(farm, request, reply, &q, &late)) {
		h.after = q.page.after;
		gather_all(farm, &h);
		if (h.failed)
			api_error(reply, 500, "memory", "out of memory");
		else
			put_history(&h, &late, &reply->body);
		history_free(&h);
	}
	buffer_free(&late);
	api_question_free(&q);
}
