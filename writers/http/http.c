/*
 * http.c - the writer `http': values to databases of time series that take
 * requests of HTTP.
 */
#include <farm/module.h>

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "composer.h"
#include "post.h"
#include "telling.h"
#include "verdict.h"

/* A request is some hundred KB then. */
#define BATCH_VALUES 5000
/* Of texts a batch may be larger: then it goes in several requests. */
#define BODY_MAX (4 << 20)
/* A call may take 60 s in all. */
#define WRITE_NS (50 * NS_PER_S)

struct http {
	struct composer_options said;
	struct post_options asked;

	struct composer composer;
	struct post *post;
	int64_t until_mono_ns; /* of the call */
	int64_t rest_mono_ns;  /* the server asked to be left alone until */
	struct telling tellings[LEFT_OUTS];
};

static const struct farm_option options[] = {
	{ .name = "url",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct http, asked.url, const char *),
	    .help = "where requests go, whole, with what the server wants to "
		    "know: http://db1:8086/write?db=farm" },
	{ .name = "format",
	    .type = FARM_TYPE_ENUM,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct http, said.format, int),
	    .choices = "influx|remote_write",
	    .help = "InfluxDB's lines, or Prometheus' remote write" },
	FARM_OPTION_STRING("measurement", struct http, said.measurement,
	    "{parameter}",
	    "of lines, with {farm}, {cluster}, {node}, {parameter}; without "
	    "{parameter}, parameters are fields of one line"),
	FARM_OPTION_MAP("tags", struct http, said.tags,
	    "of lines, templates like `measurement`; farm, cluster and host if "
	    "none is given"),
	FARM_OPTION_BOOLEAN("labels", struct http, said.labels, "true",
	    "a series' labels are tags of lines, too"),
	FARM_OPTION_BOOLEAN("integers", struct http, said.integers, "true",
	    "integers of lines are such; false: they are floating point, as "
	    "all numbers, for InfluxDB takes one type alone of each field"),
	FARM_OPTION_BOOLEAN("gzip", struct http, said.gzip, "false",
	    "lines are sent compressed; remote write always is, by snappy"),
	{ .name = "headers",
	    .type = FARM_TYPE_MAP,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(struct http, asked.headers, struct farm_map),
	    .help = "sent with each request" },
	FARM_OPTION_STRING("user", struct http, asked.user, NULL, "who we are"),
	FARM_OPTION_SECRET(
	    "password", struct http, asked.password, "of the user"),
	FARM_OPTION_SECRET("token", struct http, asked.token,
	    "sent as InfluxDB's Token, or as a Bearer's to others"),
	FARM_OPTION_PATH("ca", struct http, asked.ca, NULL,
	    "authorities of the server's certificate, PEM; the system's if "
	    "not given"),
	FARM_OPTION_PATH("certificate", struct http, asked.certificate, NULL,
	    "that we show, PEM"),
	FARM_OPTION_PATH("key", struct http, asked.key, NULL, "of it"),
	FARM_OPTION_BOOLEAN("verify", struct http, asked.verify, "true",
	    "the server's certificate is checked"),
	FARM_OPTION_DURATION("timeout", struct http, asked.timeout_ns, "20s",
	    1e8, 45e9, "for one request"),
	FARM_OPTION_END
};

/* As the listener of lines takes them, and whose they are. */
static const struct farm_pair tags[] = {
	{ "farm", "{farm}" },
	{ "cluster", "{cluster}" },
	{ "host", "{node}" },
};

/* ------------------------------------------------------------- opening -- */

static struct composer_options
said_of(const struct http *h)
{
	struct composer_options said = h->said;

	if (said.tags.n == 0)
		said.tags = (struct farm_map){ tags,
			sizeof(tags) / sizeof(tags[0]) };
	return said;
}

static int
http_check(struct farm_host *host, const void *options_)
{
	const struct http *h = options_;
	struct composer_options said = said_of(h);
	struct error err;
	int rc = 0;

	if (composer_check(&said, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (post_check(&h->asked, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (said.gzip && said.format != HTTP_INFLUX)
		rc = farm_fail(host, "gzip: it is for lines only");
	return rc;
}

static int
http_open(struct farm_host *host, void *state)
{
	struct http *h = state;
	struct error err;

	h->said = said_of(h);
	if (composer_open(&h->composer, &h->said, &err) != 0 ||
	    post_open(&h->post, &h->asked, format_table[h->said.format],
		h->said.gzip, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
http_close(struct farm_host *host, void *state)
{
	struct http *h = state;

	(void)host;
	composer_close(&h->composer);
	post_close(h->post);
}

static void
http_forget(struct farm_host *host, void *state, void *series_state)
{
	(void)host, (void)state;
	composer_forget(series_state);
}

/* ------------------------------------------------------------- writing -- */

static enum farm_verdict
judge(struct http *h, const struct post_answer *a, struct error *why)
{
	const char *words = buffer_text(&a->words);

	if (a->wait_ns > 0)
		h->rest_mono_ns = clock_mono_ns() + a->wait_ns;
	error_set(
	    why, "%ld%s%s", a->status, words[0] != '\0' ? " " : "", words);
	return verdict_of(a->status);
}

static enum farm_verdict
ask(struct http *h, struct error *why)
{
	struct post_answer answer = { .status = 0 };
	enum farm_verdict verdict = FARM_AGAIN;

	if (clock_mono_ns() > h->until_mono_ns)
		error_set(why, "is too slow for all of it");
	else if (post_send(h->post, &h->composer.body, &answer, why) == 0)
		verdict = judge(h, &answer, why);
	buffer_free(&answer.words);
	return verdict;
}

/* What is gathered, as one request. */
static enum farm_verdict
send_body(struct http *h, struct error *why)
{
	enum farm_verdict verdict = FARM_AGAIN;

	if (composer_finish(&h->composer) != 0)
		error_set(why, "out of memory");
	else if (h->composer.body.size == 0)
		verdict = FARM_DONE;
	else
		verdict = ask(h, why);
	composer_begin(&h->composer);
	return verdict;
}

/* Some servers call it a bad request where the URL is wrong, or what stands
   before them: that is nothing of the values' fault. */
static enum farm_verdict
doubt(struct http *h, struct error *why)
{
	enum farm_verdict verdict = FARM_AGAIN;
	struct error of_empty;

	if (composer_make_empty(&h->composer) == 0)
		verdict = ask(h, &of_empty);
	else
		error_set(&of_empty, "out of memory");
	if (verdict == FARM_DONE)
		return FARM_BAD;
	*why = of_empty;
	return FARM_AGAIN;
}

/* Once a series: what cannot be said now cannot be later. */
static void
tell_name(struct farm_host *host, const struct http *h, struct known *k,
    const struct farm_series *s)
{
	if (!k->told)
		farm_log(host, FARM_WARNING, "%s/%s/%s: left out: %s",
		    s->cluster, s->node, s->parameter, h->composer.why.text);
	k->told = true;
}

/* Values from `first' on, with what is gathered already. */
static enum farm_verdict
gather(struct farm_host *host, struct http *h, const struct farm_record *r,
    uint32_t first, uint32_t end, struct error *why)
{
	enum farm_verdict verdict = FARM_DONE;
	const struct farm_series *s;
	struct known *known;
	uint64_t unnamed;
	uint32_t i;

	for (i = first; i < end && verdict == FARM_DONE; i++) {
		s = farm_series_info(host, r->values[i].series);
		known = farm_series_state(host, r->values[i].series);
		if (s == NULL)
			continue;
		unnamed = h->composer.left_out[LEFT_NAME];
		if (known == NULL || composer_add(&h->composer, known, s,
					 &r->values[i], r->time_ns) != 0) {
			error_set(why, "out of memory");
			return FARM_AGAIN;
		}
		if (h->composer.left_out[LEFT_NAME] > unnamed)
			tell_name(host, h, known, s);
		if (composer_size(&h->composer) > BODY_MAX)
			verdict = send_body(h, why);
	}
	return verdict;
}

/*
 * A record that is refused is one of many values, mostly of a single one's
 * fault: halves are sent until that is found, so that the others are stored.
 */
static enum farm_verdict
send_halves(struct farm_host *host, struct http *h, const struct farm_record *r,
    uint32_t first, uint32_t end, struct error *why)
{
	uint32_t middle = first + (end - first) / 2;
	enum farm_verdict one, other;
	struct error others;

	composer_begin(&h->composer);
	one = gather(host, h, r, first, end, why);
	if (one == FARM_DONE)
		one = send_body(h, why);
	if (one != FARM_BAD)
		return one;
	if (end - first == 1) {
		error_prefix(why, "%s",
		    farm_series_info(host, r->values[first].series)->parameter);
		return FARM_BAD;
	}
	one = send_halves(host, h, r, first, middle, why);
	if (one == FARM_AGAIN)
		return one;
	other = send_halves(host, h, r, middle, end, &others);
	if (other == FARM_DONE || (one == FARM_BAD && other == FARM_BAD))
		return one;
	*why = others;
	return other;
}

static enum farm_verdict
send_batch(struct farm_host *host, struct http *h,
    const struct farm_batch *batch, struct error *why)
{
	const struct farm_record *r = batch->records;
	enum farm_verdict verdict = FARM_DONE;
	size_t i;

	composer_begin(&h->composer);
	for (i = 0; i < batch->n_records && verdict == FARM_DONE; i++)
		verdict = gather(host, h, &r[i], 0, r[i].n_values, why);
	if (verdict == FARM_DONE)
		verdict = send_body(h, why);
	if (verdict == FARM_BAD)
		verdict = doubt(h, why);
	if (verdict == FARM_BAD && batch->n_records == 1 && r->n_values > 1)
		verdict = send_halves(host, h, r, 0, r->n_values, why);
	return verdict;
}

static int
http_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	int64_t now = clock_mono_ns();
	struct http *h = state;
	const char *shown = post_shown(h->post);
	uint64_t before[LEFT_OUTS];
	struct error why;
	int verdict;

	if (now < h->rest_mono_ns)
		return farm_again(host,
		    "%s: wants to be left alone for %" PRId64 " s", shown,
		    (h->rest_mono_ns - now + NS_PER_S - 1) / NS_PER_S);
	h->until_mono_ns = now + WRITE_NS - h->asked.timeout_ns;
	memcpy(before, h->composer.left_out, sizeof(before));
	verdict = send_batch(host, h, batch, &why);
	/* What comes again is counted then. */
	if (verdict != FARM_DONE)
		memcpy(h->composer.left_out, before, sizeof(before));
	if (verdict == FARM_AGAIN)
		return farm_again(host, "%s: %s", shown, why.text);
	if (verdict == FARM_BAD)
		return farm_bad(host, SIZE_MAX, "%s: %s", shown, why.text);
	return FARM_DONE;
}

static int
http_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct http *h = state;

	(void)now_ns;
	telling_of(host, h->tellings, &h->composer, clock_mono_ns());
	return 0;
}

FARM_MODULE(http, FARM_WRITER) = {
	.summary = "values to databases of time series, by HTTP",
	.description =
	    "Sends values in requests of HTTP: as lines of InfluxDB's, which "
	    "InfluxDB, VictoriaMetrics and others take, or by remote write, "
	    "which Prometheus, VictoriaMetrics, Mimir and others do.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  influx:\n"
	    "    http: {format: influx, url: "
	    "\"http://db1:8086/write?db=farm\", "
	    "gzip: true}\n"
	    "  prometheus:\n"
	    "    http: {format: remote_write, url: "
	    "\"http://db2:9090/api/v1/write\"}\n"
	    "```\n\n"
	    "| answer | |\n| --- | --- |\n"
	    "| 2xx | all of it is stored |\n"
	    "| 400, 413, 415, 422 | something in it can never be: it goes in "
	    "halves until the value is found, whose record goes to the dead "
	    "letters; the record's other values are stored |\n"
	    "| any other, or none, or one of these to a request without "
	    "values, too | it comes again, with longer and longer "
	    "pauses, and not before what Retry-After says |\n\n"
	    "So each value comes at least once; one that comes twice has the "
	    "same series and time, and is stored once.\n\n"
	    "A line's measurement is the parameter and its field `value`; with "
	    "a measurement such as `{cluster}` the parameters of a node are "
	    "fields of one line. Times are in ns. Integers are InfluxDB's; one "
	    "above 2^63 - 1 cannot be said, nor a number that is none.\n\n"
	    "By remote write a parameter is the metric that farmd's own "
	    "exposition has, `farm_load_one` or `farm_bytes_in_bytes_total`, "
	    "with labels farm, cluster, node and those of the series. Texts "
	    "have no place there and are left out. Prometheus takes no value "
	    "older than the last of its series: a batch that comes again after "
	    "its answer was lost would go to the dead letters, unless it is "
	    "given an `out_of_order_time_window`. It needs "
	    "`--web.enable-remote-write-receiver`.",
	.options = options,
	.state_size = sizeof(struct http),
	.needs = FARM_NEEDS_NETWORK,
	.check = http_check,
	.open = http_open,
	.close = http_close,
	.tick = http_tick,
	.writer = { .write = http_write,
	    .series_state_size = sizeof(struct known),
	    .forget = http_forget,
	    .batch_values = BATCH_VALUES },
};
