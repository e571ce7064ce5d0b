#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"

/* Larger than /proc/net/tcp with a hundred thousand sockets. */
#define FILE_MAX (16 << 20)
#define CHUNK 16384

static int
read_all(struct run *run, int fd)
{
	ssize_t n;
	char *to;

	do {
		to = buffer_room(&run->file, CHUNK);
		if (to == NULL)
			return error_set(&run->error,
			    "%s: larger than %d bytes, or out of memory",
			    buffer_text(&run->path), FILE_MAX);
		n = read(fd, to, CHUNK);
		if (n < 0 && errno != EINTR)
			return error_set(
			    &run->error, "%s: %m", buffer_text(&run->path));
		if (n > 0)
			buffer_added(&run->file, (size_t)n);
	} while (n != 0);
	return 0;
}

static int
open_file(struct run *run, const char *path)
{
	size_t end = strlen(run->proc->root);
	int fd;

	buffer_clear(&run->path);
	buffer_puts(&run->path, run->proc->root);
	if (end == 0 || run->proc->root[end - 1] != '/')
		buffer_putc(&run->path, '/');
	buffer_puts(&run->path, path);
	if (buffer_failed(&run->path))
		return error_set(&run->error, "out of memory");
	fd = open(buffer_text(&run->path), O_RDONLY | O_CLOEXEC);
	/* Pressure switched off on the kernel's command line. */
	run->missing = fd < 0 && (errno == ENOENT || errno == EOPNOTSUPP);
	if (fd < 0)
		return error_set(
		    &run->error, "%s: %m", buffer_text(&run->path));
	return fd;
}

int
run_read(struct run *run, const char *path, struct scan *ret_text)
{
	int fd = open_file(run, path);
	int status;

	if (fd < 0)
		return -1;
	run->file.limit = FILE_MAX;
	buffer_clear(&run->file);
	status = read_all(run, fd);
	close(fd);
	if (status != 0)
		return -1;
	run->mono_ns = clock_mono_ns();
	*ret_text = scan_of(buffer_text(&run->file), run->file.size);
	return 0;
}

int
run_bad_file(struct run *run)
{
	return error_prefix(&run->error, "%s", buffer_text(&run->path));
}

void
emit(struct run *run, const char *prefix, const char *name,
    struct farm_value value)
{
	buffer_clear(&run->name);
	buffer_puts(&run->name, prefix);
	buffer_puts(&run->name, name);
	if (buffer_failed(&run->name)) {
		farm_fail(run->host, "%s%s: out of memory", prefix, name);
		run->refused = true;
	} else if (farm_emit(run->host, run->target, value,
		       .parameter = buffer_text(&run->name)) != 0)
		run->refused = true;
}

void
emit_double(
    struct run *run, const char *prefix, const char *name, double number)
{
	emit(run, prefix, name, farm_double(number));
}

void
emit_count(
    struct run *run, const char *prefix, const char *name, uint64_t number)
{
	emit(run, prefix, name, farm_uint64(number));
}

double
run_seconds(const struct run *run, int64_t before_mono_ns)
{
	if (before_mono_ns == 0)
		return 0;
	return (double)(run->mono_ns - before_mono_ns) / NS_PER_S;
}

bool
rate(uint64_t now, uint64_t before, double seconds, double factor, double *ret)
{
	if (now < before || seconds <= 0)
		return false;
	*ret = (double)(now - before) * factor / seconds;
	return true;
}

void
emit_rate(struct run *run, const char *prefix, const char *name, uint64_t now,
    uint64_t before, double seconds, double factor)
{
	double per_second;

	if (rate(now, before, seconds, factor, &per_second))
		emit_double(run, prefix, name, per_second);
}
