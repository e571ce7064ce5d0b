/*
 * Preloaded into farmd: a disk that misbehaves as a test says, below one folder
 * only.  DISK_FOLDER names it, DISK_FAULTS a file of rules that is looked at in
 * each call, so that faults come and go while the daemon runs:
 *
 *	CALL ACTION ARGUMENT SUFFIX
 *
 * CALL: open (to write), write, read, sync, reserve, cut, rename, unlink; or
 * change: all but read.  ACTION: error NAME; short (half is written); torn
 * (half is written, then the process is killed); flip (a bit of what is read);
 * slow MS; hang (as long as the rule is there).  ARGUMENT "-": none.  SUFFIX:
 * of the file's name, "-": any.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct fault {
	char action[16];
	char argument[16];
};

/* The function that this one stands before. */
static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static size_t
read_rules(char *to, size_t size)
{
	int (*real_open)(const char *, int, ...) = next("open");
	ssize_t (*real_read)(int, void *, size_t) = next("read");
	const char *path = getenv("DISK_FAULTS");
	int fd = path == NULL ? -1 : real_open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : real_read(fd, to, size - 1);

	if (fd >= 0)
		close(fd);
	to[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool
has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path);
	size_t length = strlen(suffix);

	return strcmp(suffix, "-") == 0 ||
	       (n >= length && strcmp(path + n - length, suffix) == 0);
}

static bool
is_for(const char *rule, const char *call)
{
	if (strcmp(rule, "change") == 0)
		return strcmp(call, "read") != 0;
	return strcmp(rule, call) == 0;
}

static bool
find_fault(const char *call, const char *path, struct fault *ret)
{
	const char *folder = getenv("DISK_FOLDER");
	char rules[1024], name[16], suffix[64];
	char *rest = rules;
	char *line;
	int before = errno;

	if (folder == NULL || strncmp(path, folder, strlen(folder)) != 0 ||
	    read_rules(rules, sizeof(rules)) == 0) {
		errno = before;
		return false;
	}
	errno = before;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (sscanf(line, "%15s %15s %15s %63s", name, ret->action,
			ret->argument, suffix) == 4 &&
		    is_for(name, call) && has_suffix(path, suffix))
			return true;
	return false;
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* True: the call fails, errno is set. */
static bool
meet(const char *call, const char *path, struct fault *f)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = { { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EROFS", EROFS },
		{ "EDQUOT", EDQUOT } };

	memset(f, 0, sizeof(*f));
	if (!find_fault(call, path, f))
		return false;
	if (strcmp(f->action, "slow") == 0)
		pause_ms(atol(f->argument));
	while (strcmp(f->action, "hang") == 0) {
		pause_ms(10);
		if (!find_fault(call, path, f))
			return false;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(f->action, "error") == 0 &&
		    strcmp(f->argument, errors[i].name) == 0) {
			errno = errors[i].number;
			return true;
		}
	return false;
}

static bool
meet_fd(const char *call, int fd, struct fault *f)
{
	char link[64], path[PATH_MAX];
	ssize_t n;
	int before = errno;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	errno = before;
	path[n > 0 ? n : 0] = '\0';
	return meet(call, path, f);
}

/* How much of it is written. */
static size_t
portion(const struct fault *f, size_t size)
{
	bool half = strcmp(f->action, "short") == 0 ||
		    strcmp(f->action, "torn") == 0;

	return half && size > 1 ? size / 2 : size;
}

static ssize_t
written(const struct fault *f, ssize_t n)
{
	if (strcmp(f->action, "torn") == 0)
		(void)raise(SIGKILL);
	return n;
}

static ssize_t
flipped(const struct fault *f, char *bytes, ssize_t n)
{
	if (n > 0 && strcmp(f->action, "flip") == 0)
		bytes[n / 2] ^= 1;
	return n;
}

/* Modules hide what is theirs; these are for all to find. */
#pragma GCC visibility push(default)

int
open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = next("open");
	struct fault f;
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 &&
	    meet("open", path, &f))
		return -1;
	return real(path, flags, mode);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");
	struct fault f;

	if (meet_fd("write", fd, &f))
		return -1;
	return written(&f, real(fd, bytes, portion(&f, size)));
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t) = next("pwrite");
	struct fault f;

	if (meet_fd("write", fd, &f))
		return -1;
	return written(&f, real(fd, bytes, portion(&f, size), at));
}

ssize_t
read(int fd, void *bytes, size_t size)
{
	ssize_t (*real)(int, void *, size_t) = next("read");
	struct fault f;

	if (meet_fd("read", fd, &f))
		return -1;
	return flipped(&f, bytes, real(fd, bytes, size));
}

ssize_t
pread(int fd, void *bytes, size_t size, off_t at)
{
	ssize_t (*real)(int, void *, size_t, off_t) = next("pread");
	struct fault f;

	if (meet_fd("read", fd, &f))
		return -1;
	return flipped(&f, bytes, real(fd, bytes, size, at));
}

int
fsync(int fd)
{
	int (*real)(int) = next("fsync");
	struct fault f;

	return meet_fd("sync", fd, &f) ? -1 : real(fd);
}

int
fdatasync(int fd)
{
	int (*real)(int) = next("fdatasync");
	struct fault f;

	return meet_fd("sync", fd, &f) ? -1 : real(fd);
}

int
fallocate(int fd, int mode, off_t at, off_t size)
{
	int (*real)(int, int, off_t, off_t) = next("fallocate");
	struct fault f;

	return meet_fd("reserve", fd, &f) ? -1 : real(fd, mode, at, size);
}

int
ftruncate(int fd, off_t size)
{
	int (*real)(int, off_t) = next("ftruncate");
	struct fault f;

	return meet_fd("cut", fd, &f) ? -1 : real(fd, size);
}

int
rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = next("rename");
	struct fault f;

	return meet("rename", to, &f) ? -1 : real(from, to);
}

int
unlink(const char *path)
{
	int (*real)(const char *) = next("unlink");
	struct fault f;

	return meet("unlink", path, &f) ? -1 : real(path);
}
