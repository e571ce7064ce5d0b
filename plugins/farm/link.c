#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "curl_set.h"

/* Asked again after so long, twice as long with each failure. */
#define RETRY_FIRST_NS (1 * NS_PER_S)
#define RETRY_MAX_NS (60 * NS_PER_S)
/* The other side says something every 15 s. */
#define SILENCE_S 45L
#define CONNECT_S 10L
/* Of what it says when it refuses. */
#define REFUSAL_MAX 300

struct link {
	struct link_options options;
	struct link_to to;
	char *base; /* of the URL */
	CURLM *multi;
	CURL *easy; /* NULL: not connected */
	struct curl_slist *headers;
	struct farm_host *host; /* during a call */
	bool up;
	int64_t retry_mono_ns;
	int64_t pause_ns;
	uint64_t attempts;
	char refusal[REFUSAL_MAX + 1];
	size_t refusal_size;
	struct error wrong; /* what take() said */
	struct error why;
	char text[CURL_ERROR_SIZE];
};

static const char unix_prefix[] = "unix:";

static bool
is_unix(const struct link *l)
{
	return strncmp(l->options.url, unix_prefix, strlen(unix_prefix)) == 0;
}

/* --------------------------------------------------- what curl asks for -- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	struct link *l = context;
	uint32_t events = 0;

	(void)easy;
	(void)unused;
	if (l->host == NULL)
		return 0;
	if (what == CURL_POLL_REMOVE) {
		farm_unwatch(l->host, fd);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	return farm_watch(l->host, fd, events, NULL) == 0 ? 0 : -1;
}

static long
status_of(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static void
keep_refusal(struct link *l, const char *bytes, size_t size)
{
	size_t room = REFUSAL_MAX - l->refusal_size;

	if (size > room)
		size = room;
	memcpy(l->refusal + l->refusal_size, bytes, size);
	l->refusal_size += size;
	l->refusal[l->refusal_size] = '\0';
}

static size_t
on_bytes(char *bytes, size_t one, size_t size, void *context)
{
	struct link *l = context;

	(void)one;
	if (status_of(l->easy) != 200) {
		keep_refusal(l, bytes, size);
		return size;
	}
	l->up = true;
	l->pause_ns = 0;
	if (l->to.take(l->to.context, bytes, size, &l->wrong) != 0)
		return 0;
	return size;
}

/* ---------------------------------------------------------- connecting -- */

int
link_new(struct link **ret, const struct link_options *o,
    const struct link_to *to, struct error *err)
{
	struct link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return error_set(err, "out of memory");
	l->options = *o;
	l->to = *to;
	l->base = strdup(is_unix(l) ? "http://localhost" : o->url);
	l->multi = curl_multi_init();
	if (l->base == NULL || l->multi == NULL) {
		link_free(l, NULL);
		return error_set(err, "out of memory");
	}
	while (l->base[0] != '\0' && l->base[strlen(l->base) - 1] == '/')
		l->base[strlen(l->base) - 1] = '\0';
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	*ret = l;
	return 0;
}

static void
disconnect(struct link *l)
{
	if (l->easy != NULL) {
		curl_multi_remove_handle(l->multi, l->easy);
		curl_easy_cleanup(l->easy);
	}
	curl_slist_free_all(l->headers);
	l->headers = NULL;
	l->easy = NULL;
	l->up = false;
}

void
link_free(struct link *l, struct farm_host *host)
{
	if (l == NULL)
		return;
	l->host = host;
	disconnect(l);
	if (l->multi != NULL)
		curl_multi_cleanup(l->multi);
	free(l->base);
	free(l);
}

static void
set_options(struct link *l, const char *url)
{
	const struct link_options *o = &l->options;
	CURL *e = l->easy;

	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 256L << 10);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, l->text);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, l->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, l);
	curl_set_authorities(e, o->ca);
	curl_set_text(e, CURLOPT_SSLCERT, o->certificate);
	curl_set_text(e, CURLOPT_SSLKEY, o->key);
	if (is_unix(l))
		curl_easy_setopt(
		    e, CURLOPT_UNIX_SOCKET_PATH, o->url + strlen(unix_prefix));
}

/* It is shown to nobody. */
static bool
put_token(struct link *l)
{
	struct buffer line = BUFFER_INIT;

	if (l->options.token == NULL || l->options.token[0] == '\0')
		return true;
	buffer_printf(&line, "Authorization: Bearer %s", l->options.token);
	if (!buffer_failed(&line))
		l->headers = curl_slist_append(NULL, line.data);
	buffer_free(&line);
	return l->headers != NULL;
}

static void
begin(struct link *l)
{
	struct buffer url = BUFFER_INIT;
	char *path = l->to.ask(l->to.context);

	l->attempts++;
	l->text[0] = '\0';
	l->wrong.text[0] = '\0';
	l->refusal[0] = '\0';
	l->refusal_size = 0;
	buffer_printf(&url, "%s%s", l->base, path == NULL ? "" : path);
	l->easy = curl_easy_init();
	if (path == NULL || buffer_failed(&url) || l->easy == NULL ||
	    !put_token(l)) {
		disconnect(l);
		error_set(&l->why, "out of memory");
	} else {
		set_options(l, url.data);
		curl_multi_add_handle(l->multi, l->easy);
	}
	free(path);
	buffer_free(&url);
}

/* ---------------------------------------------------------------- ends -- */

/* {"error":{"text":"..."}} without its marks: a person reads it. */
static void
explain(struct link *l, CURLcode code)
{
	long status = status_of(l->easy);

	if (l->wrong.text[0] != '\0')
		error_set(&l->why, "%s", l->wrong.text);
	else if (status != 0 && status != 200)
		error_set(&l->why, "HTTP status %ld: %.*s", status,
		    (int)strcspn(l->refusal, "\r\n"), l->refusal);
	else if (code == CURLE_OK)
		error_set(&l->why, "the other side ended it");
	else
		error_set(&l->why, "%s",
		    l->text[0] != '\0' ? l->text : curl_easy_strerror(code));
}

static void
end(struct link *l, CURLcode code)
{
	explain(l, code);
	disconnect(l);
	l->pause_ns = l->pause_ns == 0 ? RETRY_FIRST_NS : 2 * l->pause_ns;
	if (l->pause_ns > RETRY_MAX_NS)
		l->pause_ns = RETRY_MAX_NS;
	l->retry_mono_ns = clock_mono_ns() + l->pause_ns;
}

static void
look(struct link *l)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(l->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			end(l, message->data.result);
}

void
link_ready(struct link *l, struct farm_host *host, int fd, uint32_t events)
{
	int mask = 0, running;

	if ((events & (EPOLLIN | EPOLLHUP)) != 0)
		mask |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		mask |= CURL_CSELECT_OUT;
	if ((events & EPOLLERR) != 0)
		mask |= CURL_CSELECT_ERR;
	l->host = host;
	curl_multi_socket_action(l->multi, fd, mask, &running);
	look(l);
	l->host = NULL;
}

void
link_tick(struct link *l, struct farm_host *host)
{
	int running;

	l->host = host;
	if (l->easy == NULL && clock_mono_ns() >= l->retry_mono_ns)
		begin(l);
	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look(l);
	l->host = NULL;
}

bool
link_is_up(const struct link *l)
{
	return l->up;
}

const char *
link_why(const struct link *l)
{
	return l->why.text;
}

uint64_t
link_attempts(const struct link *l)
{
	return l->attempts;
}
