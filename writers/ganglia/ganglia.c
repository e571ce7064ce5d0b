/*
 * ganglia.c - the writer `ganglia': values as gmond's and gmetric's datagrams.
 *
 * Datagrams get lost, and a gmond forgets when it ends: so what a metric is is
 * said before its first value, and again in time.
 */
#include <farm/module.h>

#include <time.h>

#include "bucket.h"
#include "channels.h"
#include "clock.h"
#include "message.h"

/* Every gmond that starts asks for each metric. */
#define TELL_NS (5 * NS_PER_S)
/* With the lowest `rate' a batch is written within what a call may take. */
#define BATCH_VALUES 1000
/* A gmond's socket takes as many at once, by default. */
#define BURST 100

struct ganglia {
	struct farm_list to;
	int64_t tmax_ns;
	int64_t dmax_ns;
	int64_t metadata_ns;
	int64_t ttl;
	double rate;
	bool strict;

	struct channels channels;
	struct message_options said;
	struct bucket bucket;
	struct buffer room;
	uint32_t generation; /* of those who were told */
	bool asked;          /* somebody has to be told anew */
	int64_t told_mono_ns;
};

/* The state of a series. */
struct known {
	int64_t said_mono_ns; /* its metadata */
	uint32_t generation;  /* to whom; 0: nobody */
	enum gmond_type type;
	bool warned;
};

static const struct farm_option options[] = {
	{ .name = "to",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct ganglia, to, struct farm_list),
	    .help = "gmonds, HOST[:PORT], and multicast addresses, with "
		    "%INTERFACE if needed: all get everything" },
	FARM_OPTION_DURATION("tmax", struct ganglia, tmax_ns, "60s", 1e9,
	    86400e9,
	    "how often a value comes, for readers; an older one is not sent"),
	FARM_OPTION_DURATION("dmax", struct ganglia, dmax_ns, "1h", 0,
	    31557600e9,
	    "a gmond forgets a metric so long after its last value; 0s: "
	    "never"),
	FARM_OPTION_DURATION("metadata", struct ganglia, metadata_ns, "60s",
	    1e9, 86400e9, "what a metric is is said again so often"),
	FARM_OPTION_INTEGER("ttl", struct ganglia, ttl, "1", 0, 255,
	    "of multicast: how many networks away"),
	FARM_OPTION_NUMBER("rate", struct ganglia, rate, "10000", 100, 1e7,
	    "datagrams a second, at most"),
	FARM_OPTION_BOOLEAN("strict", struct ganglia, strict, "true",
	    "leave out what gmond or gmetad would serve as bad XML, which "
	    "nobody reads"),
	FARM_OPTION_END
};

static int
ganglia_check(struct farm_host *host, const void *options_)
{
	const struct ganglia *g = options_;
	struct error err;
	int rc = 0;
	size_t i;

	for (i = 0; i < g->to.n; i++)
		if (channels_check(g->to.items[i], &err) != 0)
			rc = farm_fail(host, "to[%zu]: %s", i, err.text);
	return rc;
}

static int
ganglia_open(struct farm_host *host, void *state)
{
	struct ganglia *g = state;
	struct error err;
	size_t i;

	g->generation = 1;
	g->said = (struct message_options){
		.tmax = (uint32_t)(g->tmax_ns / NS_PER_S),
		.dmax = (uint32_t)(g->dmax_ns / NS_PER_S),
		.strict = g->strict,
	};
	for (i = 0; i < g->to.n; i++)
		if (channels_add(
			&g->channels, g->to.items[i], (int)g->ttl, &err) != 0)
			return farm_fail(host, "to[%zu]: %s", i, err.text);
	return 0;
}

static void
ganglia_close(struct farm_host *host, void *state)
{
	struct ganglia *g = state;

	(void)host;
	channels_free(&g->channels);
	buffer_free(&g->room);
}

/* ------------------------------------------------------------- writing -- */

static void
wait_turn(struct ganglia *g)
{
	const struct timespec pause = { .tv_nsec = (long)((double)NS_PER_S /
							  g->rate) };

	while (!bucket_take(&g->bucket, g->rate, BURST, clock_mono_ns()))
		(void)nanosleep(&pause, NULL);
}

static int
send_bytes(struct ganglia *g, const void *bytes, size_t size, struct error *err)
{
	bool lost;

	wait_turn(g);
	if (channels_send(&g->channels, bytes, size, &lost, err) != 0)
		return -1;
	g->asked = g->asked || lost;
	return 0;
}

static bool
is_told(const struct ganglia *g, const struct known *k, enum gmond_type type)
{
	return k->generation == g->generation && k->type == type &&
	       clock_mono_ns() - k->said_mono_ns < g->metadata_ns;
}

/* Once a series: what cannot be said now cannot be later. */
static int
leave_out(struct farm_host *host, struct known *k, const struct error *why)
{
	if (!k->warned)
		farm_log(host, FARM_WARNING, "%s: left out", why->text);
	k->warned = true;
	return 0;
}

/* -1 if it could not be sent, explained in err. */
static int
send_value(struct farm_host *host, struct ganglia *g,
    const struct farm_value *v, struct error *err)
{
	const struct farm_series *s = farm_series_info(host, v->series);
	struct known *k = farm_series_state(host, v->series);
	uint8_t what[GMOND_DATAGRAM_SIZE], value[GMOND_DATAGRAM_SIZE];
	ssize_t n_what, n_value;
	enum gmond_type type;

	if (s == NULL || k == NULL)
		return error_set(err, "out of memory");
	type = gmond_type_for(k->type, v);
	if (message_check(&g->said, s, v, err) != 0)
		return leave_out(host, k, err);
	n_what = message_metadata(&g->said, s, type, what, sizeof(what), err);
	if (n_what < 0)
		return leave_out(host, k, err);
	n_value = message_value(s, v, &g->room, value, sizeof(value), err);
	if (n_value < 0)
		return leave_out(host, k, err);
	if (!is_told(g, k, type)) {
		if (send_bytes(g, what, (size_t)n_what, err) != 0)
			return -1;
		*k = (struct known){ clock_mono_ns(), g->generation, type,
			k->warned };
	}
	return send_bytes(g, value, (size_t)n_value, err);
}

/* gmond takes any value for one of now. */
static bool
is_of_now(const struct ganglia *g, struct farm_host *host,
    const struct farm_record *r)
{
	return r->type == FARM_RESULT && (r->flags & FARM_IMPORTED) == 0 &&
	       farm_now_ns(host) - r->time_ns <= g->tmax_ns;
}

static int
ganglia_write(
    struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct ganglia *g = state;
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	struct error err;
	uint32_t i;

	for (; r < end; r++) {
		if (!is_of_now(g, host, r))
			continue;
		for (i = 0; i < r->n_values; i++)
			if (send_value(host, g, &r->values[i], &err) != 0)
				return farm_again(host, "%s", err.text);
	}
	return FARM_DONE;
}

/* All are told anew, but not for each of the many who ask; nor is who asked
   forgotten: what was said before it listened is lost. */
static int
ganglia_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct ganglia *g = state;
	int64_t now = clock_mono_ns();

	(void)host;
	(void)now_ns;
	g->asked = channels_asked(&g->channels) || g->asked;
	if (!g->asked ||
	    (g->told_mono_ns != 0 && now - g->told_mono_ns < TELL_NS))
		return 0;
	g->asked = false;
	g->told_mono_ns = now;
	g->generation++;
	return 0;
}

FARM_MODULE(ganglia, FARM_WRITER) = {
	.summary = "values to gmond, as gmetric sends them",
	.description =
	    "Sends each value to gmonds, which then have it beside their own: "
	    "gmetad and gstat show it.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  gmond:\n"
	    "    match: \"*/workers/*/Load5|temperature\"\n"
	    "    ganglia:\n"
	    "      to: [head.local, \"239.2.11.71%eth0:8649\"]\n"
	    "```\n\n"
	    "| farmd | Ganglia |\n"
	    "| --- | --- |\n"
	    "| node | a host of that name (spoofed), whose address is the "
	    "name again |\n"
	    "| parameter | metric |\n"
	    "| cluster | the metric's GROUP, if it has no label of that name; "
	    "the cluster is the gmond's |\n"
	    "| labels | EXTRA_ELEMENT |\n"
	    "| unit | By/s, KiBy, GBy are bytes/sec, KB, GB; others stay |\n"
	    "| kind | a counter has slope positive, all else both |\n"
	    "| integer | int32 or uint32; double where it is larger, with all "
	    "its digits |\n"
	    "| boolean | uint8, 1 or 0 |\n"
	    "| text | string |\n\n"
	    "Nodes of the same name in two clusters are one host to Ganglia: "
	    "let `match` take one of the clusters.\n\n"
	    "What a metric is goes before its first value and again every "
	    "`metadata`; when a gmond asks for it, which it does in its group; "
	    "and when a gmond is back where nobody listened. Nothing of this "
	    "tells whether a value arrived.\n\n"
	    "A gmond takes a value for one of now, so one older than `tmax` is "
	    "not sent, and a host is down to Ganglia when nothing came from it "
	    "for 80 s.\n\n"
	    "With `strict`, what gmond 3.7 or gmetad make bad XML of is left "
	    "out, with a warning, as for it readers give up the whole cluster: "
	    "names and texts with `&`, `<` or `\"`, whatever is not ASCII, and "
	    "texts that take more than 300 bytes; units and labels of that kind "
	    "are left out alone. Names of nodes with a colon cannot be sent at "
	    "all.",
	.options = options,
	.state_size = sizeof(struct ganglia),
	.needs = FARM_NEEDS_NETWORK,
	.check = ganglia_check,
	.open = ganglia_open,
	.close = ganglia_close,
	.tick = ganglia_tick,
	.writer = {
		.write = ganglia_write,
		.series_state_size = sizeof(struct known),
		.batch_values = BATCH_VALUES,
	},
};
