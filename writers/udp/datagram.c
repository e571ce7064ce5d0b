/* Datagrams to one destination: as many as fit in one call, no faster than it
   may be. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "destination.h"

/* Handed to the system at once. */
#define AT_ONCE 64
/* A pause between bursts: sleeping for less costs more than it paces. */
#define PAUSE_NS NS_PER_MS
/* The system has no room for so long: it will not soon. */
#define BLOCKED_MS 200

struct burst {
	struct mmsghdr headers[AT_ONCE];
	struct iovec pieces[AT_ONCE];
	unsigned n;
	unsigned sent;
};

static void
pause_for(int64_t ns)
{
	const struct timespec t = { .tv_sec = ns / NS_PER_S,
		.tv_nsec = ns % NS_PER_S };

	(void)nanosleep(&t, NULL);
}

static void
burst_add(struct burst *b, struct slice datagram)
{
	b->pieces[b->n] = (struct iovec){ (char *)datagram.text,
		datagram.length };
	b->headers[b->n] = (struct mmsghdr){
		.msg_hdr = { .msg_iov = &b->pieces[b->n], .msg_iovlen = 1 }
	};
	b->n++;
}

static bool
wait_for_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, BLOCKED_MS) > 0;
}

/* What the system reports of datagrams before does not hold up this one, for
   which it is asked again. */
static bool
is_of_before(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH ||
	       error == ENETUNREACH;
}

/* The first that is left did not go.  False if no other will. */
static bool
bear(struct destination *d, struct burst *b, int error, bool *reported)
{
	if (error == EINTR)
		return true;
	if (error == EAGAIN && wait_for_room(d->fd))
		return true;
	if (is_of_before(error) && d->family != AF_UNIX && !*reported) {
		*reported = true;
		d->undelivered[REFUSED]++;
		destination_refused(d);
		return true;
	}
	*reported = false;
	d->undelivered[error == ECONNREFUSED || error == ENOENT ? REFUSED
								: UNSENT]++;
	b->sent++;
	/* A local socket that was made anew is another one. */
	return d->family != AF_UNIX || error != ECONNREFUSED;
}

static void
count_sent(struct destination *d, const struct burst *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		d->bytes += b->pieces[b->sent + i].iov_len;
	d->sent += n;
}

static void
burst_send(struct destination *d, struct burst *b)
{
	bool reported = false;
	int n;

	while (b->sent < b->n && d->fd >= 0) {
		n = sendmmsg(
		    d->fd, b->headers + b->sent, b->n - b->sent, MSG_NOSIGNAL);
		if (n > 0) {
			count_sent(d, b, (unsigned)n);
			b->sent += (unsigned)n;
			reported = false;
		} else if (!bear(d, b, errno, &reported)) {
			destination_hang_up(d);
		}
	}
	d->undelivered[REFUSED] += b->n - b->sent;
	b->n = b->sent = 0;
}

/* May one more go?  Waits for its turn unless what is beyond is dropped. */
static bool
may_go(struct destination *d, struct burst *b, const struct sending *how,
    int64_t until_ns)
{
	int64_t each_ns = (int64_t)((double)NS_PER_S / how->rate);
	int64_t now;

	while (!bucket_take(
	    &d->bucket, how->rate, how->burst, now = clock_mono_ns())) {
		if (how->drop || now >= until_ns)
			return false;
		burst_send(d, b);
		pause_for(each_ns > PAUSE_NS ? each_ns : PAUSE_NS);
	}
	return true;
}

static void
open_socket(struct destination *d)
{
	if (d->fd < 0 && destination_is_known(d))
		d->fd = destination_socket(d, SOCK_DGRAM);
}

void
datagrams_send(struct destination *d, const struct outgoing *o,
    const struct sending *how, int64_t until_ns)
{
	struct burst b = { .n = 0 };
	struct slice datagram;
	size_t i = 0;

	open_socket(d);
	while (outgoing_next(o, &i, how->datagram, &datagram)) {
		if (!destination_is_known(d)) {
			d->undelivered[NO_ADDRESS]++;
		} else if (d->fd < 0) {
			d->undelivered[REFUSED]++;
		} else if (!may_go(d, &b, how, until_ns)) {
			d->undelivered[LIMITED]++;
		} else {
			burst_add(&b, datagram);
			if (b.n == AT_ONCE)
				burst_send(d, &b);
		}
	}
	burst_send(d, &b);
}
