#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

/* Of one call, so that nobody holds up the others. */
#define ACCEPTS_MAX 64
#define READS_MAX 16

struct connection {
	struct connection *next;
	int fd;
	struct place from;
	int64_t active_mono_ns; /* the last bytes came */
	bool held;              /* not read until it is its turn again */
	size_t size;
	char bytes[LINE_MAX_SIZE]; /* touched as far as they came */
};

static void
end(struct lines *l, struct farm_host *host, struct connection *c)
{
	struct connection **at = &l->connections;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	l->n--;
	if (!c->held)
		farm_unwatch(host, c->fd);
	close(c->fd);
	free(c);
}

void
lines_close(struct lines *l, struct farm_host *host)
{
	while (l->connections != NULL)
		end(l, host, l->connections);
}

static void
make_room(struct lines *l, struct farm_host *host)
{
	struct connection *idle = l->connections, *c;

	if (l->n < l->max || idle == NULL)
		return;
	for (c = idle; c != NULL; c = c->next)
		if (c->active_mono_ns < idle->active_mono_ns)
			idle = c;
	l->turned_away++;
	end(l, host, idle);
}

static int
begin(struct lines *l, struct farm_host *host, int fd, const struct place *from)
{
	struct connection *c = malloc(sizeof(*c));

	if (c == NULL || farm_watch(host, fd, EPOLLIN, c) != 0) {
		free(c);
		return -1;
	}
	c->fd = fd;
	c->from = *from;
	c->held = false;
	c->active_mono_ns = clock_mono_ns();
	c->size = 0;
	c->next = l->connections;
	l->connections = c;
	l->n++;
	return 0;
}

void
lines_accept(
    struct lines *l, struct farm_host *host, struct receiver *r, int listener)
{
	union address from;
	struct place place;
	socklen_t size;
	int fd, i;

	for (i = 0; i < ACCEPTS_MAX; i++) {
		size = sizeof(from);
		fd = accept4(
		    listener, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		place = place_of_socket(&from.any);
		if (!receiver_admits(r, &place)) {
			close(fd);
			continue;
		}
		make_room(l, host);
		if (begin(l, host, fd, &place) != 0)
			close(fd);
	}
}

/* The first `size' bytes go on, the others move up. */
static int
hand_on(struct connection *c, struct farm_host *host, struct receiver *r,
    size_t size)
{
	int status = 0;

	if (size > 0)
		status = receiver_take_paced(
		    r, host, &c->from, c->bytes, size, c->active_mono_ns);
	c->size -= size;
	memmove(c->bytes, c->bytes + size, c->size);
	return status;
}

/* No line, or who knows how much of one. */
static void
drop_rest(struct connection *c, struct receiver *r)
{
	r->outcomes[MALFORMED] += c->size > 0;
	c->size = 0;
}

/* False at the end, and where nothing is there yet, which *ret_over tells. */
static bool
read_some(struct connection *c, struct receiver *r, bool *ret_over)
{
	ssize_t n = recv(c->fd, c->bytes + c->size, sizeof(c->bytes) - c->size,
	    MSG_DONTWAIT);

	*ret_over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n < 0 && *ret_over)
		drop_rest(c, r);
	if (n <= 0)
		return false;
	c->size += (size_t)n;
	c->active_mono_ns = clock_mono_ns();
	receiver_pace(r, &c->from, c->active_mono_ns);
	return true;
}

/* True if it has to wait. */
static bool
hold(struct lines *l, struct farm_host *host, struct receiver *r,
    struct connection *c)
{
	if (receiver_ready(r, &c->from, clock_mono_ns()))
		return false;
	farm_unwatch(host, c->fd);
	c->held = true;
	l->held++;
	return true;
}

void
lines_tick(struct lines *l, struct farm_host *host, struct receiver *r,
    int64_t mono_ns)
{
	struct connection *c;

	for (c = l->connections; c != NULL; c = c->next) {
		if (!c->held)
			continue;
		/* It is not idle, but waits for us. */
		c->active_mono_ns = mono_ns;
		if (receiver_ready(r, &c->from, mono_ns) &&
		    farm_watch(host, c->fd, EPOLLIN, c) == 0)
			c->held = false;
	}
}

int
lines_ready(struct lines *l, struct farm_host *host, struct receiver *r,
    struct connection *c)
{
	const char *newline;
	bool over = false;
	int i, status = 0;

	for (i = 0; i < READS_MAX; i++) {
		if (hold(l, host, r, c))
			return status;
		if (!read_some(c, r, &over))
			break;
		newline = memrchr(c->bytes, '\n', c->size);
		if (newline != NULL)
			status |= hand_on(
			    c, host, r, (size_t)(newline + 1 - c->bytes));
		if (c->size == sizeof(c->bytes)) {
			l->turned_away++;
			drop_rest(c, r);
			over = true;
			break;
		}
	}
	/* A last line may do without its newline, unless it broke off. */
	if (over) {
		status |= hand_on(c, host, r, c->size);
		end(l, host, c);
	}
	return status;
}
