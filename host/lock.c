#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int
make_folder(const char *path, struct error *err)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	char *slash;

	if (length >= sizeof(part))
		return error_set(err, "%s: path too long", path);
	memcpy(part, path, length + 1);
	for (slash = strchr(part + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0755); /* the last one tells */
		*slash = '/';
	}
	if (mkdir(part, 0755) < 0 && errno != EEXIST)
		return error_set(err, "%s: %m", path);
	return 0;
}

/* Who holds the lock, for the message; 0 if it cannot be read. */
static long
holder(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

int
lock_state(const char *state, struct error *err)
{
	char path[PATH_MAX];
	int fd;

	if (make_folder(state, err) < 0)
		return -1;
	if (snprintf(path, sizeof(path), "%s/farmd.lock", state) >=
	    (int)sizeof(path))
		return error_set(err, "%s: path too long", state);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(err, "%s: %m", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			error_set(err, "another farmd (pid %ld) uses %s",
			    holder(fd), state);
		else
			error_set(err, "%s: %m", path);
		close(fd);
		return -1;
	}
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		error_set(err, "%s: %m", path);
		close(fd);
		return -1;
	}
	return fd;
}
