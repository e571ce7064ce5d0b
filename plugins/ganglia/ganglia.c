/*
 * ganglia: what gmond and gmetad know, by TCP, and what gmond and gmetric send,
 * by UDP.
 */
#include <farm/module.h>
#include <stdlib.h>

#include "gmond.h"
#include "listening.h"
#include "path.h"
#include "source.h"
#include "uses.h"

struct ganglia {
	const char *path;
	int64_t timeout_ns;
	int64_t bytes_max;
	int names;
	struct farm_list labels;
	struct listening_options udp;

	struct uses *uses;
	struct listening *listening; /* NULL: sources are polled */
};

enum names { NAMES_ORIGINAL, NAMES_MONALISA };

static const struct farm_option options[] = {
	FARM_OPTION_STRING("path", struct ganglia, path, NULL,
	    "what a gmetad is asked for: /cluster, /cluster/host; empty: it "
	    "says all by itself"),
	FARM_OPTION_DURATION("timeout", struct ganglia, timeout_ns, "20s", 1e6,
	    3600e9, "for a whole dump"),
	FARM_OPTION_SIZE("size", struct ganglia, bytes_max, "256MiB", 4096,
	    1LL << 40, "the largest dump that is read"),
	FARM_OPTION_ENUM("names", struct ganglia, names, "original",
	    "original|monalisa", "names of metrics"),
	FARM_OPTION_LIST("labels", struct ganglia, labels, NULL,
	    "what of EXTRA_DATA becomes labels: GROUP, TITLE, DESC, ..."),
	FARM_OPTION_ADDRESS("listen", struct ganglia, udp.listen, NULL,
	    FARM_LISTEN, "where datagrams are received instead: udp://*:8649"),
	FARM_OPTION_LIST("join", struct ganglia, udp.join, NULL,
	    "multicast groups to receive from, each with %INTERFACE where the "
	    "routes do not say it"),
	FARM_OPTION_STRING("cluster", struct ganglia, udp.cluster, "Ganglia",
	    "cluster of the hosts that send; datagrams do not say it"),
	FARM_OPTION_LIST("allow", struct ganglia, udp.allow, NULL,
	    "addresses and networks that may send; empty: all"),
	FARM_OPTION_MAP("hosts", struct ganglia, udp.hosts,
	    "names of senders, by address or network; others are called what "
	    "they say, or by their address"),
	FARM_OPTION_INTEGER("rate", struct ganglia, udp.rate, "1000", 1, 1e9,
	    "datagrams a second that one source may send in the long run"),
	FARM_OPTION_INTEGER("burst", struct ganglia, udp.burst, "20000", 1, 1e9,
	    "datagrams that one source may send at once"),
	FARM_OPTION_INTEGER("metrics", struct ganglia, udp.metrics, "1000000",
	    1, 1e9,
	    "metrics that are remembered; the one not sent for longest "
	    "makes room"),
	FARM_OPTION_INTEGER("sources", struct ganglia, udp.sources, "10000", 1,
	    1e6, "sources that are remembered"),
	FARM_OPTION_SIZE("receive_buffer", struct ganglia, udp.receive_buffer,
	    "16MiB", 4096, 1 << 30, "datagrams wait in, in the kernel"),
	FARM_OPTION_BOOLEAN("requests", struct ganglia, udp.requests, "yes",
	    "ask for what a metric is, where nobody has said it"),
	FARM_OPTION_STRING("own_node", struct ganglia, udp.own_node, NULL,
	    "node of the listener's own counters; empty: the host's name"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "ganglia_hosts", FARM_GAUGE, "1",
	    "hosts of the dump that arrived whole" },
	{ "ganglia_hosts_down", FARM_GAUGE, "1",
	    "of them, not heard of for four times their TMAX" },
	{ "ganglia_metrics", FARM_GAUGE, "1", "metrics in the dump" },
	{ "ganglia_refused", FARM_GAUGE, "1",
	    "of them, left out for their name or value" },
	{ "ganglia_malformed", FARM_GAUGE, "1",
	    "tags of the dump that could not be read" },
	{ "ganglia_bytes", FARM_GAUGE, "By", "size of the dump" },
	{ "heartbeat", FARM_GAUGE, "s",
	    "when the host's gmond was started, since 1970" },
	{ "udp_values", FARM_COUNTER64, "1", "own node: values received" },
	{ "udp_metadata", FARM_COUNTER64, "1",
	    "own node: datagrams without a value" },
	{ "udp_refused", FARM_COUNTER64, "1",
	    "own node: values left out, as above" },
	{ "udp_malformed", FARM_COUNTER64, "1",
	    "own node: datagrams that could not be read" },
	{ "udp_limited", FARM_COUNTER64, "1",
	    "own node: datagrams beyond what their source may send" },
	{ "udp_not_allowed", FARM_COUNTER64, "1",
	    "own node: from an address that is not allowed" },
	{ "udp_lost", FARM_COUNTER64, "1",
	    "own node: for want of memory or room" },
	{ "udp_requests", FARM_COUNTER64, "1",
	    "own node: times that metadata were asked for" },
	{ "udp_overflow", FARM_COUNTER64, "1",
	    "own node: datagrams that found the receive buffer full" },
	{ "udp_sources", FARM_GAUGE, "1", "own node: sources remembered" },
	{ "udp_metrics", FARM_GAUGE, "1", "own node: metrics remembered" },
	{ "udp_last_refused", FARM_STATE, NULL,
	    "own node: who was refused last, and why" },
	{ "udp_source_malformed", FARM_COUNTER64, "1",
	    "datagrams of the source that could not be read" },
	{ "udp_source_limited", FARM_COUNTER64, "1",
	    "datagrams of the source beyond what it may send" },
	{ "*", FARM_GAUGE, NULL, "a metric of the host" }, { 0 }
};

static const char *
path_of(const struct ganglia *g)
{
	return g->path != NULL && g->path[0] != '\0' ? g->path : NULL;
}

static int
ganglia_check(struct farm_host *host, const void *given)
{
	const struct ganglia *g = given;
	struct path path;
	int status = listening_check(host, &g->udp);

	if (path_of(g) != NULL && path_init(&path, g->path) != 0)
		status = farm_fail(host,
		    "path: \"%s\" is none of at most %d names, each after "
		    "\"/\"",
		    g->path, PATH_PARTS_MAX);
	return status;
}

static struct making
making_of(const struct ganglia *g)
{
	return (struct making){ .uses = g->uses,
		.monalisa = g->names == NAMES_MONALISA,
		.labels = &g->labels };
}

static int
ganglia_open(struct farm_host *host, void *state)
{
	struct ganglia *g = state;
	int fd = farm_socket(host, "listen");
	struct making making;

	g->uses = calloc(1, sizeof(*g->uses));
	if (g->uses == NULL)
		return farm_fail(host, "out of memory");
	uses_init(g->uses);
	if (ganglia_check(host, g) != 0)
		return -1;
	making = making_of(g);
	return fd < 0
		   ? 0
		   : listening_open(&g->listening, host, fd, &g->udp, &making);
}

static void
ganglia_close(struct farm_host *host, void *state)
{
	struct ganglia *g = state;

	listening_close(g->listening, host);
	if (g->uses == NULL)
		return;
	uses_destroy(g->uses);
	free(g->uses);
}

static int
ganglia_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct ganglia *g = state;

	(void)fd, (void)events, (void)cookie;
	listening_ready(g->listening, host);
	return 0;
}

static int
ganglia_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct ganglia *g = state;

	(void)now_ns;
	return g->listening == NULL ? 0 : listening_tick(g->listening, host);
}

static int
ganglia_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct ganglia *g = state;
	const struct reading how = {
		.question = path_of(g),
		.timeout_ns = g->timeout_ns,
		.bytes_max = g->bytes_max,
		.port = path_of(g) != NULL ? GMETAD_QUERY_PORT : GMOND_PORT,
		.making = making_of(g),
	};

	/* A listener has a target as every instance has, and nothing to ask. */
	if (g->listening != NULL)
		return 0;
	return source_collect(host, &how, target);
}

static void
ganglia_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct ganglia *g = state;

	source_close(target->state, host, g->uses);
}

FARM_MODULE(ganglia, FARM_COLLECTOR) = {
	.summary = "metrics of Ganglia's gmond and gmetad",
	.description =
	    "Reads the XML that a gmond serves on port 8649, or a gmetad on "
	    "8651 (all) and 8652 (what it is asked for): whole trees of grids, "
	    "clusters and hosts. A target is where to connect; it says "
	    "nothing of its own but how the reading went (`ganglia_*`).\n"
	    "\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  ganglia:\n"
	    "    nodes: [head.local, {name: grid, address: \"meta:8651\"}]\n"
	    "    collect:\n"
	    "      - ganglia: {every: 15s}\n"
	    "```\n"
	    "\n"
	    "Names of clusters and hosts are those of Ganglia. A cluster "
	    "without a name, which gmond calls `unspecified`, is the "
	    "target's.  With `names: monalisa` the metrics that MonALISA's "
	    "modules renamed have its names: `load_one` is `Load1`, "
	    "`bytes_in` is `TotalIO_Rate_IN` in Mb/s, `mem_free` is `MEM_free` "
	    "in MiBy; all others keep theirs.\n"
	    "\n"
	    "A value has the time at which gmond got it: REPORTED and TN of "
	    "the host, less TN of the metric. What was emitted once does not "
	    "come again at the next poll. A series lives for DMAX, or for four "
	    "times TMAX where that is 0, and never shorter than three "
	    "polls. Types and slopes give kinds: positive ones are counters. "
	    "Units that Ganglia's own metrics have are translated (bytes/sec "
	    "to By/s, KB to KiBy), others stay. `heartbeat` is when the host's "
	    "gmond was started, at the time the host was heard of. "
	    "`labels: [GROUP, TITLE, DESC]` makes what is said of a metric "
	    "labels of its series.\n"
	    "\n"
	    "The dump is read as it comes, and need not be XML: gmond leaves "
	    "some texts as they are, and writes characters that XML forbids. "
	    "Every host that arrives whole counts, also if the dump breaks off "
	    "or parts of it cannot be read; the log says so, with the address. "
	    "A gmetad answers with all it has where it does not know a name: "
	    "such an answer to `path` is refused. Of summaries (`path: "
	    "/?filter=summary`, and grids that a gmetad knows no more of) the "
	    "sums are a node `summary` of the cluster or grid: `hosts_up`, "
	    "`hosts_down`, and of each metric the sum, and with `_hosts` "
	    "behind "
	    "its name, of how many.\n"
	    "\n"
	    "With `listen` an instance takes the place of a gmond instead: it "
	    "reads the datagrams of gmond and gmetric, those of 3.1 and later "
	    "as well as those of 2.5 and 3.0, from hosts and from the groups "
	    "of "
	    "`join`. One wildcard address serves IPv4 and IPv6; other ports "
	    "are "
	    "other instances, each with a `name`.\n"
	    "\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  ganglia:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - ganglia: {listen: \"udp://*:8649\", join: "
	    "[239.2.11.71%eth0], cluster: caltech}\n"
	    "```\n"
	    "\n"
	    "A host is called by the name that a spoofed message says "
	    "(`gmetric -S`, `override_hostname`), that its address has in "
	    "`hosts`, or that it says itself. Values that come before anybody "
	    "has said what the metric is count, by the type of the message, "
	    "and its unit and lifetime are asked for, as gmond does: of the "
	    "groups, and of the sender on our port, at most 10 times a second. "
	    "What a source sends beyond `rate` and `burst`, or what cannot be "
	    "read, is counted for it and for the listener. Sources and metrics "
	    "are remembered up to a number, so that who invents them costs no "
	    "more memory than that.\n"
	    "\n"
	    "A gmond on the same host has the port already, unless it only "
	    "sends (`deaf = yes`). A group both can have: `listen: "
	    "udp://239.2.11.71:8649` with `join: [239.2.11.71]` shares it.\n",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct ganglia),
	.target_state_size = sizeof(struct source),
	.needs = FARM_NEEDS_NETWORK,
	.open = ganglia_open,
	.close = ganglia_close,
	.check = ganglia_check,
	.listen = ganglia_listen,
	.tick = ganglia_tick,
	.target_close = ganglia_target_close,
	.collector = { .collect = ganglia_collect },
};
