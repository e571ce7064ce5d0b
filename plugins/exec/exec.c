/* exec: what programs and scripts say. */
#include <farm/module.h>

#include <string.h>

#include "clock.h"
#include "exec.h"
#include "format.h"
#include "program.h"
#include "stream.h"

/* Checks have states; what is above is a failure. */
#define STATE_MAX 3
/* How ssh says that it is ssh that failed. */
#define SSH_FAILED 255

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
	FARM_OPTION_ENUM("mode", struct exec, mode, "each", MODE_CHOICES,
	    "it is run in each interval, or kept and heard as it speaks; "
	    "prompted: and asked in each interval"),
	FARM_OPTION_ENUM("prompt", struct exec, prompt, "stdin", PROMPT_CHOICES,
	    "how it is asked: by an empty line on its stdin, or a signal"),
	FARM_OPTION_DURATION("silence", struct exec, silence_ns, "0s", 0,
	    86400e9,
	    "one that is kept and has said nothing for so long is started "
	    "again; 0s: never"),
	FARM_OPTION_ENUM("format", struct exec, format, "values",
	    FORMAT_CHOICES, "what the program says"),
	FARM_OPTION_MAP("columns", struct exec, columns,
	    "of csv: name or number of a column to the name of a parameter, or "
	    "to :time, :cluster, :node, :parameter, :value, :unit"),
	FARM_OPTION_MAP("environment", struct exec, words.environment,
	    "variables beside PATH, LC_ALL=C, FARM_CLUSTER, FARM_NODE and "
	    "FARM_ADDRESS, with names as in the command"),
	FARM_OPTION_STRING("prefix", struct exec, prefix, "",
	    "stands before the name of each parameter"),
	FARM_OPTION_DURATION("timeout", struct exec, timeout_ns, "30s", 1e7,
	    3600e9,
	    "one that is run in each interval is killed then, and what it has "
	    "started"),
	FARM_OPTION_SIZE("output_max", struct exec, output_max, "1MiB", 64,
	    268435456.0,
	    "a program that says more has failed; of one that is kept, on one "
	    "line"),
	ORDER_RIGHTS(struct exec, words),
	FARM_OPTION_STRING("via", struct exec, via, NULL,
	    "where the program runs: ssh://[USER@]HOST[:PORT]; here if not "
	    "set"),
	FARM_OPTION_LIST("ssh", struct exec, ssh, NULL,
	    "more arguments of ssh, such as -i and the file of a key"),
	FARM_OPTION_TREE("actions", struct exec, actions_tree,
	    "what an operator may have done: NAME: [PROGRAM, ARGUMENT...] or "
	    "NAME: {command: ..., shell: no, timeout: 20s}"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "exit_code", FARM_STATE, NULL, "of the program" },
	{ "run_time", FARM_GAUGE, "s", "how long the program ran" },
	{ "output", FARM_STATE, NULL, "of a check: its first line" },
	{ "long_output", FARM_STATE, NULL, "of a check: its other lines" },
	{ 0 },
};

/* The actions as configured, into an arena of the caller's. */
static int
read_actions(struct farm_host *host, const struct exec *e, struct arena **ret,
    struct actions *actions)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);

	if (arena == NULL)
		return farm_fail(host, "out of memory");
	if (actions_parse(actions, e->actions_tree, arena, &problems) != 0) {
		arena_free(arena);
		return problems_fail(host, &problems);
	}
	*ret = arena;
	return 0;
}

static int
exec_check(struct farm_host *host, const void *state)
{
	const struct exec *e = state;
	struct error err;
	int rc = order_check(host, &e->words, true);
	struct actions actions = { .n = 0 };
	struct arena *arena = NULL;

	rc |= read_actions(host, e, &arena, &actions);
	arena_free(arena);
	if (e->via != NULL && remote_check(e->via, &err) != 0)
		rc = farm_fail(host, "via: %s", err.text);
	if (e->via != NULL && e->words.user != NULL)
		rc = farm_fail(host, "user: not with via, which names one");
	if (table_check(&e->columns, &err) != 0)
		rc = farm_fail(host, "columns: %s", err.text);
	if (e->columns.n > 0 && e->format != FORMAT_CSV)
		rc = farm_fail(host, "columns: of format csv only");
	if (e->mode != MODE_EACH && !format_is_of_lines((enum format)e->format))
		rc = farm_fail(host,
		    "format: a line of that says nothing alone, so the mode "
		    "must be each");
	return rc;
}

static int
exec_open(struct farm_host *host, void *state)
{
	struct exec *e = state;
	struct error err;

	hash_key_draw(&e->key);
	e->nodes = nodes_new();
	if (e->nodes == NULL)
		return farm_fail(host, "out of memory");
	if (read_actions(host, e, &e->arena, &e->actions) != 0)
		return -1;
	if (e->via != NULL &&
	    remote_open(&e->remote, e->via, &e->ssh, &err) != 0)
		return farm_fail(host, "via: %s", err.text);
	if (e->mode != MODE_EACH && streams_new(&e->streams, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
exec_close(struct farm_host *host, void *state)
{
	struct exec *e = state;

	(void)host;
	streams_free(e->streams);
	remote_close(e->remote);
	arena_free(e->arena);
	nodes_free(e->nodes);
}

static void
exec_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	const struct exec *e = state;
	struct memory *m = target->state;

	(void)host;
	nodes_remove(e->nodes, &m->node);
	stream_leave(e, m->stream);
}

static int
exec_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	(void)fd;
	(void)events;
	streams_listen(host, state, cookie);
	return 0;
}

static int
exec_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	const struct exec *e = state;

	(void)now_ns;
	if (e->streams != NULL)
		streams_tick(host, e);
	return 0;
}

/* ---------------------------------------------------------------- a run -- */

bool
exec_has_code(const struct exec *e, const struct command_result *r)
{
	return r->end == COMMAND_EXITED &&
	       !(e->remote != NULL && r->code == SSH_FAILED);
}

/* Nothing is taken of what may have been broken off. */
static void
read_result(
    const struct exec *e, struct sink *s, const struct command_result *r)
{
	struct format_memory memory = { .table.columns = &e->columns };

	sink_put(s,
	    (struct farm_spec){
		.parameter = "run_time", .kind = FARM_GAUGE, .unit = "s" },
	    farm_double((double)r->wall_ns / NS_PER_S));
	if (!exec_has_code(e, r))
		return;
	sink_put(s,
	    (struct farm_spec){
		.parameter = "exit_code", .kind = FARM_STATE, .unit = "" },
	    farm_int64(r->code));
	format_read((enum format)e->format, &memory, s,
	    (struct slice){ buffer_text(&r->output), r->output.size });
	format_memory_free(&memory);
}

static int
judge(const struct exec *e, struct sink *s, const char *shown,
    const struct command *run)
{
	const struct command_result *r = command_result(run);
	struct error err;

	if (command_check(run, &err) != 0 &&
	    !(e->format == FORMAT_PERFDATA && exec_has_code(e, r) &&
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
	struct sink s = { .host = host, .target = target, .prefix = e->prefix };
	struct memory *m = target->state;
	int rc;

	nodes_add(e->nodes, &m->node, target);
	if (e->streams != NULL)
		return stream_collect(host, e, target);
	s.arena = arena_new(0);
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
	    "`up_a` |\n"
	    "| `putval` | collectd's, as its exec plugin takes them: `PUTVAL "
	    "\"n1/load/load\" N:1:2:3`; names are those of the collector "
	    "collectd, the host is the node |\n"
	    "| `csv` | see below |\n\n"
	    "Tags `cluster` and `node` of `influx`, `graphite` and "
	    "`prometheus` say whose a "
	    "value is, the values of others become part of its name, but for "
	    "`farm` and `host`.\n\n"
	    "The first record of `csv` names its columns: `time`, `cluster`, "
	    "`node` and `unit` mean that, any other is a parameter; with "
	    "columns `parameter` and `value` a record is one value. `columns` "
	    "says it otherwise, by name, or by number where there is no first "
	    "record: `{1: \":time\", 2: load, 3: \":node\"}`; the rest is left "
	    "out then.\n\n"
	    "A line that cannot be read does not spoil the others, but the "
	    "target has failed with what is wrong in it. A program that is "
	    "late, says too much or is killed has no values. An exit code "
	    "other than 0 is a failure beside the values, but for a check's 1 "
	    "to 3. What stands on stderr is a line of the log when it "
	    "changes.\n\n"
	    "With `mode: stream` the program is kept running, and its lines "
	    "are "
	    "values as they come; with `prompted` it is asked in each "
	    "interval, "
	    "as Telegraf's execd does. What is wrong is said of the target "
	    "with "
	    "its next interval. A program that ends, has not answered, or says "
	    "nothing for `silence`, is started again after 1 s, then 2 s and "
	    "up to 60 s. Its stdin ends when it is to end; a second later it "
	    "is "
	    "killed. A signal is sent first when it has run for an interval, "
	    "for it has to know it by then. By ssh it begins anew each day, "
	    "for "
	    "the other end does not notice when this one is gone.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  net:\n"
	    "    nodes: [head]\n"
	    "    collect:\n"
	    "      - exec: {command: [\"/usr/local/bin/flows\", \"{node}\"], "
	    "mode: stream, format: influx, every: 10s, silence: 5m}\n"
	    "```\n\n"
	    "`examples/collectors` has scripts in shell, Python and Perl.\n\n"
	    "No shell is between unless `shell` is set; then its text is not "
	    "touched, so that no name can become code, and names come as "
	    "`$FARM_NODE` or as `$1`. With `via` all runs share one "
	    "connection, and the program is ended there too.\n\n"
	    "With `actions` an operator may have the application restarted, "
	    "stopped or started that the program looks at:\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  conference:\n"
	    "    nodes: [reflector1]\n"
	    "    collect:\n"
	    "      - exec:\n"
	    "          command: [/usr/local/bin/reflector-status, "
	    "\"{address}\"]\n"
	    "          every: 30s\n"
	    "          actions:\n"
	    "            restart: [systemctl, --no-ask-password, restart, "
	    "reflector]\n"
	    "            drain: {command: [/usr/local/bin/drain, "
	    "\"{address}\"], timeout: 5s}\n"
	    "```\n\n"
	    "`farmctl act conference/exec restart node=reflector1`, or `POST "
	    "/v1/instances/conference/exec/actions/restart` with "
	    "`{\"node\":\"reflector1\"}`, runs it with the instance's "
	    "user, limits, environment and `via`, and answers with the exit "
	    "code (none if it did not end by itself), the first 64 KiB of "
	    "what it said, and as `failure` why it did not go well. It takes "
	    "the mode `admin`; the log has who asked, and what came of it. "
	    "Actions of an instance never overlap: one waits for the other, "
	    "for up to 30 s. What is to run on has to leave the action's "
	    "process group, as what a service manager starts does, or "
	    "`setsid`; the rest is killed when the action ends. Rights that "
	    "this takes: [operating.md](../operating.md#applications-that-"
	    "are-restarted).",
	.options = options,
	.parameters = parameters,
	.actions = actions_table,
	.state_size = sizeof(struct exec),
	.target_state_size = sizeof(struct memory),
	.flags = FARM_WATCHES_LATER,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK,
	.check = exec_check,
	.open = exec_open,
	.close = exec_close,
	.target_close = exec_target_close,
	.listen = exec_listen,
	.tick = exec_tick,
	.collector = { .collect = exec_collect },
};
