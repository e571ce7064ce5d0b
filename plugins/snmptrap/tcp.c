#include "tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

#define FIRST_CAPACITY 2048
/* Of one call, so that nobody holds up the others. */
#define ACCEPTS_MAX 64
#define READS_MAX 16

struct connection {
	struct connection *next;
	int fd;
	struct place from;
	int64_t active_ns; /* the last bytes came, CLOCK_MONOTONIC */
	int64_t begun_ns;  /* those of a message that is not whole yet */
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

static void
end(struct tcp *t, struct farm_host *host, struct connection *c)
{
	struct connection **at = &t->connections;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	t->n--;
	if (host != NULL)
		farm_unwatch(host, c->fd);
	close(c->fd);
	free(c->bytes);
	free(c);
}

void
tcp_close(struct tcp *t, struct farm_host *host)
{
	while (t->connections != NULL)
		end(t, host, t->connections);
}

static void
make_room(struct tcp *t, struct farm_host *host)
{
	struct connection *idle = t->connections, *c;

	if (t->n < t->max || idle == NULL)
		return;
	for (c = idle; c != NULL; c = c->next)
		if (c->active_ns < idle->active_ns)
			idle = c;
	t->turned_away++;
	end(t, host, idle);
}

static int
begin(
    struct tcp *t, struct farm_host *host, int fd, const struct sockaddr *from)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -1;
	c->bytes = malloc(FIRST_CAPACITY);
	c->capacity = FIRST_CAPACITY;
	c->fd = fd;
	c->from = place_of_socket(from);
	c->active_ns = clock_mono_ns();
	if (c->bytes == NULL || farm_watch(host, fd, EPOLLIN, c) != 0) {
		free(c->bytes);
		free(c);
		return -1;
	}
	c->next = t->connections;
	t->connections = c;
	t->n++;
	return 0;
}

void
tcp_accept(struct tcp *t, struct farm_host *host, int listener)
{
	union address from;
	socklen_t size;
	int fd, i;

	for (i = 0; i < ACCEPTS_MAX; i++) {
		size = sizeof(from);
		fd = accept4(
		    listener, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		make_room(t, host);
		if (begin(t, host, fd, &from.any) != 0)
			close(fd);
	}
}

/* Who does not read his answers does not get them. */
static int
answer(int fd, const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return 0;
	return send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		       (ssize_t)size
		   ? 0
		   : -1;
}

/* The whole size of what is read next; 0: not known yet; -1: no message. */
static int64_t
message_size(const uint8_t *bytes, size_t size)
{
	int64_t whole;

	if (size == 0)
		return 0;
	if (bytes[0] != BER_SEQUENCE)
		return -1;
	whole = ber_element_size(bytes, size);
	return whole > MESSAGE_MAX ? -1 : whole;
}

/* All that are whole.  -1: nothing sensible can follow. */
static int
take_all(struct connection *c, struct farm_host *host, struct receiver *r,
    int64_t mono_ns)
{
	size_t done = 0, size;
	const uint8_t *bytes;
	int64_t whole;

	while ((whole = message_size(c->bytes + done, c->size - done)) > 0 &&
	       (uint64_t)whole <= c->size - done) {
		size = receiver_take(r, host, &c->from, c->bytes + done,
		    (size_t)whole, mono_ns, &bytes);
		done += (size_t)whole;
		c->begun_ns = mono_ns;
		if (answer(c->fd, bytes, size) != 0)
			return -1;
	}
	if (whole < 0) {
		r->outcomes.n[MALFORMED]++;
		return -1;
	}
	memmove(c->bytes, c->bytes + done, c->size - done);
	c->size -= done;
	return 0;
}

static int
have_room(struct connection *c)
{
	size_t capacity = 2 * c->capacity;
	uint8_t *bytes;

	if (c->size < c->capacity)
		return 0;
	bytes = realloc(c->bytes, capacity);
	if (bytes == NULL)
		return -1;
	c->bytes = bytes;
	c->capacity = capacity;
	return 0;
}

/* -1: the connection is over. */
static int
read_some(struct connection *c, struct farm_host *host, struct receiver *r)
{
	int64_t mono_ns = clock_mono_ns();
	ssize_t n;

	if (have_room(c) != 0)
		return -1;
	n = recv(
	    c->fd, c->bytes + c->size, c->capacity - c->size, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if (c->size == 0)
		c->begun_ns = mono_ns;
	c->active_ns = mono_ns;
	c->size += (size_t)n;
	return take_all(c, host, r, mono_ns) != 0 ? -1 : 1;
}

void
tcp_ready(struct tcp *t, struct farm_host *host, struct receiver *r,
    struct connection *c)
{
	int i, rc = 1;

	for (i = 0; i < READS_MAX && rc > 0; i++)
		rc = read_some(c, host, r);
	if (rc < 0)
		end(t, host, c);
}

void
tcp_tick(struct tcp *t, struct farm_host *host, int64_t mono_ns)
{
	struct connection *c, *next;
	bool slow;

	for (c = t->connections; c != NULL; c = next) {
		next = c->next;
		slow = c->size > 0 && mono_ns - c->begun_ns > TCP_SLOW_NS;
		if (!slow && mono_ns - c->active_ns <= t->idle_ns)
			continue;
		t->turned_away += slow;
		end(t, host, c);
	}
}
