/* http: whether URLs answer as they should, and how long each part takes. */
#include <farm/module.h>

#include "expect.h"
#include "fetch_many.h"
#include "fetch_report.h"
#include "target_text.h"

struct http {
	const char *url;
	const char *connect_to;
	const char *prefix;
	const char *method;
	const char *body;
	struct fetch_options ask;
	struct farm_list status;
	struct farm_list match, match_not;

	/* Made by open(). */
	struct expect *expect;
	struct fetch_rules rules;
	struct fetcher *fetcher;
};

static const struct farm_option options[] = {
	FARM_OPTION_STRING("url", struct http, url, "http://{address}/",
	    "what is asked for, in which {cluster}, {node} and {address} are "
	    "the target's"),
	FARM_OPTION_STRING("connect_to", struct http, connect_to, NULL,
	    "HOST or HOST:PORT that is asked instead of the URL's, such as "
	    "\"{address}\": one of several that serve the same name"),
	FARM_OPTION_LIST("status", struct http, status, "[2xx]",
	    "good ones: 404, 2xx, 200-299"),
	FARM_OPTION_LIST("match", struct http, match, NULL,
	    "extended regular expressions that the answer has to match"),
	FARM_OPTION_LIST("match_not", struct http, match_not, NULL,
	    "extended regular expressions that the answer must not match"),
	FARM_OPTION_STRING("method", struct http, method, "GET",
	    "GET, HEAD, POST or any other"),
	FARM_OPTION_STRING(
	    "body", struct http, body, NULL, "sent with the question"),
	FETCH_OPTIONS(struct http, ask, "1MiB", "10s"),
	FARM_OPTION_STRING("prefix", struct http, prefix, "",
	    "stands before the name of each parameter"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	FETCH_REPORT_PARAMETERS,
	{ "http_status", FARM_STATE, NULL, "of the answer" },
	{ "first_byte_time", FARM_GAUGE, "s",
	    "from the question to the first byte of the answer" },
	{ "size", FARM_GAUGE, "By", "of the answer, unpacked" },
	{ "redirects", FARM_GAUGE, "1", "that were followed" },
	{ 0 },
};

static int
make_expect(struct expect **ret, const struct http *h, struct error *err)
{
	return expect_new(ret, &h->status, &h->match, &h->match_not, err);
}

static int
http_check(struct farm_host *host, const void *state)
{
	const struct http *h = state;
	struct expect *e = NULL;
	struct error err;
	int rc = 0;

	if (make_expect(&e, h, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	expect_free(e);
	if (fetch_check_url(h->url, &err) != 0)
		rc = farm_fail(host, "url: %s", err.text);
	if (h->connect_to != NULL &&
	    target_text_check(h->connect_to, &err) != 0)
		rc = farm_fail(host, "connect_to: %s", err.text);
	return rc;
}

static int
http_open(struct farm_host *host, void *state)
{
	struct http *h = state;
	struct error err;

	h->rules = fetch_rules_of(&h->ask);
	h->rules.method = h->method;
	h->rules.body = h->body;
	h->rules.anew = true;
	if (make_expect(&h->expect, h, &err) != 0 ||
	    fetcher_new(&h->fetcher, &h->rules, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
http_close(struct farm_host *host, void *state)
{
	struct http *h = state;

	(void)host;
	fetcher_free(h->fetcher);
	expect_free(h->expect);
}

static void
put_answer(struct report *r, const struct fetch *f)
{
	report_put(r, "http_status", FARM_STATE, "", farm_int64(f->status));
	report_put(r, "size", FARM_GAUGE, "By", farm_uint64(f->body.size));
	report_put(r, "redirects", FARM_GAUGE, "1", farm_int64(f->redirects));
}

static void
take(struct farm_host *host, void *state, struct farm_target *target,
    const struct fetch *f)
{
	const struct http *h = state;
	struct report r = { host, target, h->prefix, 0 };
	struct error why = f->why;

	if (why.text[0] == '\0')
		(void)expect_judge(h->expect, f->status,
		    (struct slice){ buffer_text(&f->body), f->body.size },
		    &why);
	report_connection(&r, f, why.text);
	report_time(&r, "first_byte_time", f->times.first_byte);
	if (f->status != 0)
		put_answer(&r, f);
	report_end(&r);
}

static int
http_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct http *h = state;
	const struct fetch_caller caller = { .state = h,
		.url = h->url,
		.connect_to = h->connect_to,
		.timeout_ns = h->ask.timeout_ns,
		.take = take };

	return fetch_many(host, h->fetcher, &caller, targets, n);
}

FARM_MODULE(http, FARM_COLLECTOR) = {
	.summary = "whether URLs answer, and how long each part takes",
	.description =
	    "Asks a URL of each target and gives how long it took to look up "
	    "its name, to connect, to agree on TLS and to have the first byte "
	    "and the last one, each for itself, and for how many days its "
	    "certificates are good. `ok` says whether it has answered as it "
	    "should; else `status` says why, which is no failure of the "
	    "collector.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  web:\n"
	    "    nodes: [www.example.org]\n"
	    "    collect:\n"
	    "      - http: {url: \"https://{address}/health\", match: "
	    "['\"status\": *\"up\"'], every: 30s}\n"
	    "```\n\n"
	    "Each question looks the name up and connects anew, so that all "
	    "parts are seen. What a question did not come to has no value. "
	    "With redirects the times are sums.\n\n"
	    "All targets of an instance are asked at once, on one thread. "
	    "Many that hang hold `parallel` up: each under way takes a "
	    "descriptor and some 20 KB, so for thousands raise it, and the "
	    "limit of descriptors (`LimitNOFILE` of the unit, 65536). To "
	    "ask for several URLs of a target, give each an instance and a "
	    "`prefix`.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct http),
	.needs = FARM_NEEDS_NETWORK,
	.check = http_check,
	.open = http_open,
	.close = http_close,
	.collector = { .collect_many = http_collect_many },
};
