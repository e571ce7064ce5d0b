#include "conf_try.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "trial.h"
#include "whole.h"

#define LIMIT_NS (5 * NS_PER_S)
#define FILE_MAX (1 << 20)

struct attempt {
	const struct ganglia *ganglia;
	const char *path;
};

static int
parse(void *cookie, int answer)
{
	const struct attempt *a = cookie;

	if (dup2(answer, STDERR_FILENO) < 0)
		return 1;
	return a->ganglia->config_create((char *)a->path, 0) != NULL ? 0 : 1;
}

/* ------------------------------------------------------------------ where */

unsigned
conf_line_of(struct slice text, struct slice word)
{
	struct slice line;
	unsigned n = 0;
	size_t at;

	while (text.length > 0) {
		line = slice_cut(&text, '\n');
		n++;
		while (line.length > 0 && isspace((unsigned char)*line.text)) {
			line.text++;
			line.length--;
		}
		if (line.length < word.length ||
		    memcmp(line.text, word.text, word.length) != 0)
			continue;
		for (at = word.length; at < line.length; at++)
			if (!isspace((unsigned char)line.text[at]))
				break;
		if (at == line.length || strchr("={+\"'", line.text[at]))
			return n;
	}
	return 0;
}

static unsigned
find_line(const char *path, struct slice word)
{
	struct buffer text = BUFFER_INIT;
	unsigned line = 0;

	if (whole_read(&text, path, FILE_MAX, NULL) == 0)
		line = conf_line_of(
		    (struct slice){ buffer_text(&text), text.size }, word);
	buffer_free(&text);
	return line;
}

/* What stands in quotes; empty if nothing does. */
static struct slice
quoted(struct slice s)
{
	(void)slice_cut(&s, '\'');
	return slice_cut(&s, '\'');
}

/* The first line; libconfuse begins it with FILE:LINE: where it knows. */
static void
explain(const char *path, struct slice said, struct error *err)
{
	struct slice first = slice_cut(&said, '\n'), word = quoted(first);
	unsigned line = 0;

	if (first.length > strlen(path) && first.text[strlen(path)] == ':' &&
	    memcmp(first.text, path, strlen(path)) == 0)
		path = "";
	else if (memmem(first.text, first.length, ": ", 2) != NULL)
		path = ""; /* of a file that it includes */
	else if (word.length > 0)
		line = find_line(path, word);
	if (line > 0)
		error_set(err, "%s:%u: %.*s", path, line, (int)first.length,
		    first.text);
	else
		error_set(err, "%s%s%.*s", path, path[0] != '\0' ? ": " : "",
		    (int)first.length, first.text);
}

int
conf_try(const struct ganglia *g, const char *path, struct error *err)
{
	struct attempt a = { g, path };
	struct trial t;
	struct error end;

	if (access(path, R_OK) != 0)
		return error_set(err, "%s: %m", path);
	if (trial_run(parse, &a, LIMIT_NS, &t, err) != 0)
		return error_prefix(err, "%s", path);
	if (t.status != 0 && t.answer.size > 0) {
		explain(
		    path, (struct slice){ t.answer.data, t.answer.size }, err);
	} else if (t.status != 0) {
		trial_end(t.status, &end);
		error_set(
		    err, "%s: reading it ends the process: %s", path, end.text);
	}
	buffer_free(&t.answer);
	return t.status != 0 ? -1 : 0;
}
