#include "fetch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "curl_set.h"

/* Descriptors that one step looks at before it asks again. */
#define EVENTS_MAX 256

_Static_assert(sizeof(((struct fetch *)0)->said) >= CURL_ERROR_SIZE,
    "libcurl's texts fit");

TAILQ_HEAD(list, fetch);

struct fetcher {
	const struct fetch_rules *rules;
	CURLM *multi;
	int epoll;
	int64_t due_ns;      /* libcurl's timer */
	struct list waiting; /* for their turn */
	struct list under_way;
	struct list over;
	size_t n; /* of all three */
	size_t n_under_way;
};

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	if (f->easy != NULL)
		curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->headers);
	curl_slist_free_all(f->hosts);
	buffer_free(&f->body);
	free(f->url);
	free(f->connect_to);
	free(f);
}

/* --------------------------------------------------- what curl asks for -- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct fetcher *r = context;
	struct epoll_event e = { .data.fd = fd };

	(void)easy;
	(void)known;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		e.events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		e.events |= EPOLLOUT;
	/* What cannot be watched ends at its deadline. */
	if (epoll_ctl(r->epoll, EPOLL_CTL_MOD, fd, &e) != 0)
		(void)epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *context)
{
	struct fetcher *r = context;

	(void)multi;
	r->due_ns = ms < 0 ? INT64_MAX : clock_mono_ns() + ms * NS_PER_MS;
	return 0;
}

static size_t
on_bytes(char *bytes, size_t one, size_t size, void *context)
{
	struct fetch *f = context;
	size_t room;

	(void)one;
	room = f->body_max - f->body.size;
	buffer_put(&f->body, bytes, size < room ? size : room);
	if (buffer_failed(&f->body))
		error_set(&f->why, "out of memory");
	else if (size > room)
		error_set(
		    &f->why, "answers with more than %zu bytes", f->body_max);
	else
		return size;
	return 0;
}

/* ------------------------------------------------------------ beginning -- */

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool
add_headers(struct fetch *f, const struct fetch_rules *o)
{
	bool good = true;

	if (o->accept != NULL)
		good = curl_add_header(&f->headers, "Accept", o->accept);
	for (size_t i = 0; i < o->headers.n; i++)
		good = good &&
		       curl_add_header(&f->headers, o->headers.pairs[i].key,
			   o->headers.pairs[i].value);
	if (f->headers != NULL)
		curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
	return good;
}

static bool
add_connect_to(struct fetch *f)
{
	struct buffer b = BUFFER_INIT;
	bool good;

	if (f->connect_to == NULL)
		return true;
	buffer_printf(&b, "::%s", f->connect_to);
	good = !buffer_failed(&b) && curl_add_line(&f->hosts, buffer_text(&b));
	buffer_free(&b);
	curl_easy_setopt(f->easy, CURLOPT_CONNECT_TO, f->hosts);
	return good;
}

static void
set_access(CURL *e, const struct fetch_rules *o)
{
	curl_set_text(e, CURLOPT_USERNAME, o->user);
	curl_set_text(e, CURLOPT_PASSWORD, o->password);
	if (is_set(o->token)) {
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(e, CURLOPT_XOAUTH2_BEARER, o->token);
	}
	curl_set_authorities(e, o->ca);
	curl_set_text(e, CURLOPT_SSLCERT, o->certificate);
	curl_set_text(e, CURLOPT_SSLKEY, o->key);
	if (o->trusting) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_question(CURL *e, const struct fetch_rules *o)
{
	if (strcmp(o->method, "HEAD") == 0)
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	if (is_set(o->body))
		curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, o->body);
	if (strcmp(o->method, "GET") != 0 || is_set(o->body))
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, o->method);
	curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, o->connect_only ? 1L : 0L);
	curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(e, CURLOPT_USERAGENT, "farmd");
}

static void
set_ways(CURL *e, const struct fetch_rules *o)
{
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, o->redirects > 0 ? 1L : 0L);
	curl_easy_setopt(e, CURLOPT_MAXREDIRS, o->redirects);
	curl_easy_setopt(e, CURLOPT_IPRESOLVE,
	    o->family == AF_INET    ? CURL_IPRESOLVE_V4
	    : o->family == AF_INET6 ? CURL_IPRESOLVE_V6
				    : CURL_IPRESOLVE_WHATEVER);
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* A look-up that hangs is left to its thread. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	if (!o->anew)
		return;
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
}

static bool
set_up(struct fetch *f, const struct fetch_rules *o)
{
	int64_t ms = (f->deadline_ns - clock_mono_ns()) / NS_PER_MS;

	f->easy = curl_easy_init();
	if (f->easy == NULL)
		return false;
	set_question(f->easy, o);
	set_ways(f->easy, o);
	set_access(f->easy, o);
	curl_easy_setopt(f->easy, CURLOPT_URL, f->url);
	curl_easy_setopt(f->easy, CURLOPT_PRIVATE, f);
	curl_easy_setopt(f->easy, CURLOPT_ERRORBUFFER, f->said);
	curl_easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(f->easy, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, ms > 0 ? (long)ms : 1L);
	return add_headers(f, o) && add_connect_to(f);
}

static void
begin(struct fetcher *r, struct fetch *f)
{
	if (f->deadline_ns <= clock_mono_ns())
		error_set(&f->why,
		    "had no turn before its deadline: %zu others were under "
		    "way",
		    r->n_under_way);
	else if (!set_up(f, r->rules) ||
		 curl_multi_add_handle(r->multi, f->easy) != CURLM_OK)
		error_set(&f->why, "out of memory");
	if (f->why.text[0] != '\0') {
		TAILQ_INSERT_TAIL(&r->over, f, link);
		return;
	}
	TAILQ_INSERT_TAIL(&r->under_way, f, link);
	r->n_under_way++;
}

/* Those that have their turn, and those that will have none. */
static void
begin_waiting(struct fetcher *r)
{
	struct fetch *f;

	while ((f = TAILQ_FIRST(&r->waiting)) != NULL &&
	       (r->n_under_way < r->rules->at_once ||
		   f->deadline_ns <= clock_mono_ns())) {
		TAILQ_REMOVE(&r->waiting, f, link);
		begin(r, f);
	}
}

int
fetcher_ask(struct fetcher *r, const char *url, const char *connect_to,
    int64_t deadline_ns, void *cookie, struct error *err)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return error_set(err, "out of memory");
	f->url = strdup(url);
	if (connect_to != NULL)
		f->connect_to = strdup(connect_to);
	if (f->url == NULL || (connect_to != NULL && f->connect_to == NULL)) {
		fetch_free(f);
		return error_set(err, "out of memory");
	}
	f->cookie = cookie;
	f->deadline_ns = deadline_ns;
	f->body_max = r->rules->body_max;
	f->type = f->address = "";
	f->times = (struct fetch_times){ -1, -1, -1, -1, -1 };
	TAILQ_INSERT_TAIL(&r->waiting, f, link);
	r->n++;
	begin_waiting(r);
	return 0;
}

/* --------------------------------------------------------------- ending -- */

/* "Expire date:Nov 22 10:00:00 2027 GMT" */
static int64_t
expiry(const char *line)
{
	static const char key[] = "Expire date:";
	struct tm tm = { 0 };

	if (strncmp(line, key, strlen(key)) != 0 ||
	    strptime(line + strlen(key), "%b %d %H:%M:%S %Y", &tm) == NULL)
		return 0;
	return timegm(&tm) * NS_PER_S;
}

static int64_t
first_expiry(CURL *easy)
{
	struct curl_certinfo *chain = NULL;
	int64_t first = 0, t;
	int i;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    chain == NULL)
		return 0;
	for (i = 0; i < chain->num_of_certs; i++)
		for (struct curl_slist *s = chain->certinfo[i]; s != NULL;
		     s = s->next) {
			t = expiry(s->data);
			if (t != 0 && (first == 0 || t < first))
				first = t;
		}
	return first;
}

/* From one of libcurl's marks to another; both count from the beginning. */
static int64_t
between(CURL *easy, CURLINFO from, CURLINFO to)
{
	curl_off_t a = 0, b = 0;

	if (from != CURLINFO_NONE)
		curl_easy_getinfo(easy, from, &a);
	curl_easy_getinfo(easy, to, &b);
	return b > 0 && b >= a ? (b - a) * 1000 : -1;
}

/*
 * The end of what comes before the question.  libcurl's own mark for that is
 * set when the question has been sent, by a thread that may have had to wait
 * since, while the answer came; it has no other where sums of several count.
 */
static CURLINFO
before_question(CURL *e, long redirects)
{
	curl_off_t tls = 0;

	if (redirects > 0)
		return CURLINFO_PRETRANSFER_TIME_T;
	curl_easy_getinfo(e, CURLINFO_APPCONNECT_TIME_T, &tls);
	return tls > 0 ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T;
}

static void
take_times(CURL *e, long redirects, struct fetch_times *t)
{
	t->names = between(e, CURLINFO_NONE, CURLINFO_NAMELOOKUP_TIME_T);
	t->connect = between(
	    e, CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T);
	t->tls = between(
	    e, CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T);
	t->first_byte = between(
	    e, before_question(e, redirects), CURLINFO_STARTTRANSFER_TIME_T);
	t->total = between(e, CURLINFO_NONE, CURLINFO_TOTAL_TIME_T);
}

static void
take_answer(struct fetch *f)
{
	char *text = NULL;

	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &f->status);
	curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_COUNT, &f->redirects);
	if (curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &text) ==
		CURLE_OK &&
	    text != NULL)
		f->type = text;
	if (curl_easy_getinfo(f->easy, CURLINFO_PRIMARY_IP, &text) ==
		CURLE_OK &&
	    text != NULL)
		f->address = text;
	f->expires_ns = first_expiry(f->easy);
	take_times(f->easy, f->redirects, &f->times);
}

static void
end(struct fetcher *r, CURL *easy, CURLcode code)
{
	struct fetch *f = NULL;
	char *private = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	f = (struct fetch *)private;
	take_answer(f);
	if (code != CURLE_OK && f->why.text[0] == '\0')
		error_set(&f->why, "%s",
		    f->said[0] != '\0' ? f->said : curl_easy_strerror(code));
	curl_multi_remove_handle(r->multi, easy);
	r->n_under_way--;
	TAILQ_REMOVE(&r->under_way, f, link);
	TAILQ_INSERT_TAIL(&r->over, f, link);
}

/* ---------------------------------------------------------- the fetcher -- */

int
fetcher_new(
    struct fetcher **ret, const struct fetch_rules *rules, struct error *err)
{
	struct fetcher *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return error_set(err, "out of memory");
	r->rules = rules;
	r->due_ns = INT64_MAX;
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->under_way);
	TAILQ_INIT(&r->over);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->multi = curl_multi_init();
	if (r->epoll < 0 || r->multi == NULL) {
		error_set(err, "epoll: %m");
		fetcher_free(r);
		return -1;
	}
	curl_multi_setopt(r->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(r->multi, CURLMOPT_SOCKETDATA, r);
	curl_multi_setopt(r->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(r->multi, CURLMOPT_TIMERDATA, r);
	*ret = r;
	return 0;
}

static void
free_all(struct list *l)
{
	struct fetch *f;

	while ((f = TAILQ_FIRST(l)) != NULL) {
		TAILQ_REMOVE(l, f, link);
		fetch_free(f);
	}
}

void
fetcher_stop(struct fetcher *r)
{
	struct fetch *f;

	TAILQ_FOREACH(f, &r->under_way, link)
	curl_multi_remove_handle(r->multi, f->easy);
	free_all(&r->waiting);
	free_all(&r->under_way);
	free_all(&r->over);
	r->n = r->n_under_way = 0;
}

void
fetcher_free(struct fetcher *r)
{
	if (r == NULL)
		return;
	fetcher_stop(r);
	if (r->multi != NULL)
		curl_multi_cleanup(r->multi);
	if (r->epoll >= 0)
		close(r->epoll);
	free(r);
}

int
fetcher_fd(const struct fetcher *r)
{
	return r->epoll;
}

int64_t
fetcher_due_ns(const struct fetcher *r)
{
	const struct fetch *f = TAILQ_FIRST(&r->waiting);

	/* Some are over before they begin. */
	if (!TAILQ_EMPTY(&r->over))
		return 0;
	return f != NULL && f->deadline_ns < r->due_ns ? f->deadline_ns
						       : r->due_ns;
}

static int
mask_of(uint32_t events)
{
	int mask = 0;

	if ((events & (EPOLLIN | EPOLLHUP)) != 0)
		mask |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		mask |= CURL_CSELECT_OUT;
	if ((events & EPOLLERR) != 0)
		mask |= CURL_CSELECT_ERR;
	return mask;
}

void
fetcher_step(struct fetcher *r)
{
	struct epoll_event events[EVENTS_MAX];
	int i, n, running, left;
	CURLMsg *message;

	n = epoll_wait(r->epoll, events, EVENTS_MAX, 0);
	for (i = 0; i < n; i++)
		curl_multi_socket_action(r->multi, events[i].data.fd,
		    mask_of(events[i].events), &running);
	if (r->due_ns <= clock_mono_ns()) {
		r->due_ns = INT64_MAX;
		curl_multi_socket_action(
		    r->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	while ((message = curl_multi_info_read(r->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			end(r, message->easy_handle, message->data.result);
	begin_waiting(r);
}

struct fetch *
fetcher_over(struct fetcher *r)
{
	struct fetch *f = TAILQ_FIRST(&r->over);

	if (f != NULL) {
		TAILQ_REMOVE(&r->over, f, link);
		r->n--;
	}
	return f;
}

size_t
fetcher_running(const struct fetcher *r)
{
	return r->n;
}
