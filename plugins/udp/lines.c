#include "lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"

/* Of one call, so that nobody holds up the others. */
#define READS_MAX 16

struct line {
	struct connection connection; /* first */
	size_t size;
	char bytes[LINE_MAX_SIZE]; /* touched as far as they came */
};

void
lines_init(struct lines *l, size_t max)
{
	l->connections.max = max;
	l->connections.size = sizeof(struct line);
	l->connections.zeroed = offsetof(struct line, bytes);
}

void
lines_close(struct lines *l, struct farm_host *host)
{
	connections_close(&l->connections, host);
}

static bool
admit(void *cookie, const struct place *from)
{
	return receiver_admits(cookie, from);
}

void
lines_accept(
    struct lines *l, struct farm_host *host, struct receiver *r, int listener)
{
	connections_accept(&l->connections, host, listener, admit, r);
}

/* The first `size' bytes go on, the others move up. */
static int
hand_on(struct line *c, struct farm_host *host, struct receiver *r, size_t size)
{
	int status = 0;

	if (size > 0)
		status = receiver_take_paced(r, host, &c->connection.from,
		    c->bytes, size, c->connection.active_mono_ns);
	c->size -= size;
	memmove(c->bytes, c->bytes + size, c->size);
	return status;
}

/*
 * Syslog's other framing (RFC 6587, 3.4.1): the length, a blank, the message.
 * The whole size of what begins here, and of it the length and the blank; 0 if
 * it is not all there, -1 if this is none.
 */
static long
counted_size(const char *bytes, size_t size, size_t *ret_head)
{
	size_t n = 0, i;

	for (i = 0; i < size && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
		n = 10 * n + (size_t)(bytes[i] - '0');
		if (n > LINE_MAX_SIZE)
			return -1;
	}
	if (i == size)
		return 0;
	if (i == 0 || bytes[i] != ' ' || i + 1 + n > LINE_MAX_SIZE)
		return -1;
	*ret_head = i + 1;
	return i + 1 + n > size ? 0 : (long)(i + 1 + n);
}

/* Messages that are whole, as long as there are any. */
static int
hand_on_counted(struct line *c, struct farm_host *host, struct receiver *r)
{
	size_t at = 0, head;
	int status = 0;
	long whole;

	while (at < c->size &&
	       (whole = counted_size(c->bytes + at, c->size - at, &head)) > 0) {
		status |= receiver_take_paced(r, host, &c->connection.from,
		    c->bytes + at + head, (size_t)whole - head,
		    c->connection.active_mono_ns);
		at += (size_t)whole;
	}
	c->size -= at;
	memmove(c->bytes, c->bytes + at, c->size);
	return status;
}

/* ULM's lines never begin with a digit. */
static bool
is_counted(const struct line *c, const struct receiver *r)
{
	size_t head;

	return r->format == FORMAT_ULM && c->size > 0 &&
	       counted_size(c->bytes, c->size, &head) >= 0;
}

static int
hand_on_lines(struct line *c, struct farm_host *host, struct receiver *r)
{
	const char *newline;

	if (is_counted(c, r))
		return hand_on_counted(c, host, r);
	newline = memrchr(c->bytes, '\n', c->size);
	return newline == NULL
		   ? 0
		   : hand_on(c, host, r, (size_t)(newline + 1 - c->bytes));
}

/* No line, or who knows how much of one. */
static void
drop_rest(struct line *c, struct receiver *r)
{
	r->outcomes[MALFORMED] += c->size > 0;
	c->size = 0;
}

/* False at the end, and where nothing is there yet, which *ret_over tells. */
static bool
read_some(struct line *c, struct receiver *r, bool *ret_over)
{
	ssize_t n = recv(c->connection.fd, c->bytes + c->size,
	    sizeof(c->bytes) - c->size, MSG_DONTWAIT);

	*ret_over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n < 0 && *ret_over)
		drop_rest(c, r);
	if (n <= 0)
		return false;
	c->size += (size_t)n;
	c->connection.active_mono_ns = clock_mono_ns();
	receiver_pace(r, &c->connection.from, c->connection.active_mono_ns);
	return true;
}

/* True if it has to wait. */
static bool
hold(struct lines *l, struct farm_host *host, struct receiver *r,
    struct connection *c)
{
	if (receiver_ready(r, &c->from, clock_mono_ns()))
		return false;
	connections_hold(host, c);
	l->held++;
	return true;
}

void
lines_tick(struct lines *l, struct farm_host *host, struct receiver *r,
    int64_t mono_ns)
{
	struct connection *c;

	for (c = l->connections.first; c != NULL; c = c->next) {
		if (!c->held)
			continue;
		/* It is not idle, but waits for us. */
		c->active_mono_ns = mono_ns;
		if (receiver_ready(r, &c->from, mono_ns))
			(void)connections_resume(host, c);
	}
}

int
lines_ready(struct lines *l, struct farm_host *host, struct receiver *r,
    struct connection *connection)
{
	struct line *c = (struct line *)connection;
	bool over = false;
	int i, status = 0;

	for (i = 0; i < READS_MAX; i++) {
		if (hold(l, host, r, connection))
			return status;
		if (!read_some(c, r, &over))
			break;
		status |= hand_on_lines(c, host, r);
		if (c->size == sizeof(c->bytes)) {
			l->connections.turned_away++;
			drop_rest(c, r);
			over = true;
			break;
		}
	}
	/* A last line may do without its newline, unless it broke off. */
	if (over) {
		status |= hand_on(c, host, r, c->size);
		connections_end(&l->connections, host, connection);
	}
	return status;
}
