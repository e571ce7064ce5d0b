/*
 * Lines over a connection.  None of the protocols acknowledges; what TCP can
 * say is taken instead: a piece counts when the other system has all of it.
 * If the other end then closes without having read it, the system answers by a
 * reset, and what was sent lately is sent again over the next connection.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "destination.h"

/* Nothing tells when the last byte has come: it is looked at so often. */
#define LOOK_FIRST_NS (50 * NS_PER_US)
#define LOOK_MAX_NS (5 * NS_PER_MS)
/* Between one connection that cannot be made and the next. */
#define RETRY_NS NS_PER_S

/* ----------------------------------------------------------- the queues -- */

void
stream_open(struct destination *d)
{
	queue_init(&d->waiting);
	queue_init(&d->kept);
}

void
stream_close(struct destination *d)
{
	destination_hang_up(d);
	d->connected = false;
	queue_clear(&d->waiting);
	queue_clear(&d->kept);
}

/* The other system has it.  Whole pieces are kept, so that no line is cut; the
   newest always. */
static void
arrived(struct destination *d)
{
	struct place *at = queue_take(&d->waiting);
	struct piece *p = at->piece;

	if (at->again) {
		d->resent += p->size;
	} else {
		p->lacking--;
		d->sent++;
		d->bytes += p->size;
	}
	queue_add(&d->kept, at);
	while (d->kept.first != at &&
	       d->kept.size - d->kept.first->piece->size >= d->kept_max)
		queue_drop_first(&d->kept);
}

/* ---------------------------------------------------------- connections -- */

/* What was sent over it begins anew, with all that the other system may have
   had and lost. */
static int
broken(struct destination *d, int error)
{
	const struct linger at_once = { .l_onoff = 1 };

	for (struct place *at = d->kept.first; at != NULL; at = at->next)
		at->again = true;
	queue_prepend(&d->waiting, &d->kept);
	/* No orderly end: half a line might be taken for a whole one. */
	if (d->fd >= 0)
		(void)setsockopt(
		    d->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	destination_hang_up(d);
	if (!d->connected)
		d->retry_mono_ns = clock_mono_ns() + RETRY_NS;
	d->connected = false;
	d->unsent = NULL;
	if (error == ECONNREFUSED)
		destination_refused(d);
	errno = error;
	return error_set(&d->trouble, "%s: %m", d->to.text);
}

static int
start(struct destination *d)
{
	if (!destination_is_known(d))
		return error_set(&d->trouble, "%s: %s", d->to.text,
		    d->problem[0] != '\0' ? d->problem : "is being looked up");
	if (clock_mono_ns() < d->retry_mono_ns)
		return -1;
	d->fd = destination_socket(d, SOCK_STREAM);
	if (d->fd < 0)
		return broken(d, errno);
	d->unsent = d->waiting.first;
	d->offset = 0;
	d->progress_mono_ns = clock_mono_ns();
	return 0;
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

/* 1 if it is there, 0 if it is not yet. */
static int
connected(struct destination *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLOUT };
	const int yes = 1;
	int error;

	if (d->connected)
		return 1;
	if (poll(&p, 1, 0) <= 0)
		return 0;
	error = error_of(d->fd);
	if (error != 0)
		return broken(d, error);
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	d->connected = true;
	d->connections++;
	return 1;
}

/* Bytes that the other system does not have yet. */
static int
unacknowledged(int fd)
{
	int n = 0;

	return ioctl(fd, SIOCOUTQ, &n) == 0 ? n : -1;
}

/* All that was sent is there. */
static void
all_arrived(struct destination *d)
{
	while (d->waiting.first != d->unsent)
		arrived(d);
}

/*
 * What the other end says is not for us, only that it closes.  With unread
 * bytes a system answers by a reset, and its end with all read is no failure.
 * The queue of a connection that was reset need not look empty, nor full, so
 * it is looked at first.
 */
static int
look(struct destination *d)
{
	int left = unacknowledged(d->fd);
	char ignored[512];
	ssize_t n;

	do
		n = recv(d->fd, ignored, sizeof(ignored), MSG_DONTWAIT);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && errno != EAGAIN)
		return broken(d, errno);
	if (n == 0 && left != 0)
		return broken(d, ECONNRESET);
	if (left == 0)
		all_arrived(d);
	if (n == 0) {
		destination_hang_up(d);
		d->connected = false;
		d->unsent = NULL;
		queue_clear(&d->kept);
	}
	if (left != d->left)
		d->progress_mono_ns = clock_mono_ns();
	d->left = left;
	return 0;
}

static int
send_waiting(struct destination *d)
{
	const struct piece *p;
	ssize_t n;

	while (d->unsent != NULL) {
		p = d->unsent->piece;
		n = send(d->fd, p->bytes + d->offset, p->size - d->offset,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return broken(d, errno);
		if (n <= 0)
			continue;
		d->progress_mono_ns = clock_mono_ns();
		d->offset += (size_t)n;
		if (d->offset == p->size) {
			d->unsent = d->unsent->next;
			d->offset = 0;
		}
	}
	return 0;
}

/* -------------------------------------------------------------- sending -- */

/* 0: it goes on later. */
static int
under_way(struct destination *d, const struct sending *how)
{
	if (clock_mono_ns() - d->progress_mono_ns > how->timeout_ns)
		return broken(d, ETIMEDOUT);
	return 0;
}

int
stream_go_on(struct destination *d, const struct sending *how)
{
	int rc;

	/* A connection that broke meanwhile is no failure: there is another. */
	if (d->connected)
		(void)look(d);
	if (d->waiting.first == NULL)
		return 1;
	if (d->fd < 0 && start(d) != 0)
		return -1;
	rc = connected(d);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return under_way(d, how);
	if (send_waiting(d) != 0 || look(d) != 0)
		return -1;
	if (d->waiting.first != NULL)
		return under_way(d, how);
	d->trouble.text[0] = '\0';
	return 1;
}

void
stream_put(struct destination *d, struct place *at)
{
	queue_put(&d->waiting, at);
	if (d->unsent == NULL) {
		d->unsent = at;
		d->offset = 0;
	}
}

/* For what can be waited for: to be connected, room, or that all is there. */
static void
pause_for(const struct destination *d, int64_t *pause_ns)
{
	struct pollfd p = { .fd = d->fd, .events = POLLOUT };
	const struct timespec t = { .tv_nsec = *pause_ns };

	if (!d->connected || d->unsent != NULL) {
		(void)poll(&p, 1, LOOK_MAX_NS / NS_PER_MS);
		return;
	}
	(void)nanosleep(&t, NULL);
	if (2 * *pause_ns <= LOOK_MAX_NS)
		*pause_ns *= 2;
}

int
stream_send(struct destination *d, struct place *at, const struct sending *how,
    int64_t until_ns)
{
	int64_t pause_ns = LOOK_FIRST_NS;
	int rc;

	stream_put(d, at);
	d->retry_mono_ns = 0;
	while ((rc = stream_go_on(d, how)) == 0 && clock_mono_ns() < until_ns)
		pause_for(d, &pause_ns);
	return rc;
}

void
stream_take_back(struct destination *d, bool late)
{
	if (late)
		(void)broken(d, ETIMEDOUT);
	queue_drop_last(&d->waiting);
}
