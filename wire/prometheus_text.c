#include "prometheus_text.h"

#include "number.h"

/* Milliseconds that int64 ns can say. */
#define TIME_MAX 9.2e12
#define NS_PER_MILLISECOND 1e6

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
skip(struct slice *s, size_t n)
{
	s->text += n;
	s->length -= n;
}

static void
skip_blanks(struct slice *s)
{
	while (s->length > 0 && is_blank(s->text[0]))
		skip(s, 1);
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
	skip(rest, i);
	return word;
}

static bool
take_char(struct slice *rest, char c)
{
	skip_blanks(rest);
	if (rest->length == 0 || rest->text[0] != c)
		return false;
	skip(rest, 1);
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
	skip(rest, i + 1);
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

static bool
parse_time(struct slice word, int64_t *ret)
{
	double time;

	if (word.length == 0)
		return true;
	if (!number_parse(word, &time) || time > TIME_MAX || time < -TIME_MAX)
		return false;
	*ret = (int64_t)time * (int64_t)NS_PER_MILLISECOND;
	return true;
}

static int
parse_line(struct slice line, struct prometheus_sample *s, struct error *err)
{
	s->name = take_word(&line, "{");
	if (s->name.length == 0)
		return error_set(err, "a line without a name");
	if (!take_labels(&line, &s->labels))
		return error_set(err, "\"%.*s\": a label is not NAME=\"VALUE\"",
		    (int)s->name.length, s->name.text);
	if (!parse_value(take_word(&line, ""), &s->value))
		return error_set(err, "\"%.*s\": the value is no number",
		    (int)s->name.length, s->name.text);
	if (!parse_time(take_word(&line, ""), &s->time_ns))
		return error_set(err, "\"%.*s\": the time is no number",
		    (int)s->name.length, s->name.text);
	skip_blanks(&line);
	if (line.length > 0)
		return error_set(err, "\"%.*s\": something behind the time",
		    (int)s->name.length, s->name.text);
	return 1;
}

/* "# TYPE NAME counter"; all others are for people. */
static void
take_comment(struct prometheus_text *t, struct slice line)
{
	skip(&line, 1);
	if (!slice_is(take_word(&line, ""), "TYPE"))
		return;
	t->typed = take_word(&line, "");
	t->counter = slice_is(take_word(&line, ""), "counter");
}

int
prometheus_parse(
    struct prometheus_text *t, struct prometheus_sample *ret, struct error *err)
{
	struct prometheus_sample s = { .time_ns = 0 };
	struct slice line;

	while (t->rest.length > 0) {
		line = slice_cut(&t->rest, '\n');
		skip_blanks(&line);
		if (line.length == 0)
			continue;
		if (line.text[0] == '#') {
			take_comment(t, line);
			continue;
		}
		if (parse_line(line, &s, err) < 0)
			return -1;
		s.counter = t->counter && s.name.length == t->typed.length &&
			    memcmp(s.name.text, t->typed.text, s.name.length) ==
				0;
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
