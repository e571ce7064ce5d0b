#include "serve_http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"

struct http {
	struct farm *farm;
	struct MHD_Daemon *daemon;
	const char *host; /* NULL: trusted */
};

/* One request while its body arrives. */
struct pending {
	struct buffer body;
};

static const char *
query_argument(const struct api_request *request, const char *name)
{
	return MHD_lookup_connection_value(
	    request->context, MHD_GET_ARGUMENT_KIND, name);
}

struct collecting {
	const char *name;
	const char **values;
	size_t n;
	size_t max;
};

static enum MHD_Result
collect_argument(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct collecting *c = context;

	(void)kind;
	if (value == NULL || strcmp(name, c->name) != 0)
		return MHD_YES;
	if (c->n < c->max)
		c->values[c->n] = value;
	c->n++;
	return MHD_YES;
}

static size_t
query_arguments(const struct api_request *request, const char *name,
    const char **ret, size_t max)
{
	struct collecting c = { .name = name, .values = ret, .max = max };

	(void)MHD_get_connection_values(
	    request->context, MHD_GET_ARGUMENT_KIND, collect_argument, &c);
	return c.n;
}

static const char *
header_of(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, name);

	return value != NULL ? value : "";
}

/* The host part of "[::1]:9649", "127.0.0.1:9649", "name". */
static void
host_part(const char *header, char *ret, size_t size)
{
	size_t n;

	if (header[0] == '[') {
		header++;
		n = strcspn(header, "]");
	} else {
		n = strcspn(header, ":");
	}
	if (n >= size)
		n = 0;
	memcpy(ret, header, n);
	ret[n] = '\0';
}

static bool
host_is_ours(const char *header, const char *configured)
{
	struct in6_addr address;
	char asked[256];
	char self[256];

	if (header == NULL)
		return false;
	host_part(header, asked, sizeof(asked));
	if (asked[0] == '\0')
		return false;
	if (inet_pton(AF_INET, asked, &address) == 1 ||
	    inet_pton(AF_INET6, asked, &address) == 1 ||
	    strcasecmp(asked, "localhost") == 0 ||
	    strcasecmp(asked, configured) == 0)
		return true;
	return gethostname(self, sizeof(self) - 1) == 0 &&
	       strcasecmp(asked, self) == 0;
}

static void
set_peer(struct MHD_Connection *connection, struct api_request *request)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer;
	socklen_t size = sizeof(peer);

	request->uid = (uid_t)-1;
	if (info != NULL && getsockopt(info->connect_fd, SOL_SOCKET,
				SO_PEERCRED, &peer, &size) == 0) {
		request->uid = peer.uid;
		request->pid = peer.pid;
	}
}

/* A stream on its way: the piece at hand, and how much of it has gone. */
struct sending {
	struct api_stream *stream;
	struct buffer piece;
	size_t gone;
	bool over; /* it was the last piece */
};

static ssize_t
send_more(void *context, uint64_t at, char *to, size_t max)
{
	struct sending *s = context;
	size_t n;

	(void)at;
	while (s->gone == s->piece.size && !s->over) {
		buffer_clear(&s->piece);
		s->gone = 0;
		s->over = !s->stream->more(s->stream, &s->piece);
		if (buffer_failed(&s->piece))
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	n = s->piece.size - s->gone;
	if (n == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n > max)
		n = max;
	memcpy(to, s->piece.data + s->gone, n);
	s->gone += n;
	return (ssize_t)n;
}

static void
end_sending(void *context)
{
	struct sending *s = context;

	s->stream->free(s->stream);
	buffer_free(&s->piece);
	free(s);
}

static struct MHD_Response *
make_stream(struct api_reply *reply)
{
	struct sending *s = calloc(1, sizeof(*s));
	struct MHD_Response *response = NULL;

	if (s != NULL) {
		s->stream = reply->stream;
		response = MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, HTTP_PIECE, send_more, s, end_sending);
	}
	if (response == NULL) {
		reply->stream->free(reply->stream);
		free(s);
	}
	return response;
}

static struct MHD_Response *
make_body(struct api_reply *reply)
{
	struct MHD_Response *response;
	size_t size;
	char *body;

	buffer_putc(&reply->body, '\n');
	body = buffer_take(&reply->body, &size);
	if (body == NULL)
		return NULL;
	response = MHD_create_response_from_buffer(
	    size, body, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		free(body);
	return response;
}

static enum MHD_Result
send_reply(struct MHD_Connection *connection, struct api_reply *reply)
{
	struct MHD_Response *response = reply->stream != NULL
					    ? make_stream(reply)
					    : make_body(reply);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type",
	    reply->type != NULL ? reply->type : "application/json");
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	result = MHD_queue_response(
	    connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static void
answer(struct http *h, struct MHD_Connection *connection, const char *method,
    const char *path, const struct pending *pending, struct api_reply *reply)
{
	struct api_request request = {
		.method = strcmp(method, "HEAD") == 0 ? "GET" : method,
		.path = path,
		.argument = query_argument,
		.arguments = query_arguments,
		.accept = header_of(connection, MHD_HTTP_HEADER_ACCEPT),
		.body = buffer_text(&pending->body),
		.body_size = pending->body.size,
		.trusted = h->host == NULL,
		.context = connection,
	};

	if (request.trusted)
		set_peer(connection, &request);
	else if (!host_is_ours(MHD_lookup_connection_value(
				   connection, MHD_HEADER_KIND, "Host"),
		     h->host)) {
		api_error(reply, 421, "host",
		    "the Host header names neither an address nor this host");
		return;
	}
	if (buffer_failed(&pending->body))
		api_error(reply, 413, "size",
		    "the body is larger than %d bytes", HTTP_BODY_MAX);
	else if (strcmp(request.method, "GET") != 0 &&
		 strcmp(request.method, "POST") != 0)
		api_error(reply, 405, "method", "%s is not known here",
		    request.method);
	else
		api_handle(h->farm, &request, reply);
}

/* Called with the header, then with each piece of the body, then without. */
static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct pending *pending = *state;
	struct api_reply reply = { .body = BUFFER_INIT };

	(void)version;
	if (pending == NULL) {
		pending = calloc(1, sizeof(*pending));
		if (pending == NULL)
			return MHD_NO;
		pending->body.limit = HTTP_BODY_MAX;
		*state = pending;
		return MHD_YES;
	}
	if (*size > 0) {
		buffer_put(&pending->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	answer(context, connection, method, url, pending, &reply);
	return send_reply(connection, &reply);
}

static void
completed(void *context, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct pending *pending = *state;

	(void)context;
	(void)connection;
	(void)code;
	if (pending == NULL)
		return;
	buffer_free(&pending->body);
	free(pending);
	*state = NULL;
}

int
http_start(struct http **ret, struct farm *farm, int fd, const char *host,
    struct error *err)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return error_set(err, "out of memory");
	h->farm = farm;
	h->host = host;
	h->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
					 MHD_USE_THREAD_PER_CONNECTION |
					 MHD_USE_POLL | MHD_USE_ITC,
	    0, NULL, NULL, handle, h, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
	if (h->daemon == NULL) {
		free(h);
		return error_set(err, "cannot start the HTTP server: %m");
	}
	*ret = h;
	return 0;
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	MHD_stop_daemon(h->daemon);
	free(h);
}
