#include "node_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "whole.h"

static const char blanks[] = " \t\r";

struct line_reader {
	struct arena *arena;
	struct problems *problems;
	const char *path;
	struct node_line *lines;
	size_t n, capacity;
	uint32_t number; /* of the line */
};

static int
no_memory(struct line_reader *r)
{
	return problem_in(r->problems, r->path, r->number, 1, "out of memory");
}

/* The next word of `*at', in memory of the arena; "" at the end. */
static const char *
next_word(struct line_reader *r, const char **at, const char *end)
{
	const char *from = *at, *to;

	while (from < end && strchr(blanks, *from) != NULL)
		from++;
	to = from;
	while (to < end && strchr(blanks, *to) == NULL)
		to++;
	*at = to;
	/* Inside a word it is part of it. */
	if (from < end && *from == '#') {
		*at = end;
		to = from;
	}
	return arena_strndup(r->arena, from, (size_t)(to - from));
}

static int
add(struct line_reader *r, const char *names, const char *addresses,
    uint32_t column)
{
	size_t more = r->capacity == 0 ? 64 : 2 * r->capacity;
	struct node_line *grown;

	if (r->n == r->capacity) {
		grown = arena_grow(r->arena, r->lines, r->n * sizeof(*r->lines),
		    more * sizeof(*r->lines));
		if (grown == NULL)
			return no_memory(r);
		r->lines = grown;
		r->capacity = more;
	}
	r->lines[r->n++] = (struct node_line){ .names = names,
		.addresses = addresses[0] != '\0' ? addresses : NULL,
		.place = { .kind = FARM_SCALAR,
		    .key = "",
		    .value = names,
		    .file = r->path,
		    .line = r->number,
		    .column = column } };
	return 0;
}

static int
read_line(struct line_reader *r, const char *text, const char *end)
{
	const char *at = text;
	const char *names, *addresses, *rest;
	uint32_t column;

	if (memchr(text, '\0', (size_t)(end - text)) != NULL)
		return problem_in(
		    r->problems, r->path, r->number, 1, "this is no text");
	names = next_word(r, &at, end);
	column = (uint32_t)(at - text) + 1;
	addresses = next_word(r, &at, end);
	rest = next_word(r, &at, end);
	if (names == NULL || addresses == NULL || rest == NULL)
		return no_memory(r);
	column -= (uint32_t)strlen(names);
	if (rest[0] != '\0')
		return problem_in(r->problems, r->path, r->number, column,
		    "a line is a name and perhaps an address, but \"%s\" "
		    "follows",
		    rest);
	return names[0] == '\0' ? 0 : add(r, names, addresses, column);
}

int
node_file_parse(struct arena *arena, const char *path, const char *text,
    size_t size, struct node_line **ret, size_t *ret_n,
    struct problems *problems)
{
	struct line_reader r = { .arena = arena,
		.problems = problems,
		.path = arena_strdup(arena, path) };
	const char *end = text + size, *newline;
	int status = 0;

	if (r.path == NULL)
		return no_memory(&r);
	while (text < end) {
		newline = memchr(text, '\n', (size_t)(end - text));
		r.number++;
		status |= read_line(&r, text, newline == NULL ? end : newline);
		text = newline == NULL ? end : newline + 1;
	}
	*ret = r.lines;
	*ret_n = r.n;
	return status;
}

/* ---------------------------------------------------------------- the file */

/* What is no file could make us wait for ever. */
static int
read_file(const char *path, struct buffer *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int result = -1, saved;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else
		result = whole_read_fd(text, fd, NODE_FILE_BYTES_MAX);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return result;
}

static const char *
path_of(struct arena *arena, const struct farm_tree *at)
{
	const char *path = at->value + 1;
	const char *file = at->file != NULL ? at->file : "";
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return path;
	return arena_printf(
	    arena, "%.*s%s", (int)(slash - file) + 1, file, path);
}

int
node_file_read(struct arena *arena, const struct farm_tree *at,
    struct node_line **ret, size_t *ret_n, struct problems *problems)
{
	struct buffer text = BUFFER_INIT;
	const char *path = path_of(arena, at);
	int result;

	if (path == NULL)
		result = problem_at(problems, at, "out of memory");
	else if (read_file(path, &text) != 0)
		result = problem_at(problems, at, "%s: %m", path);
	else
		result = node_file_parse(arena, path, buffer_text(&text),
		    text.size, ret, ret_n, problems);
	buffer_free(&text);
	return result;
}
