/*
 * http_bare.c - what libcurl alone costs for URLs that are asked again and
 * again, each over a connection of its own, and evenly over time. usage:
 * http_bare ROUNDS EVERY-MS TIMEOUT-MS [CA] <URLS, lines URL [CONNECT-TO]:
 * prints CPU time for each, memory, and how many were under way at most.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"

#define EVENTS_MAX 256
#define URLS_MAX 20000

struct bare {
	CURLM *multi;
	int epoll;
	int64_t due_ns;
	char *urls[URLS_MAX];
	struct curl_slist *to[URLS_MAX]; /* NULL: the URL's own host */
	size_t n_urls;
	long timeout_ms;
	const char *ca;
	int running;
	int most;
	size_t answered;
	size_t failed;
};

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	const struct bare *b = context;
	struct epoll_event e = { .data.fd = fd };

	(void)easy;
	(void)known;
	if (what == CURL_POLL_REMOVE)
		return epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, NULL), 0;
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
		   (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (epoll_ctl(b->epoll, EPOLL_CTL_MOD, fd, &e) != 0)
		(void)epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &e);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *context)
{
	struct bare *b = context;

	(void)multi;
	b->due_ns = ms < 0 ? INT64_MAX : clock_mono_ns() + ms * NS_PER_MS;
	return 0;
}

static size_t
on_bytes(char *bytes, size_t one, size_t size, void *context)
{
	(void)bytes;
	(void)one;
	(void)context;
	return size;
}

static void
ask(struct bare *b, size_t i)
{
	CURL *e = curl_easy_init();

	curl_easy_setopt(e, CURLOPT_URL, b->urls[i]);
	curl_easy_setopt(e, CURLOPT_CONNECT_TO, b->to[i]);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, b->timeout_ms);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	if (b->ca != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, b->ca);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	curl_multi_add_handle(b->multi, e);
	b->running++;
}

static void
take_ended(struct bare *b)
{
	CURLMsg *m;
	CURL *e;
	int left;

	while ((m = curl_multi_info_read(b->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		e = m->easy_handle;
		if (m->data.result == CURLE_OK)
			b->answered++;
		else
			b->failed++;
		curl_multi_remove_handle(b->multi, e);
		curl_easy_cleanup(e);
		b->running--;
	}
}

/* Wait until then, or until there is something to do. */
static void
step(struct bare *b, int64_t until_ns)
{
	struct epoll_event events[EVENTS_MAX];
	struct timespec wait = { 0 };
	int i, n, running;
	int64_t ns;

	ns = (b->due_ns < until_ns ? b->due_ns : until_ns) - clock_mono_ns();
	if (ns > 0)
		wait = (struct timespec){ ns / NS_PER_S, ns % NS_PER_S };
	n = epoll_pwait2(b->epoll, events, EVENTS_MAX, &wait, NULL);
	for (i = 0; i < n; i++)
		curl_multi_socket_action(b->multi, events[i].data.fd,
		    (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN
							     : 0) |
			(events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
		    &running);
	if (b->due_ns <= clock_mono_ns()) {
		b->due_ns = INT64_MAX;
		curl_multi_socket_action(
		    b->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	take_ended(b);
}

static void
ask_all(struct bare *b, long rounds, int64_t every_ns)
{
	int64_t begin_ns = clock_mono_ns(), next_ns;
	size_t i, n = b->n_urls * (size_t)rounds;

	for (i = 0; i < n; i++) {
		next_ns = begin_ns + every_ns * (int64_t)i / (int64_t)b->n_urls;
		while (clock_mono_ns() < next_ns)
			step(b, next_ns);
		ask(b, i % b->n_urls);
		if (b->running > b->most)
			b->most = b->running;
	}
	while (b->running > 0)
		step(b, INT64_MAX);
}

static void
read_urls(struct bare *b)
{
	char *line = NULL, *to;
	size_t room = 0;

	while (b->n_urls < URLS_MAX && getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		to = strchr(line, ' ');
		if (to != NULL) {
			*to++ = '\0';
			b->to[b->n_urls] = curl_slist_append(NULL, to);
		}
		b->urls[b->n_urls++] = strdup(line);
	}
	free(line);
}

static double
cpu_us(const struct rusage *r)
{
	return 1e6 * (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
	       (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec);
}

int
main(int argc, char **argv)
{
	static struct bare b = { .due_ns = INT64_MAX };
	struct rusage use;
	int64_t every_ns;
	long rounds;

	if (argc < 4 || argc > 5)
		return fprintf(stderr,
			   "usage: http_bare ROUNDS EVERY-MS TIMEOUT-MS [CA] "
			   "<URLS\n"),
		       2;
	rounds = atol(argv[1]);
	every_ns = atol(argv[2]) * NS_PER_MS;
	b.timeout_ms = atol(argv[3]);
	b.ca = argv[4];
	read_urls(&b);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	b.epoll = epoll_create1(EPOLL_CLOEXEC);
	b.multi = curl_multi_init();
	curl_multi_setopt(b.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(b.multi, CURLMOPT_SOCKETDATA, &b);
	curl_multi_setopt(b.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(b.multi, CURLMOPT_TIMERDATA, &b);
	ask_all(&b, rounds, every_ns);
	getrusage(RUSAGE_SELF, &use);
	printf("%zu answered, %zu not, %.0f us of CPU each, %d under way at "
	       "most, %ld MB at most\n",
	    b.answered, b.failed,
	    cpu_us(&use) / (double)(b.answered + b.failed), b.most,
	    use.ru_maxrss / 1024);
	curl_multi_cleanup(b.multi);
	return 0;
}
