/*
 * Events held against a predicate as farmd's udp collector would take them:
 * PROG is the cluster, HOST the node, NL.EVNT.FIELD a parameter.  NL.EVNT alone
 * is a parameter, too, so that an event without fields of its own has one.
 */
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "events.h"
#include "number.h"
#include "pattern.h"
#include "predicate.h"

struct where {
	struct slice name;
	struct pattern *pattern;
};

struct filter {
	struct matcher *matcher;
	int64_t from_ns;
	int64_t to_ns;
	struct where where[ULM_WHERE_MAX];
	size_t n_where;
	/* Names of the event at hand, each ending in NUL. */
	struct buffer prog, host, parameter, value;
};

/* --- one event --- */

/* Does one of the fields of that name fit? */
static bool
fits(struct filter *f, const struct where *w, struct ulm_event walk)
{
	struct ulm_field field;

	while (ulm_next(&walk, &field)) {
		if (field.name.length != w->name.length ||
		    memcmp(field.name.text, w->name.text, w->name.length) != 0)
			continue;
		(void)ulm_plain(&f->value, field.value);
		if (pattern_match(
			w->pattern, buffer_text(&f->value), f->value.size))
			return true;
	}
	return false;
}

static bool
matches(struct filter *f, const struct farm_value *v)
{
	const struct farm_series series = { .farm = "",
		.cluster = buffer_text(&f->prog),
		.node = buffer_text(&f->host),
		.parameter = buffer_text(&f->parameter),
		.unit = "" };

	return matcher_series(f->matcher, &series) &&
	       matcher_value(f->matcher, &series, v);
}

static struct farm_value
value_of(struct filter *f, const struct ulm_field *field)
{
	double number;

	if (number_parse(field->value, &number))
		return farm_double(number);
	(void)ulm_plain(&f->value, field->value);
	return farm_text(buffer_text(&f->value), f->value.size);
}

/* NL.EVNT's value, if the event has one. */
static void
find_event(struct filter *f, struct ulm_event event)
{
	struct ulm_field field;

	buffer_clear(&f->parameter);
	if (ulm_find(event, "NL.EVNT", &field))
		(void)ulm_plain(&f->parameter, field.value);
}

static bool
any_matches(struct filter *f, const struct events *e)
{
	struct ulm_event walk = e->event;
	struct farm_value value = farm_text(
	    e->stream.line.text, e->stream.line.length);
	struct ulm_field field;
	size_t base;

	(void)ulm_plain(&f->prog, walk.prog);
	(void)ulm_plain(&f->host, walk.host);
	find_event(f, walk);
	if (matches(f, &value))
		return true;
	if (f->parameter.size > 0)
		buffer_putc(&f->parameter, '.');
	base = f->parameter.size;
	while (ulm_next(&walk, &field)) {
		if (ulm_is_required(field.name))
			continue;
		f->parameter.size = base;
		buffer_put(&f->parameter, field.name.text, field.name.length);
		value = value_of(f, &field);
		if (matches(f, &value))
			return true;
	}
	return false;
}

static bool
has_failed(const struct filter *f)
{
	return buffer_failed(&f->prog) || buffer_failed(&f->host) ||
	       buffer_failed(&f->parameter) || buffer_failed(&f->value);
}

static int
take(void *cookie, const struct events *e, struct error *err)
{
	struct filter *f = cookie;
	size_t i;
	bool passes;

	if (e->event.time_ns < f->from_ns || e->event.time_ns >= f->to_ns)
		return 0;
	for (i = 0; i < f->n_where; i++)
		if (!fits(f, &f->where[i], e->event))
			return 0;
	passes = any_matches(f, e);
	if (has_failed(f))
		return error_set(err, "out of memory");
	return passes ? ulm_write(e->stream.line, err) : 0;
}

/* --- what is asked for --- */

static int
read_predicate(
    struct filter *f, struct arena *arena, const char *text, struct error *err)
{
	struct farm_predicate *p;
	size_t n, i;

	if (predicate_parse(arena, text, 0, &p, &n, err) != 0)
		return error_prefix(err, "predicate");
	for (i = 0; i < n; i++)
		if (p[i].from_ns != PREDICATE_FROM_DEFAULT_NS)
			return error_set(err,
			    "predicate: its times mean nothing here; --from "
			    "and --to do");
	if (matcher_new(&f->matcher, p, n, err) != 0)
		return -1;
	if (matcher_windowed(f->matcher))
		return error_set(
		    err, "predicate: a single event has no windows of time");
	return 0;
}

static int
read_time(const char *option, const char *text, int64_t *ret, struct error *err)
{
	if (text != NULL && time_parse(text, clock_wall_ns(), ret, err) != 0)
		return error_prefix(err, "%s", option);
	return 0;
}

/* NAME=PATTERN */
static int
read_where(struct filter *f, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	struct where *w = &f->where[f->n_where];

	if (equals == NULL || equals == text)
		return error_set(
		    err, "--where: \"%s\" is not NAME=PATTERN", text);
	w->name = (struct slice){ text, (size_t)(equals - text) };
	if (pattern_new(&w->pattern, equals + 1, false, err) != 0)
		return error_prefix(err, "--where %s", text);
	f->n_where++;
	return 0;
}

static int
read_question(struct filter *f, struct arena *arena, const struct ulm_cli *ulm,
    const char *predicate, struct error *err)
{
	size_t i;

	if (arena == NULL)
		return error_set(err, "out of memory");
	if (read_predicate(f, arena, predicate, err) != 0 ||
	    read_time("--from", ulm->from, &f->from_ns, err) != 0 ||
	    read_time("--to", ulm->to, &f->to_ns, err) != 0)
		return -1;
	for (i = 0; i < ulm->n_where; i++)
		if (read_where(f, ulm->where[i], err) != 0)
			return -1;
	return 0;
}

int
ulm_filter(struct ulm_cli *ulm, int argc, char **argv, struct error *err)
{
	struct filter f = { .from_ns = INT64_MIN, .to_ns = INT64_MAX };
	struct arena *arena = arena_new(0);
	int status = read_question(&f, arena, ulm, argv[0], err);

	if (status == 0)
		status = events_each(ulm, argc - 1, argv + 1, take, &f, err);
	while (f.n_where > 0)
		pattern_free(f.where[--f.n_where].pattern);
	matcher_free(f.matcher);
	arena_free(arena);
	buffer_free(&f.prog);
	buffer_free(&f.host);
	buffer_free(&f.parameter);
	buffer_free(&f.value);
	return status;
}
