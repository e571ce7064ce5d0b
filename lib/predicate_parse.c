#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "pattern.h"
#include "predicate.h"
#include "predicate_text.h"

static const char between[] = " between ";

struct parser {
	struct arena *arena;
	const char *text; /* all of it, for messages */
	const char *p;
	uint32_t flags;
	struct error *err;
};

/* A piece of the text. */
struct span {
	const char *begin;
	const char *end;
};

static int
fail_at(const struct parser *in, const char *where, const char *what)
{
	return error_set(
	    in->err, "byte %zu: %s", (size_t)(where - in->text) + 1, what);
}

static int
prefix_at(const struct parser *in, const char *where)
{
	return error_prefix(
	    in->err, "byte %zu", (size_t)(where - in->text) + 1);
}

bool
predicate_is_raw(const char *pattern, uint32_t flags)
{
	return (flags & FARM_COMPAT) != 0 || strncmp(pattern, "re:", 3) == 0;
}

static void
skip_spaces(struct parser *in)
{
	while (*in->p == ' ')
		in->p++;
}

/* Up to one of `stops' that no backslash precedes, without the spaces round
   it. */
static struct span
scan(struct parser *in, const char *stops, bool stop_between)
{
	struct span s;

	skip_spaces(in);
	s.begin = in->p;
	s.end = in->p;
	for (; *in->p != '\0' && strchr(stops, *in->p) == NULL; in->p++) {
		if (*in->p == ' ') {
			if (stop_between && strncasecmp(in->p, between, 9) == 0)
				break;
			continue;
		}
		if (*in->p == '\\' && in->p[1] != '\0')
			in->p++;
		s.end = in->p + 1;
	}
	return s;
}

/* ------------------------------------------------------------- fields -- */

/* The pattern in a field, checked; an empty one is "*". */
static int
pattern_of(struct parser *in, struct span s, const char **ret)
{
	size_t length = (size_t)(s.end - s.begin), i, n = 0;
	struct pattern *compiled;
	char *text;

	text = arena_strndup(
	    in->arena, length == 0 ? "*" : s.begin, length == 0 ? 1 : length);
	if (text == NULL)
		return fail_at(in, s.begin, "out of memory");
	if (predicate_is_raw(text, in->flags)) {
		for (i = 0; text[i] != '\0'; i++) {
			if (text[i] == '\\' && text[i + 1] != '\0' &&
			    strchr(PREDICATE_SPECIAL " \\", text[i + 1]))
				i++;
			text[n++] = text[i];
		}
		text[n] = '\0';
	}
	if (pattern_new(
		&compiled, text, (in->flags & FARM_COMPAT) != 0, in->err) != 0)
		return prefix_at(in, s.begin);
	pattern_free(compiled);
	*ret = text;
	return 0;
}

/* One of farm, cluster and node, and the "/" behind it. */
static int
name_field(struct parser *in, const char **ret)
{
	if (pattern_of(in, scan(in, "/,", false), ret) != 0)
		return -1;
	if (*in->p == '/')
		in->p++;
	return 0;
}

/* Milliseconds with up to six digits behind the point: 1, 0, or -1. */
static int
milliseconds(const char *text, int64_t *ret_ns)
{
	bool negative = *text == '-';
	int64_t ns = 0, scale = NS_PER_MS;

	text += negative;
	if (!isdigit((unsigned char)*text))
		return 0;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(ns, 10, &ns) ||
		    __builtin_add_overflow(ns, *text - '0', &ns))
			ns = INT64_MAX;
	if (__builtin_mul_overflow(ns, NS_PER_MS, &ns))
		ns = INT64_MAX;
	if (*text == '.') {
		for (text++; isdigit((unsigned char)*text) && scale > 1;
		     text++) {
			scale /= 10;
			if (__builtin_add_overflow(
				ns, (*text - '0') * scale, &ns))
				ns = INT64_MAX;
		}
		if (scale == NS_PER_MS)
			return 0;
	}
	if (*text != '\0')
		return 0;
	*ret_ns = negative ? -ns : ns;
	return ns == INT64_MAX ? -1 : 1;
}

int
predicate_time(const char *text, int64_t *ret_ns, bool *ret_unit)
{
	int kind = milliseconds(text, ret_ns);

	*ret_unit = false;
	if (kind != 0)
		return kind;
	/* "-5m" is a time, "5m" may be a name. */
	if (text[0] != '-' || !isdigit((unsigned char)text[1]) ||
	    duration_parse(text, ret_ns, NULL) != 0)
		return 0;
	*ret_unit = true;
	return 1;
}

/*
 * The fourth or fifth field, if it is a time or empty, and the "/" behind it:
 * returns 1, and 0 if it belongs to the parameters.
 */
static int
time_field(struct parser *in, int64_t *ret_ns, bool *ret_unit)
{
	const char *start = in->p;
	struct span s = scan(in, "/,|", false);
	int64_t ns = *ret_ns;
	char *text;
	int kind;

	text = arena_strndup(in->arena, s.begin, (size_t)(s.end - s.begin));
	if (text == NULL)
		return fail_at(in, start, "out of memory");
	kind = predicate_time(text, &ns, ret_unit);
	if (kind < 0)
		return fail_at(in, s.begin, "a time is too large");
	if (*in->p == '|' ||
	    (kind == 0 && (s.begin != s.end || *in->p != '/'))) {
		in->p = start;
		return 0;
	}
	if (*in->p == '/')
		in->p++;
	*ret_ns = ns;
	return 1;
}

static int
times(struct parser *in, struct farm_predicate *p)
{
	int64_t to_ns = -1;
	bool unit = false;
	int found;

	p->from_ns = PREDICATE_FROM_DEFAULT_NS;
	found = time_field(in, &p->from_ns, &unit);
	unit = false;
	if (found > 0)
		found = time_field(in, &to_ns, &unit);
	if (found < 0)
		return -1;
	if (to_ns < 0 && !unit)
		p->flags |= FARM_FOLLOW;
	else
		p->to_ns = to_ns;
	return 0;
}

/* -------------------------------------------------------- constraints -- */

/* Digits, point, exponent: what strtod() takes in every locale that matters,
   and no "inf" or "0x". */
static int
number(struct parser *in, double *ret)
{
	const char *p;
	char *end;

	skip_spaces(in);
	p = in->p;
	p += *p == '-' || *p == '+';
	if (!isdigit((unsigned char)*p) &&
	    !(*p == '.' && isdigit((unsigned char)p[1])))
		return fail_at(in, in->p, "a number is missing");
	*ret = strtod(in->p, &end);
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		return fail_at(in, in->p, "not a decimal number");
	if (!isfinite(*ret))
		return fail_at(in, in->p, "a number is too large");
	in->p = end;
	return 0;
}

static int
number_between(struct parser *in, struct farm_constraint *c)
{
	c->comparison = FARM_BETWEEN;
	if (number(in, &c->low) != 0)
		return -1;
	skip_spaces(in);
	if (strncasecmp(in->p, "and ", 4) != 0)
		return fail_at(in, in->p, "\"and\" is missing");
	in->p += 4;
	return number(in, &c->high);
}

static int
comparison(struct parser *in, struct farm_constraint *c)
{
	static const struct {
		const char *text;
		enum farm_comparison comparison;
	} operators[] = {
		{ "<=", FARM_LE },
		{ "<>", FARM_NE },
		{ "<", FARM_LT },
		{ ">=", FARM_GE },
		{ ">", FARM_GT },
		{ "=", FARM_EQ },
	};
	size_t i;

	skip_spaces(in);
	if (strncasecmp(in->p, between + 1, 8) == 0) {
		in->p += 8;
		return number_between(in, c);
	}
	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(in->p, operators[i].text,
			strlen(operators[i].text)) == 0) {
			in->p += strlen(operators[i].text);
			c->comparison = operators[i].comparison;
			return number(in, &c->low);
		}
	return fail_at(in, in->p, "a comparison is missing");
}

static const char *const functions[] = { [FARM_AVG] = "avg",
	[FARM_MIN] = "min",
	[FARM_MAX] = "max",
	[FARM_SUM] = "sum",
	[FARM_COUNT] = "count",
	[FARM_LAST] = "last",
	[FARM_RATE] = "rate" };

const char *
predicate_function_name(enum farm_window_function function)
{
	return functions[function];
}

enum farm_window_function
predicate_function(const char *text, size_t *ret_length)
{
	for (size_t i = FARM_AVG; i < sizeof(functions) / sizeof(functions[0]);
	     i++) {
		size_t length = strlen(functions[i]);

		*ret_length = length + 1;
		if (strncasecmp(text, functions[i], length) == 0 &&
		    text[length] == '(')
			return (enum farm_window_function)i;
	}
	return FARM_LATEST;
}

/* PARAMETER,WINDOW), up to the comparison. */
static int
windowed(struct parser *in, struct farm_constraint *c)
{
	struct span s;
	char *window;

	s = scan(in, ",)", false);
	if (*in->p != ',')
		return fail_at(
		    in, in->p, "a window is missing, as in avg(Load5,5m)>4");
	if (pattern_of(in, s, &c->parameter) != 0)
		return -1;
	in->p++;
	s = scan(in, ")", false);
	if (*in->p != ')')
		return fail_at(in, in->p, "\")\" is missing");
	in->p++;
	window = arena_strndup(in->arena, s.begin, (size_t)(s.end - s.begin));
	if (window == NULL)
		return fail_at(in, s.begin, "out of memory");
	if (duration_parse(window, &c->window_ns, in->err) != 0)
		return prefix_at(in, s.begin);
	if (c->window_ns <= 0)
		return fail_at(in, s.begin, "a window must be longer than 0");
	return 0;
}

/* A parameter or a constraint, up to "|", "," or the end. */
static int
item(struct parser *in, struct predicate_draft *d)
{
	struct farm_constraint c = { .function = FARM_LATEST };
	const char *start;
	size_t length;
	struct span s;

	skip_spaces(in);
	start = in->p;
	c.function = predicate_function(in->p, &length);
	if (c.function != FARM_LATEST) {
		in->p += length;
		if (windowed(in, &c) != 0)
			return -1;
	} else {
		s = scan(in, "<>=|,", true);
		if (s.begin == s.end)
			return fail_at(in, s.begin, "a parameter is missing");
		if (pattern_of(in, s, &c.parameter) != 0)
			return -1;
		if (*in->p == '\0' || strchr("|,", *in->p) != NULL)
			return draft_parameter(d, c.parameter, in->err) == 0
				   ? 0
				   : prefix_at(in, start);
	}
	if (comparison(in, &c) != 0)
		return -1;
	skip_spaces(in);
	if (*in->p != '\0' && strchr("|,", *in->p) == NULL)
		return fail_at(in, in->p, "\"|\" or \",\" is missing");
	return draft_constraint(d, &c, in->err) == 0 ? 0 : prefix_at(in, start);
}

static int
items(struct parser *in, struct predicate_draft *d)
{
	skip_spaces(in);
	if (*in->p == '\0' || *in->p == ',')
		return 0;
	for (;;) {
		if (item(in, d) != 0)
			return -1;
		if (*in->p != '|')
			return 0;
		in->p++;
	}
}

int
draft_items(struct predicate_draft *d, const char *text, uint32_t flags,
    struct error *err)
{
	struct parser in = { .arena = d->arena,
		.text = text,
		.p = text,
		.flags = flags,
		.err = err };

	if (items(&in, d) != 0)
		return -1;
	return *in.p == '\0' ? 0 : fail_at(&in, in.p, "\"|\" is missing");
}

/* --------------------------------------------------------- predicates -- */

static int
predicate(struct parser *in, struct farm_predicate *p)
{
	struct predicate_draft draft = { .arena = in->arena };

	*p = (struct farm_predicate){ .flags = in->flags };
	skip_spaces(in);
	if (*in->p == '\0' || *in->p == ',')
		return fail_at(in, in->p, "a predicate is missing");
	if (name_field(in, &p->farm) != 0 || name_field(in, &p->cluster) != 0 ||
	    name_field(in, &p->node) != 0 || times(in, p) != 0 ||
	    items(in, &draft) != 0)
		return -1;
	return draft_finish(&draft, p, in->err) == 0 ? 0 : prefix_at(in, in->p);
}

int
predicate_parse(struct arena *arena, const char *text, uint32_t flags,
    struct farm_predicate **ret, size_t *ret_n, struct error *err)
{
	struct parser in = { .arena = arena,
		.text = text,
		.p = text,
		.flags = flags & FARM_COMPAT,
		.err = err };
	struct farm_predicate *all = NULL, *grown;
	size_t n = 0, capacity = 0;

	for (;; in.p++) {
		if (n == capacity) {
			capacity = capacity == 0 ? 1 : 2 * capacity;
			grown = arena_grow(arena, all, n * sizeof(*all),
			    capacity * sizeof(*all));
			if (grown == NULL)
				return fail_at(&in, in.p, "out of memory");
			all = grown;
		}
		if (predicate(&in, &all[n++]) != 0)
			return -1;
		if (*in.p != ',')
			break;
	}
	*ret = all;
	*ret_n = n;
	return 0;
}

int
predicate_parse_all(struct arena *arena, const char *const *texts, size_t n,
    struct farm_predicate **ret, size_t *ret_n, struct error *err)
{
	struct farm_predicate *all = NULL, *some;
	size_t n_all = 0, n_some, i;

	for (i = 0; i < n; i++) {
		if (predicate_parse(arena, texts[i], 0, &some, &n_some, err) !=
		    0)
			return error_prefix(err, "\"%s\"", texts[i]);
		all = arena_grow(arena, all, n_all * sizeof(*all),
		    (n_all + n_some) * sizeof(*all));
		if (all == NULL)
			return error_set(err, "out of memory");
		memcpy(all + n_all, some, n_some * sizeof(*all));
		n_all += n_some;
	}
	*ret = all;
	*ret_n = n_all;
	return 0;
}
