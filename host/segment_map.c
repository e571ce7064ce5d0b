#include "segment_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

/* As much as can be had at once; what the disk cannot give is zeros, which are
   no frame. */
static size_t
read_some(int fd, struct segment_map *m, size_t size)
{
	uint8_t *to = (uint8_t *)m->bytes + m->size;
	ssize_t n = pread(fd, to, size, (off_t)m->size);

	if (n < 0 && errno == EIO && size > PAGE)
		n = pread(fd, to, size = PAGE, (off_t)m->size);
	if (n >= 0)
		return (size_t)n;
	memset(to, 0, size);
	m->unreadable += size;
	return size;
}

static void
read_whole(int fd, struct segment_map *m, size_t size)
{
	size_t n;

	do {
		n = read_some(fd, m, size - m->size);
		m->size += n;
	} while (n > 0 && m->size < size);
}

int
segment_map(struct segment_map *m, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	*m = (struct segment_map){ .bytes = NULL };
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = error_set(err, "%s: %m", path);
	} else if (st.st_size > 0) {
		m->bytes = malloc((size_t)st.st_size);
		if (m->bytes == NULL)
			rc = error_set(err, "%s: out of memory", path);
		else
			read_whole(fd, m, (size_t)st.st_size);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

void
segment_unmap(struct segment_map *m)
{
	free(m->bytes);
}
