/* condor: jobs and machines of HTCondor. */
#include <farm/module.h>

#include "history.h"
#include "jobs.h"
#include "read.h"

enum form { FORM_JSON, FORM_LONG };

struct condor {
	struct jobs jobs;
	int form;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct condor, jobs),
	JOBS_ACCOUNTING(struct condor, jobs,
	    "the schedd's history file, of which each finished job becomes a "
	    "record"),
	FARM_OPTION_BOOLEAN("history", struct condor, jobs.pulled, "no",
	    "each finished job becomes a record, by condor_history; instead "
	    "of accounting"),
	FARM_OPTION_DURATION("late", struct condor, jobs.late_ns, "1h", 0,
	    604800e9,
	    "how long after others a record may come to the history and is "
	    "still found by condor_history"),
	FARM_OPTION_ENUM("format", struct condor, form, "json", "json|long",
	    "what the commands are asked for; releases before 8.6 have the "
	    "long form only"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS,
	JOBS_PULLED_PARAMETERS, { 0 } };

static const char *const queue_json[] = { "condor_q", "-allusers", "-json",
	"-attributes", JOB_ATTRIBUTES, NULL };
static const char *const status_json[] = { "condor_status", "-json",
	"-attributes", SLOT_ATTRIBUTES, NULL };
/* Old releases list the jobs of all, and do not know -allusers. */
static const char *const queue_long[] = { "condor_q", "-long", NULL };
static const char *const status_long[] = { "condor_status", "-long", NULL };

static const struct jobs_command json[] = {
	{ .argv = queue_json, .parse = read_queue },
	{ .argv = status_json, .parse = read_status },
	{ .argv = NULL },
};

static const struct jobs_command in_full[] = {
	{ .argv = queue_long, .parse = read_queue_long },
	{ .argv = status_long, .parse = read_status_long },
	{ .argv = NULL },
};

/* What has ended leaves the queue at once. */
static const struct jobs_system systems[] = {
	[FORM_JSON] = { .name = "Condor",
	    .commands = json,
	    .record = read_history,
	    .record_last = HISTORY_LAST,
	    .source = &history_source },
	[FORM_LONG] = { .name = "Condor",
	    .commands = in_full,
	    .record = read_history,
	    .record_last = HISTORY_LAST,
	    .source = &history_source },
};

static int
condor_check(struct farm_host *host, const void *state)
{
	const struct condor *m = state;

	if (m->jobs.pulled && m->jobs.accounting != NULL)
		return farm_fail(host,
		    "history: gives the same jobs as accounting, which is "
		    "set, too");
	return jobs_check(host, state);
}

static int
condor_open(struct farm_host *host, void *state)
{
	struct condor *m = state;

	if (condor_check(host, state) != 0)
		return -1;
	return jobs_open(host, &m->jobs, &systems[m->form]);
}

FARM_MODULE(condor, FARM_COLLECTOR) = {
	.summary = "jobs and machines of HTCondor",
	.description =
	    "One snapshot in each cycle, by one `condor_q` and one "
	    "`condor_status`, with `-json` each for a few attributes only. "
	    "`CONDOR_CONFIG` stands in `environment`.\n\n" JOBS_DESCRIPTION
		JOBS_ACCOUNTING_DESCRIPTION
	    "`accounting` is `condor_config_val HISTORY` of the schedd; where "
	    "that cannot be read, `history` gives the same records by "
	    "`condor_history -since ...`, which 8.6 does not know yet: "
	    "what ended up to `late` ago is asked for again and again, and a "
	    "checkpoint holds which of it were told. A job "
	    "is its `ClusterId`, a task its `ProcId`; its name is "
	    "`JobBatchName` or else the program's; a removed job has failed, "
	    "with `outcome` `Removed` and neither `exit` nor `signal`. A name "
	    "with escapes keeps them. "
	    "`wall` and `cpu` are of all of a job's runs.\n\n"
	    "**Not seen with a real HTCondor**: Debian 12 has none, and "
	    "nothing is recorded. The readers are written and tested by its "
	    "documentation: the numbers of `JobStatus`, lists of flat "
	    "ClassAds, no word at all where there is nothing to list, the "
	    "line of asterisks below each ad of the history. Where the long "
	    "form breaks off between two lines, only the command's exit "
	    "status can tell.\n\nA slot is a CPU (`RequestCpus`, `Cpus`); the "
	    "slots of a machine are summed, and it is `free` while one of "
	    "them is unclaimed and has CPUs. A group is `AcctGroup`. There "
	    "are no queues.\n\nAn example, made up:\n\n"
	    "    [\n"
	    "    {\"JobStatus\": 2, \"Owner\": \"ann\", \"RequestCpus\": 4},\n"
	    "    {\"JobStatus\": 1, \"Owner\": \"bob\", \"RequestCpus\": 1}\n"
	    "    ]",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct condor),
	.target_state_size = sizeof(struct jobs_memory),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = condor_check,
	.open = condor_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
