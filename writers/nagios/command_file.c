/* Nagios' command file: a pipe that it reads lines from. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "connect.h"
#include "passive.h"

/* A line is written in one piece, or another's would come between; what is too
   long for that loses its end. */
static void
put_line(struct buffer *b, const struct passive *p)
{
	buffer_clear(b);
	buffer_printf(b, "[%lld] PROCESS_%s_CHECK_RESULT;%s;",
	    (long long)(p->time_ns / NS_PER_S),
	    p->service[0] == '\0' ? "HOST" : "SERVICE", p->host);
	if (p->service[0] != '\0')
		buffer_printf(b, "%s;", p->service);
	buffer_printf(b, "%d;", p->state);
	passive_put_output(b, p->output);
	if (b->size > PIPE_BUF - 1) {
		b->size = PIPE_BUF - 1;
		/* Not within a character, nor behind half an escape. */
		while (((unsigned char)b->data[b->size] & 0xc0) == 0x80 ||
		       b->data[b->size - 1] == '\\')
			b->size--;
	}
	buffer_putc(b, '\n');
}

static int
write_line(
    int fd, const struct buffer *line, int64_t until_ns, struct error *err)
{
	while (clock_mono_ns() < until_ns) {
		if (write(fd, line->data, line->size) == (ssize_t)line->size)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return error_set(err, "%m");
		(void)connect_await(fd, POLLOUT, until_ns);
	}
	return error_set(err, "no room in time: does Nagios read it?");
}

static int
open_pipe(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENXIO)
		return error_set(err, "nobody reads it: is Nagios running?");
	if (fd < 0)
		return error_set(err, "%m");
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return fd;
	(void)close(fd);
	return error_set(err, "is no pipe");
}

int
command_file_send(const char *path, const struct passive *first,
    int64_t until_ns, size_t *ret_handed, struct error *err)
{
	struct buffer line = BUFFER_INIT;
	const struct passive *p;
	int fd = open_pipe(path, err);
	int rc = 0;

	if (fd < 0)
		return error_prefix(err, "%s", path);
	for (p = first; p != NULL && rc == 0; p = p->next) {
		put_line(&line, p);
		rc = buffer_failed(&line)
			 ? error_set(err, "out of memory")
			 : write_line(fd, &line, until_ns, err);
		*ret_handed += rc == 0;
	}
	if (rc != 0)
		error_prefix(err, "%s", path);
	buffer_free(&line);
	(void)close(fd);
	return rc;
}
