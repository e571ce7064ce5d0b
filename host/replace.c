#include "replace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "whole.h"

/* Longer names of files end in a checksum instead. */
#define PLAIN_MAX 200

void
put_file_name(struct buffer *b, const char *name)
{
	size_t start = b->size;

	for (const char *p = name; *p != '\0'; p++) {
		if (b->size - start > PLAIN_MAX) {
			buffer_printf(
			    b, "%%%08x", crc32c(0, name, strlen(name)));
			break;
		}
		if (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
			buffer_putc(b, *p);
		else
			buffer_printf(b, "%%%02X", (unsigned char)*p);
	}
}

static int
write_all(int fd, const char *p, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return -1;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int
replace_file(const char *path, const void *bytes, size_t size, bool sync,
    struct error *err)
{
	char *fresh;
	int result = -1;
	int fd;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return error_set(err, "%s: out of memory", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || write_all(fd, bytes, size) != 0 ||
	    (sync && fdatasync(fd) != 0) || rename(fresh, path) != 0)
		error_set(err, "%s: %m", path);
	else
		result = 0;
	if (fd >= 0)
		close(fd);
	free(fresh);
	return result;
}

int
read_file(const char *path, size_t max, struct buffer *to, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	rc = whole_read_fd(to, fd, max);
	if (rc != 0)
		error_set(err, "%s: %m", path);
	close(fd);
	return rc == 0 ? 1 : -1;
}
