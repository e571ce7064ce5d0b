/* tcp: whether somebody listens, and how long it takes to connect. */
#include <farm/module.h>

#include <stdio.h>

#include "fetch_many.h"
#include "fetch_report.h"

struct tcp {
	int64_t port;
	bool tls;
	const char *prefix;
	struct fetch_options ask;

	/* Made by open(). */
	char url[sizeof("https://{address}:65535/")];
	struct fetch_rules rules;
	struct fetcher *fetcher;
};

static const struct farm_option options[] = {
	{ .name = "port",
	    .type = FARM_TYPE_INTEGER,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct tcp, port, int64_t),
	    .min = 1,
	    .max = 65535,
	    .help = "that is connected to" },
	FARM_OPTION_BOOLEAN("tls", struct tcp, tls, "no",
	    "agree on TLS, too, and look at the certificates"),
	FETCH_SERVER_OPTIONS(struct tcp, ask),
	FARM_OPTION_DURATION("timeout", struct tcp, ask.timeout_ns, "3s", 1e7,
	    3600e9, "for all of it; shortened if the deadline leaves less"),
	FARM_OPTION_INTEGER("parallel", struct tcp, ask.parallel, "500", 1,
	    20000,
	    "connections at once; the other targets wait for their "
	    "turn"),
	FARM_OPTION_STRING("prefix", struct tcp, prefix, "",
	    "stands before the name of each parameter"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	FETCH_REPORT_PARAMETERS,
	{ 0 },
};

static int
tcp_open(struct farm_host *host, void *state)
{
	struct tcp *t = state;
	struct error err;

	snprintf(t->url, sizeof(t->url), "http%s://{address}:%u/",
	    t->tls ? "s" : "", (unsigned)(uint16_t)t->port);
	t->rules = fetch_rules_of(&t->ask);
	t->rules.connect_only = true;
	t->rules.anew = true;
	if (fetcher_new(&t->fetcher, &t->rules, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
tcp_close(struct farm_host *host, void *state)
{
	struct tcp *t = state;

	(void)host;
	fetcher_free(t->fetcher);
}

static void
take(struct farm_host *host, void *state, struct farm_target *target,
    const struct fetch *f)
{
	const struct tcp *t = state;
	struct report r = { host, target, t->prefix, 0 };

	report_connection(&r, f, f->why.text);
	report_end(&r);
}

static int
tcp_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct tcp *t = state;
	const struct fetch_caller caller = { .state = t,
		.url = t->url,
		.timeout_ns = t->ask.timeout_ns,
		.take = take };

	return fetch_many(host, t->fetcher, &caller, targets, n);
}

FARM_MODULE(tcp, FARM_COLLECTOR) = {
	.summary = "whether somebody listens on a port, and how fast",
	.description =
	    "Connects to a port of each target and closes the connection, "
	    "without a word. `ok` says whether somebody listens, `status` "
	    "why not, which is no failure of the collector. With `tls` the "
	    "two agree on TLS, and `certificate_days` says for how long the "
	    "certificates are good.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  mail:\n"
	    "    nodes: [mx1.example.org, mx2.example.org]\n"
	    "    collect:\n"
	    "      - tcp: {name: smtp, port: 25, prefix: smtp., every: 30s}\n"
	    "      - tcp: {name: imaps, port: 993, tls: yes, prefix: imaps., "
	    "every: 30s}\n"
	    "```\n\n"
	    "All targets of an instance are connected to at once, on one "
	    "thread. What it did not come to has no value.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct tcp),
	.needs = FARM_NEEDS_NETWORK,
	.open = tcp_open,
	.close = tcp_close,
	.collector = { .collect_many = tcp_collect_many },
};
