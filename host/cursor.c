#include "cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "replace.h"

/* Lines of 50 bytes for each range, and some more. */
#define FILE_MAX ((size_t)RANGES_MAX * 64 + 4096)

void
cursor_print(struct buffer *b, const char *writer, const struct cursor *c)
{
	size_t start = b->size;

	buffer_printf(
	    b, "farm cursor 1\nwriter %s\nnext %" PRIu64 "\n", writer, c->next);
	for (size_t i = 0; i < c->owed.n; i++)
		buffer_printf(b, "owed %" PRIu64 " %" PRIu64 "\n",
		    c->owed.items[i].first, c->owed.items[i].last);
	buffer_printf(b, "crc %08x\n",
	    crc32c(0, buffer_text(b) + start, b->size - start));
}

/* The text before its last line, if that is the checksum of it. */
static size_t
checked_size(const char *text, size_t size)
{
	static const char form[] = "crc 12345678\n";
	const size_t length = sizeof(form) - 1;
	char line[sizeof(form)];

	if (size < length)
		return 0;
	(void)snprintf(
	    line, sizeof(line), "crc %08x\n", crc32c(0, text, size - length));
	if (memcmp(text + size - length, line, length) != 0)
		return 0;
	return size - length;
}

static int
parse_line(const char *line, struct cursor *c)
{
	uint64_t first, last;

	if (sscanf(line, "next %" SCNu64, &first) == 1 && first > 0) {
		c->next = first;
		return 0;
	}
	if (sscanf(line, "owed %" SCNu64 " %" SCNu64, &first, &last) == 2 &&
	    first > 0 && first <= last && last < c->next)
		return ranges_add(&c->owed, first, last);
	return -1;
}

/* `text' ends in NUL. */
static int
parse_lines(char *text, const char *writer, struct cursor *c)
{
	char *rest = text;
	const char *line = strsep(&rest, "\n");

	if (strcmp(line, "farm cursor 1") != 0)
		return -1;
	line = strsep(&rest, "\n");
	if (line == NULL || strncmp(line, "writer ", 7) != 0 ||
	    strcmp(line + 7, writer) != 0)
		return -1;
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0')
		if (parse_line(line, c) != 0)
			return -1;
	return c->next > 0 ? 0 : -1;
}

int
cursor_parse(const char *text, size_t size, const char *writer,
    struct cursor *ret, struct error *err)
{
	size_t whole = checked_size(text, size);
	struct cursor c = { .next = 0 };
	char *copy;

	if (whole == 0 || memchr(text, '\0', size) != NULL)
		return error_set(err, "the checksum is wrong");
	copy = strndup(text, whole);
	if (copy == NULL)
		return error_set(err, "out of memory");
	if (parse_lines(copy, writer, &c) != 0) {
		error_set(err, "not a cursor of writer \"%s\"", writer);
		ranges_free(&c.owed);
		free(copy);
		return -1;
	}
	free(copy);
	*ret = c;
	return 0;
}

char *
cursor_path(const char *folder, const char *writer)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(&b, "%s/", folder);
	put_file_name(&b, writer);
	buffer_puts(&b, ".cursor");
	return buffer_take(&b, NULL);
}

int
cursor_load(const char *folder, const char *writer, struct cursor *ret,
    struct error *err)
{
	struct buffer text = BUFFER_INIT;
	char *path = cursor_path(folder, writer);
	int rc;

	if (path == NULL)
		return error_set(err, "out of memory");
	rc = read_file(path, FILE_MAX, &text, err);
	if (rc == 1 && cursor_parse(buffer_text(&text), text.size, writer, ret,
			   err) != 0) {
		error_prefix(err, "%s", path);
		rc = -1;
	}
	buffer_free(&text);
	free(path);
	return rc;
}

int
cursor_save(const char *folder, const char *writer, const struct cursor *c,
    bool sync, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	char *path = cursor_path(folder, writer);
	int rc;

	cursor_print(&text, writer, c);
	if (path == NULL || buffer_failed(&text))
		rc = error_set(err, "out of memory");
	else
		rc = replace_file(path, text.data, text.size, sync, err);
	buffer_free(&text);
	free(path);
	return rc;
}

void
cursor_remove(const char *folder, const char *writer)
{
	char *path = cursor_path(folder, writer);

	if (path != NULL)
		(void)unlink(path);
	free(path);
}
