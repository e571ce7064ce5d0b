/*
 * snmp: devices by SNMP v1, v2c and v3, thousands of them with one thread.
 */
#include <farm/module.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actions.h"
#include "clock.h"
#include "credential.h"
#include "device.h"
#include "family.h"
#include "places.h"
#include "roster.h"

/* Between the last answer and the target's deadline: to report it. */
#define MARGIN_NS (50 * NS_PER_MS)
/* Targets taken with one farm_more(). */
#define MORE_MAX 256
/* While polls go on, credentials that turned out to work are kept as often. */
#define KEEP_NS (60 * NS_PER_S)

struct snmp {
	const char *community;
	int version;
	const struct farm_tree *credentials_tree;
	int64_t port;
	int64_t timeout_ns;
	int64_t timeout_min_ns;
	int64_t retries;
	int64_t window;
	int64_t resolve_ns;
	int family;
	struct farm_list profile;
	struct farm_list folders;
	struct farm_list catalogues;
	const struct farm_tree *get, *walk, *table;
	const struct farm_tree *map, *fallback, *scale, *unit, *kind, *max;
	int counters;
	const char *rate;
	bool enums;
	int64_t refresh_ns;

	struct devices devices;
	struct credentials credentials;
	struct acting acting;
	struct arena *arena;
	int64_t kept_ns; /* when credentials were last kept */
	int empty_wakes; /* in a row: woken, but there were no targets */
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("profile", struct snmp, profile, NULL,
	    "what is read, by name: host, interfaces, ucd, ...; auto: by what "
	    "the device is; it is the default if nothing else is given"),
	FARM_OPTION_TREE("get", struct snmp, get,
	    "single objects: {PARAMETER: OBJECT} or a list of objects"),
	FARM_OPTION_TREE("table", struct snmp, table,
	    "tables: columns, row, name, where, refresh; see above"),
	FARM_OPTION_TREE("walk", struct snmp, walk,
	    "objects of which all that is below is read"),
	FARM_OPTION_SECRET("community", struct snmp, community,
	    "of v1 and v2c; public if there are no credentials either"),
	FARM_OPTION_ENUM(
	    "version", struct snmp, version, "2c", "1|2c", "of the community"),
	{ .name = "credentials",
	    .type = FARM_TYPE_TREE,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(
		struct snmp, credentials_tree, const struct farm_tree *),
	    .help = "communities and v3 users, tried in this order, the one "
		    "that worked last first" },
	FARM_OPTION_INTEGER("port", struct snmp, port, "161", 1, 65535,
	    "of the agent, where the node's address has none"),
	FARM_OPTION_DURATION("timeout", struct snmp, timeout_ns, "1s", 1e6,
	    60e9, "of the first try; later ones follow the round trips"),
	FARM_OPTION_DURATION("timeout_min", struct snmp, timeout_min_ns,
	    "100ms", 1e6, 60e9, "the shortest that round trips may make it"),
	FARM_OPTION_INTEGER("retries", struct snmp, retries, "2", 0, 20,
	    "further tries of a question"),
	FARM_OPTION_INTEGER("window", struct snmp, window, "256", 1, 65536,
	    "questions under way at once, those of silent devices apart"),
	FARM_OPTION_ENUM("counters", struct snmp, counters, "raw",
	    "raw|rate|both", "counters as they are, per second, or both"),
	FARM_OPTION_STRING("rate", struct snmp, rate, "{name}_rate",
	    "what the rate of a counter is called"),
	FARM_OPTION_BOOLEAN("enums", struct snmp, enums, "no",
	    "names of enumerations instead of their numbers"),
	FARM_OPTION_DURATION("refresh", struct snmp, refresh_ns, "5m", 0,
	    86400e9, "rows and their names are read again after this"),
	FARM_OPTION_TREE("map", struct snmp, map,
	    "what values are called: {NAME: {VALUE: TEXT}}"),
	FARM_OPTION_TREE("fallback", struct snmp, fallback,
	    "for devices without the first object: {NAME: OBJECT}"),
	FARM_OPTION_TREE("scale", struct snmp, scale,
	    "numbers are multiplied by this: {NAME: NUMBER}, or of a column "
	    "{NAME: OBJECT}, by that column of the same row"),
	FARM_OPTION_TREE(
	    "unit", struct snmp, unit, "instead of the object's: {NAME: TEXT}"),
	FARM_OPTION_TREE("kind", struct snmp, kind,
	    "gauge, counter32, counter64 or state: {NAME: KIND}; a text is "
	    "read as a number then"),
	FARM_OPTION_TREE("max", struct snmp, max,
	    "a rate beyond this is not believed: {NAME: NUMBER}"),
	FARM_OPTION_LIST("profiles", struct snmp, folders, NULL,
	    "folders with profiles of your own, before those of farmd"),
	FARM_OPTION_LIST("objects", struct snmp, catalogues, NULL,
	    "catalogues of objects beside the one of farmd, as `farmctl mib` "
	    "writes them"),
	FARM_OPTION_DURATION("resolve", struct snmp, resolve_ns, "5m", 1e9,
	    30 * 86400e9,
	    "names are resolved again after this; an address outlives a name "
	    "server that fails"),
	FAMILY_OPTION(struct snmp, family, "a name"), FARM_OPTION_END
};

static const struct farm_parameter parameters[] = { READER_CATALOGUE, { 0 } };

/* ---------------------------------------------------------- collecting -- */

static void
begin(struct farm_host *host, struct snmp *m, struct farm_target *target)
{
	device_begin(&m->devices, host, target,
	    farm_deadline_ns(host, target) - MARGIN_NS);
}

/* Woken by the host: for more targets, or to end. */
static void
take_more(struct farm_host *host, struct snmp *m)
{
	struct farm_target *more[MORE_MAX];
	int i, n;

	n = farm_more(host, more, MORE_MAX);
	for (i = 0; i < n; i++)
		begin(host, m, more[i]);
	m->empty_wakes = n > 0 ? 0 : m->empty_wakes + 1;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until something is due or comes in. */
static void
wait_and_take(struct farm_host *host, struct snmp *m)
{
	struct devices *d = &m->devices;
	struct timespec timeout = { 0 };
	struct pollfd fds[4];
	int sockets[2];
	int64_t ns;

	exchange_fds(d->exchange, sockets);
	fds[0] = (struct pollfd){ .fd = sockets[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = sockets[1], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = farm_wake_fd(host), .events = POLLIN };
	fds[3] = (struct pollfd){ .fd = resolver_fd(d->resolver),
		.events = POLLIN };
	ns = earlier(exchange_due(d->exchange), devices_due(d)) -
	     clock_mono_ns();
	if (ns > 0) {
		(void)farm_flush(host);
		timeout.tv_sec = ns / NS_PER_S;
		timeout.tv_nsec = ns % NS_PER_S;
	}
	if (ppoll(fds, 4, &timeout, NULL) < 0)
		return;
	if (fds[2].revents)
		take_more(host, m);
	else
		m->empty_wakes = 0;
	if (fds[3].revents)
		devices_named(d, host);
}

/* Which credential opens whom, for after a restart. */
static void
keep_credentials(struct farm_host *host, struct snmp *m)
{
	struct buffer bytes = BUFFER_INIT;

	if (m->credentials.n < 2 || !roster_changed(m->devices.roster))
		return;
	roster_keep(m->devices.roster, &bytes);
	/* It is a help: without it all credentials are tried again. */
	if (!buffer_failed(&bytes) &&
	    farm_checkpoint(host, buffer_text(&bytes), bytes.size) == 0)
		(void)farm_flush(host);
	buffer_free(&bytes);
}

static int
snmp_collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct snmp *m = state;
	struct devices *d = &m->devices;
	size_t i;

	for (i = 0; i < n; i++)
		begin(host, m, targets[i]);
	m->empty_wakes = 0;
	/* Twice woken for nothing: the host wants an end. */
	while (d->running > 0 && m->empty_wakes < 2) {
		d->now_ns = clock_mono_ns();
		devices_turn(d, host);
		exchange_step(d->exchange, d->now_ns);
		devices_answered(d, host);
		devices_late(d, host, d->now_ns);
		if (d->now_ns - m->kept_ns >= KEEP_NS &&
		    roster_changed(d->roster)) {
			m->kept_ns = d->now_ns;
			keep_credentials(host, m);
		}
		if (d->running > 0)
			wait_and_take(host, m);
	}
	devices_stop(d, host);
	keep_credentials(host, m);
	return 0;
}

/* -------------------------------------------------------- the instance -- */

static int
say(struct farm_host *host, const struct problem *p)
{
	if (p->file == NULL)
		return farm_fail(host, "%s", p->text);
	if (p->line == 0)
		return farm_fail(host, "%s: %s", p->file, p->text);
	return farm_fail(
	    host, "%s:%u:%u: %s", p->file, p->line, p->column, p->text);
}

/* What is not quite right, but does not matter to the rest. */
static void
warn(struct farm_host *host, const struct problem *p)
{
	if (p->line == 0)
		farm_log(host, FARM_WARNING, "%s: %s",
		    p->file != NULL ? p->file : "", p->text);
	else
		farm_log(host, FARM_WARNING, "%s:%u:%u: %s", p->file, p->line,
		    p->column, p->text);
}

/* The host keeps the first failure, or in check() all of them. */
static int
say_all(struct farm_host *host, struct problems *problems, int status)
{
	bool said = false;
	size_t i;

	for (i = 0; i < problems->n; i++) {
		if (problems->items[i].warning) {
			warn(host, &problems->items[i]);
			continue;
		}
		say(host, &problems->items[i]);
		said = true;
	}
	if (status != 0 && !said)
		farm_fail(host, "out of memory");
	problems_free(problems);
	return status;
}

static bool
is_auto(const char *name)
{
	return strcmp(name, "auto") == 0;
}

/* Of all that is configured by name, into a plan: also once more for each set
   of profiles that devices turn out to need. */
static int
fill(struct devices *d, struct plan *plan, struct problems *problems)
{
	struct snmp *m = (struct snmp *)((char *)d -
					 offsetof(struct snmp, devices));
	const struct farm_tree *given[] = { m->get, m->walk, m->table, m->map,
		m->fallback, m->scale, m->unit, m->kind, m->max };
	const struct farm_tree *children[9];
	struct farm_tree own = { .kind = FARM_MAPPING,
		.key = "",
		.value = "",
		.children = children };
	struct profile *profile;
	char said[32];
	int status = 0;
	size_t i;

	for (i = 0; i < 9; i++)
		if (given[i] != NULL)
			children[own.n_children++] = given[i];
	for (i = 0; i < m->profile.n; i++) {
		if (is_auto(m->profile.items[i]))
			continue;
		snprintf(said, sizeof(said), "profile[%zu]", i);
		profile = profiles_get(
		    &d->profiles, m->profile.items[i], said, problems);
		if (profile == NULL ||
		    profile_add(profile, plan, &d->defaults, problems) != 0)
			status = -1;
	}
	return status | plan_add(plan, &own, NULL, &d->defaults, problems);
}

/* Of a file or folder that came with farmd; NULL if memory is out. */
static const char *
data_path(struct snmp *m, const char *name)
{
	struct buffer path = BUFFER_INIT;
	const char *kept = NULL;

	place_of_data(&path, name);
	if (!buffer_failed(&path))
		kept = arena_strdup(m->arena, buffer_text(&path));
	buffer_free(&path);
	return kept;
}

static int
read_profiles(struct snmp *m, struct problems *problems)
{
	struct devices *d = &m->devices;
	const char **folders;
	size_t i, n = m->folders.n;

	folders = arena_array(m->arena, n + 1, sizeof(*folders));
	if (folders == NULL)
		return -1;
	for (i = 0; i < n; i++)
		folders[i] = m->folders.items[i];
	folders[n] = data_path(m, "snmp/profiles");
	if (folders[n] == NULL)
		return problem_at(problems, NULL, "out of memory");
	if (profiles_find(&d->profiles, folders, n + 1, problems) != 0)
		return -1;
	m->acting.folders = folders;
	m->acting.n_folders = n + 1;
	d->identify = m->profile.n == 0 && m->get == NULL && m->walk == NULL &&
		      m->table == NULL;
	for (i = 0; i < m->profile.n; i++)
		d->identify |= is_auto(m->profile.items[i]);
	return d->identify ? profiles_read(&d->profiles, problems) : 0;
}

/* Names of objects are a help: what is wrong with them is no reason to stay
   away, until a name is unknown. */
static int
read_catalogues(struct snmp *m, struct problems *problems)
{
	struct problems found = PROBLEMS_INIT;
	const char *own = data_path(m, "snmp/objects.tsv");
	const struct problem *p;
	size_t i;

	m->devices.objects = objects_new();
	if (m->devices.objects == NULL || own == NULL)
		return problem_at(problems, NULL, "out of memory");
	for (i = 0; i < m->catalogues.n; i++)
		objects_read_file(
		    m->devices.objects, m->catalogues.items[i], &found);
	objects_read_file(m->devices.objects, own, &found);
	for (i = 0; i < found.n; i++) {
		p = &found.items[i];
		warning_in(
		    problems, p->file, p->line, p->column, "%s", p->text);
	}
	problems_free(&found);
	return 0;
}

static int
read_credentials(struct snmp *m, struct problems *problems)
{
	static const int versions[] = { SNMP_V1, SNMP_V2C };
	const char *community = m->community;

	if (credentials_parse(&m->credentials, m->credentials_tree, problems) !=
	    0)
		return -1;
	if (community == NULL && m->credentials.n == 0)
		community = "public";
	if (community != NULL && credentials_add_community(&m->credentials,
				     community, versions[m->version]) != 0)
		return problem_at(problems, NULL, "out of memory");
	return 0;
}

/* Who is asked for what: all that options and files say.  All mistakes in one
   go. */
static int
prepare(struct snmp *m, struct problems *problems)
{
	struct devices *d = &m->devices;
	int status = 0;

	d->fill = fill;
	d->defaults = (struct plan_defaults){ .refresh_ns = m->refresh_ns,
		.rate = m->rate,
		.counters = m->counters,
		.named = m->enums };
	m->arena = arena_new(0);
	if (m->arena == NULL)
		return problem_at(problems, NULL, "out of memory");
	if (strstr(m->rate, "{name}") == NULL)
		status = problem_at(
		    problems, NULL, "rate: \"%s\" has no {name}", m->rate);
	status |= read_credentials(m, problems);
	if (read_catalogues(m, problems) != 0 ||
	    read_profiles(m, problems) != 0 || devices_plan(d, problems) != 0)
		return -1;
	if (d->variants->plan->n_values == 0 && !d->identify)
		return problem_at(problems, NULL, "nothing to read");
	return status;
}

static int
open_exchange(struct farm_host *host, struct snmp *m)
{
	struct exchange_options o = {
		.credentials = &m->credentials,
		.timeout_ns = m->timeout_ns,
		.timeout_min_ns = earlier(m->timeout_min_ns, m->timeout_ns),
		.retries = (int)m->retries,
		.window = (size_t)m->window,
		.large_receive_buffer = true,
	};
	struct error err;

	if (exchange_open(&m->devices.exchange, &o, &err) != 0)
		return farm_fail(host, "%s", err.text);
	m->devices.resolver = resolver_new();
	if (m->devices.resolver == NULL)
		return farm_fail(host, "name resolver: %m");
	return 0;
}

/* What actions may know. */
static int
open_acting(struct farm_host *host, struct snmp *m)
{
	const void *kept;
	size_t size = 0;

	kept = farm_restore(host, &size);
	m->devices.roster = roster_new(&m->credentials, kept, size);
	if (m->devices.roster == NULL)
		return farm_fail(host, "out of memory");
	m->acting.roster = m->devices.roster;
	m->acting.objects = m->devices.objects;
	m->acting.manner = (struct manner){
		.credentials = &m->credentials,
		.timeout_ns = m->timeout_ns,
		.timeout_min_ns = earlier(m->timeout_min_ns, m->timeout_ns),
		.retries = (int)m->retries,
		.port = (uint16_t)m->port,
		.family = family_of(m->family),
	};
	/* The first ones at once: before the values that they brought. */
	m->kept_ns = INT64_MIN / 2;
	return 0;
}

static void
snmp_close(struct farm_host *host, void *state)
{
	struct snmp *m = state;

	(void)host;
	devices_free(&m->devices);
	credentials_free(&m->credentials);
	arena_free(m->arena);
}

static int
snmp_open(struct farm_host *host, void *state)
{
	struct snmp *m = state;
	struct devices *d = &m->devices;
	struct problems problems = PROBLEMS_INIT;
	int status = prepare(m, &problems);

	if (say_all(host, &problems, status) != 0)
		return -1;
	d->resolve_ns = m->resolve_ns;
	d->port = (uint16_t)m->port;
	d->family = m->family;
	d->tries = (int)m->retries + 1;
	if (open_acting(host, m) != 0)
		return -1;
	return open_exchange(host, m);
}

static int
snmp_check(struct farm_host *host, const void *options_)
{
	const struct snmp *given = options_;
	struct problems problems = PROBLEMS_INIT;
	struct snmp m = *given;
	int status = prepare(&m, &problems);

	if (status == 0 && m.devices.identify)
		status = devices_try_profiles(&m.devices, &problems);
	status = say_all(host, &problems, status);
	snmp_close(host, &m);
	return status;
}

static void
snmp_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct snmp *m = state;

	device_close(&m->devices, host, target);
}

/* ------------------------------------------------------------- actions -- */

static int
snmp_get(struct farm_host *host, void *state, const void *arguments)
{
	const struct snmp *m = state;

	return act_get(host, &m->acting, arguments);
}

static int
snmp_walk(struct farm_host *host, void *state, const void *arguments)
{
	const struct snmp *m = state;

	return act_walk(host, &m->acting, arguments);
}

static int
snmp_discover(struct farm_host *host, void *state, const void *arguments)
{
	const struct snmp *m = state;

	return act_discover(host, &m->acting, arguments);
}

static const struct farm_action actions[] = {
	{ "get", "single objects of a node or address", get_options,
	    sizeof(struct get_arguments), snmp_get },
	{ "walk", "all that a node or address has below an object",
	    walk_options, sizeof(struct walk_arguments), snmp_walk },
	{ "discover", "the agents of a range that answer, and what they are",
	    discover_options, sizeof(struct discover_arguments),
	    snmp_discover },
	{ .name = NULL },
};

FARM_MODULE(snmp, FARM_COLLECTOR) = {
	.summary = "devices by SNMP v1, v2c and v3",
	.description =
	    "Reads switches, routers, hosts, printers and whatever else has an "
	    "SNMP agent. All devices of an instance share one thread and one "
	    "socket per family; a silent one delays no other.\n\n"
	    "**What is read** is a profile, or several, or what `get`, `table` "
	    "and `walk` name. OBJECT is a number or a name of the catalogue, "
	    "such as `sysUpTime`, `IF-MIB::ifInOctets` or `1.3.6.1.2.1.1.3.0`; "
	    "`farmctl mib` makes catalogues from MIB files. `snmp: {}` reads "
	    "what the device is made for (`profile: auto`).\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  net:\n"
	    "    nodes: [\"core[1-4]\", {name: lab, address: "
	    "\"10.0.0.7:1161\"}]\n"
	    "    collect:\n"
	    "      - snmp: {every: 1m, community: \"${COMMUNITY:-public}\"}\n"
	    "      - snmp:\n"
	    "          name: traffic\n"
	    "          every: 10s\n"
	    "          community: ${COMMUNITY:-public}\n"
	    "          get: {uptime: sysUpTime}\n"
	    "          table:\n"
	    "            columns: {IN: ifHCInOctets, OUT: ifHCOutOctets, "
	    "state: ifOperStatus}\n"
	    "            row: [ifName, ifDescr]    # the first that has a "
	    "text\n"
	    "            name: \"{row}_{column}\"    # eth0_IN\n"
	    "            where: {ifDescr: [\"eth*\", \"!eth9\"], "
	    "ifOperStatus: up}\n"
	    "            fallback: {IN: ifInOctets, OUT: ifOutOctets}\n"
	    "          counters: rate\n"
	    "          rate: \"{name}\"\n"
	    "          scale: {IN: 8e-6, OUT: 8e-6}\n"
	    "          unit: {IN: Mb/s, OUT: Mb/s}\n"
	    "          map: {state: {1: up, 2: down}}\n"
	    "```\n\n"
	    "This gives `uptime`, and `eth0_IN` and `eth0_OUT` in megabits per "
	    "second beside `eth0_state` for each interface that is up. In "
	    "`name`, `{index}` is the index of the row and `{text}` the same "
	    "as letters.\n\n"
	    "All columns of a table travel together. `where` takes columns of "
	    "the table and globs; with few rows left only they are asked for. "
	    "A lookup may lead to another table: `row: {via: "
	    "dot1dBasePortIfIndex, to: ifName}`. What an agent counts in units "
	    "that stand beside it becomes bytes by `scale: {used: "
	    "hrStorageAllocationUnits}`, with the unit of that column; it is "
	    "read as rarely as names, and a row without it has no such value. "
	    "Two rows of one name get "
	    "their index behind it. Rows and names are read again after "
	    "`refresh`, after a restart of the device and when rows come or "
	    "go; a row that comes is noticed when it is seen, and its values "
	    "wait until its name was asked for.\n\n"
	    "**Profiles** are YAML files with the same keys, `summary` and "
	    "`for`, a list of sysObjectIDs that begin those of the devices "
	    "they fit: `host`, `interfaces`, `ucd`, `netsnmp-extend`, "
	    "`printer`, `ups`, `monalisa`. Your own go into folders named by "
	    "`profiles`; a file there hides ours of the same name.\n\n"
	    "**Credentials** are communities and users, tried in their order; "
	    "the one that works is remembered, over a restart of farmd as "
	    "well. "
	    "A wrong community looks like a dead device; a wrong user or "
	    "password is said.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  net:\n"
	    "    nodes: [core1]\n"
	    "    collect:\n"
	    "      - snmp:\n"
	    "          every: 1m\n"
	    "          credentials:\n"
	    "            - user: monitor\n"
	    "              auth: sha256\n"
	    "              auth_password: file:/etc/farm/snmp.auth\n"
	    "              priv: aes128\n"
	    "              priv_password: file:/etc/farm/snmp.priv\n"
	    "            - {community: public, version: 1}\n"
	    "```\n\n"
	    "**What is missing is said**: `snmp_status` is `ok`, `partial`, or "
	    "why there was no answer; `snmp_missing` counts scalars and "
	    "columns that did not come, and the log names them once. A table "
	    "that fails costs only itself. A device that does not answer is "
	    "probed with one question per interval until it does.\n\n"
	    "A counter that goes back has wrapped if it then did less than "
	    "half of its range, else it was reset and there is no rate; after "
	    "a restart of the device there is none either.\n\n"
	    "**For people**: `farmctl snmp get|walk|discover` asks a device "
	    "with the instance's own credentials, and looks for devices in a "
	    "range of addresses; they are the actions below. An action polls "
	    "nothing and stops no poll.",
	.options = options,
	.parameters = parameters,
	.actions = actions,
	.state_size = sizeof(struct snmp),
	.target_state_size = sizeof(struct device),
	.needs = FARM_NEEDS_NETWORK,
	.open = snmp_open,
	.close = snmp_close,
	.check = snmp_check,
	.target_close = snmp_target_close,
	.collector = { .collect_many = snmp_collect_many },
};
