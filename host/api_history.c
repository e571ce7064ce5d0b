/*
 * History: points from the store, then from memory, put in the order of series
 * and time, so that a page is a piece of that order wherever a point came from.
 */
#include "api_question.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "clock.h"
#include "json_lines.h"
#include "series.h"
#include "store.h"
#include "words.h"

/* An answer from the store may take this long. */
#define HISTORY_WAIT_NS (25 * NS_PER_S)

struct point {
	const struct farm_series *series; /* of history's own table */
	int64_t time_ns;
	size_t order; /* in which it came */
	char *text;   /* its JSON, without the brackets */
	uint8_t type;
	bool average;
	bool recent; /* from memory */
	bool paired; /* the same came from memory */
};

struct history {
	const struct api_question *question;
	const struct access_who *who;
	int64_t step_ns; /* as in struct store_question */
	int64_t level_ns;
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
	bool overlap; /* points of memory may be in the store as well */
	bool truncated;
	bool failed;
	bool gap;
	bool store_failed; /* only memory is in the answer, and why */
	struct error why;
	bool local; /* who asks may know of paths */
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
keep_point(struct history *h, const struct farm_series *s,
    const struct history_point *point, bool recent)
{
	struct buffer text = BUFFER_INIT;
	struct point p = { .time_ns = point->time_ns,
		.type = point->value.type,
		.average = point->average != NULL,
		.recent = recent };

	p.series = series_get(h->names, series_define(h->names, s, NULL));
	if (p.series == NULL || !make_room(h))
		return -1;
	time_json(&text, point->time_ns);
	buffer_putc(&text, ',');
	buffer_json_value(&text, &point->value);
	if (point->average != NULL)
		api_put_average(&text, point->average);
	p.text = buffer_take(&text, NULL);
	if (p.text == NULL)
		return -1;
	p.order = h->n_seen++;
	h->points[h->n++] = p;
	return 0;
}

/* Who may have no values of a series may have averages of it, if they are over
   slots that are long enough. */
static bool
is_allowed(const struct history *h, const struct farm_series *s,
    const struct history_point *point)
{
	if (access_may(h->who, ACCESS_HISTORY, s))
		return true;
	return point->average != NULL &&
	       point->average->span_ns >= access_finest_ns(h->who) &&
	       access_may(h->who, ACCESS_SUMMARY, s);
}

static bool
add_point(void *context, const struct farm_series *s,
    const struct history_point *point, bool recent)
{
	struct history *h = context;
	int64_t time_ns = point->time_ns;

	if (!matcher_value(h->matchers[h->n_matchers - 1], s, &point->value) ||
	    is_answered(h, s, time_ns, &point->value) ||
	    !is_allowed(h, s, point) || is_before(h, s, time_ns) ||
	    is_beyond(h, s, time_ns))
		return true;
	if (keep_point(h, s, point, recent) < 0)
		h->failed = true;
	return !h->failed;
}

/* One predicate. */
static void
gather(struct farm *farm, struct history *h,
    const struct farm_predicate *predicate)
{
	const struct store_question question = {
		.predicate = predicate,
		.matcher = h->matchers[h->n_matchers - 1],
		.from_ns = h->span->from_ns,
		.to_ns = h->span->to_ns,
		.step_ns = h->step_ns,
		.level_ns = h->level_ns,
		.deadline_mono_ns = clock_mono_ns() + HISTORY_WAIT_NS,
	};
	struct store_answer answer;

	if (store_read(farm, &question, add_point, h, &answer) != 0)
		h->failed = true;
	h->overlap |= answer.overlap;
	h->gap |= answer.gap;
	if (answer.failed) {
		h->store_failed = true;
		h->why = answer.why;
	}
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
	json_put_series(out, first->series);
	buffer_printf(
	    out, ",\"type\":\"%s\",\"points\":[", type_word(first->type));
	for (; i < h->n && h->points[i].series == first->series; i++) {
		p = &h->points[i];
		buffer_puts(out, p == first ? "[" : ",[");
		buffer_puts(out, p->text);
		if (p->type != first->type && !p->average)
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
		buffer_json_text(out,
		    h->local ? h->why.text
			     : "the store has failed; the daemon's machine "
			       "can ask why");
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

/* Of a point it could not be told whether another one's window had it. */
static bool
is_alone(const struct api_question *q, struct api_reply *reply)
{
	if (q->n == 1 || !matcher_windowed(q->matcher))
		return true;
	api_error_at(reply, 400, "argument", "predicate",
	    "predicate: one with a window is asked alone");
	return false;
}

/* "Until now" is after the first values of who has been started for this. */
static bool
parse(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, struct api_question *q, struct buffer *late)
{
	if (!api_question_parse(q, request, reply, true) || !is_alone(q, reply))
		return false;
	if (!farm_await(farm, q->matcher, q->page.after.n == 0 ? late : NULL) ||
	    q->page.after.n > 0)
		return true;
	api_question_free(q);
	return api_question_parse(q, request, reply, true);
}

/* --- how fine --- */

/* Steps that people like, and that levels divide. */
static int64_t
round_step(int64_t step_ns)
{
	static const int64_t steps_s[] = { 1, 2, 5, 10, 15, 20, 30, 60, 120,
		300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600,
		43200, 86400, 172800 };
	const int64_t week_ns = 7 * 86400 * NS_PER_S;
	size_t i;

	for (i = 0; i < sizeof(steps_s) / sizeof(steps_s[0]); i++)
		if (steps_s[i] * NS_PER_S >= step_ns)
			return steps_s[i] * NS_PER_S;
	return (step_ns + week_ns - 1) / week_ns * week_ns;
}

/* At most so many slots of each series, whatever the span. */
static int
parse_points(struct history *h, const char *text, const struct api_question *q,
    struct error *err)
{
	int64_t span_ns, widest_ns = 1;
	char *end;
	long n;
	size_t i;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 ||
	    n > API_LIMIT_MAX)
		return error_set(
		    err, "points: \"%s\": 1 to %d", text, API_LIMIT_MAX);
	for (i = 0; i < q->n; i++) {
		span_ns = q->spans[i].to_ns - q->spans[i].from_ns;
		if (span_ns > widest_ns)
			widest_ns = span_ns;
	}
	/* Slots begin at multiples of the step: one more than fit. */
	h->step_ns = round_step(
	    n == 1 ? widest_ns : (widest_ns + n - 2) / (n - 1));
	return 0;
}

static int
parse_step(const char *name, const char *text, int64_t *ret, struct error *err)
{
	if (duration_parse(text, ret, err) != 0)
		return error_prefix(err, "%s", name);
	if (*ret < NS_PER_S || *ret > 366 * 86400 * NS_PER_S)
		return error_set(err, "%s: \"%s\": 1s to 366d", name, text);
	return 0;
}

/* The arguments step, points and level, of which there may be one; `place': the
   one that is wrong. */
static int
parse_fineness(struct history *h, const struct api_request *request,
    struct api_question *q, const char **place, struct error *err)
{
	static const char *const names[] = { "step", "points", "level" };
	const char *texts[3];
	size_t i, n = 0;

	for (i = 0; i < 3; i++) {
		texts[i] = request->argument(request, names[i]);
		if (texts[i] == NULL)
			continue;
		*place = names[i];
		if (++n > 1)
			return error_set(err, "one of step, points and level");
	}
	if (texts[0] != NULL)
		return parse_step("step", texts[0], &h->step_ns, err);
	if (texts[1] != NULL)
		return parse_points(h, texts[1], q, err);
	h->level_ns = -1;
	if (texts[2] != NULL && strcmp(texts[2], "raw") != 0)
		return parse_step("level", texts[2], &h->level_ns, err);
	if (texts[2] == NULL)
		h->level_ns = 0;
	return 0;
}

/* May the answer be so fine, for whoever may have averages only? */
static bool
check_fineness(struct history *h, const struct api_request *request,
    struct api_reply *reply)
{
	int64_t slot_ns = h->step_ns > 0 ? h->step_ns : h->level_ns;
	int64_t finest_ns = access_finest_ns(h->who);
	struct buffer text = BUFFER_INIT;

	if (access_may_some(h->who, ACCESS_HISTORY))
		return true;
	if (!access_may_some(h->who, ACCESS_SUMMARY)) {
		api_refuse(request, reply, "%s may not: history, summary",
		    access_who_name(h->who));
		return false;
	}
	if (slot_ns >= finest_ns)
		return true;
	/* It was not said how long slots are to be, but how many. */
	if (request->argument(request, "points") != NULL) {
		h->step_ns = finest_ns;
		return true;
	}
	duration_print(&text, finest_ns);
	api_refuse(request, reply,
	    "%s may have averages only: ask with points, or with a step or "
	    "level of %s or more",
	    access_who_name(h->who), buffer_text(&text));
	buffer_free(&text);
	return false;
}

/* So that the first slot is a whole one. */
static void
align_spans(const struct history *h, struct api_question *q)
{
	size_t i;

	for (i = 0; h->step_ns > 0 && i < q->n; i++)
		if (q->spans[i].from_ns > -LEVEL_TIME_MAX)
			q->spans[i].from_ns = level_floor(
			    q->spans[i].from_ns, h->step_ns);
}

static void
answer(struct farm *farm, struct history *h, struct api_question *q,
    const struct buffer *late, struct api_reply *reply)
{
	align_spans(h, q);
	h->after = q->page.after;
	gather_all(farm, h);
	if (h->failed)
		api_error(reply, 500, "memory", "out of memory");
	else
		put_history(h, late, &reply->body);
	history_free(h);
}

void
api_history(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct api_question q;
	struct history h = {
		.question = &q, .who = request->who, .local = request->local
	};
	struct buffer late = BUFFER_INIT;
	const char *place = NULL;
	struct error err;

	if (parse(farm, request, reply, &q, &late)) {
		if (parse_fineness(&h, request, &q, &place, &err) != 0)
			api_error_at(
			    reply, 400, "argument", place, "%s", err.text);
		else if (check_fineness(&h, request, reply))
			answer(farm, &h, &q, &late, reply);
	}
	buffer_free(&late);
	api_question_free(&q);
}
