/* exec: what programs and scripts say. */
#include <farm/module.h>

#include <string.h>

#include "clock.h"
#include "format.h"
#include "hash.h"
#include "order.h"
#include "program.h"
#include "remote.h"

/* Checks have states; what is above is a failure. */
#define STATE_MAX 3
/* How ssh says that it is ssh that failed. */
#define SSH_FAILED 255

struct exec {
	struct order_words words;
	int format;
	const char *prefix;
	const char *via;
	struct farm_list ssh;
	int64_t timeout_ns;
	int64_t output_max;

	/* Made by open(). */
	struct remote *remote;
	struct hash_key key;
};

/* Of a target. */
struct memory {
	uint64_t said; /* of program_log() */
};

static const struct farm_option options[] = {
	{ .name = "command",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct exec, words.command, struct farm_list),
	    .help = "the program and its arguments, in which {cluster}, "
		    "{node} and {address} are the target's" },
	FARM_OPTION_BOOLEAN("shell", struct exec, words.shell, "no",
	    "the first word is a text for /bin/sh, as it is; the others are "
	    "its $1 and so on"),
	FARM_OPTION_ENUM("format", struct exec, format, "values",
	    FORMAT_CHOICES, "what the program says"),
	FARM_OPTION_MAP("environment", struct exec, words.environment,
	    "variables beside PATH, LC_ALL=C, FARM_CLUSTER, FARM_NODE and "
	    "FARM_ADDRESS, with names as in the command"),
	FARM_OPTION_STRING("prefix", struct exec, prefix, "",
	    "stands before the name of each parameter"),
	FARM_OPTION_DURATION("timeout", struct exec, timeout_ns, "30s", 1e7,
	    3600e9, "the program and what it has started are killed then"),
	FARM_OPTION_SIZE("output_max", struct exec, output_max, "1MiB", 64,
	    268435456.0, "a program that says more has failed"),
	ORDER_RIGHTS(struct exec, words),
	FARM_OPTION_STRING("via", struct exec, via, NULL,
	    "where the program runs: ssh://[USER@]HOST[:PORT]; here if not "
	    "set"),
	FARM_OPTION_LIST("ssh", struct exec, ssh, NULL,
	    "more arguments of ssh, such as -i and the file of a key"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "exit_code", FARM_STATE, NULL, "of the program" },
	{ "run_time", FARM_GAUGE, "s", "how long the program ran" },
	{ "output", FARM_STATE, NULL, "of a check: its first line" },
	{ "long_output", FARM_STATE, NULL, "of a check: its other lines" },
	{ 0 },
};

static int
exec_check(struct farm_host *host, const void *state)
{
	const struct exec *e = state;
	struct error err;
	int rc = order_check(host, &e->words, true);

	if (e->via != NULL && remote_check(e->via, &err) != 0)
		rc = farm_fail(host, "via: %s", err.text);
	if (e->via != NULL && e->words.user != NULL)
		rc = farm_fail(host, "user: not with via, which names one");
	return rc;
}

static int
exec_open(struct farm_host *host, void *state)
{
	struct exec *e = state;
	struct error err;

	hash_key_draw(&e->key);
	if (e->via != NULL &&
	    remote_open(&e->remote, e->via, &e->ssh, &err) != 0)
		return farm_fail(host, "via: %s", err.text);
	return 0;
}

static void
exec_close(struct farm_host *host, void *state)
{
	struct exec *e = state;

	(void)host;
	remote_close(e->remote);
}

/* ---------------------------------------------------------------- a run -- */

/* Whether the program itself has ended, so that its code is one. */
static bool
has_code(const struct exec *e, const struct command_result *r)
{
	return r->end == COMMAND_EXITED &&
	       !(e->remote != NULL && r->code == SSH_FAILED);
}

/* Nothing is taken of what may have been broken off. */
static void
read_result(
    const struct exec *e, struct sink *s, const struct command_result *r)
{
	sink_put(s,
	    (struct farm_spec){
		.parameter = "run_time", .kind = FARM_GAUGE, .unit = "s" },
	    farm_double((double)r->wall_ns / NS_PER_S));
	if (!has_code(e, r))
		return;
	sink_put(s,
	    (struct farm_spec){
		.parameter = "exit_code", .kind = FARM_STATE, .unit = "" },
	    farm_int64(r->code));
	format_read((enum format)e->format, s,
	    (struct slice){ buffer_text(&r->output), r->output.size });
}

static int
judge(const struct exec *e, struct sink *s, const char *shown,
    const struct command *run)
{
	const struct command_result *r = command_result(run);
	struct error err;

	if (command_check(run, &err) != 0 &&
	    !(e->format == FORMAT_PERFDATA && has_code(e, r) &&
		r->code <= STATE_MAX))
		return farm_fail(s->host, "%s", err.text);
	program_log(s->host, &e->key,
	    &((struct memory *)s->target->state)->said, shown, r);
	return sink_end(s, shown);
}

static int
run(const struct exec *e, struct sink *s)
{
	struct command_order order = { .output_max = (size_t)e->output_max,
		.deadline_ns = program_deadline_ns(
		    s->host, s->target, e->timeout_ns) };
	struct command *c = NULL;
	struct error err;
	int rc;

	if (order_make(&e->words, s->target, s->arena, &order, &err) != 0)
		return farm_fail(s->host, "%s", err.text);
	if (remote_order(e->remote, s->arena, &order) != 0)
		return farm_fail(s->host, "out of memory");
	if (command_run(&c, &order, -1, &err) != 0)
		return farm_fail(s->host, "%s", err.text);
	read_result(e, s, command_result(c));
	rc = judge(e, s, order.shown, c);
	command_free(c);
	return rc;
}

static int
exec_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct exec *e = state;
	struct sink s = { .host = host,
		.target = target,
		.arena = arena_new(0),
		.prefix = e->prefix };
	int rc;

	if (s.arena == NULL)
		return farm_fail(host, "out of memory");
	rc = run(e, &s);
	arena_free(s.arena);
	return rc;
}

FARM_MODULE(exec, FARM_COLLECTOR) = {
	.summary = "what programs and scripts say",
	.description =
	    "Runs a program for each target in each interval and takes what "
	    "it says on stdout:\n\n"
	    "| format | |\n| --- | --- |\n"
	    "| `values` | lines `NAME VALUE [UNIT]`; a value is a number, "
	    "`true`, `false` or a text in double quotes, `U` none |\n"
	    "| `json` | an object on each line as `farmctl export` writes "
	    "them; `parameter` and `value` are needed, `cluster`, `node`, "
	    "`unit`, `kind`, `labels`, `time` and `type` may be there |\n"
	    "| `influx` | InfluxDB's line protocol with times in "
	    "nanoseconds: `disk,dev=sda reads=5` is `disk_sda_reads`, and a "
	    "field called `value` adds nothing |\n"
	    "| `graphite` | `PATH NUMBER SECONDS`, the path as it is |\n"
	    "| `ulm` | NetLogger's lines: a field `SEND.SZ` of the event "
	    "`WriteData` is `WriteData_SEND.SZ` |\n"
	    "| `perfdata` | a Nagios check: `exit_code` is its state, "
	    "`output` its first line, `long_output` the others, each label a "
	    "value whose labels `warn`, "
	    "`crit`, `min` and `max` are those of the check |\n"
	    "| `monalisa` | monStatusCmd's lines of tabs, `SERVICE PARAMETER "
	    "VALUE ...`, the last one `DONE` or `SCRIPTRESULT ...`; a service "
	    "is a node of the target's cluster |\n"
	    "| `prometheus` | its text format 0.0.4: `up{job=\"a\"} 1` is "
	    "`up_a` |\n\n"
	    "Tags `cluster` and `node` of `influx`, `graphite` and "
	    "`prometheus` say whose a "
	    "value is, the values of others become part of its name, but for "
	    "`farm` and `host`.\n\n"
	    "A line that cannot be read does not spoil the others, but the "
	    "target has failed with what is wrong in it. A program that is "
	    "late, says too much or is killed has no values. An exit code "
	    "other than 0 is a failure beside the values, but for a check's 1 "
	    "to 3. What stands on stderr is a line of the log when it "
	    "changes.\n\n"
	    "No shell is between unless `shell` is set; then its text is not "
	    "touched, so that no name can become code, and names come as "
	    "`$FARM_NODE` or as `$1`. With `via` all runs share one "
	    "connection, and the program is ended there too.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct exec),
	.target_state_size = sizeof(struct memory),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK,
	.check = exec_check,
	.open = exec_open,
	.close = exec_close,
	.collector = { .collect = exec_collect },
};
