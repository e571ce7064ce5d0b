/*
 * Lines over a connection.  None of the protocols acknowledges; what TCP can
 * say is taken instead: a batch counts when the other system has all of it.
 * If the other end then closes without having read it, the system answers by a
 * reset, and what was sent lately is sent again over the next connection.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "destination.h"

/* Nothing tells when the last byte has come: it is looked at so often. */
#define LOOK_FIRST_NS (50 * NS_PER_US)
#define LOOK_MAX_NS (5 * NS_PER_MS)

struct kept {
	struct kept *next;
	size_t size;
	char bytes[];
};

/* ------------------------------------------------- what was sent lately -- */

static void
drop_first(struct kept_list *l)
{
	struct kept *k = l->first;

	l->first = k->next;
	if (l->first == NULL)
		l->last = &l->first;
	l->size -= k->size;
	free(k);
}

void
stream_forget(struct destination *d)
{
	while (d->kept.first != NULL)
		drop_first(&d->kept);
	d->doubtful = false;
}

/* Whole batches, so that no line is cut; the newest always.  -1 if memory is
   out. */
static int
keep(struct kept_list *l, const struct buffer *bytes)
{
	struct kept *k = malloc(sizeof(*k) + bytes->size);

	if (k == NULL)
		return -1;
	k->next = NULL;
	k->size = bytes->size;
	memcpy(k->bytes, bytes->data, bytes->size);
	*l->last = k;
	l->last = &k->next;
	l->size += k->size;
	while (l->first != k && l->size - l->first->size >= l->max)
		drop_first(l);
	return 0;
}

/* --------------------------------------------------------- connections -- */

static int
broken(struct destination *d, int error, struct error *err)
{
	const struct linger at_once = { .l_onoff = 1 };

	d->doubtful = d->doubtful || d->kept.first != NULL;
	/* No orderly end: half a line might be taken for a whole one. */
	if (d->fd >= 0)
		(void)setsockopt(
		    d->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	destination_hang_up(d);
	if (error == ECONNREFUSED)
		destination_refused(d);
	errno = error;
	return error_set(err, "%s: %m", d->to.text);
}

/* -1 with errno set. */
static int
wait_for(int fd, short events, int64_t until_ns)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int rc;

	do {
		left = (until_ns - clock_mono_ns()) / NS_PER_MS;
		rc = poll(&p, 1, left < 0 ? 0 : (int)left + 1);
	} while (rc < 0 && errno == EINTR);
	if (rc == 0)
		errno = ETIMEDOUT;
	return rc > 0 ? 0 : -1;
}

static int
error_of(int fd)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return errno;
	return error;
}

static int
connect_stream(struct destination *d, int64_t until_ns, struct error *err)
{
	const int yes = 1;
	int error;

	if (!destination_is_known(d))
		return error_set(err, "%s: %s", d->to.text,
		    d->problem[0] != '\0' ? d->problem : "is being looked up");
	d->fd = destination_socket(d, SOCK_STREAM);
	if (d->fd < 0)
		return broken(d, errno, err);
	if (wait_for(d->fd, POLLOUT, until_ns) != 0)
		return broken(d, errno, err);
	error = error_of(d->fd);
	if (error != 0)
		return broken(d, error, err);
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	d->connections++;
	return 0;
}

/* Bytes that the other system does not have yet. */
static int
unacknowledged(int fd)
{
	int n = 0;

	return ioctl(fd, SIOCOUTQ, &n) == 0 ? n : -1;
}

/*
 * What the other end says is not for us, only that it closes: 1 if it is there,
 * 0 if it has closed and read all it was sent, -1 with errno set if not all.
 * With unread bytes a system answers by a reset, not by an orderly end.
 */
static int
look(int fd)
{
	int left = unacknowledged(fd);
	char ignored[512];
	ssize_t n;

	do
		n = recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return errno == EAGAIN ? 1 : -1;
	if (left == 0)
		return 0;
	errno = ECONNRESET;
	return -1;
}

/* Its end with all read is no failure. */
static int
check_connection(struct destination *d, struct error *err)
{
	if (d->fd < 0)
		return 0;
	switch (look(d->fd)) {
	case 1:
		return 0;
	case 0:
		destination_hang_up(d);
		stream_forget(d);
		return 0;
	}
	return broken(d, errno, err);
}

static int
send_bytes(struct destination *d, const char *bytes, size_t size,
    int64_t until_ns, struct error *err)
{
	ssize_t n;

	while (size > 0) {
		n = send(d->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			if (wait_for(d->fd, POLLOUT, until_ns) != 0)
				return broken(d, errno, err);
		} else if (n < 0 && errno != EINTR) {
			return broken(d, errno, err);
		} else if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The queue of a connection that was reset need not look empty, nor full. */
static int
wait_until_there(struct destination *d, int64_t until_ns, struct error *err)
{
	struct timespec pause = { .tv_nsec = LOOK_FIRST_NS };
	bool there;

	for (;;) {
		there = unacknowledged(d->fd) == 0;
		if (look(d->fd) < 0)
			return broken(d, errno, err);
		if (there)
			return 0;
		if (clock_mono_ns() > until_ns)
			return broken(d, ETIMEDOUT, err);
		(void)nanosleep(&pause, NULL);
		if (2 * pause.tv_nsec <= LOOK_MAX_NS)
			pause.tv_nsec *= 2;
	}
}

/* A connection, and over it what the one before may have lost. */
static int
make_good(struct destination *d, int64_t until_ns, struct error *err)
{
	const struct kept *k;

	if (d->fd < 0 && connect_stream(d, until_ns, err) != 0)
		return -1;
	if (!d->doubtful)
		return 0;
	for (k = d->kept.first; k != NULL; k = k->next) {
		if (send_bytes(d, k->bytes, k->size, until_ns, err) != 0)
			return -1;
		d->resent += k->size;
	}
	if (wait_until_there(d, until_ns, err) != 0)
		return -1;
	d->doubtful = false;
	return 0;
}

static int64_t
earlier(int64_t until_ns, const struct sending *how)
{
	int64_t own = clock_mono_ns() + how->timeout_ns;

	return own < until_ns ? own : until_ns;
}

int
stream_check(struct destination *d, const struct sending *how, int64_t until_ns,
    struct error *err)
{
	if (check_connection(d, err) == 0 && !d->doubtful)
		return 0;
	return make_good(d, earlier(until_ns, how), err);
}

int
stream_send(struct destination *d, const struct outgoing *o,
    const struct sending *how, int64_t until_ns, struct error *err)
{
	const struct buffer *bytes = &o->bytes;

	if (bytes->size == 0)
		return 0;
	/* A connection that broke meanwhile is no failure of this batch. */
	(void)check_connection(d, err);
	until_ns = earlier(until_ns, how);
	if (make_good(d, until_ns, err) != 0 ||
	    send_bytes(d, bytes->data, bytes->size, until_ns, err) != 0 ||
	    wait_until_there(d, until_ns, err) != 0)
		return -1;
	if (keep(&d->kept, bytes) != 0)
		return error_set(err, "%s: out of memory", d->to.text);
	d->sent++;
	d->bytes += bytes->size;
	return 0;
}
