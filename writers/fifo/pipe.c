#include "pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640

static uint64_t
count_lines(const char *text, size_t size)
{
	const char *end = text + size;
	uint64_t n = 0;

	while (text < end &&
	       (text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		text++;
		n++;
	}
	return n;
}

static void
take_front(struct buffer *b, size_t n)
{
	b->size -= n;
	memmove(b->data, b->data + n, b->size);
}

/* ------------------------------------------------------------- opening -- */

int
pipe_check(const char *path, bool make, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		if (S_ISFIFO(st.st_mode))
			return 0;
		return error_set(err, "%s: not a FIFO", path);
	}
	if (errno == ENOENT && make)
		return 0;
	return error_set(err, "%s: %m", path);
}

static int
make_it(const struct pipe_out *p, struct error *err)
{
	if (p->make && mkfifo(p->path, MODE) != 0 && errno != EEXIST)
		return error_set(err, "%s: %m", p->path);
	return pipe_check(p->path, false, err);
}

/* A FIFO that nobody has open for reading cannot be opened without waiting. */
static int
need_reader(struct pipe_out *p, struct error *err)
{
	if (p->fd >= 0)
		return 0;
	if (make_it(p, err) != 0)
		return -1;
	p->fd = open(p->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0 && errno != ENXIO)
		return error_set(err, "%s: %m", p->path);
	return 0;
}

/* Who comes next begins with a whole line. */
static void
lose_reader(struct pipe_out *p)
{
	close(p->fd);
	p->fd = -1;
	p->dropped[PIPE_NO_READER] += count_lines(
	    p->waiting.data, p->waiting.size);
	buffer_clear(&p->waiting);
}

void
pipe_close(struct pipe_out *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	buffer_free(&p->waiting);
}

/* ------------------------------------------------------------- writing -- */

int
pipe_flush(struct pipe_out *p, struct error *err)
{
	ssize_t n;

	if (need_reader(p, err) != 0)
		return -1;
	while (p->fd >= 0 && p->waiting.size > 0) {
		n = write(p->fd, p->waiting.data, p->waiting.size);
		if (n > 0) {
			p->lines += count_lines(p->waiting.data, (size_t)n);
			take_front(&p->waiting, (size_t)n);
		} else if (errno == EPIPE) {
			lose_reader(p);
		} else if (errno != EINTR) {
			break;
		}
	}
	return 0;
}

/* As many of the lines as there is room for; -1 if memory is out. */
static int
keep(struct pipe_out *p, const struct buffer *lines)
{
	size_t room = p->most > p->waiting.size ? p->most - p->waiting.size : 0;
	const char *end;
	size_t n = lines->size;

	if (n > room) {
		end = room > 0 ? memrchr(lines->data, '\n', room) : NULL;
		n = end != NULL ? (size_t)(end + 1 - lines->data) : 0;
	}
	buffer_put(&p->waiting, lines->data, n);
	p->dropped[PIPE_SLOW] += count_lines(lines->data + n, lines->size - n);
	return buffer_failed(&p->waiting) ? -1 : 0;
}

int
pipe_put(struct pipe_out *p, const struct buffer *lines, struct error *err)
{
	if (pipe_flush(p, err) != 0)
		return -1;
	if (p->fd < 0) {
		p->dropped[PIPE_NO_READER] += count_lines(
		    lines->data, lines->size);
		return 0;
	}
	if (keep(p, lines) != 0)
		return error_set(err, "out of memory");
	return pipe_flush(p, err);
}
