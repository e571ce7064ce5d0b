#include "nrdp_door.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "clock.h"
#include "nrdp.h"

#define READS_MAX 32
#define PIECE 16384

struct caller {
	struct connection connection; /* first */
	struct buffer bytes;
	bool encouraged; /* was told to go on */
};

static void
release(struct connection *c)
{
	buffer_free(&((struct caller *)c)->bytes);
}

void
nrdp_door_init(struct nrdp_door *d, size_t connections)
{
	d->connections = (struct connections){ .max = connections,
		.size = sizeof(struct caller),
		.zeroed = sizeof(struct caller),
		.release = release };
}

void
nrdp_door_close(struct nrdp_door *d, struct farm_host *host)
{
	connections_close(&d->connections, host);
}

static bool
admit(void *cookie, const struct place *from)
{
	return intake_admits(cookie, from);
}

void
nrdp_door_accept(struct nrdp_door *d, struct farm_host *host, struct intake *in,
    int listener)
{
	connections_accept(&d->connections, host, listener, admit, in);
}

/* ------------------------------------------------------------------ HTTP -- */

/* The value of a header line, if it is that one. */
static bool
header_is(struct slice line, const char *name, struct slice *ret)
{
	size_t n = strlen(name);

	if (line.length <= n || line.text[n] != ':' ||
	    strncasecmp(line.text, name, n) != 0)
		return false;
	*ret = (struct slice){ line.text + n + 1, line.length - n - 1 };
	while (ret->length > 0 && strchr(" \t", ret->text[0]) != NULL) {
		ret->text++;
		ret->length--;
	}
	while (ret->length > 0 &&
	       strchr(" \t\r", ret->text[ret->length - 1]) != NULL)
		ret->length--;
	return true;
}

static ssize_t
length_of(struct slice value, struct error *err)
{
	ssize_t n = 0;

	for (size_t i = 0; i < value.length; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return error_set(err, "a Content-Length of no number");
		n = 10 * n + (value.text[i] - '0');
		if (n > NRDP_BODY_MAX)
			return error_set(
			    err, "more than %d MiB", NRDP_BODY_MAX >> 20);
	}
	return value.length > 0 ? n : error_set(err, "an empty length");
}

ssize_t
nrdp_request_size(struct slice begun, size_t *ret_head, struct error *err)
{
	const char *end = begun.length == 0
			      ? NULL
			      : memmem(begun.text, begun.length, "\r\n\r\n", 4);
	struct slice head, line, value;
	ssize_t length = -1;

	if (end == NULL && begun.length > NRDP_HEAD_MAX)
		return error_set(err, "a head without an end");
	if (end == NULL)
		return 0;
	head = (struct slice){ begun.text, (size_t)(end - begun.text) };
	line = slice_cut(&head, '\n');
	if (line.length < 5 || memcmp(line.text, "POST ", 5) != 0)
		return error_set(err, "no POST");
	while (head.length > 0) {
		line = slice_cut(&head, '\n');
		if (header_is(line, "Transfer-Encoding", &value))
			return error_set(err, "a body without a length");
		if (!header_is(line, "Content-Length", &value))
			continue;
		length = length_of(value, err);
		if (length < 0)
			return -1;
	}
	if (length < 0)
		return error_set(err, "a body without a length");
	*ret_head = (size_t)(end - begun.text) + 4;
	return (ssize_t)*ret_head + length;
}

/* -------------------------------------------------------------- an answer --
 */

/* It fits into any socket's room. */
static void
answer(struct caller *c, int status, int code, const char *text)
{
	struct buffer body = BUFFER_INIT, all = BUFFER_INIT;

	buffer_printf(&body,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<result>\n"
	    "<status>%d</status>\n<message>%s</message>\n</result>\n",
	    code, text);
	buffer_printf(&all,
	    "HTTP/1.1 %d %s\r\nContent-Type: text/xml\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, status == 200 ? "OK" : "Bad Request", body.size,
	    buffer_text(&body));
	if (!buffer_failed(&body) && !buffer_failed(&all))
		(void)send(c->connection.fd, all.data, all.size,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	buffer_free(&body);
	buffer_free(&all);
}

/* Takes as long whatever is wrong in it. */
static bool
is_token(const char *ours, const char *theirs)
{
	size_t n = strlen(ours), m = strlen(theirs);
	unsigned char differs = n != m;

	for (size_t i = 0; i < m; i++)
		differs |= (unsigned char)(theirs[i] ^ ours[i % (n + 1)]);
	return differs == 0;
}

static void
refuse(struct caller *c, struct intake *in, enum outcome outcome,
    const char *told, const struct error *why)
{
	intake_refuse(in, outcome, &c->connection.from, why);
	answer(c, 200, -1, told);
}

static int
take_results(struct caller *c, struct farm_host *host, struct intake *in,
    const struct nrdp_request *request)
{
	const struct nrdp_result *r;

	for (r = request->results; r != NULL; r = r->next)
		if (intake_take(in, host, &c->connection.from,
			&(struct passive_result){
			    r->host, r->service, r->state, r->output }) != 0) {
			answer(c, 200, -1, "NO ROOM");
			return -1;
		}
	answer(c, 200, 0, "OK");
	return 0;
}

static int
take_body(struct nrdp_door *d, struct caller *c, struct farm_host *host,
    struct intake *in, struct slice body)
{
	struct arena *arena = arena_new(0);
	struct nrdp_request request;
	struct error err;
	int rc = 0;

	if (arena == NULL)
		return farm_fail(host, "out of memory");
	if (nrdp_parse(arena, body, &request, &err) != 0) {
		refuse(c, in, MALFORMED, "BAD DATA", &err);
	} else if (!is_token(d->token, request.token)) {
		error_set(&err, "another token");
		refuse(c, in, REFUSED, "BAD TOKEN", &err);
	} else if (strcmp(request.command, "submitcheck") != 0) {
		error_set(&err, "the command is no submitcheck");
		refuse(c, in, MALFORMED, "UNKNOWN COMMAND", &err);
	} else {
		rc = take_results(c, host, in, &request);
	}
	arena_free(arena);
	return rc;
}

/* True if that was all of it. */
static bool
take_bytes(struct nrdp_door *d, struct caller *c, struct farm_host *host,
    struct intake *in, int *ret_rc)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct slice all = { buffer_text(&c->bytes), c->bytes.size };
	struct error err;
	size_t head = 0;
	ssize_t size = nrdp_request_size(all, &head, &err);

	if (size < 0) {
		intake_refuse(in, MALFORMED, &c->connection.from, &err);
		answer(c, 400, -1, "BAD REQUEST");
		return true;
	}
	if (size > 0 && all.length >= (size_t)size) {
		*ret_rc = take_body(d, c, host, in,
		    (struct slice){ all.text + head, (size_t)size - head });
		return true;
	}
	/* Who does not wait for it does not mind. */
	if (size > 0 && !c->encouraged)
		(void)send(c->connection.fd, go_on, sizeof(go_on) - 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	c->encouraged = c->encouraged || size > 0;
	return false;
}

int
nrdp_door_ready(struct nrdp_door *d, struct farm_host *host, struct intake *in,
    struct connection *connection)
{
	struct caller *c = (struct caller *)connection;
	bool over = false;
	int rc = 0;
	ssize_t n;
	char *room;

	for (int i = 0; i < READS_MAX && !over; i++) {
		room = buffer_room(&c->bytes, PIECE);
		n = room == NULL
			? 0
			: recv(connection->fd, room, PIECE, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			over = true;
			break;
		}
		buffer_added(&c->bytes, (size_t)n);
		connection->active_mono_ns = clock_mono_ns();
		over = take_bytes(d, c, host, in, &rc);
	}
	if (over)
		connections_end(&d->connections, host, connection);
	return rc;
}
