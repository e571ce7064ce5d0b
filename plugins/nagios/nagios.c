/* nagios: checks of Nagios, as they are. */
#include <farm/module.h>

#include <string.h>

#include "check.h"
#include "clock.h"
#include "order.h"
#include "program.h"
#include "remote.h"
#include "resource.h"

/* A settled check is due so much of its time early: runs do not come to the
   millisecond. */
#define EARLY 16
/* $HOSTNAME$ and so on. */
#define OWN_MACROS 12

struct nagios {
	struct order_words words;
	struct farm_list args;
	struct farm_map custom;
	const char *resource;
	const char *service;
	struct check_rules rules;
	int64_t settled_ns;
	int64_t timeout_ns;
	int64_t output_max;
	const char *via;
	struct farm_list ssh;

	/* Made by open(). */
	struct arena *arena;
	struct farm_map users;
	const char *prefix;
	struct remote *remote;
	struct hash_key key;
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("command", struct nagios, words.command, NULL,
	    "the check: a line as Nagios has it, or its words; with macros "
	    "such as $HOSTADDRESS$ and $ARG1$"),
	FARM_OPTION_LIST("args", struct nagios, args, NULL,
	    "$ARG1$ and so on, in which other macros may stand"),
	FARM_OPTION_ENUM("shell", struct nagios, words.shell, "never",
	    "never|always|as_needed",
	    "does a shell read the line? as_needed is what Nagios does"),
	FARM_OPTION_STRING("service", struct nagios, service, "",
	    "$SERVICEDESC$; with a _ it stands before the name of each "
	    "parameter"),
	FARM_OPTION_MAP("macros", struct nagios, custom,
	    "more macros, without their dollars: {_HOSTPORT: \"8080\"}"),
	FARM_OPTION_PATH("resource", struct nagios, resource, NULL,
	    "a resource file of Nagios: $USER1$ and so on"),
	FARM_OPTION_PATH("plugins", struct nagios, words.plugins,
	    "/usr/lib/nagios/plugins",
	    "where programs called check_* are; $USER1$ without a resource "
	    "file"),
	FARM_OPTION_INTEGER("attempts", struct nagios, rules.attempts, "3", 1,
	    1000, "so many states other than OK in a row are a hard one"),
	FARM_OPTION_DURATION("settled", struct nagios, settled_ns, "0s", 0,
	    86400e9,
	    "how often a check in a hard state is run, if that is less often "
	    "than `every', which is how often it is tried again in a soft one"),
	FARM_OPTION_DURATION("timeout", struct nagios, timeout_ns, "60s", 1e7,
	    3600e9, "the check and what it has started are killed then"),
	FARM_OPTION_ENUM("timeout_state", struct nagios, rules.timeout_state,
	    "critical", CHECK_STATES, "the state of a check that was killed"),
	FARM_OPTION_SIZE("output_max", struct nagios, output_max, "1MiB", 64,
	    268435456.0, "a check that says more is UNKNOWN"),
	FARM_OPTION_STRING("via", struct nagios, via, NULL,
	    "where the check runs: ssh://[USER@]HOST[:PORT]; here if not set"),
	FARM_OPTION_LIST("ssh", struct nagios, ssh, NULL,
	    "more arguments of ssh, such as -i and the file of a key"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "state", FARM_STATE, NULL,
	    "of the last run: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN" },
	{ "hard_state", FARM_STATE, NULL,
	    "the last state that came through all attempts" },
	{ "attempt", FARM_STATE, NULL, "how manieth in a row, up to attempts" },
	{ "output", FARM_STATE, NULL, "the first line" },
	{ "long_output", FARM_STATE, NULL, "the other lines" },
	{ "run_time", FARM_GAUGE, "s", "how long the check ran" },
	{ 0 },
};

/* --------------------------------------------------------------- macros -- */

static const char *
number_text(struct arena *arena, int64_t n)
{
	return arena_printf(arena, "%lld", (long long)n);
}

static const char *
upper_state(int state)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };

	return words[state];
}

/* What Nagios knows of host and service; -1 if memory is out. */
static int
own_macros(const struct nagios *n, const struct farm_target *t,
    const struct check_memory *m, struct arena *arena, struct farm_map *ret)
{
	const struct farm_pair pairs[OWN_MACROS] = {
		{ "HOSTNAME", t->node },
		{ "HOSTALIAS", t->node },
		{ "HOSTDISPLAYNAME", t->node },
		{ "HOSTADDRESS", t->address },
		{ "HOSTGROUPNAME", t->cluster },
		{ "SERVICEDESC", n->service },
		{ "SERVICEDISPLAYNAME", n->service },
		{ "SERVICESTATE", upper_state(m->state) },
		{ "SERVICESTATEID", number_text(arena, m->state) },
		{ "SERVICEATTEMPT", number_text(arena, m->attempt) },
		{ "MAXSERVICEATTEMPTS", number_text(arena, n->rules.attempts) },
		{ "TIMET", number_text(arena, clock_wall_ns() / NS_PER_S) },
	};
	size_t i;

	for (i = 0; i < OWN_MACROS; i++)
		if (pairs[i].value == NULL)
			return -1;
	*ret = (struct farm_map){
		arena_copy(arena, pairs, OWN_MACROS, sizeof(*pairs)), OWN_MACROS
	};
	return ret->pairs == NULL ? -1 : 0;
}

static int
make_order(const struct nagios *n, const struct farm_target *t,
    const struct check_memory *m, struct arena *arena,
    struct command_order *ret, struct error *err)
{
	struct macros macros = { .args = n->args,
		.custom = n->custom,
		.users = n->users,
		.plain = n->words.shell != SHELL_NEVER &&
			 n->words.command.n == 1 };

	if (own_macros(n, t, m, arena, &macros.own) != 0)
		return error_set(err, "out of memory");
	if (order_make(&n->words, &macros, arena, ret, err) != 0)
		return error_prefix(err, "command");
	if (remote_order(n->remote, arena, ret) != 0)
		return error_set(err, "out of memory");
	return 0;
}

/* ------------------------------------------------------------ life cycle -- */

static int
read_users(struct nagios *n, struct arena *arena, struct error *err)
{
	struct farm_pair *one;

	if (n->resource != NULL)
		return resource_read(n->resource, arena, &n->users, err);
	one = arena_alloc(arena, sizeof(*one));
	if (one == NULL)
		return error_set(err, "out of memory");
	*one = (struct farm_pair){ "USER1", n->words.plugins };
	n->users = (struct farm_map){ one, 1 };
	return 0;
}

/* Would an order come of it, for some node? */
static int
try_order(struct nagios *n, struct arena *arena, struct error *err)
{
	const struct farm_target some = {
		.cluster = "c", .node = "n", .address = "n"
	};
	const struct check_memory none = { 0 };
	struct command_order order = { .deadline_ns = INT64_MAX };

	if (n->words.command.n == 0)
		return error_set(err, "command: is missing");
	if (read_users(n, arena, err) != 0)
		return error_prefix(err, "resource");
	return make_order(n, &some, &none, arena, &order, err);
}

static int
nagios_check(struct farm_host *host, const void *state)
{
	struct nagios n = *(const struct nagios *)state;
	struct arena *arena = arena_new(0);
	struct error err;
	int rc = 0;

	if (arena == NULL)
		return farm_fail(host, "out of memory");
	if (try_order(&n, arena, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (n.via != NULL && remote_check(n.via, &err) != 0)
		rc = farm_fail(host, "via: %s", err.text);
	arena_free(arena);
	return rc;
}

static int
nagios_open(struct farm_host *host, void *state)
{
	struct nagios *n = state;
	struct error err;

	n->arena = arena_new(0);
	if (n->arena == NULL)
		return farm_fail(host, "out of memory");
	n->prefix = n->service[0] == '\0'
			? ""
			: arena_printf(n->arena, "%s_", n->service);
	if (n->prefix == NULL)
		return farm_fail(host, "out of memory");
	if (n->words.command.n == 0)
		return farm_fail(host, "command: is missing");
	if (read_users(n, n->arena, &err) != 0)
		return farm_fail(host, "resource: %s", err.text);
	hash_key_draw(&n->key);
	if (n->via != NULL &&
	    remote_open(&n->remote, n->via, &n->ssh, &err) != 0)
		return farm_fail(host, "via: %s", err.text);
	return 0;
}

static void
nagios_close(struct farm_host *host, void *state)
{
	struct nagios *n = state;

	(void)host;
	remote_close(n->remote);
	arena_free(n->arena);
}

/* ---------------------------------------------------------------- a run -- */

static bool
is_due(const struct nagios *n, const struct check_memory *m)
{
	if (!m->known || !check_is_hard(m, n->rules.attempts))
		return true;
	return clock_mono_ns() - m->begun_ns >=
	       n->settled_ns - n->settled_ns / EARLY;
}

static int
run(const struct nagios *n, struct sink *s, struct check_memory *m)
{
	struct command_order order = { .output_max = (size_t)n->output_max,
		.deadline_ns = program_deadline_ns(
		    s->host, s->target, n->timeout_ns) };
	struct command *c = NULL;
	struct error err;

	if (make_order(n, s->target, m, s->arena, &order, &err) != 0 ||
	    command_run(&c, &order, -1, &err) != 0) {
		(void)check_miss(s, &n->rules, m, err.text);
		return farm_fail(s->host, "%s", err.text);
	}
	(void)check_take(s, &n->rules, m, command_result(c));
	if (command_result(c)->end == COMMAND_EXITED)
		program_log(
		    s->host, &n->key, &m->said, order.shown, command_result(c));
	command_free(c);
	return sink_end(s, order.shown);
}

static int
nagios_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct nagios *n = state;
	struct check_memory *m = target->state;
	struct sink s = { .host = host, .target = target, .prefix = n->prefix };
	int rc;

	if (!is_due(n, m))
		return 0;
	s.arena = arena_new(0);
	if (s.arena == NULL)
		return farm_fail(host, "out of memory");
	m->begun_ns = clock_mono_ns();
	rc = run(n, &s, m);
	arena_free(s.arena);
	return rc;
}

FARM_MODULE(nagios, FARM_COLLECTOR) = {
	.summary = "checks of Nagios, as they are",
	.description =
	    "Runs a check for each target in each interval, as Nagios does, "
	    "and "
	    "takes its state, its text and its performance data. Thousands "
	    "run at once, up to the pool's `threads`.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  web:\n"
	    "    nodes: [\"www[1-3].example.org\"]\n"
	    "    collect:\n"
	    "      - nagios: {every: 1m, name: http, service: HTTP, command: "
	    "\"check_http -I $HOSTADDRESS$ -w 1 -c 5\"}\n"
	    "      - nagios: {every: 20s, settled: 5m, name: disk, service: "
	    "Disk, via: \"ssh://nagios@files.example.org\", command: "
	    "[check_disk, -w, 10%, -p, /]}\n"
	    "```\n\n"
	    "With `service: HTTP` there are `HTTP_state`, `HTTP_output` and so "
	    "on, and the check's labels as `HTTP_time`, `HTTP_size`, whose "
	    "labels `warn`, `crit`, `min` and `max` are the check's. A label "
	    "that is called like one of the check's own parameters takes its "
	    "place.\n\n"
	    "A status above 3, a signal, or a check that is not there are "
	    "UNKNOWN. A state other than OK is soft until it, or others "
	    "that are not OK, have come `attempts` times in a row; "
	    "`hard_state` stays as it was until then. When it changes there is "
	    "an event `check`, raised or over.\n\n"
	    "Macros: $HOSTNAME$, $HOSTALIAS$, $HOSTDISPLAYNAME$, "
	    "$HOSTADDRESS$, $HOSTGROUPNAME$ (the cluster), $SERVICEDESC$, "
	    "$SERVICEDISPLAYNAME$, $SERVICESTATE$, $SERVICESTATEID$, "
	    "$SERVICEATTEMPT$, $MAXSERVICEATTEMPTS$, $TIMET$, $ARG1$ to "
	    "$ARG32$, those of `macros` and of the resource file; $$ is a "
	    "dollar. farm.yaml has its own meaning for $$ and ${ unless they "
	    "stand in single quotes.\n\n"
	    "A line is split after macros are replaced, with the quotes and "
	    "backslashes of a shell, but without one: a sign that only a shell "
	    "knows is an error unless `shell` allows one, and then no name of "
	    "a node may be code. In a list of words, each is one word "
	    "whatever its macros are.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct nagios),
	.target_state_size = sizeof(struct check_memory),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK,
	.check = nagios_check,
	.open = nagios_open,
	.close = nagios_close,
	.collector = { .collect = nagios_collect },
};
