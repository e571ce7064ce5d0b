/* slurm: jobs, nodes and partitions of a Slurm cluster. */
#include <farm/module.h>

#include "jobs.h"
#include "read.h"
#include "sacct.h"

struct slurm {
	struct jobs jobs;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct slurm, jobs),
	JOBS_PULLED(
	    struct slurm, jobs, "each finished job becomes a record, by sacct"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS,
	JOBS_PULLED_PARAMETERS, { 0 } };

static const char *const squeue[] = { "squeue", "-a", "-r", "-o", SQUEUE_FORMAT,
	NULL };
static const char *const sinfo[] = { "sinfo", "-a", "-N", "-o", SINFO_FORMAT,
	NULL };

static const struct jobs_command commands[] = {
	{ .argv = squeue, .parse = read_squeue },
	{ .argv = sinfo, .parse = read_sinfo },
	{ .argv = NULL },
};

static const struct jobs_system slurm = {
	.name = "Slurm", .commands = commands, .source = &sacct_source
};

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
	    "With `accounting` each run of a job that is over becomes one "
	    "accounting record, by `sacct`: `system`, `job`, `task`, `name`, "
	    "`user`, `group` (the account), `queue`, `node`, `submitted`, "
	    "`started`, `ended` (seconds since 1970), `wall`, `cpu` (s), "
	    "`slots`, `memory` (the most of any step, bytes), `exit` or "
	    "`signal`, `outcome` (Slurm's own word), and `state`: `done` or "
	    "`failed`. A run that was requeued is one of its own, with "
	    "`outcome: REQUEUED`. The first look begins with what ends from "
	    "then on. Later ones ask for what has ended since the newest that "
	    "is known, less `late`, as records come to slurmdbd late and out "
	    "of order, and a checkpoint says which are known: so each comes "
	    "once, over restarts of farmd, of slurmdbd and of the controller. "
	    "A row that slurmdbd has only half of yet is waited for up to 5 "
	    "minutes. Some 15,000 jobs can be remembered (those of an array "
	    "that ended together count as one); where more end within `late` "
	    "the log says so. Fields stand between marks that are drawn at "
	    "random for each start, so the name of a job cannot pass for a "
	    "record. What goes wrong with it is `accounting_status` and a "
	    "line in the log, and concerns nothing else. It needs "
	    "slurmdbd: `accounting_storage/none` has nothing to tell, and "
	    "`jobcomp/filetxt` is no accounting.\n\n"
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
