#include "serve_http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access.h"
#include "api.h"
#include "clock.h"
#include "pool.h"
#include "serve_peer.h"
#include "serve_stream.h"
#include "subscribe.h"
#include "tls.h"
#include "wait.h"

/* Bytes of an answer in pieces that wait. */
#define OUTBOX_BYTES (1u << 20)
/* At the end streams have so long to be read. */
#define LAST_WORDS_NS NS_PER_S
#define THREAD_IDLE_NS (30 * NS_PER_S)

/*
 * One thread for all connections, which must not wait: requests are answered
 * on threads of the pool while their connections are suspended.
 */
struct http {
	struct farm *farm;
	struct MHD_Daemon *daemon;
	struct pool *pool;
	struct streams *streams;
	const char *host;     /* NULL: trusted */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t idle;
	unsigned working; /* requests that are being answered */
	bool stopping;
};

/* One request, from its header to the end of its answer. */
struct pending {
	struct job job;
	struct http *http;
	struct MHD_Connection *connection;
	const char *method;
	const char *path;
	struct buffer body;
	bool submitted;
	bool answered;
	struct api_reply reply;
	struct outbox *outbox; /* of an answer in pieces; NULL: none */
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

static void
close_subscription(void *context)
{
	subscription_close(context);
}

static struct MHD_Response *
make_response(struct pending *p)
{
	struct outbox *outbox = p->outbox;
	struct subscription *subscription = p->reply.subscription;

	if (outbox == NULL)
		return make_body(&p->reply);
	p->outbox = NULL;
	p->reply.subscription = NULL;
	return streams_response(p->http->streams, p->connection, outbox,
	    subscription != NULL ? close_subscription : NULL, subscription);
}

static enum MHD_Result
send_reply(struct pending *p)
{
	const char *type = p->reply.type;
	struct MHD_Response *response = make_response(p);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(
	    response, "Content-Type", type != NULL ? type : "application/json");
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	if (p->reply.status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(
		    response, "WWW-Authenticate", "Bearer");
	result = MHD_queue_response(
	    p->connection, (unsigned)p->reply.status, response);
	MHD_destroy_response(response);
	return result;
}

/* --------------------------------------------------------------- requests --
 */

static bool
is_known(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0 ||
	       strcmp(method, "DELETE") == 0;
}

/*
 * A web page can make a browser ask by any name, but it has no token or
 * certificate of farmd's users.  Without a policy nobody looks whether a token
 * is one.
 */
static bool
host_is_fine(const struct pending *p, const struct peer *peer,
    const struct access_who *who)
{
	if (p->http->host == NULL || peer->caller.subject != NULL ||
	    (peer->caller.token != NULL && access_has_policy(who)))
		return true;
	return host_is_ours(
	    MHD_lookup_connection_value(p->connection, MHD_HEADER_KIND, "Host"),
	    p->http->host);
}

static void
answer_peer(struct pending *p, const struct peer *peer, struct access_who *who)
{
	struct api_request request = {
		.method = strcmp(p->method, "HEAD") == 0 ? "GET" : p->method,
		.path = p->path,
		.argument = query_argument,
		.arguments = query_arguments,
		.accept = header_of(p->connection, MHD_HTTP_HEADER_ACCEPT),
		.body = buffer_text(&p->body),
		.body_size = p->body.size,
		.who = who,
		.trusted = access_may_all(who, ACCESS_ADMIN),
		.local = peer->caller.local,
		.uid = peer->caller.uid,
		.pid = peer->caller.pid,
		.last_event = MHD_lookup_connection_value(
		    p->connection, MHD_HEADER_KIND, "Last-Event-ID"),
		.context = p->connection,
	};

	if (!host_is_fine(p, peer, who))
		api_error(&p->reply, 421, "host",
		    "the Host header names neither an address nor this host");
	else if (buffer_failed(&p->body))
		api_error(&p->reply, 413, "size",
		    "the body is larger than %d bytes", HTTP_BODY_MAX);
	else if (!is_known(request.method))
		api_error(&p->reply, 405, "method", "%s is not known here",
		    request.method);
	else
		api_handle(p->http->farm, &request, &p->reply);
}

static void
answer(struct pending *p)
{
	struct peer peer;
	struct error err;
	struct access_who *who = peer_open(
	    &peer, p->http->farm, p->connection, p->http->host == NULL, &err);

	if (who == NULL)
		api_error(&p->reply, 401, "who", "%s", err.text);
	else
		answer_peer(p, &peer, who);
	access_who_free(who);
	peer_close(&peer);
}

/* Who feeds it counts, too. */
static void
open_outbox(struct pending *p)
{
	if (p->reply.subscription != NULL)
		p->outbox = outbox_ref(
		    subscription_outbox(p->reply.subscription));
	else if (p->reply.stream != NULL)
		p->outbox = outbox_new(OUTBOX_BYTES);
	if (p->reply.stream == NULL)
		return;
	if (p->outbox != NULL) {
		(void)outbox_ref(p->outbox);
		return;
	}
	p->reply.stream->free(p->reply.stream);
	p->reply.stream = NULL;
	api_error(&p->reply, 500, "memory", "out of memory");
}

/* The connection goes on as soon as there is an answer, and with it the request
   may be gone. */
static void
run(struct job *job)
{
	struct pending *p = (struct pending *)((char *)job -
					       offsetof(struct pending, job));
	struct http *h = p->http;
	struct subscription *subscription;
	struct api_stream *stream;
	struct outbox *outbox;

	answer(p);
	open_outbox(p);
	subscription = p->reply.subscription;
	stream = p->reply.stream;
	outbox = p->outbox;
	p->answered = true;
	MHD_resume_connection(p->connection);
	if (subscription != NULL) {
		subscription_feed(subscription);
	} else if (stream != NULL) {
		streams_feed(stream, outbox);
		outbox_unref(outbox);
	}
	pthread_mutex_lock(&h->lock);
	h->working--;
	pthread_cond_signal(&h->idle);
	pthread_mutex_unlock(&h->lock);
}

static enum MHD_Result
submit(struct pending *p, const char *method, const char *path)
{
	struct http *h = p->http;
	bool stopping;

	p->method = method;
	p->path = path;
	p->job.run = run;
	p->submitted = true;
	pthread_mutex_lock(&h->lock);
	stopping = h->stopping;
	if (!stopping)
		h->working++;
	pthread_mutex_unlock(&h->lock);
	if (stopping)
		return MHD_NO;
	MHD_suspend_connection(p->connection);
	pool_submit(h->pool, &p->job);
	return MHD_YES;
}

static struct pending *
pending_new(struct http *h, struct MHD_Connection *connection)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->http = h;
	p->connection = connection;
	p->body.limit = HTTP_BODY_MAX;
	return p;
}

/* Called with the header, then with each piece of the body, then without, and
   again when it was answered. */
static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct pending *p = *state;

	(void)version;
	if (p == NULL) {
		*state = pending_new(context, connection);
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*size > 0) {
		buffer_put(&p->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!p->submitted)
		return submit(p, method, url);
	return p->answered ? send_reply(p) : MHD_NO;
}

static void
completed(void *context, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct pending *p = *state;

	(void)context;
	(void)connection;
	(void)code;
	if (p == NULL)
		return;
	if (p->outbox != NULL)
		outbox_close(p->outbox);
	if (p->reply.subscription != NULL)
		subscription_close(p->reply.subscription);
	outbox_unref(p->outbox);
	buffer_free(&p->reply.body);
	buffer_free(&p->body);
	free(p);
	*state = NULL;
}

/* TLS 1.2 and 1.3; whoever has a certificate may show it. */
static void
choose_tls(const struct tls *tls, struct MHD_OptionItem options[4])
{
	const char *authorities = tls_authorities(tls);

	*options++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
		(char *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" };
	*options++ = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK2,
		0, (void *)tls_retrieve };
	if (authorities != NULL)
		*options++ = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_MEM_TRUST, 0, (char *)authorities
		};
	*options = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

static int
start_daemon(struct http *h, int fd)
{
	struct MHD_OptionItem tls[4] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL |
			 MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
	unsigned most = HTTP_CONNECTIONS_MAX +
			(unsigned)h->farm->config->limits.subscribers;

	if (h->host != NULL && h->farm->tls != NULL) {
		flags |= MHD_USE_TLS;
		choose_tls(h->farm->tls, tls);
	}
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, h,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, most,
	    MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_ARRAY, tls,
	    MHD_OPTION_END);
	return h->daemon != NULL ? 0 : -1;
}

static void
http_free(struct http *h)
{
	pool_free(h->pool);
	streams_free(h->streams);
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h);
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
	pthread_mutex_init(&h->lock, NULL);
	wait_init(&h->idle);
	h->pool = pool_new(HTTP_CONNECTIONS_MAX, THREAD_IDLE_NS);
	h->streams = streams_new();
	if (h->pool == NULL || h->streams == NULL) {
		error_set(err, "out of memory");
	} else if (start_daemon(h, fd) < 0) {
		error_set(err, "cannot start the HTTP server: %m");
	} else {
		*ret = h;
		return 0;
	}
	http_free(h);
	return -1;
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	streams_end(h->streams);
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	while (h->working > 0)
		(void)wait_until(&h->idle, &h->lock, INT64_MAX);
	pthread_mutex_unlock(&h->lock);
	(void)pool_stop(h->pool, INT64_MAX);
	streams_wait(h->streams, clock_mono_ns() + LAST_WORDS_NS);
	MHD_stop_daemon(h->daemon);
	http_free(h);
}
