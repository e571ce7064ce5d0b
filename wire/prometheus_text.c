#include "prometheus_text.h"

#include <math.h>

#include "number.h"

/* What int64 ns can say. */
#define TIME_MAX 9.2e18

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_blanks(struct slice *s)
{
	while (s->length > 0 && is_blank(s->text[0]))
		slice_skip(s, 1);
}

/* Up to a blank or one of `stop'. */
static struct slice
take_word(struct slice *rest, const char *stop)
{
	struct slice word;
	size_t i;

	skip_blanks(rest);
	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		if (rest->text[i] != '\0' &&
		    strchr(stop, rest->text[i]) != NULL)
			break;
	word = (struct slice){ rest->text, i };
	slice_skip(rest, i);
	return word;
}

static bool
take_char(struct slice *rest, char c)
{
	skip_blanks(rest);
	if (rest->length == 0 || rest->text[0] != c)
		return false;
	slice_skip(rest, 1);
	return true;
}

/* NAME="VALUE" and the comma behind it, if there is one. */
static bool
take_label(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
	size_t i;

	*ret_name = take_word(rest, "=,}\"");
	if (ret_name->length == 0 || !take_char(rest, '=') ||
	    !take_char(rest, '"'))
		return false;
	for (i = 0; i < rest->length && rest->text[i] != '"'; i++)
		if (rest->text[i] == '\\')
			i++;
	if (i >= rest->length)
		return false;
	*ret_value = (struct slice){ rest->text, i };
	slice_skip(rest, i + 1);
	(void)take_char(rest, ',');
	return true;
}

/* What stands between the braces, if they are there. */
static bool
take_labels(struct slice *line, struct slice *ret)
{
	struct slice name, value;

	*ret = (struct slice){ line->text, 0 };
	if (!take_char(line, '{'))
		return true;
	ret->text = line->text;
	while (!take_char(line, '}')) {
		if (!take_label(line, &name, &value))
			return false;
		ret->length = (size_t)(line->text - ret->text);
	}
	return true;
}

static bool
parse_value(struct slice word, struct farm_value *ret)
{
	double number;

	if (slice_is(word, "NaN") || slice_is(word, "+Inf") ||
	    slice_is(word, "-Inf") || slice_is(word, "Inf")) {
		*ret = (struct farm_value){ .type = FARM_NONE };
		return true;
	}
	if (!number_parse(word, &number))
		return false;
	*ret = farm_double(number);
	return true;
}

/* Whole units are exact; of seconds more is kept than a double has digits
   for. */
static bool
parse_time(struct slice word, double unit_ns, int64_t *ret)
{
	double time, whole;

	if (word.length == 0)
		return true;
	if (!number_parse(word, &time) || time * unit_ns > TIME_MAX ||
	    time * unit_ns < -TIME_MAX)
		return false;
	whole = floor(time);
	*ret = (int64_t)whole * (int64_t)unit_ns +
	       (int64_t)((time - whole) * unit_ns);
	return true;
}

/* " # {trace_id="..."} 0.67 1520879607.8" */
static struct slice
cut_exemplar(struct slice line)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < line.length; i++) {
		if (quoted && line.text[i] == '\\')
			i++;
		else if (line.text[i] == '"')
			quoted = !quoted;
		else if (!quoted && line.text[i] == '#')
			line.length = i;
	}
	return line;
}

static int
parse_line(struct slice line, const struct prometheus_text *t,
    struct prometheus_sample *s, struct error *err)
{
	if (t->open)
		line = cut_exemplar(line);
	s->name = take_word(&line, "{");
	if (s->name.length == 0)
		return error_set(err, "a line without a name");
	if (!take_labels(&line, &s->labels))
		return error_set(err, "\"%.*s\": a label is not NAME=\"VALUE\"",
		    (int)s->name.length, s->name.text);
	if (!parse_value(take_word(&line, ""), &s->value))
		return error_set(err, "\"%.*s\": the value is no number",
		    (int)s->name.length, s->name.text);
	if (!parse_time(take_word(&line, ""), t->open ? 1e9 : 1e6, &s->time_ns))
		return error_set(err, "\"%.*s\": the time is no number",
		    (int)s->name.length, s->name.text);
	skip_blanks(&line);
	if (line.length > 0)
		return error_set(err, "\"%.*s\": something behind the time",
		    (int)s->name.length, s->name.text);
	return 1;
}

/* "# TYPE NAME counter"; most others are for people. */
static void
take_comment(struct prometheus_text *t, struct slice line)
{
	struct slice word;

	slice_skip(&line, 1);
	word = take_word(&line, "");
	if (slice_is(word, "TYPE")) {
		t->typed = take_word(&line, "");
		t->type = take_word(&line, "");
	} else if (slice_is(word, "UNIT")) {
		t->measured = take_word(&line, "");
		t->unit = take_word(&line, "");
	} else if (t->open && slice_is(word, "EOF")) {
		t->ended = true;
		t->rest.length = 0;
	}
}

/* What stands behind the metric's name; false if it is another's. */
static bool
is_of(struct slice name, struct slice metric, struct slice *ret_suffix)
{
	if (metric.length == 0 || name.length < metric.length ||
	    memcmp(name.text, metric.text, metric.length) != 0)
		return false;
	*ret_suffix = (struct slice){ name.text + metric.length,
		name.length - metric.length };
	return ret_suffix->length == 0 || ret_suffix->text[0] == '_';
}

static bool
is_counter(const struct prometheus_text *t, struct slice name)
{
	struct slice end;

	if (!is_of(name, t->typed, &end))
		return false;
	if (slice_is(t->type, "counter"))
		return end.length == 0 || slice_is(end, "_total");
	if (slice_is(t->type, "histogram") && slice_is(end, "_bucket"))
		return true;
	return (slice_is(t->type, "histogram") ||
		   slice_is(t->type, "summary")) &&
	       (slice_is(end, "_count") || slice_is(end, "_sum"));
}

int
prometheus_parse(
    struct prometheus_text *t, struct prometheus_sample *ret, struct error *err)
{
	struct prometheus_sample s = { .time_ns = 0 };
	struct slice line, end;

	while (t->rest.length > 0) {
		line = slice_cut(&t->rest, '\n');
		skip_blanks(&line);
		if (line.length == 0)
			continue;
		if (line.text[0] == '#') {
			take_comment(t, line);
			continue;
		}
		if (parse_line(line, t, &s, err) < 0)
			return -1;
		s.counter = is_counter(t, s.name);
		if (is_of(s.name, t->measured, &end))
			s.unit = t->unit;
		*ret = s;
		return 1;
	}
	return 0;
}

bool
prometheus_next_label(struct prometheus_sample *s, struct slice *ret_name,
    struct slice *ret_value)
{
	skip_blanks(&s->labels);
	return s->labels.length > 0 &&
	       take_label(&s->labels, ret_name, ret_value);
}

size_t
prometheus_unescape(char *to, struct slice s)
{
	size_t i, n = 0;
	char c;

	for (i = 0; i < s.length; i++) {
		c = s.text[i];
		if (c == '\\' && i + 1 < s.length)
			c = s.text[++i] == 'n' ? '\n' : s.text[i];
		to[n++] = c;
	}
	return n;
}
