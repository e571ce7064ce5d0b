/* scrape: what exporters and other servers say of themselves by HTTP. */
#include <farm/module.h>

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "fetch_many.h"
#include "json_values.h"
#include "prometheus_values.h"

enum format { PROMETHEUS, JSON };

static const char *const accepted[] = {
	[PROMETHEUS] = "application/openmetrics-text;version=1.0.0,"
		       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	[JSON] = "application/json",
};

struct scrape {
	const char *url;
	int format;
	const char *cluster_label;
	const char *node_label;
	struct json_values json;
	const char *prefix;
	struct fetch_options ask;

	/* Made by open(). */
	struct tag_rules tags;
	struct fetch_rules rules;
	struct fetcher *fetcher;
};

static const struct farm_option options[] = {
	FARM_OPTION_STRING("url", struct scrape, url,
	    "http://{address}:9100/metrics",
	    "what is asked for, in which {cluster}, {node} and {address} are "
	    "the target's"),
	FARM_OPTION_ENUM("format", struct scrape, format, "prometheus",
	    "prometheus|json", "what the server says"),
	FARM_OPTION_STRING("cluster_label", struct scrape, cluster_label, NULL,
	    "of Prometheus' labels the one that names the cluster of a "
	    "value"),
	FARM_OPTION_STRING("node_label", struct scrape, node_label, NULL,
	    "and the one that names its node"),
	FARM_OPTION_MAP("values", struct scrape, json.paths,
	    "of JSON: a path for each parameter, \"/disks/0/used\", in which "
	    "a \"*\" is any part and stands for one in the parameter's name; "
	    "all numbers if there are none"),
	FARM_OPTION_MAP(
	    "units", struct scrape, json.units, "of parameters of JSON"),
	FARM_OPTION_LIST("counters", struct scrape, json.counters, NULL,
	    "parameters of JSON that only grow"),
	FARM_OPTION_STRING("prefix", struct scrape, prefix, "",
	    "stands before the name of each parameter"),
	FETCH_OPTIONS(struct scrape, ask, "16MiB", "10s"), FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "scrape_time", FARM_GAUGE, "s", "how long the answer took" },
	{ "scrape_size", FARM_GAUGE, "By", "of the answer, unpacked" },
	{ 0 },
};

static int
scrape_check(struct farm_host *host, const void *state)
{
	const struct scrape *s = state;
	struct error err;
	int rc = 0;

	if (fetch_check_url(s->url, &err) != 0)
		rc = farm_fail(host, "url: %s", err.text);
	if (json_values_check(&s->json, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (s->format != JSON && s->json.paths.n > 0)
		rc = farm_fail(host, "values: need format json");
	return rc;
}

static int
scrape_open(struct farm_host *host, void *state)
{
	struct scrape *s = state;
	struct error err;

	s->tags = (struct tag_rules){ s->cluster_label, s->node_label,
		{ NULL } };
	s->rules = fetch_rules_of(&s->ask);
	s->rules.accept = accepted[s->format];
	if (fetcher_new(&s->fetcher, &s->rules, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
scrape_close(struct farm_host *host, void *state)
{
	struct scrape *s = state;

	(void)host;
	fetcher_free(s->fetcher);
}

/* ------------------------------------------------------------- an answer -- */

static bool
is_open(const struct fetch *f)
{
	static const char type[] = "application/openmetrics-text";

	return strncasecmp(f->type, type, strlen(type)) == 0;
}

/* All that came, but for a line that broke off. */
static struct slice
whole_lines(const struct fetch *f)
{
	struct slice s = { buffer_text(&f->body), f->body.size };

	if (f->why.text[0] == '\0')
		return s;
	while (s.length > 0 && s.text[s.length - 1] != '\n')
		s.length--;
	return s;
}

static void
read_answer(const struct scrape *s, struct sink *sink, const struct fetch *f)
{
	struct prometheus_text text = { .rest = whole_lines(f),
		.open = is_open(f) };

	if (s->format == PROMETHEUS)
		prometheus_values_read(sink, &text, &s->tags);
	else if (f->why.text[0] == '\0')
		json_values_read(sink, text.rest, &s->json);
}

static void
put_own(struct sink *sink, const struct fetch *f)
{
	sink_put(sink,
	    (struct farm_spec){
		.parameter = "scrape_time", .kind = FARM_GAUGE, .unit = "s" },
	    farm_double((double)f->times.total / NS_PER_S));
	sink_put(sink,
	    (struct farm_spec){
		.parameter = "scrape_size", .kind = FARM_GAUGE, .unit = "By" },
	    farm_uint64(f->body.size));
}

/* What is said of a target that is not as it should be; false if it is. */
static bool
is_wrong(const struct sink *sink, const struct fetch *f, struct error *err)
{
	if (f->why.text[0] != '\0')
		*err = f->why;
	else if (f->status / 100 != 2)
		error_set(err, "HTTP status %ld", f->status);
	else if (sink->n_bad == 0 && sink->rc != 0)
		error_set(err, "values not taken");
	else
		return sink_why(sink, "its answer", err);
	return true;
}

static void
take(struct farm_host *host, void *state, struct farm_target *target,
    const struct fetch *f)
{
	const struct scrape *s = state;
	struct sink sink = { .host = host,
		.target = target,
		.arena = arena_new(0),
		.prefix = s->prefix };
	struct error err;

	if (sink.arena == NULL) {
		farm_done_failed(host, target, "out of memory");
		return;
	}
	if (f->status / 100 == 2) {
		read_answer(s, &sink, f);
		put_own(&sink, f);
	}
	if (is_wrong(&sink, f, &err))
		farm_done_failed(host, target, "%s: %s", f->url, err.text);
	else
		farm_done(host, target);
	arena_free(sink.arena);
}

static int
scrape_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct scrape *s = state;
	const struct fetch_caller caller = { .state = s,
		.url = s->url,
		.timeout_ns = s->ask.timeout_ns,
		.take = take };

	return fetch_many(host, s->fetcher, &caller, targets, n);
}

FARM_MODULE(scrape, FARM_COLLECTOR) = {
	.summary = "what exporters say by HTTP: Prometheus, OpenMetrics, JSON",
	.description =
	    "Asks a URL of each target and takes the values that it answers: "
	    "those of Prometheus' exporters, in its text format or as "
	    "OpenMetrics, or any of a JSON document.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  workers:\n"
	    "    nodes: [\"w[01-40]\"]\n"
	    "    collect:\n"
	    "      - scrape: {every: 15s}\n"
	    "  brokers:\n"
	    "    nodes: [b1]\n"
	    "    collect:\n"
	    "      - scrape:\n"
	    "          url: \"http://{address}:8222/varz\"\n"
	    "          format: json\n"
	    "          values: {memory: /mem, received: /in_bytes, "
	    "\"route_*\": \"/routes/*/count\"}\n"
	    "          units: {memory: By, received: By}\n"
	    "          counters: [received]\n"
	    "```\n\n"
	    "A metric's labels stay labels, and their values become part of "
	    "its name, so that `node_disk_reads{device=\"sda\"} 7` is "
	    "`node_disk_reads_sda`. Counters, and the parts of histograms and "
	    "summaries that only grow, are counters: the filter `rate` makes "
	    "rates of them. A metric whose name ends in `_bytes`, `_seconds` "
	    "and the like has that unit. Exemplars are left out, and so are "
	    "NaN and infinities, which are no values.\n\n"
	    "A line that cannot be read does not spoil the others, and of an "
	    "answer that breaks off all lines that came are taken; the target "
	    "has failed, with the reason, all the same. Connections are kept "
	    "from one time to the next.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct scrape),
	.needs = FARM_NEEDS_NETWORK,
	.check = scrape_check,
	.open = scrape_open,
	.close = scrape_close,
	.collector = { .collect_many = scrape_collect_many },
};
