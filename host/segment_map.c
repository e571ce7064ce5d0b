#include "segment_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment_pack.h"

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

/* One that cannot be unpacked stays as it is, and is no segment to who scans
   it. */
static int
unpack(struct segment_map *m, const char *path, struct error *err)
{
	struct segment_header header;
	size_t size, lost;
	struct error why;
	void *plain;
	int rc;

	if (segment_get_header(m->bytes, m->size, &header, NULL) != 0 ||
	    !header.packed)
		return 0;
	m->packed = m->size;
	rc = segment_unpack(m->bytes, m->size, &plain, &size, &lost, &why);
	if (rc < 0)
		return error_set(err, "%s: %s", path, why.text);
	if (rc == 0)
		return 0;
	free(m->bytes);
	m->bytes = plain;
	m->size = size;
	m->unreadable += lost;
	return 0;
}

static int
map_file(int fd, struct segment_map *m, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, "%s: %m", path);
	if (st.st_size == 0)
		return 0;
	m->bytes = malloc((size_t)st.st_size);
	if (m->bytes == NULL)
		return error_set(err, "%s: out of memory", path);
	read_whole(fd, m, (size_t)st.st_size);
	return unpack(m, path, err);
}

int
segment_map(struct segment_map *m, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	*m = (struct segment_map){ .bytes = NULL };
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	rc = map_file(fd, m, path, err);
	close(fd);
	if (rc != 0)
		segment_unmap(m);
	return rc;
}

void
segment_unmap(struct segment_map *m)
{
	free(m->bytes);
	m->bytes = NULL;
}

/* --- for readers --- */

static bool
is_packed(int fd)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct segment_header header;

	return pread(fd, bytes, sizeof(bytes), 0) == SEGMENT_HEADER &&
	       segment_get_header(bytes, sizeof(bytes), &header, NULL) == 0 &&
	       header.packed;
}

/* The segment in memory that goes with its descriptor. */
static int
put_in_memory(const struct segment_map *m, struct error *err)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n = 0;

	while (fd >= 0 && done < m->size) {
		n = write(fd, (const char *)m->bytes + done, m->size - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (fd >= 0 && done == m->size)
		return fd;
	error_set(err, "no memory to unpack it: %m");
	if (fd >= 0)
		close(fd);
	return -1;
}

int
segment_open(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct segment_map m;

	if (fd < 0)
		return error_set(err, "%m");
	if (!is_packed(fd))
		return fd;
	close(fd);
	if (segment_map(&m, path, err) != 0)
		return -1;
	fd = put_in_memory(&m, err);
	segment_unmap(&m);
	return fd;
}
