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
/* One of several who does not have a batch by then has it wait. */
#define GRACE_NS NS_PER_S

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
	int64_t backlog;

	struct composer composer;
	struct sending sending;
	struct arena *arena;
	struct resolver *resolver;
	struct destination *destinations;
	size_t n, n_streams;
	/* In this order, what the host was told that it is taken, and within
	   which positions. */
	struct queue accepted;
	uint64_t accepted_first, accepted_last;
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
	FARM_OPTION_SIZE("backlog", struct udp, backlog, "64MiB", 1 << 20,
	    1LL << 34,
	    "of lines that wait in memory for one of several "
	    "destinations; beyond it the others wait too"),
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
		d->kept_max = (size_t)u->resend;
		u->n++;
		u->n_streams += d->stream;
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
	queue_init(&u->accepted);
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
	queue_clear(&u->accepted);
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

static void
note_accepted(struct udp *u, struct piece *p, const struct farm_batch *batch)
{
	p->first = batch->records[0].position;
	p->last = batch->records[batch->n_records - 1].position;
	if (u->accepted.first == NULL || p->first < u->accepted_first)
		u->accepted_first = p->first;
	if (u->accepted.first == NULL || p->last > u->accepted_last)
		u->accepted_last = p->last;
	queue_put(&u->accepted, &p->places[u->n]);
}

/* Who is behind gets everything in order, so the first to be taken is the
   first that all have.  At last what is between them too: of very many the
   host remembers no holes. */
static void
acknowledge(struct farm_host *host, struct udp *u)
{
	const struct place *at = u->accepted.first;

	if (at == NULL)
		return;
	for (; at != NULL && at->piece->lacking == 0; at = u->accepted.first) {
		farm_acknowledge(host, at->piece->first, at->piece->last);
		queue_drop_first(&u->accepted);
	}
	if (at == NULL)
		farm_acknowledge(host, u->accepted_first, u->accepted_last);
}

/* What waits does not wait for more to come. */
static void
go_on(struct farm_host *host, struct udp *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->destinations[i].stream)
			(void)stream_go_on(&u->destinations[i], &u->sending);
	acknowledge(host, u);
}

/* The first for whom no more may wait; NULL if there is none. */
static const struct destination *
first_full(const struct udp *u)
{
	size_t size = u->composer.outgoing.bytes.size;
	const struct destination *d;

	for (size_t i = 0; i < u->n; i++) {
		d = &u->destinations[i];
		if (d->stream && d->waiting.first != NULL &&
		    queue_memory(&d->waiting) + size >
			(size_t)u->backlog + d->kept_max)
			return d;
	}
	return NULL;
}

/* Nobody else is kept waiting: it is the host who keeps what it has not. */
static int
send_alone(struct farm_host *host, struct udp *u, struct piece *p)
{
	struct destination *d = u->destinations;
	int rc = stream_send(
	    d, &p->places[0], &u->sending, clock_mono_ns() + WRITE_NS);

	if (rc == 1)
		return FARM_DONE;
	stream_take_back(d, rc == 0);
	return farm_again(host, "%s", d->trouble.text);
}

/* Each whatever becomes of the others. */
static int
send_to_each(struct udp *u, struct piece *p, const struct farm_batch *batch)
{
	struct destination *d;

	p->lacking = (unsigned)u->n_streams;
	for (size_t i = 0; i < u->n; i++) {
		d = &u->destinations[i];
		if (!d->stream)
			continue;
		if (d->waiting.first != NULL)
			stream_put(d, &p->places[i]);
		else
			(void)stream_send(d, &p->places[i], &u->sending,
			    clock_mono_ns() + GRACE_NS);
	}
	if (p->lacking == 0)
		return FARM_DONE;
	note_accepted(u, p, batch);
	return FARM_ACCEPTED;
}

static int
send_lines(
    struct farm_host *host, struct udp *u, const struct farm_batch *batch)
{
	struct piece *p = piece_new(&u->composer.outgoing.bytes, u->n + 1);
	int verdict;

	if (p == NULL)
		return farm_again(host, "out of memory");
	verdict = u->n == 1 ? send_alone(host, u, p)
			    : send_to_each(u, p, batch);
	piece_release(p);
	return verdict;
}

static int
send_all(struct farm_host *host, struct udp *u, const struct farm_batch *batch)
{
	int64_t until_ns = clock_mono_ns() + WRITE_NS;
	const struct destination *full;

	go_on(host, u);
	if (u->composer.outgoing.bytes.size == 0)
		return FARM_DONE;
	full = first_full(u);
	if (full != NULL)
		return farm_again(host, "%s: more than `backlog' waits for it",
		    full->to.text);
	for (size_t i = 0; i < u->n; i++)
		if (!u->destinations[i].stream)
			datagrams_send(&u->destinations[i],
			    &u->composer.outgoing, &u->sending, until_ns);
	return u->n_streams == 0 ? FARM_DONE : send_lines(host, u, batch);
}

static int
udp_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct udp *u = state;
	const struct destination *unknown = wait_for_address(u);
	struct composer_counts before = u->composer.counts;
	int verdict;

	if (batch->n_records == 0)
		return FARM_DONE;
	if (unknown != NULL)
		return farm_again(host, "%s: %s", unknown->to.text,
		    unknown->problem[0] != '\0' ? unknown->problem
						: "is being looked up");
	if (composer_take(&u->composer, host, batch) != 0)
		return farm_again(host, "out of memory");
	verdict = send_all(host, u, batch);
	if (verdict == FARM_AGAIN)
		u->composer.counts = before;
	return verdict;
}

static int
udp_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct udp *u = state;

	(void)now_ns;
	look_up(u);
	go_on(host, u);
	for (size_t i = 0; i < u->n; i++)
		tell_of(host, &u->destinations[i], clock_mono_ns());
	return 0;
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
	    "what its system holds unread when both it and farmd end. Of "
	    "several destinations each goes on whatever becomes of the others: "
	    "what one cannot take waits for it in memory, up to `backlog` "
	    "bytes, and in the journal, so that a farmd that ends says it "
	    "again, to all. When there is more, the others wait too: who is "
	    "away for long, or may miss nothing while others go on, has a "
	    "writer of his own.\n\n"
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
