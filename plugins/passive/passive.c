/* passive: results of checks that others have run, by NSCA and NRDP. */
#include <farm/module.h>

#include <limits.h>
#include <string.h>

#include "clock.h"
#include "nagios_check.h"
#include "nrdp_door.h"
#include "nsca_door.h"
#include "own_counts.h"

#define CONNECTIONS_MAX 200
/* All counts come again after so long. */
#define ALL_NS (60 * NS_PER_S)

struct passive {
	struct farm_address nsca;
	const char *password;
	int method;
	int64_t max_age_ns;
	struct farm_address nrdp;
	const char *token;
	struct farm_list allow;
	int64_t attempts;
	int64_t known;
	const char *own_node;

	struct intake intake;
	struct nsca_door nsca_door;
	struct nrdp_door nrdp_door;
	struct own_counts *counts;
	int64_t told_mono_ns;
	char host_name[HOST_NAME_MAX + 1];
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS("nsca", struct passive, nsca, NULL, FARM_LISTEN,
	    "where NSCA's clients come to: tcp://*:5667"),
	FARM_OPTION_SECRET("password", struct passive, password, "of NSCA"),
	FARM_OPTION_ENUM("method", struct passive, method, "xor", NSCA_METHODS,
	    "of NSCA: its encryption_method 0, 1, 3 or 14"),
	FARM_OPTION_DURATION("max_age", struct passive, max_age_ns, "30s", 1e9,
	    86400e9, "of NSCA: an older packet is a kept one"),
	FARM_OPTION_ADDRESS("nrdp", struct passive, nrdp, NULL, FARM_LISTEN,
	    "where NRDP's clients come to, by HTTP: tcp://*:8080"),
	FARM_OPTION_SECRET("token", struct passive, token, "of NRDP"),
	FARM_OPTION_LIST("allow", struct passive, allow, NULL,
	    "addresses and networks that may come; all if not set"),
	CHECK_ATTEMPTS_OPTION(struct passive, attempts, "1"),
	FARM_OPTION_INTEGER("known", struct passive, known, "100000", 1, 1e7,
	    "hosts and services whose attempts are remembered"),
	FARM_OPTION_STRING("own_node", struct passive, own_node, NULL,
	    "node of the listener's own counters; empty: the host's name"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	CHECK_PARAMETERS("*_"),
	{ "passive_taken", FARM_COUNTER64, "1", "own node: results taken" },
	{ "passive_not_allowed", FARM_COUNTER64, "1",
	    "own node: connections from elsewhere" },
	{ "passive_refused", FARM_COUNTER64, "1",
	    "own node: with another password or token, or too old" },
	{ "passive_malformed", FARM_COUNTER64, "1",
	    "own node: what could not be read, or not be named" },
	{ "passive_last_refused", FARM_STATE, NULL,
	    "own node: the last of these, and why" },
	{ 0 },
};

/* In the order of enum outcome. */
static const struct own_count table[OUTCOMES] = {
	{ "taken", FARM_COUNTER64 },
	{ "not_allowed", FARM_COUNTER64 },
	{ "refused", FARM_COUNTER64 },
	{ "malformed", FARM_COUNTER64 },
};

static bool
is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static int
check_options(
    struct farm_host *host, const struct passive *p, struct networks *allowed)
{
	int rc = networks_read(allowed, host, "allow", &p->allow);
	struct error err;

	if (p->nsca.text[0] == '\0' && p->nrdp.text[0] == '\0')
		rc = farm_fail(
		    host, "neither nsca nor nrdp says where to listen");
	if (p->nsca.text[0] != '\0' &&
	    nsca_mix_check(
		(enum nsca_method)p->method, p->password, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (p->nrdp.text[0] != '\0' && is_empty(p->token))
		rc = farm_fail(host, "token: is missing, with nrdp");
	return rc;
}

static int
passive_check(struct farm_host *host, const void *options_)
{
	struct networks allowed = { NULL, 0 };
	int rc = check_options(host, options_, &allowed);

	networks_free(&allowed);
	return rc;
}

static int
passive_open(struct farm_host *host, void *state)
{
	struct passive *p = state;
	const char *node;

	nsca_door_init(&p->nsca_door, CONNECTIONS_MAX);
	nrdp_door_init(&p->nrdp_door, CONNECTIONS_MAX);
	p->nsca_door.method = (enum nsca_method)p->method;
	p->nsca_door.password = p->password;
	p->nsca_door.max_age_s = p->max_age_ns / NS_PER_S;
	p->nrdp_door.token = p->token;
	if (check_options(host, p, &p->intake.allowed) != 0)
		return -1;
	if (intake_open(&p->intake, (size_t)p->known, p->attempts) != 0)
		return farm_fail(host, "out of memory");
	node = own_node(host, p->own_node, p->host_name, sizeof(p->host_name));
	return node == NULL ? -1
			    : own_counts_open(&p->counts, host, NULL, node,
				  "passive_", table, OUTCOMES, "last_refused");
}

static void
passive_close(struct farm_host *host, void *state)
{
	struct passive *p = state;

	nsca_door_close(&p->nsca_door, host);
	nrdp_door_close(&p->nrdp_door, host);
	intake_close(&p->intake);
	own_counts_close(p->counts);
}

/* Whose connection it is: each door has its own list. */
static bool
is_of(const struct connections *all, const void *cookie)
{
	const struct connection *c;

	for (c = all->first; c != NULL; c = c->next)
		if (c == cookie)
			return true;
	return false;
}

static int
passive_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct passive *p = state;

	(void)events;
	if (cookie == &p->nsca)
		nsca_door_accept(&p->nsca_door, host, &p->intake, fd);
	else if (cookie == &p->nrdp)
		nrdp_door_accept(&p->nrdp_door, host, &p->intake, fd);
	else if (is_of(&p->nsca_door.connections, cookie))
		return nsca_door_ready(&p->nsca_door, host, &p->intake, cookie);
	else
		return nrdp_door_ready(&p->nrdp_door, host, &p->intake, cookie);
	return 0;
}

static int
passive_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct passive *p = state;
	int64_t mono_ns = clock_mono_ns();
	bool all = p->told_mono_ns == 0 || mono_ns - p->told_mono_ns >= ALL_NS;

	(void)now_ns;
	if (all)
		p->told_mono_ns = mono_ns;
	return own_counts_emit(
	    p->counts, host, p->intake.counts, p->intake.refusal.text, all);
}

FARM_MODULE(passive, FARM_COLLECTOR) = {
	.summary = "passive checks, told by NSCA and NRDP",
	.description =
	    "Takes the results that send_nsca and NRDP's clients send, as a "
	    "Nagios would with nsca and nrdp beside it. They become values as "
	    "those of the [collector nagios](nagios.md): the node is the "
	    "host, `SERVICE_state`, `SERVICE_output` and the labels of the "
	    "performance data are its parameters, and `host_state` is a "
	    "host's own.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  remote:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - passive:\n"
	    "          nsca: \"tcp://*:5667\"\n"
	    "          password: file:/etc/farm/nsca\n"
	    "          nrdp: \"tcp://127.0.0.1:8080\"\n"
	    "          token: file:/etc/farm/nrdp\n"
	    "          allow: [10.0.0.0/8, 127.0.0.1]\n"
	    "```\n\n"
	    "Of NSCA's methods `plain` (0), `xor` (1), `3des` (3) and "
	    "`aes256` (14, that is Rijndael-128) are spoken: set send_nsca's "
	    "`encryption_method` to one of them. `xor` keeps out who does not "
	    "know the password, and hides nothing "
	    "from who listens on the way. A packet whose sum is wrong, or "
	    "that is older than `max_age`, ends its connection and is counted. "
	    "NSCA answers nothing, so what is refused is lost.\n\n"
	    "NRDP is the command `submitcheck` with XMLDATA or JSONDATA, at "
	    "any "
	    "path, up to 4 MiB. TLS is for a proxy in front of it: the token "
	    "can be read on the way.\n\n"
	    "What was refused last, and why, is in `passive_last_refused` of "
	    "the own node.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct passive),
	.needs = FARM_NEEDS_NETWORK,
	.check = passive_check,
	.open = passive_open,
	.close = passive_close,
	.listen = passive_listen,
	.tick = passive_tick,
};
