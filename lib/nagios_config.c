#include "nagios_config.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "slice.h"
#include "whole.h"

struct reading {
	struct nagios_config *config;
	struct arena *arena;
	struct problems *problems;
	const char *main; /* of which folder relative paths are */
	size_t bytes;
	size_t capacity; /* of paths */
};

static int
out_of_memory(struct reading *r)
{
	return problem_in(r->problems, r->main, 0, 0, "out of memory");
}

/* FNV-1a: against chance, not against malice. */
#define STAMP_BEGIN UINT64_C(0xcbf29ce484222325)

static uint64_t
mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t
mix_file(uint64_t hash, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return mix(hash, &errno, sizeof(errno));
	hash = mix(hash, &st.st_mtim.tv_sec, sizeof(st.st_mtim.tv_sec));
	hash = mix(hash, &st.st_mtim.tv_nsec, sizeof(st.st_mtim.tv_nsec));
	if (S_ISREG(st.st_mode))
		hash = mix(hash, &st.st_size, sizeof(st.st_size));
	return hash;
}

/* Before it is read: what changes meanwhile has changed since. */
static int
remember(struct reading *r, const char *path)
{
	struct nagios_config *c = r->config;
	size_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
	const char **grown;

	if (c->n_paths == NAGIOS_FILES_MAX)
		return problem_in(r->problems, path, 0, 0,
		    "more than %d files and folders", NAGIOS_FILES_MAX);
	if (c->n_paths == r->capacity) {
		grown = arena_grow(r->arena, c->paths,
		    r->capacity * sizeof(*grown), capacity * sizeof(*grown));
		if (grown == NULL)
			return out_of_memory(r);
		c->paths = grown;
		r->capacity = capacity;
	}
	c->paths[c->n_paths] = arena_strdup(r->arena, path);
	if (c->paths[c->n_paths] == NULL)
		return out_of_memory(r);
	c->n_paths++;
	c->stamp = mix_file(c->stamp, path);
	return 0;
}

/* The bytes of one file more; -1 said. */
static int
read_one(struct reading *r, const char *path, struct buffer *bytes)
{
	struct error err;

	if (remember(r, path) != 0)
		return -1;
	if (whole_read(bytes, path, NAGIOS_FILE_MAX, &err) != 0)
		return problem_in(r->problems, path, 0, 0, "%s", err.text);
	r->bytes += bytes->size;
	if (r->bytes > NAGIOS_BYTES_MAX)
		return problem_in(r->problems, path, 0, 0,
		    "more than %d MiB in all", NAGIOS_BYTES_MAX >> 20);
	return 0;
}

/* -- files and folders of objects -- */

static void
read_objects(struct reading *r, const char *path)
{
	struct buffer bytes = BUFFER_INIT;

	if (read_one(r, path, &bytes) == 0)
		nagios_objects_parse(&r->config->objects, r->arena, path,
		    buffer_text(&bytes), bytes.size, r->problems);
	buffer_free(&bytes);
}

static bool
is_config(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ".cfg") == 0;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_folder(struct reading *r, const char *path, int depth);

static void
read_entry(struct reading *r, const char *folder, const char *name, int depth)
{
	const char *path = arena_printf(r->arena, "%s/%s", folder, name);
	struct stat st;

	if (path == NULL)
		(void)out_of_memory(r);
	else if (stat(path, &st) != 0)
		(void)problem_in(r->problems, path, 0, 0, "%m");
	else if (S_ISDIR(st.st_mode))
		read_folder(r, path, depth + 1);
	else if (S_ISREG(st.st_mode) && is_config(name))
		read_objects(r, path);
}

static void
read_folder(struct reading *r, const char *path, int depth)
{
	struct dirent **entries;
	int n;

	if (depth > NAGIOS_DEPTH_MAX) {
		(void)problem_in(r->problems, path, 0, 0,
		    "folders lie more than %d deep", NAGIOS_DEPTH_MAX);
		return;
	}
	if (remember(r, path) != 0)
		return;
	n = scandir(path, &entries, is_visible, alphasort);
	if (n < 0) {
		(void)problem_in(r->problems, path, 0, 0, "%m");
		return;
	}
	for (int i = 0; i < n; i++) {
		read_entry(r, path, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
}

/* -- nagios.cfg -- */

/* A relative path is of the folder of nagios.cfg. */
static const char *
path_of(struct reading *r, struct slice value)
{
	const char *slash = strrchr(r->main, '/');
	const char *path;

	if (value.length > 0 && value.text[0] == '/')
		path = arena_strndup(r->arena, value.text, value.length);
	else if (slash == NULL)
		path = arena_strndup(r->arena, value.text, value.length);
	else
		path = arena_printf(r->arena, "%.*s/%.*s",
		    (int)(slash - r->main), r->main, (int)value.length,
		    value.text);
	if (path == NULL)
		(void)out_of_memory(r);
	return path;
}

static bool
take_number(struct reading *r, struct slice value, uint32_t line, int64_t most,
    int64_t *ret)
{
	int64_t n = 0;

	for (size_t i = 0; i < value.length; i++)
		if (value.text[i] < '0' || value.text[i] > '9' || n > most) {
			n = most + 1;
			break;
		} else {
			n = 10 * n + (value.text[i] - '0');
		}
	if (value.length == 0 || n < 1 || n > most) {
		(void)problem_in(r->problems, r->main, line, 1,
		    "\"%.*s\" is no number from 1 to %lld",
		    (int)(value.length < 60 ? value.length : 60), value.text,
		    (long long)most);
		return false;
	}
	*ret = n;
	return true;
}

static void
take_state(struct reading *r, struct slice value)
{
	static const char letters[] = "owcu";
	const char *at = value.length != 1 ? NULL
					   : strchr(letters, value.text[0]);

	if (at != NULL)
		r->config->timeout_state = (int)(at - letters);
}

static void
take_setting(
    struct reading *r, struct slice key, struct slice value, uint32_t line)
{
	struct nagios_config *c = r->config;
	const char *path;

	if (slice_is(key, "interval_length"))
		(void)take_number(r, value, line, 86400, &c->unit_s);
	else if (slice_is(key, "service_check_timeout"))
		(void)take_number(r, value, line, 86400, &c->service_timeout_s);
	else if (slice_is(key, "host_check_timeout"))
		(void)take_number(r, value, line, 86400, &c->host_timeout_s);
	else if (slice_is(key, "service_check_timeout_state"))
		take_state(r, value);
	else if (slice_is(key, "resource_file"))
		c->resource_file = path_of(r, value);
	else if (slice_is(key, "cfg_file")) {
		path = path_of(r, value);
		if (path != NULL)
			read_objects(r, path);
	} else if (slice_is(key, "cfg_dir")) {
		path = path_of(r, value);
		if (path != NULL)
			read_folder(r, path, 0);
	}
}

/* What is not about objects is Nagios' own affair. */
static void
take_lines(struct reading *r, struct slice text)
{
	struct slice line, key;
	uint32_t number;

	for (number = 1; text.length > 0; number++) {
		line = nagios_trim(slice_cut(&text, '\n'));
		if (line.length == 0 || line.text[0] == '#')
			continue;
		if (memchr(line.text, '=', line.length) == NULL) {
			(void)problem_in(
			    r->problems, r->main, number, 1, "not KEY=VALUE");
			continue;
		}
		key = nagios_trim(slice_cut(&line, '='));
		take_setting(r, key, nagios_trim(line), number);
	}
}

int
nagios_config_read(struct nagios_config *ret, struct arena *arena,
    const char *path, struct problems *problems)
{
	struct nagios_config c = { .unit_s = 60,
		.service_timeout_s = 60,
		.host_timeout_s = 30,
		.timeout_state = 2,
		.stamp = STAMP_BEGIN };
	struct reading r = {
		.config = &c, .arena = arena, .problems = problems, .main = path
	};
	struct buffer bytes = BUFFER_INIT;
	size_t before = problems->n_errors;

	if (read_one(&r, path, &bytes) == 0) {
		if (memchr(buffer_text(&bytes), '\0', bytes.size) != NULL)
			(void)problem_in(
			    problems, path, 0, 0, "holds a NUL: not text");
		else
			take_lines(&r,
			    (struct slice){ buffer_text(&bytes), bytes.size });
	}
	if (c.resource_file != NULL)
		(void)remember(&r, c.resource_file);
	buffer_free(&bytes);
	*ret = c;
	return problems->n_errors > before ? -1 : 0;
}

uint64_t
nagios_config_stamp(const struct nagios_config *c)
{
	uint64_t hash = STAMP_BEGIN;

	for (size_t i = 0; i < c->n_paths; i++)
		hash = mix_file(hash, c->paths[i]);
	return hash;
}
