/*
 * snmptrap: traps and informs of SNMPv1, v2c and v3 become events, values and
 * counters.
 */
#include <farm/module.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "counts.h"
#include "datagrams.h"
#include "identity.h"
#include "places.h"
#include "receiver.h"
#include "tcp.h"

/* What does not change is said again after this, so that it does not expire. */
#define REPEAT_NS (60 * NS_PER_S)

struct snmptrap {
	struct farm_address listen;
	struct farm_address listen_tcp;
	const struct farm_tree *credentials;
	bool any_community;
	struct farm_list allow;
	const char *cluster;
	struct farm_map names;
	struct farm_list forwarders;
	struct farm_list catalogues;
	bool standard_names;
	const struct farm_tree *traps;
	int64_t rate;
	int64_t burst;
	int64_t duplicates_ns;
	int64_t sources;
	const char *engine_id;
	bool time_window;
	int64_t receive_buffer;
	int64_t connections;
	int64_t idle_ns;
	const char *own_node;

	struct receiver *receiver;
	struct datagrams *udp; /* NULL: not listened on */
	struct tcp tcp;
	struct own_counts *counts;
	char host_name[HOST_NAME_MAX + 1];
	int32_t boots;
	bool boots_kept;
	int64_t repeat_ns; /* when all is said again, CLOCK_MONOTONIC */
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS("listen", struct snmptrap, listen, "udp://*:162",
	    FARM_LISTEN, "where datagrams are received, IPv4 and IPv6"),
	FARM_OPTION_ADDRESS("listen_tcp", struct snmptrap, listen_tcp, NULL,
	    FARM_LISTEN, "where connections are accepted too: tcp://*:162"),
	{ .name = "credentials",
	    .type = FARM_TYPE_TREE,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(
		struct snmptrap, credentials, const struct farm_tree *),
	    .help = "communities and users that are accepted" },
	FARM_OPTION_BOOLEAN("any_community", struct snmptrap, any_community,
	    "no", "accept every community of v1 and v2c"),
	FARM_OPTION_LIST("allow", struct snmptrap, allow, NULL,
	    "addresses and networks that may send; empty: all"),
	FARM_OPTION_STRING("cluster", struct snmptrap, cluster, "Traps",
	    "cluster that traps are counted in"),
	FARM_OPTION_MAP("names", struct snmptrap, names,
	    "names of senders, by address or network; others are called by "
	    "their address"),
	FARM_OPTION_LIST("forwarders", struct snmptrap, forwarders, NULL,
	    "addresses and networks that are believed when they say whom a "
	    "trap is from (agent-addr of v1, snmpTrapAddress)"),
	FARM_OPTION_LIST("catalogues", struct snmptrap, catalogues, NULL,
	    "files with the names of further objects and traps"),
	FARM_OPTION_BOOLEAN("standard_names", struct snmptrap, standard_names,
	    "yes", "use the names of objects that came with farmd"),
	FARM_OPTION_TREE("traps", struct snmptrap, traps,
	    "what is made of which trap: name, ignore, values"),
	FARM_OPTION_INTEGER("rate", struct snmptrap, rate, "100", 1, 1e9,
	    "traps a second that one source may send in the long run"),
	FARM_OPTION_INTEGER("burst", struct snmptrap, burst, "20000", 1, 1e9,
	    "traps that one source may send at once"),
	FARM_OPTION_DURATION("duplicates", struct snmptrap, duplicates_ns, "5s",
	    0, 3600e9,
	    "the same trap from the same source within this counts once; 0s: "
	    "never"),
	FARM_OPTION_INTEGER("sources", struct snmptrap, sources, "10000", 1,
	    1e6, "sources, and traps of nodes, that are remembered"),
	FARM_OPTION_STRING("engine_id", struct snmptrap, engine_id, NULL,
	    "ours, in hexadecimal digits, for informs of v3; empty: made from "
	    "the machine's id"),
	FARM_OPTION_BOOLEAN("time_window", struct snmptrap, time_window, "yes",
	    "refuse traps of v3 that are older than one that came before; no "
	    "for senders that forget their boots"),
	FARM_OPTION_SIZE("receive_buffer", struct snmptrap, receive_buffer,
	    "16MiB", 4096, 1 << 30, "datagrams wait in, in the kernel"),
	FARM_OPTION_INTEGER("connections", struct snmptrap, connections, "64",
	    1, 4096,
	    "open at once; beyond, the one idle for longest makes room"),
	FARM_OPTION_DURATION("idle", struct snmptrap, idle_ns, "10m", 1e9,
	    86400e9, "a connection without a message for so long is closed"),
	FARM_OPTION_STRING("own_node", struct snmptrap, own_node, NULL,
	    "node of the listener's own counters; empty: the host's name"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "trap_*", FARM_COUNTER64, "1",
	    "traps and informs of this name or number from the node" },
	{ "traps_dropped", FARM_COUNTER64, "1",
	    "traps of the node beyond what it may send" },
	{ "traps_taken", FARM_COUNTER64, "1", "own node: traps accepted" },
	{ "traps_not_allowed", FARM_COUNTER64, "1",
	    "own node: from an address that is not allowed" },
	{ "traps_malformed", FARM_COUNTER64, "1",
	    "own node: no SNMP, or a trap without a name" },
	{ "traps_other_pdu", FARM_COUNTER64, "1",
	    "own node: requests, which are for agents" },
	{ "traps_wrong_community", FARM_COUNTER64, "1",
	    "own node: none of the credentials" },
	{ "traps_unknown_engine", FARM_COUNTER64, "1",
	    "own node: informs that ask for our engine id" },
	{ "traps_unknown_user", FARM_COUNTER64, "1",
	    "own node: none of the credentials" },
	{ "traps_wrong_level", FARM_COUNTER64, "1",
	    "own node: of another security level than the user's" },
	{ "traps_wrong_digest", FARM_COUNTER64, "1",
	    "own node: wrong password, or forged" },
	{ "traps_not_in_window", FARM_COUNTER64, "1",
	    "own node: too old, or replayed" },
	{ "traps_not_decrypted", FARM_COUNTER64, "1",
	    "own node: wrong password of encryption" },
	{ "traps_storm", FARM_COUNTER64, "1",
	    "own node: the sum of all traps_dropped" },
	{ "traps_duplicate", FARM_COUNTER64, "1",
	    "own node: the same came shortly before" },
	{ "traps_lost", FARM_COUNTER64, "1", "own node: for want of memory" },
	{ "traps_overflow", FARM_COUNTER64, "1",
	    "own node: datagrams that found the receive buffer full" },
	{ "traps_last_refused", FARM_STATE, NULL,
	    "own node: who was refused last, and why" },
	{ "informs_acknowledged", FARM_COUNTER64, "1",
	    "own node: also those that came again" },
	{ "reports_sent", FARM_COUNTER64, "1",
	    "own node: what was wrong with informs of v3" },
	{ "reports_withheld", FARM_COUNTER64, "1",
	    "own node: more than 1000 a second" },
	{ "sources_known", FARM_GAUGE, "1", "own node: sources remembered" },
	{ "connections_open", FARM_GAUGE, "1", "own node: of TCP" },
	{ "connections_closed", FARM_COUNTER64, "1",
	    "own node: for being slow, or to make room" },
	{ 0 }
};

/* ------------------------------------------------------------------- open --
 */

/* A catalogue with mistakes still serves, and our own is a help only; one that
   is asked for and not there is neither. */
static int
read_catalogues(
    struct farm_host *host, const struct snmptrap *s, struct objects *objects)
{
	struct problems p = PROBLEMS_INIT;
	struct buffer own = BUFFER_INIT;
	size_t i, n;

	for (i = 0; i < s->catalogues.n; i++)
		objects_read_file(objects, s->catalogues.items[i], &p);
	for (i = 0; i < p.n; i++)
		if (p.items[i].line == 0)
			return problems_fail(host, &p);
	n = p.n;
	if (s->standard_names) {
		place_of_data(&own, "snmp/objects.tsv");
		objects_read_file(objects, buffer_text(&own), &p);
		buffer_free(&own);
	}
	for (i = 0; i < p.n; i++)
		farm_log(host, i < n ? FARM_WARNING : FARM_NOTICE, "%s:%u: %s",
		    p.items[i].file, p.items[i].line, p.items[i].text);
	problems_free(&p);
	return 0;
}

/* All mistakes in one go. */
static int
read_options(
    struct farm_host *host, const struct snmptrap *s, struct receiver *r)
{
	struct problems p = PROBLEMS_INIT;
	int status = 0;

	status |= networks_read(&r->allowed, host, "allow", &s->allow);
	status |= networks_read(
	    &r->forwarders, host, "forwarders", &s->forwarders);
	status |= networks_read_names(&r->nodes, host, "names", &s->names);
	if (read_catalogues(host, s, r->objects) != 0)
		return -1;
	status |= credentials_parse(&r->credentials, s->credentials, &p);
	status |= rules_parse(&r->rules, s->traps, r->objects, &p);
	if (p.n_errors > 0)
		return problems_fail(host, &p);
	problems_free(&p);
	if (status == 0 && r->credentials.n == 0 && !r->any_community)
		return farm_fail(host,
		    "neither credentials nor any_community: nothing would be "
		    "accepted");
	return status;
}

/* What the options say of whom is listened to, and what is made of it. */
static int
make_receiver(
    struct farm_host *host, const struct snmptrap *s, struct receiver *r)
{
	r->any_community = s->any_community;
	r->cluster = s->cluster;
	r->objects = objects_new();
	if (r->objects == NULL || receiver_init(r, (size_t)s->sources) != 0)
		return farm_fail(host, "out of memory");
	return read_options(host, s, r);
}

static int
make_identity(
    struct farm_host *host, const struct snmptrap *s, struct identity *ret)
{
	bool given = s->engine_id != NULL && s->engine_id[0] != '\0';
	struct error err;

	if ((given ? identity_parse(ret, s->engine_id, &err)
		   : identity_derive(
			 ret, "/etc/machine-id", s->listen.text, &err)) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static int32_t
last_boots(struct farm_host *host)
{
	size_t size = 0;
	const void *bytes = farm_restore(host, &size);
	int32_t last = 0;

	if (bytes != NULL && size == sizeof(last))
		memcpy(&last, bytes, sizeof(last));
	return last;
}

static int
open_engine(struct farm_host *host, struct snmptrap *s)
{
	struct receiver *r = s->receiver;
	struct identity id;
	struct error err;

	if (make_identity(host, s, &id) != 0)
		return -1;
	s->boots = identity_boots(farm_now_ns(host), last_boots(host));
	if (engine_new(&r->engine,
		&(struct engine_options){ .credentials = &r->credentials,
		    .id = { id.id, id.size },
		    .boots = s->boots,
		    .mono_ns = clock_mono_ns(),
		    .window = s->time_window },
		&err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static int
open_counts(struct farm_host *host, struct snmptrap *s)
{
	const char *node = own_node(
	    host, s->own_node, s->host_name, sizeof(s->host_name));

	return node == NULL ? -1
			    : counts_open(&s->counts, host, s->cluster, node);
}

static int
snmptrap_open(struct farm_host *host, void *state)
{
	struct snmptrap *s = state;
	struct receiver *r = calloc(1, sizeof(*r));
	int fd = farm_socket(host, "listen");

	s->receiver = r;
	if (r == NULL)
		return farm_fail(host, "out of memory");
	if (make_receiver(host, s, r) != 0)
		return -1;
	r->sources.rate = (double)s->rate;
	r->sources.burst = (double)s->burst;
	r->sources.repeat_ns = s->duplicates_ns;
	tcp_init(&s->tcp, (size_t)s->connections, s->idle_ns);
	if (open_engine(host, s) != 0 || open_counts(host, s) != 0)
		return -1;
	return fd < 0 ? 0
		      : datagrams_open(&s->udp, host, fd, s->receive_buffer);
}

static int
snmptrap_check(struct farm_host *host, const void *given)
{
	struct receiver *r = calloc(1, sizeof(*r));
	struct identity id;
	int status;

	if (r == NULL)
		return farm_fail(host, "out of memory");
	status = make_receiver(host, given, r);
	status |= make_identity(host, given, &id);
	receiver_free(r);
	free(r);
	return status;
}

static void
snmptrap_close(struct farm_host *host, void *state)
{
	struct snmptrap *s = state;

	tcp_close(&s->tcp, host);
	datagrams_close(s->udp);
	own_counts_close(s->counts);
	if (s->receiver != NULL)
		receiver_free(s->receiver);
	free(s->receiver);
}

/* -------------------------------------------------------------------- work --
 */

/* Failures of parts are explained where they happened. */
static int
outcome_of(struct receiver *r)
{
	bool failed = r->failed;

	r->failed = false;
	return failed ? -1 : 0;
}

struct taking {
	struct farm_host *host;
	struct receiver *receiver;
};

/* A datagrams_fn. */
static size_t
take_datagram(void *cookie, const struct place *from, const uint8_t *bytes,
    size_t size, int64_t mono_ns, const uint8_t **ret)
{
	struct taking *t = cookie;

	return receiver_take(
	    t->receiver, t->host, from, bytes, size, mono_ns, ret);
}

static int
snmptrap_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct snmptrap *s = state;

	(void)events;
	if (cookie == &s->listen)
		datagrams_ready(s->udp, take_datagram,
		    &(struct taking){ host, s->receiver });
	else if (cookie == &s->listen_tcp)
		tcp_accept(&s->tcp, host, fd);
	else
		tcp_ready(&s->tcp, host, s->receiver, cookie);
	return outcome_of(s->receiver);
}

static int
snmptrap_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct snmptrap *s = state;
	int64_t mono_ns = clock_mono_ns();
	bool all = mono_ns >= s->repeat_ns;
	struct socket_counts sockets = { 0 };

	(void)now_ns;
	tcp_tick(&s->tcp, host, mono_ns);
	if (s->udp != NULL)
		sockets.overflows = datagrams_overflows(s->udp);
	sockets.connections = s->tcp.connections.n;
	sockets.turned_away = s->tcp.connections.turned_away;
	if (all)
		s->repeat_ns = mono_ns + REPEAT_NS;
	if (!s->boots_kept)
		s->boots_kept = farm_checkpoint(
				    host, &s->boots, sizeof(s->boots)) == 0;
	receiver_emit(s->receiver, host, all);
	return counts_emit(s->counts, host, s->receiver, &sockets, all);
}

FARM_MODULE(snmptrap, FARM_COLLECTOR) = {
	.summary = "SNMP traps and informs",
	.description =
	    "Receives traps and informs of SNMPv1, v2c and v3 over UDP, "
	    "and over TCP where `listen_tcp` is given. One wildcard "
	    "address serves IPv4 and IPv6; several addresses are several "
	    "instances, each with a `name`. Ports below 1024 need "
	    "CAP_NET_BIND_SERVICE, which the service's unit has.\n"
	    "\n"
	    "What comes out, all in the cluster `Traps` or another of "
	    "your choice:\n"
	    "\n"
	    "- For each trap an event, with node, name and number of the "
	    "trap, the address it came from, version, uptime in seconds, "
	    "and all varbinds, each with number, name, type and value. "
	    "Those of v1 are translated as RFC 3584 says.\n"
	    "- For each node and trap a counter, `trap_NAME`, emitted "
	    "every second while it grows. A trap that no catalogue knows "
	    "is counted under its number: "
	    "`trap_1.3.6.1.4.1.8072.2.3.0.1`; one whose number is too "
	    "long for a name as `trap_other`.\n"
	    "- Values, where a rule of `traps` asks for some.\n"
	    "- For each node that sends more than it may, "
	    "`traps_dropped`; and for the host that listens what became "
	    "of all messages, by reason, with the last one that was "
	    "refused and why.\n"
	    "\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  traps:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - snmptrap:\n"
	    "          listen: udp://*:162\n"
	    "          listen_tcp: tcp://*:162\n"
	    "          credentials:\n"
	    "            - {community: file:/etc/farm/traps.community}\n"
	    "            - {user: ops, auth: sha256, auth_password: "
	    "file:/etc/farm/ops.auth,\n"
	    "               priv: aes128, priv_password: "
	    "file:/etc/farm/ops.priv}\n"
	    "          allow: [10.0.0.0/8, \"2001:db8::/32\"]\n"
	    "          names:\n"
	    "            10.1.0.1: core-switch\n"
	    "            10.2.0.0/16: site-b\n"
	    "          traps:\n"
	    "            linkDown:\n"
	    "              values:\n"
	    "                \"link_{index}\": ifOperStatus\n"
	    "            1.3.6.1.4.1.9999.0.7:\n"
	    "              name: fanFailed\n"
	    "              values: {fan: 1.3.6.1.4.1.9999.1.2, alarm: \"=1\"}\n"
	    "            1.3.6.1.4.1.9999.0.8: {ignore: yes}\n"
	    "```\n"
	    "\n"
	    "`examples/trap-agent` is a script that sends such informs from a "
	    "host.\n"
	    "\n"
	    "A rule is for the trap of its number or name and for all "
	    "below; the longest wins. `values` gives a parameter the "
	    "value of each varbind at or below an object, with `{index}` "
	    "for the numbers behind the object's, or a fixed one after "
	    "`=`. What is ignored is still counted.\n"
	    "\n"
	    "Communities count for v1 and v2c alike. A user of v3 may "
	    "send from any engine, and keys are made for each; with an "
	    "`engine_id` in its credential from that one only. Its "
	    "messages must have the security level of the credential, "
	    "neither less nor more. Traps that are older than what came "
	    "before from their engine are refused (RFC 3414 3.2); some "
	    "senders count their boots wrongly, for these there is "
	    "`time_window: no`, at the price that traps can be "
	    "replayed.\n"
	    "\n"
	    "Informs are acknowledged once the trap is taken; what comes "
	    "again is acknowledged again and counted once. For informs "
	    "of v3 we are the authority: our engine id is made from the "
	    "machine's id and `listen`, and stays; our boots are the "
	    "seconds from 2020 to our start, so they grow with each "
	    "start without being kept anywhere. Only if the clock is set "
	    "back between two starts, and the last boots are not known "
	    "from a checkpoint, senders refuse us until it has caught up "
	    "or they are started again.\n"
	    "\n"
	    "Nothing is remembered of senders that have shown neither a "
	    "community nor a user, and of the others only of `sources` "
	    "many, the last ones: forged addresses cost no memory. A "
	    "burst is held by `receive_buffer`: a datagram takes about 1 "
	    "KiB of it; the kernel grants more than `net.core.rmem_max` "
	    "only to CAP_NET_ADMIN, and says in the log what was got. "
	    "Datagrams that found it full are counted in "
	    "`traps_overflow`. Over TCP a message that has begun must be "
	    "whole after 10 s.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct snmptrap),
	.needs = FARM_NEEDS_NETWORK,
	.open = snmptrap_open,
	.close = snmptrap_close,
	.check = snmptrap_check,
	.listen = snmptrap_listen,
	.tick = snmptrap_tick,
};
