#include "ganglia_query.h"

#define VERB "GET "
#define VERSION_LENGTH (sizeof(" HTTP/1.0") - 1)

static bool
is_at(struct slice s, size_t from, const char *text)
{
	size_t n = strlen(text);

	return s.length >= from + n && memcmp(s.text + from, text, n) == 0;
}

/* -1 for one of HTTP without its version. */
static int
take_http(struct slice *line, bool *ret)
{
	size_t end = line->length - VERSION_LENGTH;

	*ret = line->length >= sizeof(VERB) - 1 + VERSION_LENGTH &&
	       is_at(*line, 0, VERB);
	if (!*ret)
		return 0;
	if (!is_at(*line, end, " HTTP/1.0") && !is_at(*line, end, " HTTP/1.1"))
		return -1;
	line->text += sizeof(VERB) - 1;
	line->length = end - (sizeof(VERB) - 1);
	return 0;
}

static bool
is_clean(struct slice s)
{
	size_t i;

	for (i = 0; i < s.length; i++)
		if (s.text[i] == '\0' ||
		    strchr(">!@#$%`;|\"\\'<", s.text[i]) != NULL)
			return false;
	return true;
}

/* Behind the "?"; a filter that nobody knows is none. */
static int
take_filter(struct slice text, bool *ret)
{
	const char *at = text.length == 0 ? NULL
					  : memchr(text.text, '=', text.length);

	if (at == NULL)
		return -1;
	text.length -= (size_t)(at + 1 - text.text);
	text.text = at + 1;
	*ret = slice_is(text, "summary");
	return 0;
}

int
ganglia_query_parse(const char *line, size_t length, struct ganglia_query *ret)
{
	struct ganglia_query q = { .depth = 0 };
	struct slice rest = { line, length }, path;

	if (length > GANGLIA_QUERY_MAX || take_http(&rest, &q.http) != 0 ||
	    rest.length == 0 || rest.text[0] != '/' || !is_clean(rest))
		return -1;
	path = slice_cut(&rest, '?');
	if (path.text + path.length < rest.text &&
	    take_filter(rest, &q.summary) != 0)
		return -1;
	/* What stands behind a metric is not looked at. */
	(void)slice_cut(&path, '/');
	while (path.length > 0 && q.depth < GANGLIA_QUERY_DEPTH)
		q.path[q.depth++] = slice_cut(&path, '/');
	*ret = q;
	return 0;
}

bool
ganglia_query_regex(struct slice name, struct slice *ret)
{
	if (name.length == 0 || name.text[0] != '~')
		return false;
	*ret = (struct slice){ name.text + 1, name.length - 1 };
	return true;
}
