#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define READ_BYTES 65536u

int
lines_open(
    struct line_reader *r, const char *path, size_t max, struct error *err)
{
	*r = (struct line_reader){ .name = path, .max = max };
	if (strcmp(path, "-") == 0) {
		r->name = "stdin";
		return 0;
	}
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0) {
		r->fd = 0;
		return error_set(err, "%s: %m", path);
	}
	return 0;
}

void
lines_close(struct line_reader *r)
{
	if (r->fd > 0)
		close(r->fd);
	buffer_free(&r->in);
	*r = (struct line_reader){ .name = NULL };
}

static const char *
newline_of(const struct line_reader *r)
{
	return r->at == r->in.size
		   ? NULL
		   : memchr(r->in.data + r->at, '\n', r->in.size - r->at);
}

bool
lines_waiting(const struct line_reader *r)
{
	return newline_of(r) != NULL;
}

static int
read_more(struct line_reader *r, struct error *err)
{
	char *room;
	ssize_t n;

	if (r->at > 0) {
		memmove(r->in.data, r->in.data + r->at, r->in.size - r->at);
		r->in.size -= r->at;
		r->at = 0;
	}
	room = buffer_room(&r->in, READ_BYTES);
	if (room == NULL)
		return error_set(err, "%s: out of memory", r->name);
	do
		n = read(r->fd, room, READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, "%s: %m", r->name);
	buffer_added(&r->in, (size_t)n);
	r->last = n == 0;
	return 0;
}

static enum lines_got
too_long(struct line_reader *r, struct error *err)
{
	error_set(err, "%s:%llu: a line of more than %zu bytes", r->name,
	    (unsigned long long)r->line, r->max);
	return LINES_BAD;
}

/* What has come of a line without its end, as far as it is too long. */
static enum lines_got
begin_skipping(struct line_reader *r, struct error *err)
{
	r->line++;
	r->cut = true;
	r->at = r->in.size;
	return too_long(r, err);
}

static enum lines_got
give(struct line_reader *r, const char *end, struct slice *ret,
    struct error *err)
{
	const char *from = r->in.data + r->at;
	bool cut = r->cut;

	*ret = (struct slice){ from, (size_t)(end - from) };
	r->at += ret->length + (r->at + ret->length < r->in.size);
	r->cut = false;
	if (cut)
		return LINES_END; /* was counted and told when it began */
	r->line++;
	return ret->length > r->max ? too_long(r, err) : LINES_ONE;
}

enum lines_got
lines_next(struct line_reader *r, struct slice *ret, struct error *err)
{
	const char *end;
	enum lines_got got;

	for (;;) {
		end = newline_of(r);
		if (end == NULL && r->last && r->at < r->in.size)
			end = r->in.data + r->in.size;
		if (end != NULL) {
			got = give(r, end, ret, err);
			if (got != LINES_END)
				return got;
			continue;
		}
		if (r->last)
			return LINES_END;
		if (r->cut)
			r->at = r->in.size;
		else if (r->in.size - r->at > r->max)
			return begin_skipping(r, err);
		if (read_more(r, err) != 0)
			return LINES_FAILED;
	}
}
