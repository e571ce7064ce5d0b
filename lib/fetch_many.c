#include "fetch_many.h"

#include <poll.h>
#include <string.h>

#include "clock.h"
#include "target_text.h"

/* Between the end of a transfer and its target's deadline: to report it. */
#define MARGIN_NS (50 * NS_PER_MS)
/* Targets taken with one farm_more(). */
#define MORE_MAX 256

struct fetch_rules
fetch_rules_of(const struct fetch_options *o)
{
	return (struct fetch_rules){ .method = "GET",
		.headers = o->headers,
		.user = o->user,
		.password = o->password,
		.token = o->token,
		.ca = o->ca,
		.certificate = o->certificate,
		.key = o->key,
		.trusting = !o->verify,
		.redirects = (long)o->redirects,
		.family = family_of(o->family),
		.body_max = (size_t)o->body_max,
		.at_once = (size_t)o->parallel };
}

int
fetch_check_url(const char *url, struct error *err)
{
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return error_set(err,
		    "\"%s\": begins with neither http:// nor https://", url);
	return target_text_check(url, err);
}

static int
begin(struct fetcher *f, const struct fetch_caller *c, struct farm_host *host,
    struct farm_target *t, struct error *err)
{
	struct buffer url = BUFFER_INIT, at = BUFFER_INIT;
	int64_t until_ns = clock_mono_ns() + c->timeout_ns;
	int64_t limit_ns = farm_deadline_ns(host, t) - MARGIN_NS;
	int rc = target_text_put_url(&url, c->url, t, err);

	if (rc == 0 && c->connect_to != NULL)
		rc = target_text_put_url(&at, c->connect_to, t, err);
	if (rc == 0 && (buffer_failed(&url) || buffer_failed(&at)))
		rc = error_set(err, "out of memory");
	if (rc == 0)
		rc = fetcher_ask(f, buffer_text(&url),
		    c->connect_to != NULL ? buffer_text(&at) : NULL,
		    until_ns < limit_ns ? until_ns : limit_ns, t, err);
	buffer_free(&url);
	buffer_free(&at);
	return rc;
}

static void
begin_all(struct farm_host *host, struct fetcher *f,
    const struct fetch_caller *c, struct farm_target *const *targets, size_t n)
{
	struct error err;
	size_t i;

	for (i = 0; i < n; i++)
		if (begin(f, c, host, targets[i], &err) != 0)
			farm_done_failed(host, targets[i], "%s: %s",
			    targets[i]->node, err.text);
}

/* Woken by the host: for more targets, or to end.  How many came. */
static int
take_more(
    struct farm_host *host, struct fetcher *f, const struct fetch_caller *c)
{
	struct farm_target *more[MORE_MAX];
	int n = farm_more(host, more, MORE_MAX);

	if (n > 0)
		begin_all(host, f, c, more, (size_t)n);
	return n;
}

/* Until there is something to do.  True if the host has woken us. */
static bool
wait(struct farm_host *host, const struct fetcher *f)
{
	struct pollfd fds[] = {
		{ .fd = fetcher_fd(f), .events = POLLIN },
		{ .fd = farm_wake_fd(host), .events = POLLIN },
	};
	int64_t due_ns = fetcher_due_ns(f);
	int64_t ns = due_ns - clock_mono_ns();
	struct timespec timeout = { 0 };

	if (ns > 0) {
		(void)farm_flush(host);
		timeout.tv_sec = ns / NS_PER_S;
		timeout.tv_nsec = ns % NS_PER_S;
	}
	return ppoll(fds, 2, due_ns == INT64_MAX ? NULL : &timeout, NULL) > 0 &&
	       fds[1].revents != 0;
}

int
fetch_many(struct farm_host *host, struct fetcher *f,
    const struct fetch_caller *c, struct farm_target *const *targets, size_t n)
{
	struct fetch *one;
	int empty_wakes = 0;

	begin_all(host, f, c, targets, n);
	/* Twice woken for nothing: the host wants an end. */
	while (fetcher_running(f) > 0 && empty_wakes < 2) {
		if (!wait(host, f))
			empty_wakes = 0;
		else
			empty_wakes = take_more(host, f, c) > 0
					  ? 0
					  : empty_wakes + 1;
		fetcher_step(f);
		while ((one = fetcher_over(f)) != NULL) {
			c->take(host, c->state, one->cookie, one);
			fetch_free(one);
		}
	}
	fetcher_stop(f);
	return 0;
}
