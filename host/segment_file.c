#include "segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frame.h"

char *
segment_path(const char *folder, uint64_t first_position)
{
	char *path;

	if (asprintf(&path, "%s/%020" PRIu64 ".seg", folder, first_position) <
	    0)
		return NULL;
	return path;
}

static int
fail(const struct segment_file *f, struct error *err)
{
	return error_set(err, "%s: %m", f->path);
}

void
segment_close(struct segment_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct segment_file)SEGMENT_FILE_INIT;
}

/* A file system that cannot promise room is no worse than none. */
static int
reserve(struct segment_file *f, uint64_t room, struct error *err)
{
	if (room == 0 ||
	    fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)room) == 0 ||
	    errno == EOPNOTSUPP || errno == EFBIG)
		return 0;
	return fail(f, err);
}

int
segment_create(struct segment_file *f, const char *folder,
    const struct segment_header *header, uint64_t room, struct error *err)
{
	uint8_t bytes[SEGMENT_HEADER];
	struct segment_file fresh = SEGMENT_FILE_INIT;

	fresh.path = segment_path(folder, header->first_position);
	if (fresh.path == NULL)
		return error_set(err, "%s: out of memory", folder);
	fresh.fd = open(
	    fresh.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	segment_put_header(bytes, header);
	if (fresh.fd < 0) {
		fail(&fresh, err);
	} else if (reserve(&fresh, room, err) == 0 &&
		   segment_append(&fresh, bytes, sizeof(bytes), err) == 0) {
		*f = fresh;
		return 0;
	}
	if (fresh.fd >= 0)
		(void)unlink(fresh.path);
	segment_close(&fresh);
	return -1;
}

int
segment_append(
    struct segment_file *f, const void *bytes, size_t size, struct error *err)
{
	const char *p = bytes;
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = pwrite(
		    f->fd, p + done, size - done, (off_t)(f->size + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return fail(f, err);
		done += (size_t)n;
	}
	f->size += size;
	return 0;
}

int
segment_sync(struct segment_file *f, struct error *err)
{
	return fdatasync(f->fd) == 0 ? 0 : fail(f, err);
}

int
segment_seal(
    struct segment_file *f, const struct segment_sums *sums, struct error *err)
{
	uint8_t end[SEGMENT_END];
	int rc;

	segment_put_end(end, sums);
	rc = segment_append(f, end, sizeof(end), err);
	if (rc == 0 && ftruncate(f->fd, (off_t)f->size) != 0)
		rc = fail(f, err);
	segment_close(f);
	return rc;
}

int
folder_sync(const char *folder, struct error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = error_set(err, "%s: %m", folder);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
read_all(int fd, char *to, size_t size, uint64_t at)
{
	ssize_t n;

	while (size > 0) {
		n = pread(fd, to, size, (off_t)at);
		if (n <= 0)
			return -1;
		to += n;
		size -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

int
segment_read_frame(int fd, uint64_t at, struct buffer *to, struct error *err)
{
	char *room = buffer_room(to, FRAME_HEADER);
	ssize_t size;

	if (room == NULL)
		return error_set(err, "out of memory");
	if (read_all(fd, room, FRAME_HEADER, at) != 0)
		return error_set(err, "byte %llu: %m", (unsigned long long)at);
	size = frame_size(room, FRAME_HEADER);
	if (size < FRAME_HEADER)
		return error_set(err, "byte %llu: no frame begins here",
		    (unsigned long long)at);
	buffer_added(to, FRAME_HEADER);
	room = buffer_room(to, (size_t)size - FRAME_HEADER);
	if (room == NULL)
		return error_set(err, "out of memory");
	if (read_all(
		fd, room, (size_t)size - FRAME_HEADER, at + FRAME_HEADER) != 0)
		return error_set(err, "byte %llu: the frame is not whole",
		    (unsigned long long)at);
	buffer_added(to, (size_t)size - FRAME_HEADER);
	return 0;
}
