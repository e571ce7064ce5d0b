/* lsf: jobs, hosts and queues of LSF, and of OpenLava. */
#include <farm/module.h>

#include "acct.h"
#include "jobs.h"
#include "jobs_text.h"
#include "read.h"

/* bjobs, bhosts, bqueues, lshosts, lsload, bqueues -r, and the end. */
#define COMMANDS_MAX 7

enum form { FORM_AUTO, FORM_TABLE, FORM_JSON };

struct lsf {
	struct jobs jobs;
	int form;
	bool shares;
	/* Made of the options. */
	struct jobs_system system;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct lsf, jobs),
	JOBS_ACCOUNTING(struct lsf, jobs,
	    "lsb.acct, of which each finished job becomes a record"),
	FARM_OPTION_ENUM("format", struct lsf, form, "auto", "auto|table|json",
	    "in which form bjobs is asked; auto: as the release that lsid "
	    "names has it"),
	FARM_OPTION_BOOLEAN("shares", struct lsf, shares, "no",
	    "fair-share of queues, by bqueues -r"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS,
	{ "shares_status", FARM_STATE, NULL, "how bqueues -r went, as status" },
	{ "shares", FARM_GAUGE, "1", "shares that were given" },
	{ "priority", FARM_GAUGE, "1",
	    "of a user or group in the queue: the more, the sooner its jobs "
	    "begin" },
	{ "slots_reserved", FARM_GAUGE, "1",
	    "slots that are kept for its jobs" },
	{ "usage", FARM_GAUGE, "s",
	    "CPU time that its jobs used, as LSF weighs it; it decays" },
	{ "usage_wall", FARM_GAUGE, "s", "time that its jobs ran, likewise" },
	{ 0 } };

static const char *const lsid[] = { "lsid", NULL };
static const char *const bjobs[] = { "bjobs", "-a", "-u", "all", "-w", NULL };
static const char *const bjobs_json[] = { "bjobs", "-a", "-u", "all", "-o",
	BJOBS_FIELDS, "-json", NULL };
static const char *const bhosts[] = { "bhosts", "-w", NULL };
static const char *const bqueues[] = { "bqueues", "-w", NULL };
static const char *const bqueues_shares[] = { "bqueues", "-r", NULL };
static const char *const lshosts[] = { "lshosts", "-w", NULL };
static const char *const lsload[] = { "lsload", "-w", NULL };

/* Without any job it ends with 255. */
static bool
no_job(struct slice errors)
{
	return slice_begins(errors, "No job found") ||
	       slice_begins(errors, "No unfinished job found");
}

#define BJOBS                                                                  \
	{                                                                      \
		.argv = bjobs, .parse = read_bjobs, .is_empty = no_job         \
	}
#define BJOBS_JSON                                                             \
	{                                                                      \
		.argv = bjobs_json, .parse = read_bjobs_json,                  \
		.is_empty = no_job                                             \
	}

/* The hosts that run jobs come before what is said of all. */
#define COMMANDS_FOR_HOSTS                                                     \
	{ .argv = bhosts, .parse = read_bhosts },                              \
	    { .argv = bqueues, .parse = read_bqueues },                        \
	    { .argv = lshosts, .parse = read_lshosts },                        \
	{                                                                      \
		.argv = lsload, .parse = read_lsload                           \
	}

#define SHARES                                                                 \
	{                                                                      \
		.argv = bqueues_shares, .parse = read_queue_shares,            \
		.status = "shares_status"                                      \
	}

static const struct jobs_command commands[][2][COMMANDS_MAX] = {
	[FORM_TABLE] = { { BJOBS, COMMANDS_FOR_HOSTS },
	    { BJOBS, COMMANDS_FOR_HOSTS, SHARES } },
	[FORM_JSON] = { { BJOBS_JSON, COMMANDS_FOR_HOSTS },
	    { BJOBS_JSON, COMMANDS_FOR_HOSTS, SHARES } },
};

static const struct jobs_command *
choose(struct slice output)
{
	return commands[has_json(output) ? FORM_JSON : FORM_TABLE][0];
}

static const struct jobs_command *
choose_with_shares(struct slice output)
{
	return commands[has_json(output) ? FORM_JSON : FORM_TABLE][1];
}

static int
lsf_open(struct farm_host *host, void *state)
{
	struct lsf *m = state;

	m->system = (struct jobs_system){
		.name = "LSF", .lists_finished = true, .record = read_acct
	};
	if (m->form != FORM_AUTO) {
		m->system.commands = commands[m->form][m->shares];
	} else {
		m->system.release = lsid;
		m->system.choose = m->shares ? choose_with_shares : choose;
	}
	return jobs_open(host, &m->jobs, &m->system);
}

FARM_MODULE(lsf, FARM_COLLECTOR) = {
	.summary = "jobs, hosts and queues of LSF and OpenLava",
	.description =
	    "One snapshot in each cycle, by one run each of `bjobs -a -u "
	    "all`, `bhosts -w`, `bqueues -w`, `lshosts -w` and `lsload -w`. "
	    "From LSF 10.1.0.2 on, of which `lsid` tells once, `bjobs` is "
	    "asked with `-o ... -json`, which says projects, slots, CPU and "
	    "run time; before, and of OpenLava, with `-w`, the table that all "
	    "have alike. `LSF_ENVDIR` and what else they need stand in "
	    "`environment`, the folder of the commands in "
	    "`path`.\n\n" JOBS_DESCRIPTION JOBS_ACCOUNTING_DESCRIPTION
	    "The readers of tables are tested with what a real OpenLava 4.0 "
	    "said, which was recorded, and with what IBM documents; that of "
	    "JSON with what is documented alone, for no IBM LSF was at hand. "
	    "A daemon that does not answer makes the commands wait for ever: "
	    "then `timeout` ends them, and `status` is 6.\n\n"
	    "`jobs_done` and `jobs_failed` are those of the last hour "
	    "(CLEAN_PERIOD). Of jobs that are not running `bjobs -w` does not "
	    "say the slots, so there are none of pending jobs; it does not "
	    "say the project either, so groups need `groups_by: user`, nor "
	    "the CPU time, so there is no `efficiency`. A group is the "
	    "project. lsbatch, LSF's C interface, is not used: its "
	    "header comes with a site's LSF alone, its structs differ by "
	    "release, and it waits for ever for a daemon that is down. "
	    "`bhosts` gives `NJOBS` in slots: `slots_used`.\n\n"
	    "With `shares`, by one `bqueues -r` more, each user or group that "
	    "has shares of a queue is a node `QUEUE/NAME` of the cluster "
	    "`CLUSTER_shares`, each in a group a node `QUEUE/GROUP/NAME`: "
	    "`shares`, `priority`, `slots_used`, `slots_reserved`, `usage`, "
	    "`usage_wall`, as far as the release has these columns, which are "
	    "found by their names. Queues without fair-share say nothing. Its "
	    "failure is `shares_status` alone: 2 also if a queue's part does "
	    "not reach its `USERS:` or `HOSTS:`, and 7 of an OpenLava that "
	    "has no `-r`. This reader is tested with what the format's "
	    "documentation and the code of OpenLava's successors make of it, "
	    "for none was recorded. Shares of host partitions (`bhpart -r`) "
	    "are not read.\n\n"
	    "What it reads, made up:\n\n"
	    "    SHARE_INFO_FOR: normal/\n"
	    "     USER/GROUP   SHARES  PRIORITY  STARTED  RESERVED  CPU_TIME  "
	    "RUN_TIME\n"
	    "     physics        100      11.034      2        0       120.5"
	    "        340\n\n"
	    "An example, as recorded:\n\n"
	    "    JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   "
	    "JOB_NAME   SUBMIT_TIME\n"
	    "    103     nobody  RUN   short      lsf01       lsf01       "
	    "short1     Nov 20 20:52\n"
	    "    106     nobody  PSUSP normal     lsf01          -        "
	    "held       Nov 20 20:52\n"
	    "    110     nobody  PEND  normal     lsf01          -        "
	    "a&b <c|d   Nov 20 20:52",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct lsf),
	.target_state_size = sizeof(struct jobs_memory),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = lsf_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
