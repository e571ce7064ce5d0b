#include "line.h"

#include <string.h>

#include "buffer.h"

struct reading {
	const char *line;
	const char *at;
	struct buffer word;
	bool open; /* there is a word, if only an empty one */
	bool as_nagios;
	const char **words;
	size_t n;
	struct arena *arena;
};

static int
needs_shell(const struct reading *r, struct error *err)
{
	return error_set(err,
	    "\"%s\": byte %zu, '%c', is for a shell; in quotes it would be "
	    "itself",
	    r->line, (size_t)(r->at - r->line) + 1, *r->at);
}

/* Signs that mean something at the beginning of a word alone. */
static bool
begins_specially(const char *at)
{
	return at[0] == '#' || (at[0] == '~' && strchr("/ \t", at[1]) != NULL);
}

static int
end_word(struct reading *r, struct error *err)
{
	if (!r->open)
		return 0;
	r->words[r->n] = arena_strdup(r->arena, buffer_text(&r->word));
	if (buffer_failed(&r->word) || r->words[r->n] == NULL)
		return error_set(err, "out of memory");
	r->n++;
	buffer_clear(&r->word);
	r->open = false;
	return 0;
}

/* Behind the opening quote, to its partner. */
static int
take_quoted(struct reading *r, char quote, struct error *err)
{
	for (r->at++; *r->at != quote; r->at++) {
		if (*r->at == '\0')
			return error_set(
			    err, "\"%s\": a quote is not closed", r->line);
		if (quote == '"' && strchr("$`", *r->at) != NULL)
			return needs_shell(r, err);
		if (quote == '"' && r->at[0] == '\\' && r->at[1] != '\0' &&
		    strchr("\"\\$`", r->at[1]) != NULL)
			r->at++;
		buffer_putc(&r->word, *r->at);
	}
	r->at++;
	return 0;
}

static int
take_sign(struct reading *r, struct error *err)
{
	bool first = !r->open;

	r->open = true;
	if (*r->at == '"' || *r->at == '\'')
		return take_quoted(r, *r->at, err);
	if (strchr("|&;<>()$`*?[\n", *r->at) != NULL ||
	    (first && !r->as_nagios && begins_specially(r->at)))
		return needs_shell(r, err);
	if (r->at[0] == '\\' && r->at[1] != '\0')
		r->at++;
	buffer_putc(&r->word, *r->at++);
	return 0;
}

static int
split(struct reading *r, struct error *err)
{
	while (*r->at != '\0') {
		if (*r->at != ' ' && *r->at != '\t') {
			if (take_sign(r, err) != 0)
				return -1;
			continue;
		}
		if (end_word(r, err) != 0)
			return -1;
		r->at++;
	}
	return end_word(r, err);
}

const char *const *
line_split(
    struct arena *arena, const char *line, bool as_nagios, struct error *err)
{
	/* A word needs a byte, and a blank behind it. */
	struct reading r = { .line = line,
		.at = line,
		.as_nagios = as_nagios,
		.arena = arena,
		.words = arena_array(
		    arena, strlen(line) / 2 + 2, sizeof(*r.words)) };
	int rc = 0;

	if (r.words == NULL)
		rc = error_set(err, "out of memory");
	else
		rc = split(&r, err);
	buffer_free(&r.word);
	if (rc == 0 && r.n == 0)
		rc = error_set(err, "names no program");
	return rc == 0 ? r.words : NULL;
}
