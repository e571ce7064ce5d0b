/* slurm: jobs, nodes and partitions of a Slurm cluster. */
#include <farm/module.h>

#include "jobs.h"
#include "read.h"
#include "sacct.h"

/* squeue, sinfo, sdiag, sshare, and the end. */
#define COMMANDS_MAX 5

struct slurm {
	struct jobs jobs;
	int form; /* 0: text, 1: JSON */
	bool sdiag;
	bool sshare;
	/* Made of the options. */
	struct jobs_system system;
	struct jobs_command commands[COMMANDS_MAX];
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct slurm, jobs),
	JOBS_PULLED(
	    struct slurm, jobs, "each finished job becomes a record, by sacct"),
	FARM_OPTION_ENUM("format", struct slurm, form, "text", "text|json",
	    "what squeue is asked for; JSON costs far more, and says how jobs "
	    "ended"),
	FARM_OPTION_BOOLEAN("sdiag", struct slurm, sdiag, "no",
	    "what the controller says of itself, by sdiag"),
	FARM_OPTION_BOOLEAN("sshare", struct slurm, sshare, "no",
	    "fair-share of accounts and users, by sshare, which needs "
	    "accounting"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS,
	JOBS_PULLED_PARAMETERS,
	{ "sdiag_status", FARM_STATE, NULL, "how sdiag went, as status" },
	{ "sshare_status", FARM_STATE, NULL, "how sshare went, as status" },
	{ "controller_threads", FARM_GAUGE, "1",
	    "calls that the controller works on" },
	{ "controller_agent_queue", FARM_GAUGE, "1",
	    "messages to nodes that wait" },
	{ "controller_agents", FARM_GAUGE, "1",
	    "messages to nodes that are under way" },
	{ "controller_agent_threads", FARM_GAUGE, "1", "threads of these" },
	{ "controller_dbd_queue", FARM_GAUGE, "1",
	    "messages that wait for slurmdbd" },
	{ "controller_jobs_*", FARM_COUNTER64, "1",
	    "submitted, started, completed, canceled, failed; from 0 at "
	    "midnight" },
	{ "schedule_last", FARM_GAUGE, "s",
	    "what the last cycle of the scheduler took" },
	{ "schedule_mean", FARM_GAUGE, "s", "the same, on average" },
	{ "schedule_max", FARM_GAUGE, "s", "the same, at most" },
	{ "schedule_cycles", FARM_COUNTER64, "1",
	    "cycles of the scheduler; from 0 at midnight" },
	{ "schedule_depth_mean", FARM_GAUGE, "1",
	    "jobs that a cycle looked at" },
	{ "schedule_queue", FARM_GAUGE, "1",
	    "jobs that were pending in the last cycle" },
	{ "backfill_jobs", FARM_COUNTER64, "1",
	    "jobs that backfilling started" },
	{ "backfill_last", FARM_GAUGE, "s",
	    "what the last cycle of backfilling took" },
	{ "backfill_mean", FARM_GAUGE, "s", "the same, on average" },
	{ "backfill_max", FARM_GAUGE, "s", "the same, at most" },
	{ "backfill_cycles", FARM_COUNTER64, "1",
	    "cycles of backfilling; from 0 at midnight" },
	{ "backfill_depth_last", FARM_GAUGE, "1",
	    "jobs that its last cycle looked at" },
	{ "backfill_queue", FARM_GAUGE, "1",
	    "jobs that were pending in its last cycle" },
	{ "calls", FARM_COUNTER64, "1",
	    "calls to the controller; from 0 at midnight" },
	{ "calls_time", FARM_COUNTER64, "s", "what they took" },
	{ "calls_mean", FARM_GAUGE, "s", "what one took on average" },
	{ "shares", FARM_GAUGE, "1", "shares that were given" },
	{ "shares_part", FARM_GAUGE, "1", "as a part of all" },
	{ "usage", FARM_GAUGE, "s",
	    "what was used, of CPUs as Slurm weighs them; it decays" },
	{ "usage_part", FARM_GAUGE, "1", "as a part of all" },
	{ "fair_share", FARM_GAUGE, "1",
	    "from 0 to 1, the more the sooner its jobs begin" },
	{ 0 } };

static const char *const squeue[] = { "squeue", "-a", "-r", "-o", SQUEUE_FORMAT,
	NULL };
static const char *const squeue_json[] = { "squeue", "-a", "--json", NULL };
static const char *const sinfo[] = { "sinfo", "-a", "-N", "-o", SINFO_FORMAT,
	NULL };

static const char *const sdiag[] = { "sdiag", NULL };
static const char *const sshare[] = { "sshare", "-a", "-P", "-o", SSHARE_FORMAT,
	NULL };

/* Those that are configured. */
static void
choose_commands(struct slurm *m)
{
	struct jobs_command *c = m->commands;

	*c++ = m->form == 0 ? (struct jobs_command){ .argv = squeue,
		.parse = read_squeue }
			    : (struct jobs_command){ .argv = squeue_json,
				      .parse = read_squeue_job,
				      .list = "jobs" };
	*c++ = (struct jobs_command){ .argv = sinfo, .parse = read_sinfo };
	if (m->sdiag)
		*c++ = (struct jobs_command){ .argv = sdiag,
			.parse = read_sdiag,
			.status = "sdiag_status" };
	if (m->sshare)
		*c++ = (struct jobs_command){ .argv = sshare,
			.parse = read_sshare,
			.status = "sshare_status" };
	*c = (struct jobs_command){ .argv = NULL };
}

static int
slurm_open(struct farm_host *host, void *state)
{
	struct slurm *m = state;

	choose_commands(m);
	m->system = (struct jobs_system){ .name = "Slurm",
		.commands = m->commands,
		.lists_finished = m->form == 1,
		/* Or a long list of an array's tasks ends in "...". */
		.variable = "SLURM_BITSTR_LEN=0",
		.source = &sacct_source };
	return jobs_open(host, &m->jobs, &m->system);
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
	    "With `format: json` it is `squeue --json`, some 3 kB for each "
	    "job, read as they come, so no more than one of them is held (1 "
	    "MiB at most). It lists jobs that are over, too, as long as the "
	    "controller keeps them: `jobs_done`, `jobs_failed`, and the `exit` "
	    "or `signal` of events. Numbers and states are read as releases "
	    "up to 23.02 write them and as later ones do; the former are "
	    "tested with what a real 22.05 said, the latter by their "
	    "documentation.\n\n"
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
	    "minutes. Some 7,000 jobs can be remembered (those of an array "
	    "that ended together count as one); where more end within `late` "
	    "the log says so. Fields stand between marks that are drawn at "
	    "random for each start, so the name of a job cannot pass for a "
	    "record. What goes wrong with it is `accounting_status` and a "
	    "line in the log, and concerns nothing else. It needs "
	    "slurmdbd: `accounting_storage/none` has nothing to tell, and "
	    "`jobcomp/filetxt` is no accounting.\n\n"
	    "`sdiag` adds the controller's own figures, with `calls`, "
	    "`calls_time` and `calls_mean` of all its calls, and of each type "
	    "as a node of the cluster `CLUSTER_calls`. `sshare` adds shares "
	    "and usage, each account a node of the cluster `CLUSTER_shares`, "
	    "each user in it a node `ACCOUNT/USER`. When one of them fails, "
	    "its status and a line in the log say so, and its figures are "
	    "missing; all else goes on.\n\n"
	    "A slot is a CPU. Nodes in `mixed` are `free`; a node that does "
	    "not answer (`idle*`, `drained*`) is `down`. `efficiency` is not "
	    "known, for neither command says what running jobs have used. "
	    "Whoever runs the commands must see the jobs of all: with "
	    "`PrivateData=jobs` Slurm shows others less, and does not say "
	    "so.\n\n"
	    "An example, as recorded, of `squeue`, `sinfo` and `sacct`:\n\n"
	    "    JOBID|PARTITION|USER|ACCOUNT|STATE|CPUS|SUBMIT_TIME|TIME|"
	    "NODES|REASON\n"
	    "    13_2|batch|nobody|physics|PENDING|2|2026-11-22T01:56:32|0:00"
	    "|1|Resources\n"
	    "    12|batch|nobody|physics|RUNNING|1|2026-11-22T01:56:32|0:07|1|"
	    "None\n\n"
	    "    NODELIST|PARTITION|AVAIL|CPUS(A/I/O/T)|CPU_LOAD|MEMORY|"
	    "FREE_MEM|STATE\n"
	    "    n1|batch*|up|1/1/0/2|3.30|100|20511|mixed\n\n"
	    "    4~#4~#FAILED~#0:9~#2026-11-22T01:56:12~#2026-11-22T01:56:18~#"
	    "2026-11-22T01:56:18~#0~#1~#00:00.001~#~#n1~#batch~#nobody~#"
	    "physics~#wrap",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct slurm),
	.target_state_size = sizeof(struct jobs_memory),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = slurm_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
