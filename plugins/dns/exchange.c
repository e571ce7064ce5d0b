#include "exchange.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static int
find_server(struct addrinfo **ret, const struct exchange *x, struct error *err)
{
	struct addrinfo hints = { .ai_family = x->family,
		.ai_socktype = x->tcp ? SOCK_STREAM : SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV };
	char port[8];
	int rc;

	snprintf(port, sizeof(port), "%u", x->port);
	rc = getaddrinfo(x->server, port, &hints, ret);
	if (rc != 0)
		return error_set(err, "%s: %s", x->server, gai_strerror(rc));
	return 0;
}

/* Until then, or the deadline.  False if there is nothing. */
static bool
await(const struct exchange *x, int fd, short events, int64_t until_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t ns;

	if (until_ns > x->deadline_ns)
		until_ns = x->deadline_ns;
	ns = until_ns - clock_mono_ns();
	if (ns <= 0)
		return false;
	return poll(&p, 1, (int)(ns / NS_PER_MS) + 1) > 0;
}

static bool
is_answer(const struct exchange *x, const unsigned char *bytes, size_t size)
{
	return size >= 2 && memcmp(bytes, x->question, 2) == 0;
}

/* ------------------------------------------------------------------ UDP -- */

/* Others' datagrams, and answers to earlier questions, are passed over. */
static ssize_t
hear(struct exchange *x, int fd, unsigned char *ret, int64_t until_ns)
{
	ssize_t n;

	while (await(x, fd, POLLIN, until_ns)) {
		n = recv(fd, ret, EXCHANGE_MAX, MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0 && is_answer(x, ret, (size_t)n))
			return n;
	}
	return 0;
}

static int
run_udp(struct exchange *x, int fd, unsigned char *ret, struct error *err)
{
	int64_t now_ns = clock_mono_ns();
	ssize_t n;

	for (; now_ns < x->deadline_ns; now_ns = clock_mono_ns()) {
		x->asked++;
		if (send(fd, x->question, x->question_size, MSG_NOSIGNAL) < 0)
			return error_set(err, "%s: %m", x->server);
		n = hear(x, fd, ret, now_ns + x->try_ns);
		x->wait_ns = clock_mono_ns() - now_ns;
		if (n < 0)
			return error_set(err, "%s: %m", x->server);
		if (n > 0)
			return (int)n;
	}
	return error_set(
	    err, "%s: no answer to %u questions", x->server, x->asked);
}

/* ------------------------------------------------------------------ TCP -- */

static int
move_all(struct exchange *x, int fd, unsigned char *bytes, size_t size,
    bool out, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		if (!await(x, fd, out ? POLLOUT : POLLIN, INT64_MAX))
			return error_set(
			    err, "%s: no answer in time", x->server);
		n = out ? send(fd, bytes + done, size - done,
			      MSG_NOSIGNAL | MSG_DONTWAIT)
			: recv(fd, bytes + done, size - done, MSG_DONTWAIT);
		if (n == 0)
			return error_set(
			    err, "%s: ended the connection", x->server);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_set(err, "%s: %m", x->server);
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* Messages have their length before them (RFC 1035 4.2.2). */
static int
run_tcp(struct exchange *x, int fd, unsigned char *ret, struct error *err)
{
	unsigned char bytes[2 + 512];
	int64_t since_ns = clock_mono_ns();
	size_t size;

	bytes[0] = (unsigned char)(x->question_size >> 8);
	bytes[1] = (unsigned char)x->question_size;
	memcpy(bytes + 2, x->question, x->question_size);
	x->asked++;
	if (move_all(x, fd, bytes, x->question_size + 2, true, err) != 0 ||
	    move_all(x, fd, bytes, 2, false, err) != 0)
		return -1;
	size = (size_t)bytes[0] << 8 | bytes[1];
	if (move_all(x, fd, ret, size, false, err) != 0)
		return -1;
	x->wait_ns = clock_mono_ns() - since_ns;
	if (!is_answer(x, ret, size))
		return error_set(err, "%s: answers something else", x->server);
	return (int)size;
}

static int
connect_to(struct exchange *x, const struct addrinfo *a, struct error *err)
{
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	socklen_t size = sizeof(int);
	int error = 0;

	if (fd < 0)
		return error_set(err, "socket: %m");
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	else if (!await(x, fd, POLLOUT, INT64_MAX))
		error = ETIMEDOUT;
	else
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == 0)
		return fd;
	close(fd);
	return error_set(err, "%s: %s", x->server, strerrordesc_np(error));
}

int
exchange_run(
    struct exchange *x, unsigned char ret[EXCHANGE_MAX], struct error *err)
{
	struct addrinfo *all = NULL, *a;
	int fd = -1, rc = -1;

	if (find_server(&all, x, err) != 0)
		return -1;
	for (a = all; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_to(x, a, err);
	freeaddrinfo(all);
	if (fd < 0)
		return -1;
	rc = x->tcp ? run_tcp(x, fd, ret, err) : run_udp(x, fd, ret, err);
	close(fd);
	return rc;
}
