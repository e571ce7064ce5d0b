/*
 * icmp: ping.  One socket per protocol and family and one thread for all
 * targets of an instance, however many.
 */
#include <farm/module.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "channel.h"
#include "clock.h"
#include "family.h"
#include "resolve.h"
#include "sweep.h"
#include "tcp.h"

/* Between the end of a burst and the target's deadline: to report it. */
#define MARGIN_NS (50 * NS_PER_MS)
/* A timeout is not shortened below this to fit a deadline. */
#define TIMEOUT_MIN_NS (10 * NS_PER_MS)
/* Unused turns of a paced sweep are made up for over so long. */
#define CATCH_UP_NS (2 * NS_PER_MS)
/* Targets taken with one farm_more(). */
#define MORE_MAX 256

enum protocol { ICMP, UDP, TCP, PROTOCOLS };
static const char *const protocol_names[] = { "icmp", "udp", "tcp" };

struct icmp {
	int64_t count;
	int64_t spacing_ns;
	int64_t timeout_ns;
	int64_t size;
	int64_t rate;
	int64_t resolve_ns;
	int family;
	struct farm_list via;
	int64_t udp_port;
	int64_t tcp_port;

	enum protocol order[PROTOCOLS];
	int n_order;
	struct sweep sweep;
	struct channel icmp[2], udp[2]; /* IPv4, IPv6 */
	struct tcp *tcp;                /* NULL: not used */
	struct resolver *resolver;
	int64_t paced_ns; /* when the next probe's turn is */
	int64_t read_ns;  /* what came before is read */
	int empty_wakes;  /* in a row: woken, but there were no targets */
};

static const struct farm_option options[] = {
	FARM_OPTION_INTEGER("count", struct icmp, count, "5", 1,
	    SWEEP_COUNT_MAX, "probes of a burst"),
	FARM_OPTION_DURATION("spacing", struct icmp, spacing_ns, "200ms", 0,
	    60e9, "from one probe of a burst to the next"),
	FARM_OPTION_DURATION("timeout", struct icmp, timeout_ns, "1s", 1e6,
	    60e9,
	    "a later answer counts as lost; shortened if the deadline leaves "
	    "less"),
	FARM_OPTION_SIZE("size", struct icmp, size, "56B", PACKET_PAYLOAD_MIN,
	    PACKET_PAYLOAD_MAX, "bytes of payload of a probe"),
	FARM_OPTION_INTEGER("rate", struct icmp, rate, "20000", 0, 1e9,
	    "probes per second, of all targets together; 0: no limit"),
	FARM_OPTION_DURATION("resolve", struct icmp, resolve_ns, "5m", 1e9,
	    30 * 86400e9,
	    "names are resolved again after this; an address outlives a "
	    "name server that fails"),
	FAMILY_OPTION(struct icmp, family, "a name"),
	FARM_OPTION_LIST("via", struct icmp, via, "[icmp, udp]",
	    "icmp, udp, tcp: the first is measured, the others are tried in "
	    "this order where it gets no answer"),
	FARM_OPTION_INTEGER("udp_port", struct icmp, udp_port, "33434", 1,
	    65535, "a port that is closed, which is the answer"),
	FARM_OPTION_INTEGER("tcp_port", struct icmp, tcp_port, "80", 1, 65535,
	    "accepted or refused, both are an answer"),
	FARM_OPTION_END
};

enum parameter {
	RTT,
	RTT_MIN,
	RTT_MAX,
	RTT_MEDIAN,
	RTT_STDDEV,
	JITTER,
	LOSS,
	SENT,
	RECEIVED,
	DUPLICATES,
	REORDERED,
	LATE,
	VIA,
	FILTERED,
	STATUS,
	PARAMETERS
};

static const struct farm_parameter parameters[] = {
	[RTT] = { "rtt", FARM_GAUGE, "ms", "mean round trip of the burst" },
	[RTT_MIN] = { "rtt_min", FARM_GAUGE, "ms", "shortest round trip" },
	[RTT_MAX] = { "rtt_max", FARM_GAUGE, "ms", "longest round trip" },
	[RTT_MEDIAN] = { "rtt_median", FARM_GAUGE, "ms", "median round trip" },
	[RTT_STDDEV] = { "rtt_stddev", FARM_GAUGE, "ms",
	    "standard deviation, of two answers or more" },
	[JITTER] = { "jitter", FARM_GAUGE, "ms",
	    "mean absolute difference of consecutive round trips" },
	[LOSS] = { "loss", FARM_GAUGE, "%", "probes without a timely answer" },
	[SENT] = { "sent", FARM_GAUGE, "1", "probes of the burst" },
	[RECEIVED] = { "received", FARM_GAUGE, "1", "probes answered in time" },
	[DUPLICATES] = { "duplicates", FARM_GAUGE, "1",
	    "further answers to the same probe" },
	[REORDERED] = { "reordered", FARM_GAUGE, "1",
	    "answers that came after the answer to a later probe" },
	[LATE] = { "late", FARM_GAUGE, "1",
	    "answers that came after the timeout, since the last burst" },
	[VIA] = { "via", FARM_STATE, NULL,
	    "the protocol that the other values are about" },
	[FILTERED] = { "filtered", FARM_STATE, NULL,
	    "the first protocol is not permitted here, or is silent where "
	    "another is answered: no outage" },
	[STATUS] = { "status", FARM_STATE, NULL,
	    "ok, filtered, or why there was no answer" },
	{ 0 }
};

/* How the burst of the first protocol ended, if nothing answered. */
struct failure {
	int sent;
	enum reason reason;
	int error; /* errno of REASON_LOCAL */
};

/* What is remembered of a target. */
struct node {
	struct peer peer; /* first */
	struct farm_target *target;
	struct query *query; /* under way; NULL: none */
	int64_t named_ns;    /* when its address was asked for */
	int name_error;      /* EAI_* */
	bool numeric;
	int turn; /* in the order of protocols */
	struct failure first;
	uint32_t series[PARAMETERS];
};

/* ---------------------------------------------------------- addresses -- */

/* Ask for the address of a name that has none or an old one. */
static void
ask_address(struct icmp *m, struct node *n, int64_t now_ns)
{
	bool fresh = n->peer.family != 0 &&
		     now_ns - n->named_ns < m->resolve_ns;

	if (n->numeric || n->query != NULL || fresh)
		return;
	n->named_ns = now_ns;
	n->query = resolver_ask(
	    m->resolver, n->target->address, family_of(m->family), n);
	if (n->query == NULL)
		n->name_error = EAI_MEMORY;
}

/* What the resolver found; the last good address outlives a failure. */
static void
take_addresses(struct icmp *m, int64_t now_ns)
{
	struct query *q;
	struct node *n;

	while ((q = resolver_answer(m->resolver)) != NULL) {
		n = q->cookie;
		n->query = NULL;
		n->name_error = q->error;
		if (q->family != 0) {
			n->peer.address = q->address;
			n->peer.family = (uint8_t)q->family;
		}
		free(q);
		sweep_named(&m->sweep, &n->peer, now_ns);
	}
}

/* ---------------------------------------------------------- reporting -- */

static void
put(struct farm_host *host, struct node *n, struct farm_value *rows,
    size_t *used, enum parameter which, struct farm_value value)
{
	if (n->series[which] == 0)
		n->series[which] = farm_series(
		    host, n->target, .parameter = parameters[which].name);
	value.series = n->series[which];
	if (value.series != 0)
		rows[(*used)++] = value;
}

static void
put_text(struct farm_host *host, struct node *n, struct farm_value *rows,
    size_t *used, enum parameter which, const char *text)
{
	put(host, n, rows, used, which, farm_text(text, strlen(text)));
}

/* Of a protocol that was only asked whether somebody is there, the round trip
   of one probe is all there is. */
static void
put_round_trips(struct farm_host *host, struct node *n, const struct figures *f,
    struct farm_value *rows, size_t *used)
{
	if (f->received > 0)
		put(host, n, rows, used, RTT, farm_double(f->mean));
	if (f->received > 0 && n->turn == 0) {
		put(host, n, rows, used, RTT_MIN, farm_double(f->min));
		put(host, n, rows, used, RTT_MAX, farm_double(f->max));
		put(host, n, rows, used, RTT_MEDIAN, farm_double(f->median));
	}
	if (f->received > 1) {
		put(host, n, rows, used, RTT_STDDEV, farm_double(f->deviation));
		put(host, n, rows, used, JITTER, farm_double(f->jitter));
	}
}

static void
put_loss(struct farm_host *host, struct node *n, const struct figures *f,
    struct farm_value *rows, size_t *used)
{
	int sent = f->received > 0 ? f->sent : n->first.sent;

	put(host, n, rows, used, LOSS,
	    farm_double(100.0 * (sent - f->received) / sent));
	put(host, n, rows, used, SENT, farm_int64(sent));
	put(host, n, rows, used, RECEIVED, farm_int64(f->received));
}

/* Nothing is known of the target then. */
static bool
is_forbidden(const struct failure *first)
{
	return first->reason == REASON_LOCAL && sweep_forbidden(first->error);
}

static const char *
why_silent(const struct failure *first)
{
	return first->reason == REASON_LOCAL ? strerrordesc_np(first->error)
					     : reason_text(first->reason);
}

static void
report_burst(struct farm_host *host, const struct icmp *m, struct node *n)
{
	struct farm_value rows[PARAMETERS];
	bool filtered, answered;
	struct figures f;
	size_t used = 0;

	sweep_figures(&n->peer, &f);
	answered = f.received > 0;
	filtered = answered ? n->turn > 0 : is_forbidden(&n->first);
	put_round_trips(host, n, &f, rows, &used);
	if (!filtered)
		put_loss(host, n, &f, rows, &used);
	put(host, n, rows, &used, DUPLICATES, farm_int64(f.duplicates));
	put(host, n, rows, &used, REORDERED, farm_int64(f.reordered));
	put(host, n, rows, &used, LATE, farm_int64(f.late));
	if (answered || !filtered)
		put_text(host, n, rows, &used, VIA,
		    protocol_names[m->order[answered ? n->turn : 0]]);
	put(host, n, rows, &used, FILTERED, farm_boolean(filtered));
	put_text(host, n, rows, &used, STATUS,
	    filtered   ? "filtered"
	    : answered ? "ok"
		       : why_silent(&n->first));
	if (used < 5 || farm_emit_rows(host, n->target, 0, 0, rows, used) != 0)
		farm_done_failed(
		    host, n->target, "%s: values not taken", n->target->node);
	else
		farm_done(host, n->target);
}

/* A burst without a probe: say what was in the way. */
static void
report_none(struct farm_host *host, const struct icmp *m, const struct node *n)
{
	if (n->peer.family != 0)
		farm_done_failed(host, n->target,
		    "no probe before the deadline: count, spacing or rate "
		    "(%lld/s) do not fit the interval",
		    (long long)m->rate);
	else if (n->query != NULL)
		farm_done_failed(host, n->target,
		    "%s: no answer from the name server yet",
		    n->target->address);
	else
		farm_done_failed(host, n->target, "%s: %s", n->target->address,
		    n->name_error != 0 ? gai_strerror(n->name_error)
				       : "has no address");
}

/* The channel of the first protocol, if it cannot be had: this system does not
   have the family, say.  NULL else, also where a permission is missing. */
static const struct channel *
missing_channel(const struct icmp *m, const struct node *n)
{
	const struct channel *c = NULL;
	int six = n->peer.family == AF_INET6;

	if (m->order[0] == ICMP)
		c = &m->icmp[six];
	else if (m->order[0] == UDP)
		c = &m->udp[six];
	return c != NULL && c->fd < 0 && !sweep_forbidden(c->error) ? c : NULL;
}

/* Where nothing answered, the next protocol has its turn: false if there is
   none. */
static bool
try_next(struct icmp *m, struct node *n)
{
	if (n->peer.answered != 0)
		return false;
	if (n->turn == 0)
		n->first = (struct failure){ n->peer.sent,
			(enum reason)n->peer.reason, n->peer.error };
	if (n->first.sent == 0 || n->turn + 1 == m->n_order)
		return false;
	n->turn++;
	sweep_begin(
	    &m->sweep, &n->peer, clock_mono_ns(), n->peer.limit_ns, true);
	return true;
}

/* However late we are: nobody is lost whose answer waits to be read. */
static void
report_over(struct farm_host *host, struct icmp *m)
{
	const struct channel *missing;
	struct error err;
	struct peer *p;
	struct node *n;

	while ((p = sweep_over(&m->sweep, m->read_ns)) != NULL) {
		n = (struct node *)p;
		missing = missing_channel(m, n);
		if (p->family != 0 && missing != NULL) {
			channel_explain(missing, &err);
			farm_done_failed(host, n->target, "%s: %s",
			    n->target->address, err.text);
		} else if (!try_next(m, n)) {
			if (n->first.sent > 0 || p->answered != 0)
				report_burst(host, m, n);
			else
				report_none(host, m, n);
		}
	}
}

/* ----------------------------------------------------------- the sweep -- */

static int
meet(struct farm_host *host, struct icmp *m, struct farm_target *target)
{
	struct node *n = target->state;

	if (n->target != NULL)
		return 0;
	if (sweep_join(&m->sweep, &n->peer) != 0) {
		farm_done_failed(
		    host, target, "%s: out of memory", target->node);
		return -1;
	}
	n->target = target;
	n->peer.family = (uint8_t)resolve_numeric(
	    target->address, &n->peer.address);
	n->numeric = n->peer.family != 0;
	return 0;
}

/*
 * An answer is waited for no longer than the deadline allows: what is left once
 * all probes are out, less a quarter for probes that are paced.
 */
static void
fit_timeout(struct icmp *m, int64_t room_ns)
{
	int64_t fit = (room_ns - (m->count - 1) * m->spacing_ns) / 4 * 3;

	if (fit >= TIMEOUT_MIN_NS && fit < m->sweep.timeout_ns)
		m->sweep.timeout_ns = fit;
}

static void
begin(struct farm_host *host, struct icmp *m, struct farm_target *target,
    int64_t now_ns)
{
	int64_t limit_ns = farm_deadline_ns(host, target) - MARGIN_NS;
	struct node *n = target->state;

	if (meet(host, m, target) != 0)
		return;
	fit_timeout(m, limit_ns - now_ns);
	ask_address(m, n, now_ns);
	if (n->peer.family == 0 && n->query == NULL) {
		report_none(host, m, n);
		return;
	}
	n->turn = 0;
	n->first = (struct failure){ 0 };
	sweep_begin(&m->sweep, &n->peer, now_ns, limit_ns, false);
}

/* Or hand it to the channel that will, together with others. */
static void
send_probe(struct icmp *m, struct peer *p)
{
	int six = p->family == AF_INET6;

	switch (m->order[((struct node *)p)->turn]) {
	case ICMP:
		channel_add(&m->icmp[six], p);
		break;
	case UDP:
		channel_add(&m->udp[six], p);
		break;
	default:
		tcp_send(m->tcp, &m->sweep, p);
	}
}

/* Send what is due: a batch at most, and no faster than `rate'. */
static void
send_due(struct icmp *m)
{
	int64_t step_ns = m->rate > 0 ? NS_PER_S / m->rate : 0;
	int64_t now_ns = clock_mono_ns();
	struct peer *p;
	int i;

	if (m->paced_ns < now_ns - CATCH_UP_NS)
		m->paced_ns = now_ns - CATCH_UP_NS;
	for (i = 0; i < CHANNEL_BATCH && m->paced_ns <= now_ns; i++) {
		p = sweep_next(&m->sweep, now_ns);
		if (p == NULL)
			break;
		send_probe(m, p);
		m->paced_ns += step_ns;
	}
	for (i = 0; i < 2; i++) {
		channel_send(&m->icmp[i], &m->sweep);
		channel_send(&m->udp[i], &m->sweep);
	}
}

/* Woken by the host: for more targets, or to end. */
static void
take_more(struct farm_host *host, struct icmp *m)
{
	struct farm_target *more[MORE_MAX];
	int64_t now_ns = clock_mono_ns();
	int i, n;

	n = farm_more(host, more, MORE_MAX);
	for (i = 0; i < n; i++)
		begin(host, m, more[i], now_ns);
	m->empty_wakes = n > 0 ? 0 : m->empty_wakes + 1;
}

/* What has come on the channels; true if that was all. */
static bool
receive(struct icmp *m, const struct pollfd *fds)
{
	struct channel *channels[] = { &m->icmp[0], &m->icmp[1], &m->udp[0],
		&m->udp[1] };
	bool all = true;
	int i;

	for (i = 0; i < 4; i++)
		if (fds[i].revents != 0)
			all &= channel_receive(channels[i], &m->sweep);
	if (m->tcp != NULL)
		tcp_receive(m->tcp, &m->sweep);
	return all;
}

/* Until something is due or comes in. */
static void
wait_and_take(struct farm_host *host, struct icmp *m)
{
	struct pollfd fds[] = {
		{ .fd = m->icmp[0].fd, .events = POLLIN },
		{ .fd = m->icmp[1].fd, .events = POLLIN },
		{ .fd = m->udp[0].fd, .events = POLLIN },
		{ .fd = m->udp[1].fd, .events = POLLIN },
		{ .fd = m->tcp != NULL ? m->tcp->epoll : -1, .events = POLLIN },
		{ .fd = farm_wake_fd(host), .events = POLLIN },
		{ .fd = resolver_fd(m->resolver), .events = POLLIN },
	};
	int64_t now_ns = clock_mono_ns();
	int64_t ns = sweep_due(&m->sweep, m->paced_ns) - now_ns;
	struct timespec timeout = { 0 };

	if (ns > 0) {
		(void)farm_flush(host);
		timeout.tv_sec = ns / NS_PER_S;
		timeout.tv_nsec = ns % NS_PER_S;
	}
	if (ppoll(fds, sizeof(fds) / sizeof(*fds), &timeout, NULL) < 0)
		return;
	now_ns = clock_mono_ns();
	if (receive(m, fds))
		m->read_ns = now_ns;
	if (fds[5].revents)
		take_more(host, m);
	else
		m->empty_wakes = 0;
	if (fds[6].revents)
		take_addresses(m, now_ns);
}

static int
icmp_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct icmp *m = state;
	int64_t now_ns = clock_mono_ns();
	size_t i;

	for (i = 0; i < n; i++)
		begin(host, m, targets[i], now_ns);
	m->empty_wakes = 0;
	/* Twice woken for nothing: the host wants an end. */
	while (m->sweep.running > 0 && m->empty_wakes < 2) {
		send_due(m);
		wait_and_take(host, m);
		report_over(host, m);
	}
	sweep_stop(&m->sweep);
	if (m->tcp != NULL)
		tcp_stop(m->tcp);
	return 0;
}

/* -------------------------------------------------------- the instance -- */

static int
read_order(struct farm_host *host, struct icmp *m)
{
	const char *name;
	size_t i;
	int k, p;

	for (i = 0; i < m->via.n; i++) {
		name = m->via.items[i];
		for (p = 0; p < PROTOCOLS; p++)
			if (strcmp(name, protocol_names[p]) == 0)
				break;
		if (p == PROTOCOLS)
			return farm_fail(host,
			    "via: \"%s\" is none of icmp, udp, tcp", name);
		for (k = 0; k < m->n_order; k++)
			if (m->order[k] == (enum protocol)p)
				return farm_fail(host,
				    "via: \"%s\" stands there twice", name);
		m->order[m->n_order++] = (enum protocol)p;
	}
	return m->n_order > 0 ? 0 : farm_fail(host, "via: is empty");
}

/* One family is enough; and without the permission to ping it can still be
   said that it is missing. */
static int
open_pair(struct farm_host *host, struct icmp *m, enum protocol protocol)
{
	struct channel *pair = protocol == ICMP ? m->icmp : m->udp;
	uint16_t port = (uint16_t)m->udp_port;
	struct error err;
	int i, good = 0;

	for (i = 0; i < 2; i++)
		if (protocol == ICMP)
			good += channel_open_icmp(
				    pair + i, i == 1, (size_t)m->size) == 0;
		else
			good += channel_open_udp(pair + i, i == 1, port) == 0;
	if (good > 0)
		return 0;
	channel_explain(pair, &err);
	if (!sweep_forbidden(pair->error))
		return farm_fail(host, "%s", err.text);
	farm_log(host, FARM_WARNING, "%s", err.text);
	return 0;
}

static int
open_protocol(struct farm_host *host, struct icmp *m, enum protocol protocol)
{
	switch (protocol) {
	case ICMP:
	case UDP:
		return open_pair(host, m, protocol);
	default:
		m->tcp = tcp_new((uint16_t)m->tcp_port);
		return m->tcp != NULL ? 0 : farm_fail(host, "tcp: %m");
	}
}

static int
open_protocols(struct farm_host *host, struct icmp *m)
{
	int i;

	for (i = 0; i < 2; i++)
		m->icmp[i].fd = m->udp[i].fd = -1;
	for (i = 0; i < m->n_order; i++)
		if (open_protocol(host, m, m->order[i]) != 0)
			return -1;
	return 0;
}

static int
icmp_open(struct farm_host *host, void *state)
{
	struct icmp *m = state;

	m->sweep.count = (int)m->count;
	m->sweep.spacing_ns = m->spacing_ns;
	m->sweep.timeout_ns = m->timeout_ns;
	if (read_order(host, m) != 0 || open_protocols(host, m) != 0)
		return -1;
	m->resolver = resolver_new();
	if (m->resolver == NULL)
		return farm_fail(host, "name resolver: %m");
	if (getrandom(&m->sweep.token, sizeof(m->sweep.token), 0) < 0)
		return farm_fail(host, "random numbers: %m");
	return 0;
}

static void
icmp_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct node *n = target->state;
	struct icmp *m = state;

	(void)host;
	if (n->query != NULL)
		resolver_drop(m->resolver, n->query);
	sweep_leave(&m->sweep, &n->peer);
}

static void
icmp_close(struct farm_host *host, void *state)
{
	struct icmp *m = state;
	int i;

	(void)host;
	for (i = 0; i < 2; i++) {
		channel_close(&m->icmp[i]);
		channel_close(&m->udp[i]);
	}
	tcp_free(m->tcp);
	resolver_free(m->resolver);
	sweep_free(&m->sweep);
}

FARM_MODULE(icmp, FARM_COLLECTOR) = {
	.summary = "ping: round trips and loss",
	.description =
	    "Sends each target a burst of echo requests, over IPv4 or IPv6, "
	    "and gives round trips and loss. A target that does not answer "
	    "has `loss` 100, no round trip, and the reason in `status`.\n\n"
	    "All targets of an instance share one socket per family and one "
	    "thread, so an instance may have thousands. A name that cannot be "
	    "resolved fails its own target only.\n\n"
	    "Where the first protocol of `via` gets no answer, the others are "
	    "asked in their order whether the target is there: by a datagram "
	    "to a closed UDP port, or a TCP connection. One answer is enough, "
	    "so there is its `rtt` but no `loss`; `via` says whose, and "
	    "`status` is `filtered`: somebody on the way drops the first "
	    "protocol, which is no outage. A `filtered` target without an "
	    "`rtt` is one that this host may not ping: nothing is known of "
	    "it, so it has no `loss` either.\n\n"
	    "Unprivileged sockets serve if the daemon's group is within the "
	    "sysctl `net.ipv4.ping_group_range`; otherwise raw ones, which "
	    "need the capability CAP_NET_RAW.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct icmp),
	.target_state_size = sizeof(struct node),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_RAW_SOCKETS,
	.open = icmp_open,
	.close = icmp_close,
	.target_close = icmp_target_close,
	.collector = { .collect_many = icmp_collect_many },
};
