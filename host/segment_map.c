#include "segment_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
		m->bytes = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		m->size = (size_t)st.st_size;
		if (m->bytes == MAP_FAILED) {
			*m = (struct segment_map){ .bytes = NULL };
			rc = error_set(err, "%s: %m", path);
		}
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

void
segment_unmap(struct segment_map *m)
{
	if (m->bytes != NULL)
		(void)munmap(m->bytes, m->size);
}
