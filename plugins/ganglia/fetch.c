#include "fetch.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "option.h"

#define CHUNK 65536

/* 0 when it is ready, else -1 with errno set. */
static int
await(int fd, short events, int64_t until_mono_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left_ns;
	int n;

	do {
		left_ns = until_mono_ns - clock_mono_ns();
		if (left_ns <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = poll(&p, 1,
		    left_ns / NS_PER_MS >= INT_MAX
			? INT_MAX
			: (int)(left_ns / NS_PER_MS) + 1);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : 0;
}

static int
connect_within(int fd, const struct addrinfo *to, int64_t until_mono_ns)
{
	socklen_t size = sizeof(int);
	int error;

	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS || await(fd, POLLOUT, until_mono_ns) != 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

static int
connect_to(const struct addrinfo *to, int64_t until_mono_ns)
{
	int saved, fd = socket(to->ai_family,
		       to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect_within(fd, to, until_mono_ns) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* To the first address of the name that takes it. */
static int
connect_name(
    const struct order *o, const char *host, uint32_t number, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL, *one;
	char port[12];
	int rc, fd = -1;

	snprintf(port, sizeof(port), "%u", number != 0 ? number : o->port);
	rc = getaddrinfo(host, port, &hints, &all);
	if (rc != 0)
		return error_set(err, "%s: %s", o->address, gai_strerror(rc));
	for (one = all; one != NULL && fd < 0; one = one->ai_next)
		fd = connect_to(one, o->until_mono_ns);
	if (fd < 0)
		error_set(err, "%s: %m", o->address);
	freeaddrinfo(all);
	return fd;
}

static int
connect_order(const struct order *o, struct error *err)
{
	struct arena *arena = arena_new(0);
	struct farm_address address;
	int fd = -1;

	if (arena == NULL)
		return error_set(err, "%s: out of memory", o->address);
	if (address_parse(arena, o->address, &address, err) == 0)
		fd = connect_name(o, address.host, address.port, err);
	arena_free(arena);
	return fd;
}

/* A question is far shorter than what a socket takes at once. */
static int
ask(int fd, const char *question)
{
	char line[1024];
	int n;

	if (question == NULL)
		return 0;
	n = snprintf(line, sizeof(line), "%s\n", question);
	if (n >= (int)sizeof(line)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -1;
}

/* What is there; 0 at the end, -1 with errno set. */
static ssize_t
receive(int fd, char *to, int64_t until_mono_ns)
{
	ssize_t n;

	do {
		if (await(fd, POLLIN, until_mono_ns) != 0)
			return -1;
		n = recv(fd, to, CHUNK, 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	return n;
}

static int
read_all(const struct order *o, int fd, fetch_fn *each, void *cookie,
    struct error *err)
{
	char bytes[CHUNK];
	uint64_t total = 0;
	ssize_t n;

	while ((n = receive(fd, bytes, o->until_mono_ns)) > 0) {
		total += (uint64_t)n;
		if (total > o->bytes_max)
			return error_set(err, "%s: more than %llu bytes",
			    o->address, (unsigned long long)o->bytes_max);
		if (each(cookie, bytes, (size_t)n) != 0)
			return 1;
	}
	return n == 0 ? 0 : error_set(err, "%s: %m", o->address);
}

int
fetch(const struct order *o, fetch_fn *each, void *cookie, struct error *err)
{
	int status, fd = connect_order(o, err);

	if (fd < 0)
		return -1;
	if (ask(fd, o->question) != 0)
		status = error_set(err, "%s: %m", o->address);
	else
		status = read_all(o, fd, each, cookie, err);
	close(fd);
	return status;
}
