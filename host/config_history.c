#include "config_history.h"

#include <errno.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

const char *
request_user(const struct reload_request *request, char *name, size_t size)
{
	char room[4096];
	struct passwd entry, *found = NULL;

	if (request->by != NULL)
		return request->by;
	if (getpwuid_r(request->uid, &entry, room, sizeof(room), &found) == 0 &&
	    found != NULL)
		(void)snprintf(name, size, "%s", found->pw_name);
	else
		(void)snprintf(name, size, "%u", (unsigned)request->uid);
	return name;
}

static const char *
origin_name(const struct reload_request *request)
{
	if (request->origin == RELOAD_START)
		return "start";
	if (request->origin == RELOAD_SIGNAL)
		return "signal";
	return strcmp(request->what, "reload") == 0 ? "reload" : "api";
}

void
config_history_entry(struct buffer *b, int64_t time_ns,
    const struct reload_request *request, const char *plan, const char *yaml)
{
	char room[256];

	buffer_puts(b, "{\"time\":");
	time_json(b, time_ns);
	buffer_puts(b, ",\"what\":");
	buffer_json_text(b, request->what);
	buffer_printf(b,
	    ",\"origin\":\"%s\",\"uid\":%u,\"user\":", origin_name(request),
	    (unsigned)request->uid);
	buffer_json_text(b, request_user(request, room, sizeof(room)));
	buffer_printf(b, ",\"plan\":%s,\"yaml\":", plan);
	buffer_json_text(b, yaml);
	buffer_putc(b, '}');
}

/* All of the file; empty if there is none. */
static int
read_all(const char *path, struct buffer *b, struct error *err)
{
	FILE *f = fopen(path, "re");
	char piece[8192];
	size_t n;
	int rc = 0;

	if (f == NULL)
		return errno == ENOENT ? 0 : error_set(err, "%s: %m", path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buffer_put(b, piece, n);
	if (ferror(f))
		rc = error_set(err, "%s: %m", path);
	else if (buffer_failed(b))
		rc = error_set(err, "%s: out of memory", path);
	(void)fclose(f);
	return rc;
}

static int
write_all(const char *path, const char *bytes, size_t size, const char *mode,
    struct error *err)
{
	FILE *f = fopen(path, mode);
	bool good;

	if (f == NULL)
		return error_set(err, "%s: %m", path);
	good = fchmod(fileno(f), 0640) == 0 &&
	       fwrite(bytes, 1, size, f) == size;
	if (fclose(f) != 0)
		good = false;
	return good ? 0 : error_set(err, "%s: %m", path);
}

/* Keep the newer half, from the beginning of a line. */
static int
shorten(const char *path, struct error *err)
{
	struct buffer all = BUFFER_INIT;
	struct buffer fresh = BUFFER_INIT;
	const char *from = NULL;
	int rc = read_all(path, &all, err);

	if (rc == 0 && all.size > CONFIG_HISTORY_BYTES / 2)
		from = memchr(all.data + all.size - CONFIG_HISTORY_BYTES / 2,
		    '\n', CONFIG_HISTORY_BYTES / 2);
	buffer_printf(&fresh, "%s.new", path);
	if (from != NULL && !buffer_failed(&fresh)) {
		from++;
		rc = write_all(fresh.data, from,
		    all.size - (size_t)(from - all.data), "we", err);
		if (rc == 0 && rename(fresh.data, path) != 0)
			rc = error_set(err, "%s: %m", path);
	}
	buffer_free(&fresh);
	buffer_free(&all);
	return rc;
}

int
config_history_add(
    const char *state, const struct buffer *entry, struct error *err)
{
	struct buffer path = BUFFER_INIT;
	struct buffer line = BUFFER_INIT;
	struct stat st;
	int rc = -1;

	buffer_printf(&path, "%s/config-history.jsonl", state);
	buffer_printf(&line, "%s\n", buffer_text(entry));
	if (buffer_failed(&path) || buffer_failed(&line))
		error_set(err, "out of memory");
	else
		rc = write_all(path.data, line.data, line.size, "ae", err);
	if (rc == 0 && stat(path.data, &st) == 0 &&
	    st.st_size > CONFIG_HISTORY_BYTES)
		rc = shorten(path.data, err);
	buffer_free(&path);
	buffer_free(&line);
	return rc;
}

int
config_history_json(struct buffer *b, const char *state, struct error *err)
{
	struct buffer path = BUFFER_INIT;
	struct buffer all = BUFFER_INIT;
	const char *at, *end;
	int rc;

	buffer_printf(&path, "%s/config-history.jsonl", state);
	rc = read_all(buffer_text(&path), &all, err);
	buffer_putc(b, '[');
	/* A line without its end was cut short by a crash. */
	for (at = buffer_text(&all); (end = strchr(at, '\n')) != NULL;
	     at = end + 1) {
		if (at != buffer_text(&all))
			buffer_puts(b, ",\n");
		buffer_put(b, at, (size_t)(end - at));
	}
	buffer_putc(b, ']');
	buffer_free(&path);
	buffer_free(&all);
	return rc;
}

/* Take the configuration of one line if it ran at or before the time. */
static bool
take_line(struct buffer *yaml, const char *line, size_t size, int64_t time_ns)
{
	json_t *entry = json_loadb(line, size, 0, NULL);
	const char *when = json_string_value(json_object_get(entry, "time"));
	const char *text = json_string_value(json_object_get(entry, "yaml"));
	int64_t at;
	bool ran;

	ran = when != NULL && text != NULL &&
	      time_parse(when, 0, &at, NULL) == 0 && at <= time_ns;
	if (ran) {
		buffer_clear(yaml);
		buffer_puts(yaml, text);
	}
	json_decref(entry);
	return ran;
}

int
config_history_at(
    struct buffer *yaml, const char *state, int64_t time_ns, struct error *err)
{
	struct buffer path = BUFFER_INIT;
	struct buffer all = BUFFER_INIT;
	const char *at, *end;
	bool found = false;
	int rc;

	buffer_printf(&path, "%s/config-history.jsonl", state);
	rc = read_all(buffer_text(&path), &all, err);
	for (at = buffer_text(&all); (end = strchr(at, '\n')) != NULL;
	     at = end + 1)
		if (take_line(yaml, at, (size_t)(end - at), time_ns))
			found = true;
	buffer_free(&path);
	buffer_free(&all);
	if (rc == 0 && !found)
		rc = error_set(err, "the history does not reach back to then");
	return rc;
}
