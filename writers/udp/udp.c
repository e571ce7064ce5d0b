/*
 * udp.c - the writer `udp': values to those who take datagrams, or lines over a
 * connection, in the formats that the listener of the same name reads.
 */
#include <farm/module.h>

#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "collectd.h"
#include "destination.h"
#include "telling.h"

#define CHOICES "apmon|ulm|influx|graphite|statsd|collectd|frames"
#define DESTINATIONS_MAX 64
/* Of what a call may take. */
#define WRITE_NS (45 * NS_PER_S)
/* With the lowest `rate', a datagram for each is sent in less. */
#define BATCH_VALUES 4000
/* A first answer of a name server is waited for. */
#define ANSWER_MS 1000
/* A connection that broke is renewed without anything new to send. */
#define RENEW_NS (10 * NS_PER_S)
#define RENEW_TIMEOUT_NS (2 * NS_PER_S)

struct udp {
	struct farm_list to;
	struct composer_options said;
	int64_t datagram;
	double rate;
	int64_t burst;
	int excess;
	int64_t timeout_ns;
	int64_t resolve_ns;
	int64_t resend;

	struct composer composer;
	struct sending sending;
	struct arena *arena;
	struct resolver *resolver;
	struct destination *destinations;
	size_t n;
	int64_t renewed_mono_ns;
};

static const struct farm_option options[] = {
	{ .name = "to",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct udp, to, struct farm_list),
	    .help = "HOST[:PORT] or unix:/PATH for datagrams, "
		    "tcp://HOST[:PORT] for lines over a connection: all get "
		    "everything" },
	{ .name = "format",
	    .type = FARM_TYPE_ENUM,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct udp, said.format, int),
	    .choices = CHOICES,
	    .help = "what they take" },
	FARM_OPTION_SECRET(
	    "password", struct udp, said.password, "of ApMon, or of `user`"),
	FARM_OPTION_STRING("user", struct udp, said.user, "",
	    "whose password collectd's packets are signed or encrypted by"),
	FARM_OPTION_ENUM("security", struct udp, said.security, "none",
	    "none|sign|encrypt", "of collectd's packets"),
	FARM_OPTION_DURATION("interval", struct udp, said.interval_ns, "10s",
	    1e6, 86400e9, "how often values come, for collectd"),
	FARM_OPTION_PATH("types", struct udp, said.types, NULL,
	    "collectd's types.db; by default " COLLECTD_TYPES ", if it is "
	    "there"),
	FARM_OPTION_STRING("path", struct udp, said.path, NULL,
	    "what a series is called, with {farm}, {cluster}, {node}, "
	    "{parameter}, where the format has one name for it"),
	FARM_OPTION_MAP("tags", struct udp, said.tags,
	    "tags of each series, templates like `path`"),
	FARM_OPTION_BOOLEAN("labels", struct udp, said.labels, "false",
	    "a series' labels are tags too"),
	FARM_OPTION_BOOLEAN("times", struct udp, said.times, "true",
	    "say when a value was taken, to whom ApMon can; else it is of "
	    "when it comes"),
	FARM_OPTION_BOOLEAN("exact", struct udp, said.exact, "false",
	    "integers beyond 32 bits as such, which ApMon's receivers know and "
	    "its clients do not; else as double"),
	FARM_OPTION_BOOLEAN("syslog", struct udp, said.syslog, "false",
	    "before each line of ULM what syslog wants (RFC 5424)"),
	FARM_OPTION_DURATION("max_age", struct udp, said.max_age_ns, "0s", 0,
	    31557600e9,
	    "older values are not sent; 0s: all are, but where no time is said "
	    "those of a minute"),
	FARM_OPTION_SIZE("datagram", struct udp, datagram, "1400", 128, 65507,
	    "bytes of a datagram, at most; what is on the way must take it"),
	FARM_OPTION_NUMBER("rate", struct udp, rate, "10000", 100, 1e7,
	    "datagrams a second to each destination"),
	FARM_OPTION_INTEGER("burst", struct udp, burst, "100", 1, 1e6,
	    "datagrams that are sent at once"),
	FARM_OPTION_ENUM("excess", struct udp, excess, "wait", "wait|drop",
	    "what becomes of datagrams beyond `rate`"),
	FARM_OPTION_DURATION("timeout", struct udp, timeout_ns, "10s", 100e6,
	    20e9, "a connection that takes nothing for so long is given up"),
	FARM_OPTION_DURATION("resolve", struct udp, resolve_ns, "60s", 1e9,
	    86400e9, "names are looked up again so often"),
	FARM_OPTION_SIZE("resend", struct udp, resend, "8MiB", 0, 1 << 30,
	    "of what was sent last over a connection is sent again after it "
	    "broke: as much as the other system may have held unread"),
	FARM_OPTION_END
};

/* ------------------------------------------------------------- opening -- */

static int
udp_check(struct farm_host *host, const void *options_)
{
	const struct udp *u = options_;
	struct arena *arena = arena_new(0);
	struct destination ignored;
	struct error err;
	int rc = 0;

	if (arena == NULL)
		return farm_fail(host, "out of memory");
	for (size_t i = 0; i < u->to.n; i++)
		if (destination_parse(&ignored, arena, u->to.items[i],
			format_table[u->said.format], &err) != 0)
			rc = farm_fail(host, "to[%zu]: %s", i, err.text);
	if (u->to.n > DESTINATIONS_MAX)
		rc = farm_fail(
		    host, "to: more than %d of them", DESTINATIONS_MAX);
	if (composer_check(&u->said, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	arena_free(arena);
	return rc;
}

static int
open_destinations(struct udp *u, struct error *err)
{
	for (size_t i = 0; i < u->to.n; i++) {
		struct destination *d = &u->destinations[i];

		if (destination_parse(d, u->arena, u->to.items[i],
			format_table[u->said.format], err) != 0)
			return error_prefix(err, "to[%zu]", i);
		d->kept.max = (size_t)u->resend;
		u->n++;
		if (destination_open(d, u->resolver, err) != 0)
			return error_prefix(err, "to[%zu]", i);
	}
	return 0;
}

/* A line over a connection may be as long as a text is. */
static size_t
longest(const struct udp *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (!u->destinations[i].stream)
			return (size_t)u->datagram;
	return FARM_TEXT_MAX;
}

static int
udp_open(struct farm_host *host, void *state)
{
	struct udp *u = state;
	struct error err;

	u->sending = (struct sending){
		.datagram = (size_t)u->datagram,
		.rate = u->rate,
		.burst = (double)u->burst,
		.drop = u->excess != 0,
		.timeout_ns = u->timeout_ns,
	};
	u->arena = arena_new(0);
	u->destinations = calloc(u->to.n, sizeof(*u->destinations));
	u->resolver = resolver_new();
	if (u->arena == NULL || u->destinations == NULL || u->resolver == NULL)
		return farm_fail(host, "%m");
	if (composer_check(&u->said, &err) != 0 ||
	    open_destinations(u, &err) != 0 ||
	    composer_open(&u->composer, &u->said, longest(u), &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
udp_close(struct farm_host *host, void *state)
{
	struct udp *u = state;

	(void)host;
	for (size_t i = 0; i < u->n; i++)
		destination_close(&u->destinations[i], u->resolver);
	resolver_free(u->resolver);
	free(u->destinations);
	composer_close(&u->composer);
	arena_free(u->arena);
}

/* ------------------------------------------------------------- writing -- */

/* While a batch is tried again and again, there is no tick(). */
static void
look_up(struct udp *u)
{
	struct query *q;

	while ((q = resolver_answer(u->resolver)) != NULL)
		destination_answer(q->cookie, q);
	for (size_t i = 0; i < u->n; i++)
		destination_ask(
		    &u->destinations[i], u->resolver, u->resolve_ns);
}

/* Nobody has an address: the first who needs one; NULL if anybody has. */
static const struct destination *
all_unknown(const struct udp *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (destination_is_known(&u->destinations[i]))
			return NULL;
	return &u->destinations[0];
}

static const struct destination *
wait_for_address(struct udp *u)
{
	struct pollfd p = { .fd = resolver_fd(u->resolver), .events = POLLIN };

	look_up(u);
	if (all_unknown(u) != NULL && poll(&p, 1, ANSWER_MS) > 0)
		look_up(u);
	return all_unknown(u);
}

/* A batch that another one could not take comes again, and is skipped. */
static bool
has_had(const struct destination *d, const struct farm_batch *batch)
{
	return d->had_first == batch->records[0].position &&
	       d->had_last == batch->records[batch->n_records - 1].position;
}

static void
note_had(struct destination *d, const struct farm_batch *batch)
{
	d->had_first = batch->records[0].position;
	d->had_last = batch->records[batch->n_records - 1].position;
}

/* Each whatever becomes of the others.  -1 with the first reason. */
static int
send_all(struct udp *u, const struct farm_batch *batch, struct error *err)
{
	int64_t until_ns = clock_mono_ns() + WRITE_NS;
	struct error other;
	int rc = 0;

	for (size_t i = 0; i < u->n; i++) {
		struct destination *d = &u->destinations[i];

		if (has_had(d, batch))
			continue;
		if (!d->stream)
			datagrams_send(
			    d, &u->composer.outgoing, &u->sending, until_ns);
		else if (stream_send(d, &u->composer.outgoing, &u->sending,
			     until_ns, rc == 0 ? err : &other) != 0) {
			rc = -1;
			continue;
		}
		note_had(d, batch);
	}
	return rc;
}

static int
udp_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct udp *u = state;
	const struct destination *unknown = wait_for_address(u);
	struct composer_counts before = u->composer.counts;
	struct error err;

	if (batch->n_records == 0)
		return FARM_DONE;
	if (unknown != NULL)
		return farm_again(host, "%s: %s", unknown->to.text,
		    unknown->problem[0] != '\0' ? unknown->problem
						: "is being looked up");
	if (composer_take(&u->composer, host, batch) != 0)
		return farm_again(host, "out of memory");
	if (send_all(u, batch, &err) == 0)
		return FARM_DONE;
	u->composer.counts = before;
	return farm_again(host, "%s", err.text);
}

/* Lines that a broken connection has lost do not wait for more to come. */
static int
renew(struct udp *u, struct error *err)
{
	int64_t now = clock_mono_ns();
	int rc = 0;

	if (now - u->renewed_mono_ns < RENEW_NS)
		return 0;
	u->renewed_mono_ns = now;
	for (size_t i = 0; i < u->n; i++)
		if (u->destinations[i].stream &&
		    stream_check(&u->destinations[i], &u->sending,
			now + RENEW_TIMEOUT_NS, err) != 0)
			rc = -1;
	return rc;
}

static int
udp_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct udp *u = state;
	struct error err;

	(void)now_ns;
	look_up(u);
	for (size_t i = 0; i < u->n; i++)
		tell_of(host, &u->destinations[i], clock_mono_ns());
	return renew(u, &err) == 0 ? 0 : farm_fail(host, "%s", err.text);
}

static void
udp_forget(struct farm_host *host, void *state, void *series_state)
{
	struct udp *u = state;

	(void)host;
	composer_forget(&u->composer, series_state);
}

/* -------------------------------------------------------------- counts -- */

static int
udp_counts(struct farm_host *host, void *state, const void *arguments)
{
	const struct udp *u = state;
	struct buffer b = BUFFER_INIT;
	int rc;

	(void)arguments;
	tell_composer(
	    &b, format_table[u->said.format]->name, &u->composer.counts);
	for (size_t i = 0; i < u->n; i++) {
		buffer_putc(&b, i == 0 ? '[' : ',');
		tell_destination(&b, &u->destinations[i]);
	}
	buffer_puts(&b, "]}");
	rc = buffer_failed(&b) ? farm_fail(host, "out of memory")
			       : farm_reply(host, b.data, b.size);
	buffer_free(&b);
	return rc;
}

static const struct farm_action actions[] = {
	{ .name = "counts",
	    .help = "what was sent, to whom, and what was not and why",
	    .run = udp_counts },
	{ .name = NULL }
};

FARM_MODULE(udp, FARM_WRITER) = {
	.summary = "values to receivers of ApMon, ULM, InfluxDB, Graphite, "
		   "StatsD, collectd",
	.description =
	    "Sends what the collector of the same name receives: datagrams, "
	    "and over `tcp://` lines.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  monalisa:\n"
	    "    match: \"*/workers/*/*\"\n"
	    "    udp:\n"
	    "      format: apmon\n"
	    "      to: [ml1.example.org, \"[2001:db8::1]:8884\"]\n"
	    "      password: file:/etc/farm/apmon.password\n"
	    "  carbon:\n"
	    "    udp:\n"
	    "      format: graphite\n"
	    "      to: tcp://graphite.example.org\n"
	    "```\n\n"
	    "| `format` | usual port | over TCP | `path` by default | what is "
	    "sent |\n"
	    "| --- | --- | --- | --- | --- |\n"
	    "| `apmon` | 8884 | no | - | cluster, node and parameters, as the C "
	    "client does; texts too |\n"
	    "| `ulm` | 14830 | yes | none | one line for the values of a node: "
	    "HOST is the node, PROG the cluster, `path` is NL.EVNT; also events "
	    "and alarms |\n"
	    "| `influx` | 8089 | yes | `{parameter}` | `path` is the "
	    "measurement, the field is called value; where `path` has no "
	    "{parameter}, the parameters are the fields of one line |\n"
	    "| `graphite` | 2003 | yes | `{farm}.{cluster}.{node}.{parameter}` "
	    "| numbers; what has a meaning in paths becomes `_` |\n"
	    "| `statsd` | 8125 | no | `{farm}.{cluster}.{node}.{parameter}` | "
	    "gauges, and of counters how much they have grown |\n"
	    "| `collectd` | 25826 | no | - | as collectd's network plugin "
	    "does: numbers alone |\n"
	    "| `frames` | - | no | - | everything, exactly, for another farmd "
	    "|\n\n"
	    "`tags` are InfluxDB's, by default `{cluster: \"{cluster}\", host: "
	    "\"{node}\"}`; Graphite's `;NAME=VALUE`; DogStatsD's; further "
	    "fields of ULM. "
	    "Names of ULM's fields are letters, digits and `. _ -`, all else "
	    "becomes `_`. An event that came as a line of ULM goes as the same "
	    "line.\n\n"
	    "A value has 32 bits to MonALISA's clients if it is an integer, "
	    "larger ones are sent as double unless `exact`; its listener makes "
	    "doubles of all. Texts that are empty are not sent: it passes over "
	    "them.\n\n"
	    "StatsD has no times, so values older than a minute are not sent, "
	    "as with `times: false`. A gauge below zero is two lines: with a "
	    "sign alone it would be added to what was. A counter's first "
	    "value is where it begins.\n\n"
	    "What came from collectd goes back as what it was, by its labels; "
	    "a list of several sources is made again by `types`. Anything "
	    "else has the host `{node}`, the plugin `{cluster}`, the type "
	    "gauge, for counters derive or counter, and the type instance "
	    "`{parameter}`. With `security: encrypt`, `sign` or none they go "
	    "to any collectd whose SecurityLevel allows it.\n\n"
	    "**Datagrams** hold as much as fits in `datagram` bytes, whole "
	    "lines or parameters; one that is larger alone is left out, with a "
	    "warning. They go at most `rate` a second to each destination, "
	    "after a `burst`; with `excess: drop` what is beyond is lost, else "
	    "it waits, in the journal if for long. Nothing tells whether one "
	    "arrived.\n\n"
	    "**Over TCP** each value arrives at least once. A batch counts as "
	    "stored when the receiver's system has all of it. If the receiver "
	    "ends before it has read what is there, the connection is reset, "
	    "and over the next one the last `resend` bytes are sent again, as "
	    "its system may have held them: to Graphite and InfluxDB a value "
	    "that comes twice is one, ULM's lines come twice. What can be lost "
	    "is what the receiver had read and had not yet stored itself, and "
	    "what its system holds unread when both it and farmd end. A "
	    "destination that cannot be reached holds up the others of its "
	    "writer, for there is one place in the journal for all: give them "
	    "writers of their own.\n\n"
	    "**Names** are looked up beside the sending, every `resolve`; while "
	    "there is no answer the last address holds. Where nobody listens at "
	    "an address of IPv6, the one of IPv4 is tried, and the other way "
	    "round. Before the first answer everything waits, if no other "
	    "destination has an address.\n\n"
	    "`POST /v1/instances/NAME/actions/counts` tells what was sent to "
	    "whom and what was not, by reason.",
	.options = options,
	.actions = actions,
	.state_size = sizeof(struct udp),
	.needs = FARM_NEEDS_NETWORK,
	.check = udp_check,
	.open = udp_open,
	.close = udp_close,
	.tick = udp_tick,
	.writer = {
		.write = udp_write,
		.series_state_size = sizeof(struct known),
		.forget = udp_forget,
		.batch_values = BATCH_VALUES,
	},
};
