/* text_file.c - a file read whole. */
#include "text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "whole.h"

int
text_file_read(
    const char *path, size_t limit, struct buffer *to, struct error *err)
{
	int fd, status;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	status = whole_read_fd(to, fd, limit);
	if (status != 0 && errno == EFBIG)
		error_set(err, "%s: larger than %zu bytes", path, limit);
	else if (status != 0)
		error_set(err, "%s: %m", path);
	close(fd);
	return status;
}
