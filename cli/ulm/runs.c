#include "runs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

/* So many of one level become one of the next: each line is written once for
   each level, and few files are open. */
#define FAN_IN 32
#define FILE_BUFFER 65536

struct run {
	struct stream stream; /* first */
	FILE *file;
	unsigned level;
	struct buffer line; /* the one at hand */
};

/* What stands before each line. */
struct head {
	int64_t time_ns;
	uint32_t length;
};

static int
next(struct stream *s, struct error *err)
{
	struct run *r = (struct run *)s;
	struct head head;
	char *room;

	if (fread(&head, sizeof(head), 1, r->file) != 1)
		return ferror(r->file) ? error_set(err, "temporary file: %m")
				       : 0;
	buffer_clear(&r->line);
	room = buffer_room(&r->line, head.length);
	if (room == NULL)
		return error_set(err, "out of memory");
	if (fread(room, 1, head.length, r->file) != head.length)
		return error_set(err, "temporary file: cut short");
	buffer_added(&r->line, head.length);
	s->time_ns = head.time_ns;
	s->line = (struct slice){ room, head.length };
	return 1;
}

static FILE *
temporary(const char *folder, struct error *err)
{
	char *path;
	FILE *file = NULL;
	int fd;

	if (asprintf(&path, "%s/farmctl-ulm.XXXXXX", folder) < 0) {
		error_set(err, "out of memory");
		return NULL;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0) {
		(void)unlink(path);
		file = fdopen(fd, "w+");
	}
	if (file == NULL) {
		error_set(err, "%s: %m", path);
		if (fd >= 0)
			close(fd);
	} else {
		(void)setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
	}
	free(path);
	return file;
}

int
runs_begin(struct runs *all, struct error *err)
{
	struct run *more = realloc(all->items, (all->n + 1) * sizeof(*more));
	FILE *file;

	if (more == NULL)
		return error_set(err, "out of memory");
	all->items = more;
	file = temporary(all->folder, err);
	if (file == NULL)
		return -1;
	more[all->n++] = (struct run){ .stream = { .next = next },
		.file = file };
	return 0;
}

int
runs_put(void *runs, int64_t time_ns, struct slice line, struct error *err)
{
	const struct runs *all = runs;
	FILE *file = all->items[all->n - 1].file;
	struct head head;

	/* Its padding goes to the file, too. */
	memset(&head, 0, sizeof(head));
	head.time_ns = time_ns;
	head.length = (uint32_t)line.length;
	if (fwrite(&head, sizeof(head), 1, file) != 1 ||
	    fwrite(line.text, 1, line.length, file) != line.length)
		return error_set(err, "temporary file in %s: %m", all->folder);
	return 0;
}

static void
drop(struct run *r)
{
	fclose(r->file);
	buffer_free(&r->line);
}

/* The lines of those from `first' to before `end'. */
static int
merge_some(struct runs *all, size_t first, size_t end, merge_put_fn *put,
    void *cookie, struct error *err)
{
	struct stream **streams = calloc(end - first + 1, sizeof(*streams));
	size_t i;
	int status;

	if (streams == NULL)
		return error_set(err, "out of memory");
	for (i = first; i < end; i++) {
		rewind(all->items[i].file);
		streams[i - first] = &all->items[i].stream;
	}
	status = merge(streams, end - first, put, cookie, err);
	free(streams);
	return status;
}

static int
finish(struct runs *all, struct error *err)
{
	if (fflush(all->items[all->n - 1].file) != 0)
		return error_set(err, "temporary file in %s: %m", all->folder);
	return 0;
}

/* The last FAN_IN become one in their place. */
static int
put_together(struct runs *all, struct error *err)
{
	size_t end = all->n, first = end - FAN_IN, i;
	unsigned level = all->items[first].level + 1;

	if (runs_begin(all, err) != 0 ||
	    merge_some(all, first, end, runs_put, all, err) != 0 ||
	    finish(all, err) != 0)
		return -1;
	for (i = first; i < end; i++)
		drop(&all->items[i]);
	all->items[first] = all->items[end];
	all->items[first].level = level;
	all->n = first + 1;
	return 0;
}

static bool
are_many(const struct runs *all)
{
	return all->n >= FAN_IN && all->items[all->n - FAN_IN].level ==
				       all->items[all->n - 1].level;
}

int
runs_end(struct runs *all, struct error *err)
{
	if (finish(all, err) != 0)
		return -1;
	while (are_many(all))
		if (put_together(all, err) != 0)
			return -1;
	return 0;
}

int
runs_merge(struct runs *all, merge_put_fn *put, void *cookie, struct error *err)
{
	return merge_some(all, 0, all->n, put, cookie, err);
}

void
runs_free(struct runs *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		drop(&all->items[i]);
	free(all->items);
	all->items = NULL;
	all->n = 0;
}
