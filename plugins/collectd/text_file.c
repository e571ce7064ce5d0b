/* text_file.c - a file read whole. */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE 65536

static int
read_all(int fd, struct buffer *to)
{
	ssize_t n;
	char *room;

	do {
		room = buffer_room(to, PIECE);
		n = room == NULL ? 0 : read(fd, room, PIECE);
		if (n > 0)
			buffer_added(to, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : 0;
}

int
text_file_read(
    const char *path, size_t limit, struct buffer *to, struct error *err)
{
	int fd, status;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	/* Room is taken a piece at a time. */
	to->limit = limit + PIECE;
	status = read_all(fd, to);
	if (status != 0)
		error_set(err, "%s: %m", path);
	else if (buffer_failed(to) || to->size > limit)
		status = error_set(
		    err, "%s: larger than %zu bytes", path, limit);
	close(fd);
	return status;
}
