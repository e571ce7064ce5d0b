#include "tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

struct tcp *
tcp_new(uint16_t port)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->port = port;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll < 0) {
		free(t);
		return NULL;
	}
	return t;
}

static void
end_attempt(struct tcp *t, struct attempt *a)
{
	close(a->fd);
	a->fd = 0;
	t->running--;
}

void
tcp_stop(struct tcp *t)
{
	struct attempt *a;

	for (a = t->attempts; t->running > 0 && a < t->attempts + TCP_MAX; a++)
		if (a->fd > 0)
			end_attempt(t, a);
}

void
tcp_free(struct tcp *t)
{
	if (t == NULL)
		return;
	tcp_stop(t);
	close(t->epoll);
	free(t);
}

/* Answered, or an error about the way there. */
static void
tell(struct sweep *s, const struct cookie *cookie, int error, int64_t now_ns)
{
	switch (error) {
	case 0:
	case ECONNREFUSED:
	case ECONNRESET:
		sweep_reply(s, cookie, now_ns, now_ns);
		break;
	case ENETUNREACH:
		sweep_refused(s, cookie, REASON_NET);
		break;
	case EHOSTUNREACH:
		sweep_refused(s, cookie, REASON_HOST);
		break;
	default:
		sweep_refused(s, cookie, REASON_OTHER);
	}
}

static struct attempt *
free_attempt(struct tcp *t)
{
	struct attempt *a = t->attempts;

	while (t->running < TCP_MAX && a->fd > 0)
		a++;
	return t->running < TCP_MAX ? a : NULL;
}

/* A socket that leaves nothing behind when it is closed. */
static int
open_socket(int family)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return fd;
}

/* 0, EINPROGRESS or another errno. */
static int
begin_connect(const struct tcp *t, int fd, const struct peer *p)
{
	union address to = p->address;

	to.ipv4.sin_port = htons(t->port); /* at the same place in both */
	return connect(fd, &to.any, sizeof(to)) == 0 ? 0 : errno;
}

static int
watch(struct tcp *t, struct attempt *a)
{
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = a };

	return epoll_ctl(t->epoll, EPOLL_CTL_ADD, a->fd, &event);
}

void
tcp_send(struct tcp *t, struct sweep *s, struct peer *p)
{
	int64_t now_ns = clock_mono_ns();
	struct attempt *a = free_attempt(t);
	int error, fd = a != NULL ? open_socket(p->family) : -1;

	if (fd < 0) {
		sweep_put_off(s, p, now_ns);
		return;
	}
	*a = (struct attempt){
		.fd = fd,
		.due_ns = now_ns + s->timeout_ns,
		.cookie = sweep_cookie(s, p),
	};
	t->running++;
	error = begin_connect(t, fd, p);
	if (error == EINPROGRESS && watch(t, a) == 0) {
		sweep_sent(s, p, now_ns, 0);
		return;
	}
	if (error == 0 || error == ECONNREFUSED) {
		sweep_sent(s, p, now_ns, 0);
		tell(s, &a->cookie, error, clock_mono_ns());
	} else {
		sweep_sent(s, p, now_ns, error);
	}
	end_attempt(t, a);
}

void
tcp_receive(struct tcp *t, struct sweep *s)
{
	struct epoll_event events[TCP_MAX];
	int64_t now_ns;
	struct attempt *a;
	socklen_t size;
	int error, i, n;

	n = epoll_wait(t->epoll, events, TCP_MAX, 0);
	now_ns = clock_mono_ns();
	for (i = 0; i < n; i++) {
		a = events[i].data.ptr;
		size = sizeof(error);
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
			error = errno;
		tell(s, &a->cookie, error, now_ns);
		end_attempt(t, a);
	}
	for (a = t->attempts; t->running > 0 && a < t->attempts + TCP_MAX; a++)
		if (a->fd > 0 && a->due_ns < now_ns)
			end_attempt(t, a);
}
