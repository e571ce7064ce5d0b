/* slurm: jobs, nodes and partitions of a Slurm cluster. */
#include <farm/module.h>

#include "jobs.h"
#include "read.h"

struct slurm {
	struct jobs jobs;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct slurm, jobs),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

static const char *const squeue[] = { "squeue", "-a", "-r", "-o", SQUEUE_FORMAT,
	NULL };
static const char *const sinfo[] = { "sinfo", "-a", "-N", "-o", SINFO_FORMAT,
	NULL };

static const struct jobs_command commands[] = {
	{ .argv = squeue, .parse = read_squeue },
	{ .argv = sinfo, .parse = read_sinfo },
	{ .argv = NULL },
};

static const struct jobs_system slurm = { .name = "Slurm",
	.commands = commands };

static int
slurm_open(struct farm_host *host, void *state)
{
	struct slurm *m = state;

	return jobs_open(host, &m->jobs, &slurm);
}

FARM_MODULE(slurm, FARM_COLLECTOR) = {
	.summary = "jobs, nodes and partitions of Slurm",
	.description =
	    "One snapshot in each cycle, by one `squeue` and one `sinfo`: text "
	    "in a format of our own, which costs the controller and us a "
	    "fraction of what `--json` does. Elements of job arrays count one "
	    "by one. A pending job that is held, depends on others or waits "
	    "for its time is `held`; one that may run in several partitions "
	    "is counted in the first.\n\n" JOBS_DESCRIPTION
	    "A slot is a CPU. Nodes in `mixed` are `free`; a node that does "
	    "not answer (`idle*`, `drained*`) is `down`.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct slurm),
	.target_state_size = sizeof(struct jobs_memory),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = slurm_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
