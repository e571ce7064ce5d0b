/* Files merged, if they are sorted, and sorted, whatever their size. */
#include <stdlib.h>

#include "clock.h"
#include "events.h"
#include "runs.h"

/* Each is open while they are merged. */
#define FILES_MAX 500

#define MEMORY "64MiB"
#define MEMORY_MIN 65536

static int
put_line(void *cookie, int64_t time_ns, struct slice line, struct error *err)
{
	(void)cookie;
	(void)time_ns;
	return ulm_write(line, err);
}

/* --- merge --- */

/* A file that is to be in order. */
struct ordered {
	struct events events; /* first */
	int (*next)(struct stream *, struct error *);
	int64_t last_ns;
	bool told;
};

/* Lines out of order go where they stand; the file is named once. */
static int
next_ordered(struct stream *s, struct error *err)
{
	struct ordered *o = (struct ordered *)s;
	struct events *e = &o->events;
	int more = o->next(s, err);

	if (more > 0 && s->time_ns < o->last_ns && !o->told) {
		o->told = true;
		e->ulm->bad++;
		cli_fail(&e->ulm->cli, 0,
		    "%s:%llu: older than the line before it; farmctl ulm sort "
		    "puts files in order",
		    e->reader.name, (unsigned long long)e->reader.line);
	}
	o->last_ns = s->time_ns;
	return more;
}

static int
open_ordered(
    struct ordered *o, struct ulm_cli *ulm, const char *path, struct error *err)
{
	if (events_open(&o->events, ulm, path, err) != 0)
		return -1;
	o->next = o->events.stream.next;
	o->events.stream.next = next_ordered;
	o->last_ns = INT64_MIN;
	return 0;
}

int
ulm_merge(struct ulm_cli *ulm, int argc, char **argv, struct error *err)
{
	struct ordered *files = calloc((size_t)argc + 1, sizeof(*files));
	struct stream **streams = calloc((size_t)argc + 1, sizeof(*streams));
	int status = 0, i;

	if (argc > FILES_MAX)
		status = error_set(
		    err, "%d files; at most %d are merged", argc, FILES_MAX);
	else if (files == NULL || streams == NULL)
		status = error_set(err, "out of memory");
	for (i = 0; i < argc && status == 0; i++) {
		status = open_ordered(&files[i], ulm, argv[i], err);
		streams[i] = &files[i].events.stream;
	}
	if (status == 0)
		status = merge(streams, (size_t)argc, put_line, NULL, err);
	while (files != NULL && i-- > 0)
		events_close(&files[i].events);
	free(streams);
	free(files);
	return status;
}

/* --- sort --- */

struct entry {
	int64_t time_ns;
	size_t at; /* in the text; in the order in which they came */
	uint32_t length;
};

struct sorter {
	size_t memory;
	struct buffer text;
	struct entry *entries;
	size_t n;
	size_t capacity;
	struct runs runs;
};

static int
compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* What is in memory, in order; then memory is empty. */
static int
put_sorted(struct sorter *s, merge_put_fn *put, void *cookie, struct error *err)
{
	size_t i;

	if (s->n > 0)
		qsort(s->entries, s->n, sizeof(*s->entries), compare);
	for (i = 0; i < s->n; i++)
		if (put(cookie, s->entries[i].time_ns,
			(struct slice){ s->text.data + s->entries[i].at,
			    s->entries[i].length },
			err) != 0)
			return -1;
	s->n = 0;
	buffer_clear(&s->text);
	return 0;
}

static int
write_run(struct sorter *s, struct error *err)
{
	if (runs_begin(&s->runs, err) != 0 ||
	    put_sorted(s, runs_put, &s->runs, err) != 0)
		return -1;
	return runs_end(&s->runs, err);
}

static int
grow(struct sorter *s, struct error *err)
{
	size_t more = s->capacity == 0 ? 1024 : 2 * s->capacity;
	struct entry *entries = realloc(s->entries, more * sizeof(*entries));

	if (entries == NULL)
		return error_set(err, "out of memory");
	s->entries = entries;
	s->capacity = more;
	return 0;
}

static int
take(void *cookie, const struct events *e, struct error *err)
{
	struct sorter *s = cookie;

	/* Half, as what grows takes up to twice what it needs. */
	if (s->text.size + s->n * sizeof(*s->entries) > s->memory / 2 &&
	    write_run(s, err) != 0)
		return -1;
	if (s->n == s->capacity && grow(s, err) != 0)
		return -1;
	s->entries[s->n++] = (struct entry){ e->stream.time_ns, s->text.size,
		(uint32_t)e->stream.line.length };
	buffer_put(&s->text, e->stream.line.text, e->stream.line.length);
	return buffer_failed(&s->text) ? error_set(err, "out of memory") : 0;
}

static int
finish(struct sorter *s, struct error *err)
{
	if (s->runs.n == 0)
		return put_sorted(s, put_line, NULL, err);
	if (s->n > 0 && write_run(s, err) != 0)
		return -1;
	return runs_merge(&s->runs, put_line, NULL, err);
}

static const char *
folder_of(const struct ulm_cli *ulm)
{
	const char *folder = ulm->folder;

	if (folder == NULL)
		folder = getenv("TMPDIR");
	return folder == NULL || *folder == '\0' ? "/tmp" : folder;
}

int
ulm_sort(struct ulm_cli *ulm, int argc, char **argv, struct error *err)
{
	struct sorter s = { .runs = { .folder = folder_of(ulm) } };
	int64_t memory;
	int status;

	if (size_parse(
		ulm->memory == NULL ? MEMORY : ulm->memory, &memory, err) != 0)
		return error_prefix(err, "--memory");
	if (memory < MEMORY_MIN)
		return error_set(
		    err, "--memory: %s is too little", ulm->memory);
	s.memory = (size_t)memory;
	status = events_each(ulm, argc, argv, take, &s, err);
	if (status == 0)
		status = finish(&s, err);
	runs_free(&s.runs);
	buffer_free(&s.text);
	free(s.entries);
	return status;
}
