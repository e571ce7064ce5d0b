/* condor: jobs and machines of HTCondor. */
#include <farm/module.h>

#include "jobs.h"
#include "read.h"

struct condor {
	struct jobs jobs;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct condor, jobs),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

static const char *const queue[] = { "condor_q", "-allusers", "-json",
	"-attributes", JOB_ATTRIBUTES, NULL };
static const char *const status[] = { "condor_status", "-json", "-attributes",
	SLOT_ATTRIBUTES, NULL };

static const struct jobs_command commands[] = {
	{ .argv = queue, .parse = read_queue },
	{ .argv = status, .parse = read_status },
	{ .argv = NULL },
};

/* What has ended leaves the queue at once. */
static const struct jobs_system condor = { .name = "Condor",
	.commands = commands };

static int
condor_open(struct farm_host *host, void *state)
{
	struct condor *m = state;

	return jobs_open(host, &m->jobs, &condor);
}

FARM_MODULE(condor, FARM_COLLECTOR) = {
	.summary = "jobs and machines of HTCondor",
	.description =
	    "One snapshot in each cycle, by one `condor_q -allusers -json` "
	    "and one `condor_status -json`, each for a few attributes only. "
	    "`CONDOR_CONFIG` stands in `environment`.\n\n" JOBS_DESCRIPTION
	    "**Not seen with a real HTCondor**: none was at hand, and nothing "
	    "is recorded. The readers are written and tested by its "
	    "documentation: the numbers of `JobStatus`, a list of flat "
	    "ClassAds, no word at all where there is nothing to "
	    "list.\n\nA slot is a CPU (`RequestCpus`, `Cpus`); the slots of a "
	    "machine are summed, and it is `free` while one of them is "
	    "unclaimed and has CPUs. A group is `AcctGroup`. There are no "
	    "queues.\n\nAn example, made up:\n\n"
	    "    [\n"
	    "    {\"JobStatus\": 2, \"Owner\": \"ann\", \"RequestCpus\": 4},\n"
	    "    {\"JobStatus\": 1, \"Owner\": \"bob\", \"RequestCpus\": 1}\n"
	    "    ]",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct condor),
	.target_state_size = sizeof(struct jobs_memory),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = condor_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
