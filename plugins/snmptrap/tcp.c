#include "tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"

#define FIRST_CAPACITY 2048
/* Of one call, so that nobody holds up the others. */
#define READS_MAX 16

struct message {
	struct connection connection; /* first */
	int64_t begun_ns; /* the first bytes of what is not whole yet came */
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

static void
release(struct connection *c)
{
	free(((struct message *)c)->bytes);
}

void
tcp_init(struct tcp *t, size_t max, int64_t idle_ns)
{
	t->connections.max = max;
	t->connections.size = t->connections.zeroed = sizeof(struct message);
	t->connections.release = release;
	t->idle_ns = idle_ns;
}

void
tcp_close(struct tcp *t, struct farm_host *host)
{
	connections_close(&t->connections, host);
}

void
tcp_accept(struct tcp *t, struct farm_host *host, int listener)
{
	connections_accept(&t->connections, host, listener, NULL, NULL);
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
take_all(struct message *c, struct farm_host *host, struct receiver *r,
    int64_t mono_ns)
{
	size_t done = 0, size;
	const uint8_t *bytes;
	int64_t whole;

	while ((whole = message_size(c->bytes + done, c->size - done)) > 0 &&
	       (uint64_t)whole <= c->size - done) {
		size = receiver_take(r, host, &c->connection.from,
		    c->bytes + done, (size_t)whole, mono_ns, &bytes);
		done += (size_t)whole;
		c->begun_ns = mono_ns;
		if (answer(c->connection.fd, bytes, size) != 0)
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
have_room(struct message *c)
{
	size_t capacity = c->capacity == 0 ? FIRST_CAPACITY : 2 * c->capacity;
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
read_some(struct message *c, struct farm_host *host, struct receiver *r)
{
	int64_t mono_ns = clock_mono_ns();
	ssize_t n;

	if (have_room(c) != 0)
		return -1;
	n = recv(c->connection.fd, c->bytes + c->size, c->capacity - c->size,
	    MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if (c->size == 0)
		c->begun_ns = mono_ns;
	c->connection.active_mono_ns = mono_ns;
	c->size += (size_t)n;
	return take_all(c, host, r, mono_ns) != 0 ? -1 : 1;
}

void
tcp_ready(struct tcp *t, struct farm_host *host, struct receiver *r,
    struct connection *c)
{
	int i, rc = 1;

	for (i = 0; i < READS_MAX && rc > 0; i++)
		rc = read_some((struct message *)c, host, r);
	if (rc < 0)
		connections_end(&t->connections, host, c);
}

void
tcp_tick(struct tcp *t, struct farm_host *host, int64_t mono_ns)
{
	struct connection *c, *next;
	const struct message *m;
	bool slow;

	for (c = t->connections.first; c != NULL; c = next) {
		next = c->next;
		m = (const struct message *)c;
		slow = m->size > 0 && mono_ns - m->begun_ns > TCP_SLOW_NS;
		if (!slow && mono_ns - c->active_mono_ns <= t->idle_ns)
			continue;
		t->connections.turned_away += slow;
		connections_end(&t->connections, host, c);
	}
}
