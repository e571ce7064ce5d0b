#include "connect.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

bool
connect_await(int fd, short events, int64_t until_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t ns = until_ns - clock_mono_ns();

	if (ns <= 0)
		return false;
	return poll(&p, 1, (int)(ns / NS_PER_MS) + 1) > 0;
}

static int
open_one(const struct addrinfo *a, const char *name, int64_t deadline_ns,
    struct error *err)
{
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	socklen_t size = sizeof(int);
	int error = 0;

	if (fd < 0)
		return error_set(err, "socket: %m");
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else if (!connect_await(fd, POLLOUT, deadline_ns))
		error = ETIMEDOUT;
	else
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == 0)
		return fd;
	close(fd);
	return error_set(err, "%s: %s", name, strerrordesc_np(error));
}

int
connect_open(
    const struct connect_server *s, int64_t deadline_ns, struct error *err)
{
	const struct addrinfo hints = { .ai_family = s->family,
		.ai_socktype = s->type,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *all = NULL, *a;
	char port[8];
	int rc, fd = -1;

	snprintf(port, sizeof(port), "%u", s->port);
	rc = getaddrinfo(s->name, port, &hints, &all);
	if (rc != 0)
		return error_set(err, "%s: %s", s->name, gai_strerror(rc));
	for (a = all; a != NULL && fd < 0; a = a->ai_next)
		fd = open_one(a, s->name, deadline_ns, err);
	freeaddrinfo(all);
	return fd;
}

ssize_t
connect_move(int fd, const char *name, void *bytes, size_t size, bool out,
    int64_t deadline_ns, struct error *err)
{
	ssize_t n;

	for (;;) {
		if (!connect_await(fd, out ? POLLOUT : POLLIN, deadline_ns))
			return error_set(err, "%s: no answer in time", name);
		n = out ? send(fd, bytes, size, MSG_NOSIGNAL)
			: recv(fd, bytes, size, 0);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR)
			return error_set(err, "%s: %m", name);
	}
}
