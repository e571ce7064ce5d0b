#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

#define MODE 0640
/* Where the last end of a line is looked for, at a time. */
#define CHUNK 65536

static int
fail(const struct output *o, struct error *err)
{
	return error_set(err, "%s: %m", o->path);
}

void
output_close(struct output *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

/* ------------------------------------------------------------- opening -- */

/* How long it is with whole lines only; -1 if it cannot be read. */
static off_t
whole_size(int fd, off_t size)
{
	char bytes[CHUNK];
	const char *end;
	off_t from;
	ssize_t n;

	while (size > 0) {
		from = size > CHUNK ? size - CHUNK : 0;
		n = pread(fd, bytes, (size_t)(size - from), from);
		if (n != size - from)
			return -1;
		end = memrchr(bytes, '\n', (size_t)n);
		if (end != NULL)
			return from + (end + 1 - bytes);
		size = from;
	}
	return 0;
}

static int
cut_tail(struct output *o, struct error *err)
{
	off_t whole = whole_size(o->fd, (off_t)o->size);

	if (whole < 0 || (whole < o->size && ftruncate(o->fd, whole) != 0))
		return fail(o, err);
	o->size = whole;
	o->torn = false;
	return 0;
}

static int
look(struct output *o, struct error *err)
{
	struct stat st;

	if (fstat(o->fd, &st) != 0)
		return fail(o, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, "%s: not a file", o->path);
	o->device = st.st_dev;
	o->inode = st.st_ino;
	o->size = st.st_size;
	o->written_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	return 0;
}

/* Not as a reader of a FIFO would: that waits. */
static int
open_it(struct output *o, struct error *err)
{
	o->fd = open(o->path,
	    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    MODE);
	if (o->fd < 0)
		return fail(o, err);
	if (look(o, err) != 0 || cut_tail(o, err) != 0) {
		output_close(o);
		return -1;
	}
	return 0;
}

static bool
stands_there(const struct output *o)
{
	struct stat st;

	return stat(o->path, &st) == 0 && st.st_dev == o->device &&
	       st.st_ino == o->inode;
}

int
output_need(struct output *o, struct error *err)
{
	if (o->fd >= 0 && !stands_there(o)) {
		/* What is in it may count as stored by the next sync. */
		if (output_sync(o, err) != 0)
			return -1;
		output_close(o);
	}
	if (o->fd < 0)
		return open_it(o, err);
	/* Somebody else may have cut it. */
	if (look(o, err) != 0)
		return -1;
	return o->torn ? cut_tail(o, err) : 0;
}

/* ------------------------------------------------------------- writing -- */

static int
write_all(int fd, const char *bytes, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int
output_put(struct output *o, const struct buffer *lines, struct error *err)
{
	size_t n_head = o->size == 0 ? strlen(o->head) : 0;

	if (write_all(o->fd, o->head, n_head) == 0 &&
	    write_all(o->fd, lines->data, lines->size) == 0) {
		o->size += (int64_t)(n_head + lines->size);
		return 0;
	}
	fail(o, err);
	o->torn = ftruncate(o->fd, (off_t)o->size) != 0;
	return -1;
}

int
output_sync(struct output *o, struct error *err)
{
	if (o->fd >= 0 && fdatasync(o->fd) != 0)
		return fail(o, err);
	return 0;
}
