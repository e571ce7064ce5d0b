#include "statsd.h"

#include "number.h"

/* Values that share one type, at most: each looks for it anew. */
#define SHARED_MAX 1000

static const struct {
	const char *text;
	enum statsd_type type;
} types[] = {
	{ "c", STATSD_COUNTER },
	{ "g", STATSD_GAUGE },
	{ "ms", STATSD_TIMER },
	{ "s", STATSD_SET },
	{ "h", STATSD_HISTOGRAM },
	{ "d", STATSD_DISTRIBUTION },
};

static bool
find_type(struct slice text, enum statsd_type *ret)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!slice_is(text, types[i].text))
			continue;
		*ret = types[i].type;
		return true;
	}
	return false;
}

/* TYPE[|@RATE][|anything]... */
static bool
parse_sections(struct slice sections, struct statsd_sample *s)
{
	struct slice section;

	if (!find_type(slice_cut(&sections, '|'), &s->type))
		return false;
	s->rate = 1;
	while (sections.length > 0) {
		section = slice_cut(&sections, '|');
		if (section.length == 0 || section.text[0] != '@')
			continue;
		slice_skip(&section, 1);
		if (!number_parse(section, &s->rate) || s->rate <= 0 ||
		    s->rate > 1)
			return false;
	}
	return true;
}

/* The sections that hold for a value without any: the next that are there. */
static struct slice
shared_sections(struct slice rest)
{
	struct slice piece;
	int i;

	for (i = 0; i < SHARED_MAX && rest.length > 0; i++) {
		piece = slice_cut(&rest, ':');
		(void)slice_cut(&piece, '|');
		if (piece.length > 0)
			return piece;
	}
	return (struct slice){ "", 0 };
}

static bool
take_sample(struct slice *rest, struct statsd_sample *ret)
{
	struct slice piece = slice_cut(rest, ':');
	struct statsd_sample s = { .text = slice_cut(&piece, '|') };

	if (piece.length == 0)
		piece = shared_sections(*rest);
	if (s.text.length == 0 || !parse_sections(piece, &s))
		return false;
	s.relative = s.type == STATSD_GAUGE &&
		     (s.text.text[0] == '+' || s.text.text[0] == '-');
	if (s.type != STATSD_SET && !number_parse(s.text, &s.value))
		return false;
	*ret = s;
	return true;
}

/* Tags that hang at the name, if any. */
static void
split_name(struct statsd_metric *m)
{
	struct slice name = m->name;
	size_t i;

	for (i = 0; i < name.length && strchr(",;[", name.text[i]) == NULL; i++)
		;
	if (i == name.length || name.text[i] == '\0')
		return;
	m->tag_equals = '=';
	m->tag_separator = name.text[i] == ';' ? ';' : ',';
	m->name.length = i;
	m->tags = (struct slice){ name.text + i + 1, name.length - i - 1 };
	if (name.text[i] == '[' && m->tags.length > 0 &&
	    m->tags.text[m->tags.length - 1] == ']')
		m->tags.length--;
}

/* Cut off "|#...", with what follows it. */
static void
split_tags(struct statsd_metric *m)
{
	struct slice s = m->samples;
	size_t i;

	for (i = 0; i + 1 < s.length; i++)
		if (s.text[i] == '|' && s.text[i + 1] == '#')
			break;
	if (i + 1 >= s.length)
		return;
	m->samples.length = i;
	s = (struct slice){ s.text + i + 2, s.length - i - 2 };
	m->tags = slice_cut(&s, '|');
	m->tag_separator = ',';
	m->tag_equals = ':';
}

static int
parse_line(struct slice line, struct statsd_metric *m, struct error *err)
{
	struct statsd_sample sample;
	struct slice rest;

	m->name = slice_cut(&line, ':');
	m->samples = line;
	split_name(m);
	split_tags(m);
	if (m->name.length == 0)
		return error_set(err, "a line without a name");
	rest = m->samples;
	do {
		if (!take_sample(&rest, &sample))
			return error_set(err, "\"%.*s\": value %zu is wrong",
			    (int)m->name.length, m->name.text,
			    m->n_samples + 1);
		m->n_samples++;
	} while (rest.length > 0);
	return 1;
}

int
statsd_parse(struct slice *rest, struct statsd_metric *ret, struct error *err)
{
	struct statsd_metric m;
	struct slice line;

	while (rest->length > 0) {
		line = slice_cut(rest, '\n');
		if (line.length > 0 && line.text[line.length - 1] == '\r')
			line.length--;
		if (line.length == 0)
			continue;
		m = (struct statsd_metric){ .tags = { "", 0 } };
		if (parse_line(line, &m, err) < 0)
			return -1;
		*ret = m;
		return 1;
	}
	return 0;
}

bool
statsd_next(struct statsd_metric *m, struct statsd_sample *ret)
{
	return m->samples.length > 0 && take_sample(&m->samples, ret);
}

bool
statsd_next_tag(
    struct statsd_metric *m, struct slice *ret_name, struct slice *ret_value)
{
	struct slice tag;

	while (m->tags.length > 0) {
		tag = slice_cut(&m->tags, m->tag_separator);
		*ret_name = slice_cut(&tag, m->tag_equals);
		*ret_value = tag;
		if (ret_name->length > 0)
			return true;
	}
	return false;
}
