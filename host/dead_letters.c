#include "dead_letters.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"
#include "replace.h"

char *
dead_letters_path(const char *state, const char *writer)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(&b, "%s/dead-letters/", state);
	put_file_name(&b, writer);
	buffer_puts(&b, ".jsonl");
	return buffer_take(&b, NULL);
}

static void
put_value(struct buffer *b, const struct series_table *series,
    const struct farm_value *v)
{
	const struct farm_series *s = series_get(series, v->series);

	buffer_putc(b, '{');
	if (s != NULL) {
		buffer_puts(b, "\"farm\":");
		buffer_json_text(b, s->farm);
		buffer_puts(b, ",\"cluster\":");
		buffer_json_text(b, s->cluster);
		buffer_puts(b, ",\"node\":");
		buffer_json_text(b, s->node);
		buffer_puts(b, ",\"parameter\":");
		buffer_json_text(b, s->parameter);
		buffer_putc(b, ',');
	}
	buffer_printf(b, "\"type\":%d,\"value\":", v->type);
	buffer_json_value(b, v);
	buffer_putc(b, '}');
}

static void
put_record(struct buffer *b, const struct farm_record *r,
    const struct series_table *series, const char *reason, int64_t wall_ns)
{
	buffer_puts(b, "{\"refused\":");
	time_json(b, wall_ns);
	buffer_puts(b, ",\"reason\":");
	buffer_json_text(b, reason);
	buffer_printf(b, ",\"position\":%llu,\"type\":%d,\"time\":",
	    (unsigned long long)r->position, r->type);
	time_json(b, r->time_ns);
	buffer_puts(b, ",\"instance\":");
	buffer_json_text(b, r->instance);
	buffer_puts(b, ",\"values\":[");
	for (uint32_t i = 0; i < r->n_values; i++) {
		if (i > 0)
			buffer_putc(b, ',');
		put_value(b, series, &r->values[i]);
	}
	buffer_putc(b, ']');
	if (r->payload != NULL) {
		buffer_puts(b, ",\"payload\":");
		buffer_json_string(b, r->payload, r->payload_size);
	}
	buffer_puts(b, "}\n");
}

static int
fail(const char *path, struct error *err)
{
	return error_set(err, "%s: %m", path);
}

static int
turn_if_full(const char *path, size_t more, struct error *err)
{
	struct stat st;
	char *old;
	int rc = 0;

	if (stat(path, &st) != 0 ||
	    (size_t)st.st_size + more <= DEAD_LETTERS_BYTES)
		return 0;
	if (asprintf(&old, "%s.1", path) < 0)
		return error_set(err, "out of memory");
	if (rename(path, old) != 0)
		rc = fail(path, err);
	free(old);
	return rc;
}

/* A line is written by one call, so that a killed daemon leaves it whole or
   not at all but for a power failure. */
static int
append_line(const char *path, const struct buffer *line, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	ssize_t n = -1;

	if (fd >= 0)
		n = write(fd, line->data, line->size);
	if (n < 0)
		fail(path, err);
	else if ((size_t)n < line->size)
		error_set(err, "%s: written in part", path);
	if (fd >= 0)
		close(fd);
	return n >= 0 && (size_t)n == line->size ? 0 : -1;
}

static int
make_its_folder(const char *path, struct error *err)
{
	char *folder = strdup(path);
	int rc;

	if (folder == NULL)
		return error_set(err, "out of memory");
	*strrchr(folder, '/') = '\0';
	rc = make_folder(folder, err);
	free(folder);
	return rc;
}

int
dead_letters_add(const char *path, const struct farm_record *r,
    const struct series_table *series, const char *reason, int64_t wall_ns,
    struct error *err)
{
	struct buffer line = BUFFER_INIT;
	int rc = -1;

	put_record(&line, r, series, reason, wall_ns);
	if (buffer_failed(&line))
		error_set(err, "out of memory");
	else if (make_its_folder(path, err) == 0 &&
		 turn_if_full(path, line.size, err) == 0)
		rc = append_line(path, &line, err);
	buffer_free(&line);
	return rc;
}

/* Where the last `limit' lines begin. */
static const char *
last_lines(const char *text, size_t size, size_t limit)
{
	const char *p = text + size;
	const char *end;

	while (p > text && limit-- > 0) {
		end = memrchr(text, '\n', (size_t)(p - text) - 1);
		p = end == NULL ? text : end + 1;
	}
	return p;
}

int
dead_letters_json(
    const char *path, size_t limit, struct buffer *to, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	const char *line, *end;
	bool first = true;
	int rc = read_file(path, 2 * DEAD_LETTERS_BYTES, &text, err);

	buffer_putc(to, '[');
	line = last_lines(buffer_text(&text), text.size, limit);
	/* What has no end of line was not written whole. */
	while (rc > 0 && (end = strchr(line, '\n')) != NULL) {
		if (!first)
			buffer_puts(to, ",\n");
		first = false;
		buffer_put(to, line, (size_t)(end - line));
		line = end + 1;
	}
	buffer_putc(to, ']');
	buffer_free(&text);
	return rc < 0 ? -1 : 0;
}
