#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connect.h"

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

	if (until_ns > x->deadline_ns)
		until_ns = x->deadline_ns;
	while (connect_await(fd, POLLIN, until_ns)) {
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
		n = connect_move(fd, x->server, bytes + done, size - done, out,
		    x->deadline_ns, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(
			    err, "%s: ended the connection", x->server);
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

int
exchange_run(
    struct exchange *x, unsigned char ret[EXCHANGE_MAX], struct error *err)
{
	const struct connect_server server = { .name = x->server,
		.port = x->port,
		.family = x->family,
		.type = x->tcp ? SOCK_STREAM : SOCK_DGRAM };
	int fd = connect_open(&server, x->deadline_ns, err);
	int rc;

	if (fd < 0)
		return -1;
	rc = x->tcp ? run_tcp(x, fd, ret, err) : run_udp(x, fd, ret, err);
	close(fd);
	return rc;
}
