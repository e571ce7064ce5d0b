/*
 * udp: values that programs send by themselves, in datagrams of ApMon,
 * NetLogger's ULM, InfluxDB, Graphite, StatsD, collectd, and another farmd.
 */
#include <farm/module.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "counts.h"
#include "datagrams.h"
#include "lines.h"
#include "receiver.h"

/* What does not change is said again after this, so that it does not expire. */
#define REPEAT_NS (60 * NS_PER_S)

#define FORMATS "apmon|ulm|influx|graphite|statsd|frames|collectd"

struct udp {
	struct farm_address listen;
	struct farm_address listen_tcp;
	int format;
	const char *cluster;
	const char *password;
	struct collectd_options collectd;
	int64_t node_part;
	int64_t summary_ns;
	struct farm_list allow;
	const char *allow_file;
	const char *mode;
	struct farm_map hosts;
	int64_t rate;
	int64_t burst;
	int64_t series;
	int64_t sources;
	int64_t receive_buffer;
	int64_t connections;
	const char *own_node;

	struct receiver receiver;
	struct datagrams *datagrams; /* NULL: not listened on */
	struct lines lines;
	struct own_counts *counts;
	char host_name[HOST_NAME_MAX + 1];
	int64_t repeat_mono_ns;  /* when all counters are said again */
	int64_t summary_mono_ns; /* when StatsD's sums are said next */
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS("listen", struct udp, listen, NULL, FARM_LISTEN,
	    "where datagrams are received: udp://*:8884 (IPv4 and IPv6), "
	    "udp+share://*:8884 for several instances, unixgram:/PATH"),
	FARM_OPTION_ADDRESS("listen_tcp", struct udp, listen_tcp, NULL,
	    FARM_LISTEN,
	    "where connections with lines are accepted, too: "
	    "tcp://*:14830"),
	{ .name = "format",
	    .type = FARM_TYPE_ENUM,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct udp, format, int),
	    .choices = FORMATS,
	    .help = "what they hold" },
	FARM_OPTION_STRING("cluster", struct udp, cluster, "UDP",
	    "cluster of values that come without one, and of the listener's "
	    "own counters"),
	FARM_OPTION_SECRET("password", struct udp, password,
	    "of ApMon: datagrams with another are refused; none: any will "
	    "do"),
	FARM_OPTION_ENUM("security", struct udp, collectd.security, "none",
	    "none|sign|encrypt",
	    "what collectd's packets have to be, at least"),
	FARM_OPTION_PATH("users", struct udp, collectd.users, NULL,
	    "file of collectd's users and passwords, lines `USER: PASSWORD'"),
	FARM_OPTION_PATH("types", struct udp, collectd.types, NULL,
	    "collectd's types.db, which names what a value of several is; by "
	    "default /usr/share/collectd/types.db, if it is there"),
	FARM_OPTION_INTEGER("node_part", struct udp, node_part, "1", 0, 100,
	    "which part of a Graphite path is the node; 0: none, the sender "
	    "is"),
	FARM_OPTION_DURATION("summary", struct udp, summary_ns, "10s", 1e9,
	    86400e9, "how often it is said what StatsD's lines add up to"),
	FARM_OPTION_LIST("allow", struct udp, allow, NULL,
	    "addresses and networks that may send; empty: all"),
	FARM_OPTION_PATH("allow_file", struct udp, allow_file, NULL,
	    "more of them, a line each, comments after #; read again when it "
	    "has changed"),
	FARM_OPTION_STRING("mode", struct udp, mode, NULL,
	    "permissions of a Unix socket, such as 0666; empty: as the umask "
	    "has it"),
	FARM_OPTION_MAP("hosts", struct udp, hosts,
	    "names of senders, by address or network; others are called by "
	    "their address"),
	FARM_OPTION_INTEGER("rate", struct udp, rate, "1000", 1, 1e9,
	    "datagrams a second that one source may send in the long run; "
	    "beyond, they are dropped, and connections wait"),
	FARM_OPTION_INTEGER("burst", struct udp, burst, "20000", 1, 1e9,
	    "datagrams that one source may send at once"),
	FARM_OPTION_INTEGER("series", struct udp, series, "100000",
	    RESULT_SERIES_MIN, 1e7,
	    "series that are known at a time; beyond, those not used for "
	    "longest make room"),
	FARM_OPTION_INTEGER("sources", struct udp, sources, "10000", 1, 1e6,
	    "sources, and senders with sequence numbers, that are "
	    "remembered"),
	FARM_OPTION_SIZE("receive_buffer", struct udp, receive_buffer, "16MiB",
	    4096, 1 << 30, "datagrams wait in, in the kernel"),
	FARM_OPTION_INTEGER("connections", struct udp, connections, "64", 1,
	    4096, "open at once; beyond, the one idle for longest makes room"),
	FARM_OPTION_STRING("own_node", struct udp, own_node, NULL,
	    "node of the listener's own counters; empty: the host's name"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "*_taken", FARM_COUNTER64, "1", "own node: datagrams accepted" },
	{ "*_malformed", FARM_COUNTER64, "1",
	    "own node: datagrams, lines or values that cannot be read" },
	{ "*_wrong_password", FARM_COUNTER64, "1", "own node: refused" },
	{ "*_duplicate", FARM_COUNTER64, "1",
	    "own node: came before, by its sequence number" },
	{ "*_limited", FARM_COUNTER64, "1",
	    "own node: beyond what the source may send" },
	{ "*_not_allowed", FARM_COUNTER64, "1",
	    "own node: from an address that is not allowed" },
	{ "*_lost", FARM_COUNTER64, "1",
	    "own node: for want of memory or series" },
	{ "*_missing", FARM_COUNTER64, "1",
	    "own node: sequence numbers that were passed over" },
	{ "*_late", FARM_COUNTER64, "1", "own node: missing ones that came" },
	{ "*_restarts", FARM_COUNTER64, "1",
	    "own node: senders that began to count anew" },
	{ "*_overflow", FARM_COUNTER64, "1",
	    "own node: datagrams that found the receive buffer full" },
	{ "*_connections", FARM_GAUGE, "1", "own node: open now" },
	{ "*_turned_away", FARM_COUNTER64, "1",
	    "own node: closed to make room, or for a line above 64 KiB" },
	{ "*_held", FARM_COUNTER64, "1",
	    "own node: times that a connection had to wait for its turn" },
	{ "*_values", FARM_COUNTER64, "1", "own node: values emitted" },
	{ "*_sources", FARM_GAUGE, "1", "own node: sources remembered" },
	{ "*_last_refused", FARM_STATE, NULL,
	    "own node: who was refused last, and why" },
	{ 0 }
};

static const char *const format_names[] = { "apmon", "ulm", "influx",
	"graphite", "statsd", "frames", "collectd" };

static bool
is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

/* -1 if it is none. */
static int
read_mode(struct farm_host *host, const char *text, mode_t *ret)
{
	char *end;
	long mode = strtol(text, &end, 8);

	if (*end != '\0' || mode < 0 || mode > 0777)
		return farm_fail(
		    host, "mode: \"%s\" is not 0000 to 0777", text);
	*ret = (mode_t)mode;
	return 0;
}

static bool
is_in_datagrams_alone(int format)
{
	return format == FORMAT_APMON || format == FORMAT_FRAMES ||
	       format == FORMAT_COLLECTD;
}

/* Whom is listened to, and what they are called. */
static int
read_options(struct farm_host *host, const struct udp *s,
    struct allowed *allowed, struct networks *names)
{
	mode_t mode = 0;
	int status = 0;

	if (s->listen.text[0] == '\0' && s->listen_tcp.text[0] == '\0')
		status = farm_fail(host, "neither listen nor listen_tcp");
	if (s->listen_tcp.text[0] != '\0' && is_in_datagrams_alone(s->format))
		status = farm_fail(host,
		    "listen_tcp: %s is sent in datagrams alone",
		    format_names[s->format]);
	if (is_set(s->mode))
		status |= read_mode(host, s->mode, &mode);
	status |= allowed_open(allowed, host, &s->allow,
	    is_set(s->allow_file) ? s->allow_file : NULL);
	status |= networks_read_names(names, host, "hosts", &s->hosts);
	return status;
}

static int
udp_check(struct farm_host *host, const void *given)
{
	struct allowed allowed = { .path = NULL };
	struct networks names = { 0 };
	const struct udp *s = given;
	struct collectd *collectd = NULL;
	struct error err;
	int status = read_options(host, s, &allowed, &names);

	if (s->format == FORMAT_COLLECTD &&
	    collectd_open_intake(&collectd, &s->collectd, &err) != 0)
		status = farm_fail(host, "%s", err.text);
	collectd_close_intake(collectd);
	allowed_free(&allowed);
	networks_free(&names);
	return status;
}

/* What may change while it runs. */
static void
take_options(struct receiver *r, const struct udp *s)
{
	r->cluster = s->cluster;
	r->password = s->password;
	r->node_part = s->node_part;
	r->rate = (double)s->rate;
	r->burst = (double)s->burst;
}

static int
open_receiver(struct farm_host *host, struct udp *s)
{
	struct receiver *r = &s->receiver;
	struct error err;

	r->format = (enum format)s->format;
	take_options(r, s);
	if (receiver_init(r, (size_t)s->series, (size_t)s->sources) != 0)
		return farm_fail(host, "out of memory");
	if (r->format == FORMAT_COLLECTD &&
	    collectd_open_intake(&r->collectd, &s->collectd, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return read_options(host, s, &r->allowed, &r->sources.names);
}

/* A client must be allowed to write to the file. */
static int
open_path(
    struct farm_host *host, const struct farm_address *a, const char *text)
{
	mode_t mode = 0;

	if (a->path == NULL || *a->path == '\0' || !is_set(text))
		return 0;
	if (read_mode(host, text, &mode) != 0)
		return -1;
	return chmod(a->path, mode) == 0 ? 0
					 : farm_fail(host, "%s: %m", a->path);
}

static int
open_counts(struct farm_host *host, struct udp *s)
{
	const char *node = own_node(
	    host, s->own_node, s->host_name, sizeof(s->host_name));

	if (node == NULL)
		return -1;
	s->receiver.sources.local_node = node;
	return counts_open(
	    &s->counts, host, format_names[s->format], s->cluster, node);
}

static int
udp_open(struct farm_host *host, void *state)
{
	struct udp *s = state;
	int fd = farm_socket(host, "listen");

	lines_init(&s->lines, (size_t)s->connections);
	if (open_receiver(host, s) != 0 || open_counts(host, s) != 0 ||
	    open_path(host, &s->listen, s->mode) != 0 ||
	    open_path(host, &s->listen_tcp, s->mode) != 0)
		return -1;
	return fd < 0
		   ? 0
		   : datagrams_open(&s->datagrams, host, fd, s->receive_buffer);
}

static bool
is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* Who may send, how much, and as whom: what is known of series and senders
   stays.  All else is another listener. */
static int
udp_reconfigure(struct farm_host *host, void *state, const void *given)
{
	struct udp *s = state;
	const struct udp *fresh = given;
	struct receiver *r = &s->receiver;
	struct allowed allowed = { .path = NULL };
	struct networks names = { 0 };

	if (fresh->format != s->format || fresh->series != s->series ||
	    fresh->sources != s->sources ||
	    fresh->receive_buffer != s->receive_buffer ||
	    !is_same(fresh->cluster, s->cluster) ||
	    !is_same(fresh->own_node, s->own_node) ||
	    fresh->collectd.security != s->collectd.security ||
	    !is_same(fresh->collectd.users, s->collectd.users) ||
	    !is_same(fresh->collectd.types, s->collectd.types) ||
	    !is_same(fresh->mode, s->mode))
		return -1;
	if (read_options(host, fresh, &allowed, &names) != 0) {
		allowed_free(&allowed);
		networks_free(&names);
		return -1;
	}
	if (peers_rename(&r->sources, &names, NULL) != 0) {
		allowed_free(&allowed);
		return -1;
	}
	allowed_free(&r->allowed);
	r->allowed = allowed;
	take_options(r, fresh);
	if (is_set(fresh->own_node))
		r->sources.local_node = fresh->own_node;
	s->lines.connections.max = (size_t)fresh->connections;
	return 0;
}

static void
udp_close(struct farm_host *host, void *state)
{
	struct udp *s = state;

	lines_close(&s->lines, host);
	own_counts_close(s->counts);
	datagrams_close(s->datagrams);
	receiver_free(&s->receiver, host);
}

struct taking {
	struct farm_host *host;
	struct receiver *receiver;
	int status;
};

/* A datagrams_fn. */
static size_t
take_datagram(void *cookie, const struct place *from, const uint8_t *bytes,
    size_t size, int64_t mono_ns, const uint8_t **ret)
{
	struct taking *t = cookie;

	(void)ret;
	t->status |= receiver_take(
	    t->receiver, t->host, from, bytes, size, mono_ns);
	return 0;
}

static int
udp_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct udp *s = state;
	struct taking t = { host, &s->receiver, 0 };

	(void)events;
	if (cookie == &s->listen_tcp) {
		lines_accept(&s->lines, host, &s->receiver, fd);
		return 0;
	}
	if (cookie != &s->listen)
		return lines_ready(&s->lines, host, &s->receiver, cookie);
	datagrams_ready(s->datagrams, take_datagram, &t);
	return t.status;
}

static int
udp_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct udp *s = state;
	int64_t mono_ns = clock_mono_ns();
	bool all = mono_ns >= s->repeat_mono_ns;
	struct socket_counts sockets = { .connections = s->lines.connections.n,
		.turned_away = s->lines.connections.turned_away,
		.held = s->lines.held };
	int status = 0;

	(void)now_ns;
	allowed_look(&s->receiver.allowed, host);
	lines_tick(&s->lines, host, &s->receiver, mono_ns);
	if (s->datagrams != NULL)
		sockets.overflows = datagrams_overflows(s->datagrams);
	if (all)
		s->repeat_mono_ns = mono_ns + REPEAT_NS;
	if (mono_ns >= s->summary_mono_ns) {
		s->summary_mono_ns = mono_ns + s->summary_ns;
		status = receiver_say(&s->receiver, host);
	}
	return status |
	       counts_emit(s->counts, host, &s->receiver, &sockets, all);
}

FARM_MODULE(udp, FARM_COLLECTOR) = {
	.summary = "values that programs send: ApMon, ULM, InfluxDB, Graphite, "
		   "StatsD, collectd, another farmd's frames",
	.description =
	    "Receives datagrams in one `format` at one address, and lines over "
	    "TCP where `listen_tcp` is given; several "
	    "formats are several instances, each with a `name`. One wildcard "
	    "address serves IPv4 and IPv6. Instances with the same "
	    "`udp+share://` address divide the senders among them, each on a "
	    "thread of its own.\n"
	    "\n"
	    "| format | usual port | cluster | node | parameter |\n"
	    "|---|---|---|---|---|\n"
	    "| `apmon` | 8884 | as sent | as sent | as sent |\n"
	    "| `ulm` | 14830 | PROG | HOST | NL.EVNT.FIELD |\n"
	    "| `influx` | 8089 | tag `cluster` | tag `host` | "
	    "MEASUREMENT.TAG.FIELD |\n"
	    "| `graphite` | 2003 | - | a part of the path, or tag `host` | "
	    "the other parts, then tags |\n"
	    "| `statsd` | 8125 | - | tag `host` | the name, then tags |\n"
	    "| `collectd` | 25826 | - | the host | "
	    "`PLUGIN[-INSTANCE]/TYPE[-INSTANCE][/SOURCE]`, with the identifier "
	    "as labels |\n"
	    "| `frames` | - | as sent, with farm, kind, unit and labels | as "
	    "sent | as sent |\n"
	    "\n"
	    "What says no cluster is in `cluster`; what says no node gets the "
	    "sender's name from `hosts`, or its address. Of other tags "
	    "the values are used, and a field called `value` "
	    "adds nothing to the parameter. Times are those that were sent; "
	    "InfluxDB's count nanoseconds.\n"
	    "\n"
	    "collectd's packets are those of its network plugin; `security` is "
	    "what its SecurityLevel is, `users` its AuthFile, read when the "
	    "listener opens. Its notifications become events. What is signed "
	    "or encrypted can still be sent once more by others.\n"
	    "\n"
	    "StatsD's lines are added up, and every `summary` it is said what "
	    "has changed: counters, which only grow; gauges; of timers, "
	    "histograms and distributions NAME.count, .mean, .min, .max and "
	    ".deviation since the last time; of sets how many different ones "
	    "there were.\n"
	    "\n"
	    "Each line of ULM is an event, with the whole line as its text, "
	    "and what of it is a number is a value too. What syslog puts "
	    "before a line is passed over; over TCP its messages may have "
	    "their lengths before them (RFC 6587).\n"
	    "\n"
	    "A node of ApMon whose name begins with `#acc_` becomes an "
	    "accounting record: the cluster is its group, the rest of the name "
	    "its user. Sequence numbers tell what was lost on the way; what "
	    "comes twice counts once.\n"
	    "\n"
	    "Over TCP a line ends at its newline, whatever the format, and "
	    "what "
	    "is read at once counts as one datagram; who sends more than "
	    "`rate` is made to wait, and nothing is dropped. Senders of this "
	    "host may use a Unix socket, whose permissions (`mode`) say who "
	    "may; their node is the listener's own.\n"
	    "\n"
	    "Who may send, how much and under which names can be changed "
	    "while it runs: by a reload, and by `allow_file`, which is looked "
	    "at every second. A file that is gone or wrong leaves all as it "
	    "was.\n"
	    "\n"
	    "For the listener's own node there is what became of all "
	    "datagrams, by reason, each name beginning with the format: "
	    "`apmon_taken`.\n"
	    "\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  senders:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - udp:\n"
	    "          name: apmon\n"
	    "          format: apmon\n"
	    "          listen: udp://*:8884\n"
	    "          password: file:/etc/farm/apmon.password\n"
	    "          allow: [10.0.0.0/8, \"2001:db8::/32\"]\n"
	    "      - udp:\n"
	    "          name: influx\n"
	    "          format: influx\n"
	    "          listen: udp://*:8089\n"
	    "          cluster: Applications\n"
	    "          hosts: {10.1.0.0/16: site-b}\n"
	    "      - udp:\n"
	    "          name: netlogger\n"
	    "          format: ulm\n"
	    "          listen_tcp: tcp://*:14830\n"
	    "```\n",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct udp),
	.needs = FARM_NEEDS_NETWORK,
	.open = udp_open,
	.reconfigure = udp_reconfigure,
	.close = udp_close,
	.listen = udp_listen,
	.tick = udp_tick,
	.check = udp_check,
};
