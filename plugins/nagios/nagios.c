/* nagios: checks of Nagios, as they are. */
#include <farm/module.h>

#include <sys/resource.h>

#include "nagios.h"
#include "program.h"
#include "remote.h"
#include "resource.h"

/* At once, if nothing is said. */
#define PARALLEL_SINGLE 100
#define PARALLEL_LIVE 1000

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
	FARM_OPTION_DURATION("settled", struct nagios, settled_ns, "0s", 0,
	    86400e9,
	    "how often a check in a hard state is run, if that is less often "
	    "than `every', which is how often it is tried again in a soft one"),
	FARM_OPTION_DURATION("timeout", struct nagios, timeout_ns, "60s", 1e7,
	    3600e9, "the check and what it has started are killed then"),
	CHECK_OPTIONS(struct nagios, rules),
	FARM_OPTION_SIZE("output_max", struct nagios, output_max, "1MiB", 64,
	    268435456.0, "a check that says more is UNKNOWN"),
	FARM_OPTION_STRING("via", struct nagios, via, NULL,
	    "where the check runs: ssh://[USER@]HOST[:PORT]; here if not set"),
	FARM_OPTION_LIST("ssh", struct nagios, ssh, NULL,
	    "more arguments of ssh, such as -i and the file of a key"),
	FARM_OPTION_INTEGER("parallel", struct nagios, parallel, "0", 0, 10000,
	    "checks of this instance that run at once, at most; 0: 100, or "
	    "with config 1,000 if half of the descriptors are enough for "
	    "so many"),
	FARM_OPTION_PATH("config", struct nagios, config, NULL,
	    "nagios.cfg: all checks that it and its files tell of, instead of "
	    "one"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	CHECK_PARAMETERS(""),
	{ "run_time", FARM_GAUGE, "s", "how long the check ran" },
	{ "checks", FARM_GAUGE, "1", "with config: of the site" },
	{ "checks_running", FARM_GAUGE, "1", "with config: now" },
	{ "checks_late", FARM_GAUGE, "1", "with config: due and not begun" },
	{ 0 },
};

int
read_users(const char *resource, const char *plugins, struct arena *arena,
    struct farm_map *ret, struct error *err)
{
	struct farm_pair *one;

	if (resource != NULL) {
		if (resource_read(resource, arena, ret, err) != 0)
			return error_prefix(err, "resource");
		return 0;
	}
	one = arena_alloc(arena, sizeof(*one));
	if (one == NULL)
		return error_set(err, "out of memory");
	*one = (struct farm_pair){ "USER1", plugins };
	*ret = (struct farm_map){ one, 1 };
	return 0;
}

int
finish_run(struct sink *s, const struct check_rules *rules,
    struct check_memory *m, const struct hash_key *key, const char *shown,
    const struct command *c, struct error *err)
{
	const struct command_result *r = command_result(c);

	(void)check_take(s, rules, m, r);
	if (r->end == COMMAND_EXITED)
		program_log(s->host, key, &m->said, shown, r);
	if (sink_why(s, shown, err))
		return -1;
	return s->rc == 0
		   ? 0
		   : error_set(err, "%s: its values were refused", shown);
}

/* ------------------------------------------------------------ life cycle -- */

static int
check_single(struct farm_host *host, struct nagios *n)
{
	struct arena *arena = arena_new(0);
	struct error err;
	int rc = 0;

	if (arena == NULL)
		return farm_fail(host, "out of memory");
	if (read_users(n->resource, n->words.plugins, arena, &n->users, &err) !=
		0 ||
	    single_check(host, n, arena, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (n->via != NULL && remote_check(n->via, &err) != 0)
		rc = farm_fail(host, "via: %s", err.text);
	arena_free(arena);
	return rc;
}

static int
nagios_check(struct farm_host *host, const void *state)
{
	struct nagios n = *(const struct nagios *)state;

	if (n.config == NULL)
		return check_single(host, &n);
	if (n.words.command.n > 0)
		return farm_fail(
		    host, "command: a site has its own: either that or config");
	return live_check(host, n.config);
}

static int
open_single(struct farm_host *host, struct nagios *n)
{
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
	if (read_users(
		n->resource, n->words.plugins, n->arena, &n->users, &err) != 0)
		return farm_fail(host, "%s", err.text);
	if (n->via != NULL &&
	    remote_open(&n->remote, n->via, &n->ssh, &err) != 0)
		return farm_fail(host, "via: %s", err.text);
	return 0;
}

/* Of a site there may be thousands that wait for an answer; each takes some
   descriptors. */
static size_t
most_at_once(const struct nagios *n)
{
	size_t most = n->config != NULL ? PARALLEL_LIVE : PARALLEL_SINGLE;
	struct rlimit limit;

	if (n->parallel > 0)
		return (size_t)n->parallel;
	if (n->config != NULL && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur / (2 * COMMAND_DESCRIPTORS) < most)
		most = limit.rlim_cur / (2 * COMMAND_DESCRIPTORS);
	return most > 0 ? most : 1;
}

static int
nagios_open(struct farm_host *host, void *state)
{
	struct nagios *n = state;

	hash_key_draw(&n->key);
	n->runner = runner_new(most_at_once(n));
	if (n->runner == NULL)
		return farm_fail(host, "epoll: %m");
	return n->config != NULL ? live_open(host, n) : open_single(host, n);
}

static void
nagios_close(struct farm_host *host, void *state)
{
	struct nagios *n = state;

	(void)host;
	live_close(n);
	runner_free(n->runner);
	remote_close(n->remote);
	arena_free(n->arena);
}

static int
nagios_collect(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n_targets)
{
	struct nagios *n = state;

	/* The site has hosts of its own; one target is its heart-beat. */
	return n->live != NULL ? live_run(host, n, targets[0])
			       : single_run(host, n, targets, n_targets);
}

FARM_MODULE(nagios, FARM_COLLECTOR) = {
	.summary = "checks of Nagios, as they are",
	.description =
	    "Runs a check for each target in each interval, as Nagios does, "
	    "and "
	    "takes its state, its text and its performance data. Those of an "
	    "instance run at once, up to `parallel`, on one thread.\n\n"
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
	    "With `config` there are all checks of a site instead, at their "
	    "own "
	    "intervals, as `SERVICE_state` and so on of the nodes that are "
	    "Nagios' hosts; a host's own check is called `host`. The cluster "
	    "is the first group that the host is in, or `hosts`. The files are "
	    "looked at every ten seconds, and read again when they change; "
	    "if they are wrong then, what they said before goes on. As "
	    "many as `parallel` allows run at once; what they say has 256 MiB "
	    "in all, of which each has its share or `output_max`, whichever "
	    "is less. `every` "
	    "is how often the parameters `checks`, `checks_running` and "
	    "`checks_late` come then; one node is enough.\n\n"
	    "    - nagios: {every: 10s, config: /etc/nagios4/nagios.cfg}\n\n"
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
	    "backslashes of a shell, but without one: a blank in a name stays "
	    "within its word where the macro is in quotes. A sign that only a "
	    "shell knows is an error unless `shell` allows one; then names "
	    "may have blanks, but nothing that could be code. In a list of "
	    "words, each is one word whatever its macros are. With `shell: "
	    "as_needed`, a macro that nobody knows stays as it is, as with "
	    "Nagios, which `farmctl check` warns of.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct nagios),
	.target_state_size = sizeof(struct check_memory),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK,
	.check = nagios_check,
	.open = nagios_open,
	.close = nagios_close,
	.collector = { .collect_many = nagios_collect },
};
