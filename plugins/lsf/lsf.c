/* lsf: jobs, hosts and queues of LSF, and of OpenLava. */
#include <farm/module.h>

#include "acct.h"
#include "jobs.h"
#include "jobs_text.h"
#include "read.h"

struct lsf {
	struct jobs jobs;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct lsf, jobs),
	JOBS_ACCOUNTING(struct lsf, jobs,
	    "lsb.acct, of which each finished job becomes a record"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

static const char *const bjobs[] = { "bjobs", "-a", "-u", "all", "-w", NULL };
static const char *const bhosts[] = { "bhosts", "-w", NULL };
static const char *const bqueues[] = { "bqueues", "-w", NULL };
static const char *const lshosts[] = { "lshosts", "-w", NULL };
static const char *const lsload[] = { "lsload", "-w", NULL };

/* Without any job it ends with 255. */
static bool
no_job(struct slice errors)
{
	return slice_begins(errors, "No job found") ||
	       slice_begins(errors, "No unfinished job found");
}

/* The hosts that run jobs come before what is said of all. */
static const struct jobs_command commands[] = {
	{ .argv = bjobs, .parse = read_bjobs, .is_empty = no_job },
	{ .argv = bhosts, .parse = read_bhosts },
	{ .argv = bqueues, .parse = read_bqueues },
	{ .argv = lshosts, .parse = read_lshosts },
	{ .argv = lsload, .parse = read_lsload },
	{ .argv = NULL },
};

static const struct jobs_system lsf = {
	.name = "LSF",
	.lists_finished = true,
	.commands = commands,
	.record = read_acct,
};

static int
lsf_open(struct farm_host *host, void *state)
{
	struct lsf *m = state;

	return jobs_open(host, &m->jobs, &lsf);
}

FARM_MODULE(lsf, FARM_COLLECTOR) = {
	.summary = "jobs, hosts and queues of LSF and OpenLava",
	.description =
	    "One snapshot in each cycle, by one run each of `bjobs -a -u all "
	    "-w`, `bhosts -w`, `bqueues -w`, `lshosts -w` and `lsload -w`, "
	    "whose tables all releases and OpenLava have alike. `LSF_ENVDIR` "
	    "and what else they need stand in `environment`, the folder of "
	    "the commands in `path`.\n\n" JOBS_DESCRIPTION
		JOBS_ACCOUNTING_DESCRIPTION
	    "The readers are tested with what a real OpenLava 4.0 said, which "
	    "was recorded, and with what IBM documents; no IBM LSF was at "
	    "hand. A daemon that does not answer makes the commands wait for "
	    "ever: then `timeout` ends them, and `status` is 6.\n\n"
	    "`jobs_done` and `jobs_failed` are those of the last hour "
	    "(CLEAN_PERIOD). Of jobs that are not running `bjobs -w` does not "
	    "say the slots, so there are none of pending jobs; it does not "
	    "say the project either, so groups need `groups_by: user`. "
	    "`bhosts` gives `NJOBS` in slots: `slots_used`.\n\n"
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
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = lsf_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
