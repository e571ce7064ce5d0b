#include "visitors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* Bytes that are made at once, and that are sent before others have a turn. */
#define PIECE ((size_t)64 << 10)
#define TURN ((size_t)256 << 10)
/* What the kernel keeps for one who does not read. */
#define SEND_BUFFER (256 << 10)
/* Connections that are taken at once. */
#define COME_AT_ONCE 16
/* Who was told everything is waited for so long, as what is on its way would
   be lost if it had said something more. */
#define LEAVE_NS (5 * NS_PER_S)

enum phase { ASKING, READING, LEAVING };

struct visitor {
	struct visitor *next;
	struct visitor *previous;
	int fd;
	enum phase phase;
	int64_t deadline_mono_ns;
	struct answer answer;
	bool made; /* all of it is in `out', or was */
	struct buffer out;
	size_t sent; /* of `out' */
	size_t asked;
	char line[GANGLIA_QUERY_MAX + 1];
};

/* ------------------------------------------------------------------ the list
 */

static void
append(struct visitors *vs, struct visitor *v)
{
	v->next = NULL;
	v->previous = vs->last;
	*(vs->last != NULL ? &vs->last->next : &vs->first) = v;
	vs->last = v;
}

static void
detach(struct visitors *vs, struct visitor *v)
{
	*(v->previous != NULL ? &v->previous->next : &vs->first) = v->next;
	*(v->next != NULL ? &v->next->previous : &vs->last) = v->previous;
}

/* It has moved. */
static void
renew(struct visitors *vs, struct visitor *v)
{
	detach(vs, v);
	append(vs, v);
}

static void
dismiss(struct visitors *vs, struct farm_host *host, struct visitor *v)
{
	detach(vs, v);
	vs->n--;
	farm_unwatch(host, v->fd);
	close(v->fd);
	answer_free(&v->answer);
	buffer_free(&v->out);
	free(v);
}

/* ------------------------------------------------------------------- telling
 */

/* -1: it has to go. */
static int
leave(struct farm_host *host, struct visitor *v)
{
	answer_free(&v->answer);
	buffer_free(&v->out);
	v->phase = LEAVING;
	v->deadline_mono_ns = clock_mono_ns() + LEAVE_NS;
	if (shutdown(v->fd, SHUT_WR) != 0)
		return -1;
	return farm_watch(host, v->fd, EPOLLIN, v);
}

/* Bytes sent, 0 if it takes none now; -1: it has to go. */
static ssize_t
send_some(struct visitor *v)
{
	ssize_t n = send(v->fd, v->out.data + v->sent, v->out.size - v->sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	v->sent += (size_t)n;
	return n;
}

static int
make_some(struct visitors *vs, struct farm_host *host, struct visitor *v)
{
	buffer_clear(&v->out);
	v->sent = 0;
	v->made = answer_more(&v->answer, &v->out, PIECE, farm_now_ns(host));
	if (!buffer_failed(&v->out))
		return 0;
	vs->counts.failed++;
	return -1;
}

static int
tell(struct visitors *vs, struct farm_host *host, struct visitor *v)
{
	size_t turn = 0;
	ssize_t n;

	while (turn < TURN) {
		if (v->sent == v->out.size && v->made)
			return leave(host, v);
		if (v->sent == v->out.size && make_some(vs, host, v) != 0)
			return -1;
		/* Nothing of what was looked at is asked for. */
		if (v->sent == v->out.size)
			return 0;
		n = send_some(v);
		if (n <= 0)
			return (int)n;
		/* Who takes a few bytes now and then has not moved. */
		if (v->sent == v->out.size)
			renew(vs, v);
		turn += (size_t)n;
	}
	return 0;
}

static int
begin(struct visitors *vs, struct farm_host *host, struct visitor *v,
    enum door door)
{
	if (door == DOOR_QUERY) {
		v->phase = ASKING;
		return farm_watch(host, v->fd, EPOLLIN, v);
	}
	if (door == DOOR_GMOND)
		answer_gmond(&v->answer, vs->table, vs->names);
	else
		(void)answer_gmetad(&v->answer, vs->table, vs->names, NULL, 0);
	v->phase = READING;
	return farm_watch(host, v->fd, EPOLLOUT, v);
}

/* ------------------------------------------------------------------- asking */

/* The line's length; SIZE_MAX: it is not whole yet. */
static size_t
line_length(const struct visitor *v, bool over)
{
	size_t i;

	for (i = 0; i < v->asked; i++)
		if (v->line[i] == '\n' || v->line[i] == '\r')
			return i;
	return over ? v->asked : SIZE_MAX;
}

static int
hear(struct visitors *vs, struct farm_host *host, struct visitor *v)
{
	ssize_t n = recv(v->fd, v->line + v->asked, sizeof(v->line) - v->asked,
	    MSG_DONTWAIT);
	size_t length;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	v->asked += (size_t)n;
	length = line_length(v, n == 0);
	if (length == SIZE_MAX)
		return v->asked < sizeof(v->line) ? 0 : -1;
	if (answer_gmetad(&v->answer, vs->table, vs->names, v->line, length) !=
	    0)
		return -1;
	renew(vs, v);
	v->phase = READING;
	return farm_watch(host, v->fd, EPOLLOUT, v);
}

/* Whatever it says more is of no interest; its end is. */
static int
wait_end(const struct visitor *v)
{
	char ignored[4096];
	ssize_t n = recv(v->fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return n > 0 ? 0 : -1;
}

void
visitors_serve(struct visitors *vs, struct farm_host *host, void *cookie)
{
	struct visitor *v = cookie;
	int rc = -1;

	switch (v->phase) {
	case ASKING:
		rc = hear(vs, host, v);
		break;
	case READING:
		rc = tell(vs, host, v);
		break;
	case LEAVING:
		rc = wait_end(v);
		break;
	}
	if (rc != 0)
		dismiss(vs, host, v);
}

/* ------------------------------------------------------------------- coming */

static void
admit(struct visitors *vs, struct farm_host *host, int fd, enum door door)
{
	const int size = SEND_BUFFER;
	struct visitor *v;

	if (vs->n >= vs->most) {
		vs->counts.crowded += vs->first->phase != LEAVING;
		dismiss(vs, host, vs->first);
	}
	v = calloc(1, sizeof(*v));
	if (v == NULL) {
		vs->counts.failed++;
		close(fd);
		return;
	}
	v->fd = fd;
	v->deadline_mono_ns = clock_mono_ns() + vs->timeout_ns;
	append(vs, v);
	vs->n++;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (begin(vs, host, v, door) != 0) {
		vs->counts.failed++;
		dismiss(vs, host, v);
	}
}

/* One that cannot be had stays at the door, which would be ready all the time:
   false, and it is not looked at until the next tick. */
static bool
make_room(struct visitors *vs, struct farm_host *host, int door)
{
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
	    errno != ENOMEM)
		return false;
	vs->counts.failed++;
	if (vs->first == NULL) {
		farm_unwatch(host, door);
		return false;
	}
	dismiss(vs, host, vs->first);
	return true;
}

void
visitors_accept(
    struct visitors *vs, struct farm_host *host, int fd, enum door door)
{
	struct sockaddr_storage from;
	socklen_t size;
	size_t n;
	int peer;

	/* Then those who are there have a turn, before they have to go. */
	for (n = 0; n < COME_AT_ONCE; n++) {
		struct place place;

		size = sizeof(from);
		peer = accept4(fd, (struct sockaddr *)&from, &size,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer < 0 && make_room(vs, host, fd))
			continue;
		if (peer < 0)
			return;
		place = place_of_socket((struct sockaddr *)&from);
		if (networks_find(&vs->allowed, &place) == NULL) {
			vs->counts.strangers++;
			vs->stranger = place;
			close(peer);
			continue;
		}
		admit(vs, host, peer, door);
	}
}

void
visitors_tick(struct visitors *vs, struct farm_host *host)
{
	int64_t now = clock_mono_ns();
	struct visitor *v, *next;

	for (v = vs->first; v != NULL; v = next) {
		next = v->next;
		if (now < v->deadline_mono_ns)
			continue;
		vs->counts.late += v->phase != LEAVING;
		dismiss(vs, host, v);
	}
}

void
visitors_close(struct visitors *vs, struct farm_host *host)
{
	while (vs->first != NULL)
		dismiss(vs, host, vs->first);
	networks_free(&vs->allowed);
}
