#include "graphite.h"

#include <math.h>

#include "clock.h"
#include "fold.h"
#include "number.h"

/* Seconds that int64 ns can say. */
#define SECONDS_MAX 9.2e9

static struct slice
take_word(struct slice *rest)
{
	struct slice word;
	size_t i;

	slice_skip_blanks(rest);
	for (i = 0;
	     i < rest->length && rest->text[i] != ' ' && rest->text[i] != '\t';
	     i++)
		;
	word = (struct slice){ rest->text, i };
	slice_skip(rest, i);
	return word;
}

static bool
take_tag(struct slice *tags, struct slice *ret_name, struct slice *ret_value)
{
	struct slice tag = slice_cut(tags, ';');

	*ret_name = slice_cut(&tag, '=');
	*ret_value = tag;
	return ret_name->length > 0 && tag.length > 0;
}

static bool
tags_are_good(struct slice tags)
{
	struct slice name, value;

	while (tags.length > 0)
		if (!take_tag(&tags, &name, &value))
			return false;
	return true;
}

static bool
parse_time(struct slice word, struct graphite_line *l)
{
	double seconds;
	int64_t whole;

	if (!number_parse(word, &seconds) || seconds > SECONDS_MAX ||
	    seconds < -SECONDS_MAX)
		return false;
	l->timed = seconds != -1;
	if (!l->timed)
		return true;
	whole = (int64_t)seconds;
	whole -= seconds < (double)whole;
	l->time_ns = whole * NS_PER_S +
		     (int64_t)((seconds - (double)whole) * 1e9 + 0.5);
	return true;
}

static int
parse_line(struct slice line, struct graphite_line *l, struct error *err)
{
	l->tags = take_word(&line);
	l->path = slice_cut(&l->tags, ';');
	if (l->path.length == 0)
		return error_set(err, "a line without a path");
	if (!tags_are_good(l->tags))
		return error_set(err, "\"%.*s\": a tag is not NAME=VALUE",
		    (int)l->path.length, l->path.text);
	if (!number_parse(take_word(&line), &l->value))
		return error_set(err, "\"%.*s\": the value is no number",
		    (int)l->path.length, l->path.text);
	if (!parse_time(take_word(&line), l))
		return error_set(err, "\"%.*s\": the time is no number",
		    (int)l->path.length, l->path.text);
	slice_skip_blanks(&line);
	if (line.length > 0)
		return error_set(err, "\"%.*s\": more than three words",
		    (int)l->path.length, l->path.text);
	return 1;
}

int
graphite_parse(struct slice *rest, struct graphite_line *ret, struct error *err)
{
	struct graphite_line l = { .timed = false };
	struct slice line;

	while (slice_take_line(rest, &line)) {
		if (parse_line(line, &l, err) < 0)
			return -1;
		*ret = l;
		return 1;
	}
	return 0;
}

bool
graphite_next_tag(
    struct graphite_line *l, struct slice *ret_name, struct slice *ret_value)
{
	return l->tags.length > 0 && take_tag(&l->tags, ret_name, ret_value);
}

void
graphite_fold(struct buffer *b, struct slice part)
{
	fold_put(b, part, ".;/*?[]{}(),'\"\\=~|");
}

/* As a number; NaN if it is none. */
static double
number_of(const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		return v->number;
	case FARM_INT64:
		return (double)v->int64;
	case FARM_UINT64:
		return (double)v->uint64;
	case FARM_BOOLEAN:
		return v->boolean;
	}
	return NAN;
}

int
graphite_put_path(
    struct buffer *b, const struct slice *parts, size_t n, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (parts[i].length == 0)
			return error_set(
			    err, "part %zu of a path is empty", i + 1);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(b, '.');
		graphite_fold(b, parts[i]);
	}
	return 0;
}

int
graphite_put_tag(
    struct buffer *b, struct slice name, struct slice value, struct error *err)
{
	if (name.length == 0 || value.length == 0)
		return error_set(err, "a tag without a %s",
		    name.length == 0 ? "name" : "value");
	buffer_putc(b, ';');
	graphite_fold(b, name);
	buffer_putc(b, '=');
	/* It may hold points: names and addresses of hosts do. */
	fold_put(b, value, ";~");
	return 0;
}

int
graphite_put_value(
    struct buffer *b, const struct farm_value *v, int64_t time_ns)
{
	struct farm_value truth = farm_int64(number_of(v) > 0);

	if (!isfinite(number_of(v)))
		return 0;
	buffer_putc(b, ' ');
	buffer_value(b, v->type == FARM_BOOLEAN ? &truth : v);
	buffer_printf(b, " %lld\n",
	    (long long)((time_ns - (time_ns % NS_PER_S < 0 ? NS_PER_S : 0)) /
			NS_PER_S));
	return 1;
}

int
graphite_put(struct buffer *b, const struct slice *parts, size_t n,
    const struct farm_value *v, int64_t time_ns, struct error *err)
{
	if (!isfinite(number_of(v)))
		return 0;
	if (graphite_put_path(b, parts, n, err) != 0)
		return -1;
	return graphite_put_value(b, v, time_ns);
}
