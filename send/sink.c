#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "option.h"
#include "ulm.h"

/* Fits an Ethernet frame with room for tunnels. */
#define DATAGRAM 1400

static int
connect_sink(struct sink *s, struct error *err)
{
	switch (s->kind) {
	case SINK_MEMORY:
		return 0;
	case SINK_FILE:
		s->fd = open(s->path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			(s->nonblock ? O_NONBLOCK : 0),
		    0666);
		if (s->fd < 0)
			error_set(err, "%s: %m", s->path);
		break;
	case SINK_SYSLOG:
		s->fd = dial_unix(s->path, SOCK_DGRAM, err);
		break;
	case SINK_UDP:
		s->fd = dial(s->host, s->port, SOCK_DGRAM, err);
		break;
	case SINK_TCP:
		s->fd = dial(s->host, s->port, SOCK_STREAM, err);
		break;
	}
	return s->fd < 0 ? -1 : 0;
}

/* What stands behind the prefix, or NULL. */
static const char *
behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static int
parse_host(
    struct sink *s, struct arena *arena, const char *to, struct error *err)
{
	struct farm_address a;

	if (address_parse(arena, to, &a, err) != 0)
		return -1;
	if (strcmp(a.scheme, "tcp") == 0)
		s->kind = SINK_TCP;
	else if (strcmp(a.scheme, "udp") == 0)
		s->kind = SINK_UDP;
	else
		return error_set(err,
		    "\"%s\": there is memory:, file:, syslog:, udp:// and "
		    "tcp://",
		    to);
	s->host = a.host[0] != '\0' ? a.host : "localhost";
	s->port = a.port != 0 ? a.port : ULM_PORT;
	return 0;
}

static int
parse(struct sink *s, struct arena *arena, const char *to, struct error *err)
{
	const char *path;

	if (strcmp(to, "memory:") == 0) {
		s->kind = SINK_MEMORY;
		return 0;
	}
	if ((path = behind(to, "file:")) != NULL)
		s->kind = SINK_FILE;
	else if ((path = behind(to, "syslog:")) != NULL)
		s->kind = SINK_SYSLOG;
	else
		return parse_host(s, arena, to, err);
	if (*path == '\0' && s->kind == SINK_SYSLOG)
		path = "/dev/log";
	s->path = arena_strdup(arena, path);
	return s->path == NULL ? error_set(err, "out of memory") : 0;
}

int
sink_open(struct sink *s, struct arena *arena, const char *to, bool nonblock,
    struct error *err)
{
	*s = (struct sink){ .fd = -1, .nonblock = nonblock };
	if (parse(s, arena, to, err) != 0)
		return -1;
	return connect_sink(s, err);
}

void
sink_close(struct sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

size_t
sink_piece(const struct sink *s)
{
	switch (s->kind) {
	case SINK_SYSLOG:
		return 0;
	case SINK_UDP:
		return DATAGRAM;
	default:
		return SIZE_MAX;
	}
}

static int
reconnect(struct sink *s, struct error *err)
{
	int64_t now_ns = clock_mono_ns();

	if (now_ns < s->retry_mono_ns)
		return error_set(err, "not connected");
	s->retry_mono_ns = now_ns + NS_PER_S;
	return connect_sink(s, err);
}

static const char *
name_of(const struct sink *s)
{
	return s->path != NULL ? s->path : s->host;
}

/* Who reads a FIFO may be gone: that is an error here, and no signal for the
   application. */
static ssize_t
write_quietly(int fd, const char *bytes, size_t size)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t ours, pending, before;
	ssize_t n;
	int error;

	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	n = write(fd, bytes, size);
	error = errno;
	if (n < (ssize_t)size && !sigismember(&pending, SIGPIPE))
		(void)sigtimedwait(&ours, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

static ssize_t
put(const struct sink *s, const char *bytes, size_t size)
{
	bool wait = !s->nonblock && s->kind == SINK_TCP;
	ssize_t n;

	do
		n = s->kind == SINK_FILE
			? write_quietly(s->fd, bytes, size)
			: send(s->fd, bytes, size,
			      MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	return n;
}

long
sink_write(struct sink *s, const char *bytes, size_t size, bool wait,
    struct error *err)
{
	ssize_t n;

	if (s->fd < 0 && !wait)
		return error_set(err, "%s: not connected", name_of(s));
	if (s->fd < 0 && reconnect(s, err) != 0)
		return -1;
	n = put(s, bytes, size);
	/* Somebody did not listen a moment ago; now he may. */
	if (n < 0 && errno == ECONNREFUSED && s->kind == SINK_UDP)
		n = put(s, bytes, size);
	if (n >= 0)
		return n;
	if (errno == EAGAIN && (s->nonblock || s->kind != SINK_TCP))
		return 0;
	error_set(err, "%s: %s", name_of(s),
	    errno == EAGAIN ? "nobody takes what is sent" : strerror(errno));
	if (s->kind == SINK_TCP || s->kind == SINK_SYSLOG)
		sink_close(s);
	return -1;
}
