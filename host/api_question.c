#include "api_question.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "name.h"

/* What is answered if nobody says from when. */
#define HISTORY_SPAN_NS (3600 * NS_PER_S)

/* An argument, or a byte of it (from 1), is wrong. */
static int
set_place(char *place, const char *argument, size_t byte)
{
	if (byte > 0)
		(void)snprintf(place, API_PLACE_MAX, "%s:%zu", argument, byte);
	else
		(void)snprintf(place, API_PLACE_MAX, "%s", argument);
	return -1;
}

/* --- pages --- */

static int
parse_limit(const char *text, size_t *ret, char *place, struct error *err)
{
	char *end;
	unsigned long n;

	*ret = API_LIMIT_DEFAULT;
	if (text == NULL)
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno == 0 && *end == '\0' && end != text && n > 0 &&
	    n <= API_LIMIT_MAX) {
		*ret = n;
		return 0;
	}
	error_set(
	    err, "limit is \"%s\"; it must be 1 to %d", text, API_LIMIT_MAX);
	return set_place(place, "limit", 0);
}

/* "NOW:TIME:EQUAL:" in front of the names; NULL if it is not there. */
static const char *
parse_times(struct api_cursor *c, const char *text)
{
	int n = -1;

	if (sscanf(text, "%" SCNd64 ":%" SCNd64 ":%" SCNu64 ":%n", &c->now_ns,
		&c->time_ns, &c->n_equal, &n) != 3 ||
	    n < 0)
		return NULL;
	return text + n;
}

/* Escaped names with "/" between them; false if there are not `n'. */
static bool
parse_names(
    struct api_cursor *c, struct arena *arena, const char *text, size_t n)
{
	for (c->n = 0; c->n < n; c->n++) {
		size_t length = 0;
		char *name;

		while (text[length] != '\0' && text[length] != '/')
			length += text[length] == '\\' &&
					  text[length + 1] != '\0'
				      ? 2
				      : 1;
		name = arena_strndup(arena, text, length);
		if (name == NULL)
			return false;
		name[name_unescape(name, name, length)] = '\0';
		c->names[c->n] = name;
		text += length;
		if (*text != (c->n + 1 < n ? '/' : '\0'))
			return false;
		text++;
	}
	return true;
}

int
api_page_parse(struct api_page *page, struct arena *arena,
    const struct api_request *request, size_t n_names, bool timed, char *place,
    struct error *err)
{
	const char *after = request->argument(request, "after");
	const char *names = after;

	*page = (struct api_page){ .limit = 0 };
	if (parse_limit(request->argument(request, "limit"), &page->limit,
		place, err) < 0)
		return -1;
	if (after == NULL)
		return 0;
	if (timed)
		names = parse_times(&page->after, after);
	if (names != NULL && parse_names(&page->after, arena, names, n_names))
		return 0;
	error_set(err, "after is \"%s\"; it must be the \"next\" of an answer",
	    after);
	return set_place(place, "after", 0);
}

void
api_page_next(struct buffer *out, const struct api_cursor *c, bool timed)
{
	struct buffer text = BUFFER_INIT;
	size_t i;

	if (timed)
		buffer_printf(&text, "%" PRId64 ":%" PRId64 ":%" PRIu64 ":",
		    c->now_ns, c->time_ns, c->n_equal);
	for (i = 0; i < c->n; i++) {
		if (i > 0)
			buffer_putc(&text, '/');
		name_escape(&text, c->names[i], strlen(c->names[i]));
	}
	buffer_puts(out, ",\"next\":");
	buffer_json_text(out, buffer_text(&text));
	out->failed |= buffer_failed(&text);
	buffer_free(&text);
}

int
api_cursor_compare(const struct api_cursor *c, const char *const *names)
{
	int order = 0;
	size_t i;

	if (c->n == 0)
		return 1;
	for (i = 0; i < c->n && order == 0; i++)
		order = strcmp(names[i], c->names[i]);
	return order;
}

enum api_turn
api_pager_turn(struct api_pager *p, const char *const *names, size_t n_names)
{
	if (api_cursor_compare(&p->page.after, names) <= 0)
		return TURN_SKIP;
	if (p->n == p->page.limit) {
		p->truncated = true;
		return TURN_END;
	}
	if (++p->n < p->page.limit)
		return TURN_TAKE;
	/* The last one: its names may not live as long as the answer. */
	for (p->last.n = 0; p->last.n < n_names; p->last.n++) {
		char *name = arena_strdup(p->arena, names[p->last.n]);

		p->last.names[p->last.n] = name;
		p->failed |= name == NULL;
	}
	return p->failed ? TURN_END : TURN_TAKE;
}

void
api_pager_end(const struct api_pager *p, struct buffer *out)
{
	buffer_printf(
	    out, ",\"truncated\":%s", p->truncated ? "true" : "false");
	if (p->failed)
		out->failed = true;
	else if (p->truncated)
		api_page_next(out, &p->last, false);
	buffer_putc(out, '}');
}

bool
api_pager_begin(struct api_pager *p, const struct api_request *request,
    struct api_reply *reply, size_t n_names)
{
	char place[API_PLACE_MAX];
	struct error err;

	*p = (struct api_pager){ .arena = arena_new(0) };
	if (p->arena == NULL)
		api_error(reply, 500, "memory", "out of memory");
	else if (api_page_parse(&p->page, p->arena, request, n_names, false,
		     place, &err) < 0)
		api_error_at(reply, 400, "argument", place, "%s", err.text);
	else
		return true;
	return false;
}

void
api_pager_free(struct api_pager *p)
{
	arena_free(p->arena);
}

/* --- questions --- */

/* Arguments win over what a predicate says. */
static int
parse_spans(struct api_question *q, const struct api_request *request,
    int64_t now, char *place, struct error *err)
{
	const char *from = request->argument(request, "from");
	const char *to = request->argument(request, "to");
	int64_t from_ns = 0;
	int64_t to_ns = 0;
	size_t i;

	if (from != NULL && time_parse(from, now, &from_ns, err) < 0) {
		error_prefix(err, "from");
		return set_place(place, "from", 0);
	}
	if (to != NULL && time_parse(to, now, &to_ns, err) < 0) {
		error_prefix(err, "to");
		return set_place(place, "to", 0);
	}
	q->spans = arena_array(q->arena, q->n, sizeof(*q->spans));
	if (q->spans == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < q->n; i++) {
		struct api_span *s = &q->spans[i];

		predicate_span(&q->predicates[i], now, &s->from_ns, &s->to_ns);
		if (q->predicates[i].from_ns == PREDICATE_FROM_DEFAULT_NS)
			s->from_ns = now - HISTORY_SPAN_NS;
		s->from_ns = from != NULL ? from_ns : s->from_ns;
		s->to_ns = to != NULL ? to_ns : s->to_ns;
	}
	return 0;
}

int
api_question_predicates(
    struct api_question *q, const char *text, char *place, struct error *err)
{
	size_t byte = 0;

	if (predicate_parse(q->arena, text == NULL ? "*" : text, 0,
		&q->predicates, &q->n, err) < 0 ||
	    matcher_new(&q->matcher, q->predicates, q->n, err) < 0) {
		(void)sscanf(err->text, "byte %zu", &byte);
		error_prefix(err, "predicate");
		return set_place(place, "predicate", byte);
	}
	if (q->n > 0)
		return 0;
	error_set(err, "predicate: empty");
	return set_place(place, "predicate", 0);
}

static int
parse(struct api_question *q, const struct api_request *request, bool timed,
    char *place, struct error *err)
{
	struct api_cursor *after = &q->page.after;

	*q = (struct api_question){ .arena = arena_new(0) };
	if (q->arena == NULL)
		return error_set(err, "out of memory");
	if (api_page_parse(&q->page, q->arena, request, API_NAMES_MAX, timed,
		place, err) < 0 ||
	    api_question_predicates(
		q, request->argument(request, "predicate"), place, err) < 0)
		return -1;
	/* All pages are of the span that the first was asked for. */
	if (after->n == 0)
		after->now_ns = clock_wall_ns();
	return parse_spans(q, request, after->now_ns, place, err);
}

bool
api_question_parse(struct api_question *q, const struct api_request *request,
    struct api_reply *reply, bool timed)
{
	char place[API_PLACE_MAX] = "";
	struct error err;

	if (parse(q, request, timed, place, &err) == 0)
		return true;
	if (place[0] == '\0')
		api_error(reply, 500, "memory", "%s", err.text);
	else
		api_error_at(reply, 400, "argument", place, "%s", err.text);
	return false;
}

void
api_question_free(struct api_question *q)
{
	matcher_free(q->matcher);
	arena_free(q->arena);
}

/* --- averages as JSON --- */

void
api_put_average(struct buffer *text, const struct level_slot *a)
{
	const double numbers[] = { a->min, a->max, a->last };
	static const char *const names[] = { "min", "max", "last" };
	size_t i;

	buffer_printf(text,
	    ",{\"step_ns\":%" PRId64 ",\"held_ns\":%" PRId64
	    ",\"count\":%" PRIu64,
	    a->span_ns, a->held_ns, a->count);
	for (i = 0; i < 3; i++) {
		const struct farm_value value = farm_double(numbers[i]);

		buffer_printf(text, ",\"%s\":", names[i]);
		buffer_json_value(text, &value);
	}
	buffer_putc(text, '}');
}
