#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE 65536

/* What is read of a file that grows under our hands ends here as well. */
int
whole_read_fd(struct buffer *to, int fd, size_t max)
{
	size_t before = to->size;
	ssize_t n;
	char *room;

	do {
		room = buffer_room(to, PIECE);
		if (room == NULL) {
			errno = ENOMEM;
			return -1;
		}
		n = read(fd, room, PIECE);
		if (n > 0)
			buffer_added(to, (size_t)n);
	} while (
	    (n > 0 && to->size - before <= max) || (n < 0 && errno == EINTR));
	if (to->size - before > max)
		errno = EFBIG;
	return n < 0 || to->size - before > max ? -1 : 0;
}

int
whole_read(struct buffer *to, const char *path, size_t max, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return error_set(err, "%m");
	if (whole_read_fd(to, fd, max) != 0)
		rc = error_set(err, "%m");
	(void)close(fd);
	return rc;
}
