/* Lines of a log that grows, each once. */
#include "job_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs_text.h"

struct job_log {
	char *path;
	const char *last; /* what the last line of a record begins with */
	char name[NAME_MAX + 1]; /* in a folder: of the file; else "" */
	uint64_t inode;          /* 0: nothing was read yet */
	uint64_t offset;
	bool from_end; /* there is no place: what is there is old */
};

struct job_log *
job_log_new(const char *path, const char *last, const void *place, size_t size)
{
	struct job_log *l = calloc(1, sizeof(*l));
	char text[NAME_MAX + 64];
	unsigned long long inode, offset;
	int name;

	if (l == NULL)
		return NULL;
	l->path = strdup(path);
	if (l->path == NULL) {
		free(l);
		return NULL;
	}
	l->last = last;
	l->from_end = true;
	if (size == 0 || size >= sizeof(text))
		return l;
	memcpy(text, place, size);
	text[size] = '\0';
	if (sscanf(text, "1 %llu %llu %n", &inode, &offset, &name) != 2 ||
	    strlen(text + name) > NAME_MAX)
		return l;
	l->inode = inode;
	l->offset = offset;
	strcpy(l->name, text + name);
	l->from_end = false;
	return l;
}

void
job_log_free(struct job_log *l)
{
	if (l == NULL)
		return;
	free(l->path);
	free(l);
}

void
job_log_place(const struct job_log *l, struct buffer *to)
{
	if (l->from_end)
		return;
	buffer_printf(to, "1 %llu %llu %s", (unsigned long long)l->inode,
	    (unsigned long long)l->offset, l->name);
}

/* ------------------------------------------------------------- the files -- */

/* The file that comes after `name', or the last if `last'; "" if none. */
static int
next_name(const char *folder, const char *name, bool last, char *ret,
    struct error *err)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	ret[0] = '\0';
	if (d == NULL)
		return error_set(err, "%s: %m", folder);
	while ((e = readdir(d)) != NULL) {
		/* Days are numbers; a lock or a copy is not. */
		if (strspn(e->d_name, "0123456789") != strlen(e->d_name) ||
		    strcmp(e->d_name, name) <= 0)
			continue;
		if (ret[0] == '\0' || (strcmp(e->d_name, ret) > 0) == last)
			strcpy(ret, e->d_name);
	}
	closedir(d);
	return 0;
}

static int
open_file(const struct job_log *l, struct stat *ret, struct error *err)
{
	struct buffer b = BUFFER_INIT;
	int fd = -1;

	buffer_puts(&b, l->path);
	if (l->name[0] != '\0')
		buffer_printf(&b, "/%s", l->name);
	if (!buffer_failed(&b))
		fd = open(b.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, ret) != 0) {
		error_set(err, "%s: %m", buffer_text(&b));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	buffer_free(&b);
	return fd;
}

/* Is it what the log was once?  By its name, which goes on with a number or a
   date; so an index beside it is none, nor is what was packed. */
static bool
is_rotated(const char *name, const char *log)
{
	const char *more;
	size_t n = strlen(log);

	if (strncmp(name, log, n) != 0 || (name[n] != '.' && name[n] != '-'))
		return false;
	more = name + n + 1;
	return strcmp(more, "old") == 0 ||
	       (*more != '\0' &&
		   strspn(more, "0123456789T-:.") == strlen(more));
}

static bool
is_later(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/*
 * Of the files that the log was before, this one; or with `inode' 0 the first
 * that was written after `before'.  Open, or -1.
 */
static int
open_rotated(const struct job_log *l, uint64_t inode, const struct stat *before,
    struct stat *ret)
{
	const char *base = strrchr(l->path, '/');
	char *folder = base != NULL ? strndup(l->path, (size_t)(base - l->path))
				    : strdup(".");
	DIR *d = folder != NULL ? opendir(folder[0] != '\0' ? folder : "/")
				: NULL;
	struct dirent *e;
	struct stat st;
	int fd, found = -1;

	base = base != NULL ? base + 1 : l->path;
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!is_rotated(e->d_name, base) ||
		    fstatat(dirfd(d), e->d_name, &st, 0) != 0 ||
		    !S_ISREG(st.st_mode) ||
		    (inode != 0 ? st.st_ino != inode
				: !is_later(&st, before)) ||
		    (found >= 0 && !is_later(ret, &st)))
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (found >= 0)
			close(found);
		found = fd;
		*ret = st;
	}
	if (d != NULL)
		closedir(d);
	free(folder);
	return found;
}

/* The file in which reading stopped, by its other names if need be; the
   current one, from its beginning, if it is nowhere. */
static int
find_file(struct job_log *l, struct stat *st, bool *ret_old, uint64_t *ret_lost,
    struct error *err)
{
	struct stat other;
	int fd, old = -1;

	*ret_old = false;
	fd = open_file(l, st, err);
	if (fd < 0 ||
	    (l->inode == st->st_ino && l->offset <= (uint64_t)st->st_size))
		return fd;
	if (l->inode != 0 && l->inode != st->st_ino && l->name[0] == '\0')
		old = open_rotated(l, l->inode, NULL, &other);
	if (old >= 0) {
		close(fd);
		*st = other;
		*ret_old = true;
		return old;
	}
	if (l->inode != 0)
		(*ret_lost)++;
	l->inode = st->st_ino;
	l->offset = l->from_end ? (uint64_t)st->st_size : 0;
	l->from_end = false;
	return fd;
}

/* ----------------------------------------------------------- the records -- */

struct taking {
	int (*take)(void *, struct slice);
	void *cookie;
	int64_t n;
	uint64_t *lost;
	bool refused;
};

/* The newline that ends the record; NULL if it is not there. */
static const char *
record_end(const char *text, size_t size, const char *last)
{
	struct slice line = { text, size };
	const char *end;

	while ((end = memchr(line.text, '\n', line.length)) != NULL) {
		if (last == NULL || slice_begins(line, last))
			return end;
		line.length -= (size_t)(end - line.text) + 1;
		line.text = end + 1;
	}
	return NULL;
}

/* Whole records of it; how many bytes they were. */
static size_t
take_records(struct taking *t, const char *last, const char *text, size_t size)
{
	const char *end;
	size_t used = 0;

	while ((end = record_end(text + used, size - used, last)) != NULL) {
		struct slice record = { text + used,
			(size_t)(end - text) - used };

		if (t->take(t->cookie, record) != 0) {
			t->refused = true;
			break;
		}
		t->n++;
		used += record.length + 1;
	}
	return used;
}

/*
 * The rest of a record that is longer than all there is room for: to the end
 * of a line, or to the beginning of a last line, which is then a record of
 * its own that says nothing.
 */
static void
skip_record(struct job_log *l, int fd, struct taking *t)
{
	char bytes[65536], mark[16];
	size_t length = (size_t)snprintf(
	    mark, sizeof(mark), "\n%s", l->last != NULL ? l->last : "");
	const char *end;
	uint64_t at = l->offset;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof(bytes), (off_t)at)) >=
	       (ssize_t)length) {
		end = memmem(bytes, (size_t)n, mark, length);
		if (end != NULL) {
			l->offset = at + (uint64_t)(end - bytes) + 1;
			(*t->lost)++;
			return;
		}
		/* It may stand across the end of what was read. */
		at += (uint64_t)n - (length - 1);
	}
}

/* Up to `most' bytes from where it stopped: how many there were, or -1. */
static ssize_t
read_from(
    struct job_log *l, int fd, size_t most, struct taking *t, struct error *err)
{
	char *text = malloc(most);
	size_t used = 0;
	ssize_t n = -1;

	if (text == NULL)
		return error_set(err, "%s: out of memory", l->path);
	n = pread(fd, text, most, (off_t)l->offset);
	if (n < 0)
		error_set(err, "%s: %m", l->path);
	else
		used = take_records(t, l->last, text, (size_t)n);
	l->offset += used;
	if (used == 0 && !t->refused && n == (ssize_t)most)
		skip_record(l, fd, t);
	free(text);
	return n;
}

/* In a folder the first file is the last of those that are there. */
static int
choose_name(struct job_log *l, bool *ret_folder, struct error *err)
{
	struct stat st;

	if (stat(l->path, &st) != 0) {
		/* All that will be there is new. */
		if (errno == ENOENT)
			l->from_end = false;
		return error_set(err, "%s: %m", l->path);
	}
	*ret_folder = S_ISDIR(st.st_mode);
	if (!*ret_folder || l->name[0] != '\0')
		return 0;
	return next_name(l->path, "", true, l->name, err);
}

/* Is there a later file, once this one is read to its end? */
static bool
go_on(struct job_log *l, bool folder, bool old, const struct stat *st)
{
	char later[NAME_MAX + 1];
	struct stat next;
	int fd;

	if (old) {
		/* The one that came in its place. */
		fd = open_rotated(l, 0, st, &next);
		l->inode = fd >= 0 ? next.st_ino : 0;
		l->offset = 0;
		if (fd >= 0)
			close(fd);
		return true;
	}
	if (!folder || next_name(l->path, l->name, false, later, NULL) != 0 ||
	    later[0] == '\0')
		return false;
	strcpy(l->name, later);
	l->inode = 0;
	l->offset = 0;
	l->from_end = false;
	return true;
}

int64_t
job_log_read(struct job_log *l, size_t most,
    int (*take)(void *cookie, struct slice line), void *cookie,
    uint64_t *ret_lost, struct error *err)
{
	struct taking t = { .take = take, .cookie = cookie, .lost = ret_lost };
	bool folder = false, old = false;
	struct stat st;
	ssize_t n;
	int fd;

	if (choose_name(l, &folder, err) != 0)
		return -1;
	if (folder && l->name[0] == '\0') {
		/* What comes is new. */
		l->from_end = false;
		return 0;
	}
	do {
		fd = find_file(l, &st, &old, ret_lost, err);
		if (fd < 0)
			return -1;
		n = read_from(l, fd, most, &t, err);
		close(fd);
		if (n < 0)
			return -1;
	} while (!t.refused && n < (ssize_t)most && go_on(l, folder, old, &st));
	return t.n;
}
