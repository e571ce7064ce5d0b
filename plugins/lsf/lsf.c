/* lsf: jobs, hosts and queues of LSF, and of OpenLava. */
#include <farm/module.h>

#include "acct.h"
#include "jobs.h"
#include "jobs_text.h"
#include "read.h"

enum form { FORM_AUTO, FORM_TABLE, FORM_JSON };

struct lsf {
	struct jobs jobs;
	int form;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct lsf, jobs),
	JOBS_ACCOUNTING(struct lsf, jobs,
	    "lsb.acct, of which each finished job becomes a record"),
	FARM_OPTION_ENUM("format", struct lsf, form, "auto", "auto|table|json",
	    "in which form bjobs is asked; auto: as the release that lsid "
	    "names has it"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

static const char *const lsid[] = { "lsid", NULL };
static const char *const bjobs[] = { "bjobs", "-a", "-u", "all", "-w", NULL };
static const char *const bjobs_json[] = { "bjobs", "-a", "-u", "all", "-o",
	BJOBS_FIELDS, "-json", NULL };
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
#define COMMANDS_FOR_HOSTS                                                     \
	{ .argv = bhosts, .parse = read_bhosts },                              \
	    { .argv = bqueues, .parse = read_bqueues },                        \
	    { .argv = lshosts, .parse = read_lshosts },                        \
	    { .argv = lsload, .parse = read_lsload },                          \
	{                                                                      \
		.argv = NULL                                                   \
	}

static const struct jobs_command table[] = {
	{ .argv = bjobs, .parse = read_bjobs, .is_empty = no_job },
	COMMANDS_FOR_HOSTS,
};

static const struct jobs_command json[] = {
	{ .argv = bjobs_json, .parse = read_bjobs_json, .is_empty = no_job },
	COMMANDS_FOR_HOSTS,
};

static const struct jobs_command *
choose(struct slice output)
{
	return has_json(output) ? json : table;
}

static const struct jobs_system systems[] = {
	[FORM_AUTO] = { .name = "LSF",
	    .lists_finished = true,
	    .release = lsid,
	    .choose = choose,
	    .record = read_acct },
	[FORM_TABLE] = { .name = "LSF",
	    .lists_finished = true,
	    .commands = table,
	    .record = read_acct },
	[FORM_JSON] = { .name = "LSF",
	    .lists_finished = true,
	    .commands = json,
	    .record = read_acct },
};

static int
lsf_open(struct farm_host *host, void *state)
{
	struct lsf *m = state;

	return jobs_open(host, &m->jobs, &systems[m->form]);
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
	    "project. Shares of users (`bqueues -r`, `bhpart -r`) are not "
	    "read: none was recorded. Nor is lsbatch, LSF's C interface, "
	    "used: its header comes with a site's LSF alone, its structs "
	    "differ by release, and it waits for ever for a daemon that is "
	    "down. "
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
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = lsf_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
