/* io.c - files and folders, read and written whole. */
#include "abi.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

/* Descriptors that do not block are waited for. */
static int
wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

static int
again(int fd, short events)
{
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return wait_for(fd, events);
	return -1;
}

int
sread(int fd, void *buf, size_t count)
{
	char *to = buf;
	ssize_t n;

	while (count > 0) {
		n = read(fd, to, count);
		if (n == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (n < 0) {
			if (again(fd, POLLIN) != 0)
				return -1;
			continue;
		}
		to += n;
		count -= (size_t)n;
	}
	return 0;
}

int
swrite(int fd, const void *buf, size_t count)
{
	const char *from = buf;
	ssize_t n;

	if (fd < 0) {
		errno = EINVAL;
		return errno;
	}
	while (count > 0) {
		n = write(fd, from, count);
		if (n < 0) {
			if (again(fd, POLLOUT) != 0)
				return errno != 0 ? errno : EIO;
			continue;
		}
		from += n;
		count -= (size_t)n;
	}
	return 0;
}

ssize_t
read_file_contents(const char *filename, void *buf, size_t bufsize)
{
	ssize_t n = 0;
	size_t used = 0;
	int fd;

	fd = open(filename, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (used < bufsize) {
		n = read(fd, (char *)buf + used, bufsize - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	n = used == 0 && n < 0 ? -1 : (ssize_t)used;
	close(fd);
	return n;
}

/* The NUL counts. */
ssize_t
read_text_file_contents(const char *filename, char *buf, size_t bufsize)
{
	ssize_t n;

	if (bufsize == 0)
		return -1;
	n = read_file_contents(filename, buf, bufsize - 1);
	if (n < 0)
		return n;
	buf[n] = '\0';
	return n + 1;
}

int
walk_directory(
    const char *dir, dirwalk_callback_f callback, void *user_data, int hidden)
{
	struct dirent *entry;
	size_t good = 0, bad = 0;
	DIR *d;

	d = opendir(dir);
	if (d == NULL) {
		plugin_log(LOG_ERR, "%s: %s", dir, STRERRNO);
		return -1;
	}
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    (!hidden && entry->d_name[0] == '.'))
			continue;
		if (callback(dir, entry->d_name, user_data) == 0)
			good++;
		else
			bad++;
	}
	closedir(d);
	return good == 0 && bad > 0 ? -1 : 0;
}

/* A folder, or something that leads to one. */
static int
make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	plugin_log(LOG_ERR, "%s: %s", path, STRERRNO);
	return -1;
}

/* All folders above the file; a path that ends in '/' is of folders alone. */
int
check_create_dir(const char *file_orig)
{
	char *path, *slash;
	int status = 0;

	if (file_orig == NULL || file_orig[0] == '\0')
		return -1;
	path = sstrdup(file_orig);
	for (slash = path;
	     status == 0 && (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		status = make_folder(path);
		*slash = '/';
	}
	free(path);
	return status;
}
