/* gridengine: jobs, hosts and queues of Grid Engine. */
#include <farm/module.h>

#include "accounting.h"
#include "jobs.h"
#include "read.h"

/* qstat, qhost, sge_share_mon, and the end. */
#define COMMANDS_MAX 4

struct gridengine {
	struct jobs jobs;
	bool shares;
	/* Made of the options. */
	struct jobs_system system;
	struct jobs_command commands[COMMANDS_MAX];
};

static const struct farm_option options[] = { JOBS_OPTIONS(
						  struct gridengine, jobs),
	JOBS_ACCOUNTING(struct gridengine, jobs,
	    "the file of the cell, of which each finished job becomes a "
	    "record"),
	FARM_OPTION_BOOLEAN("shares", struct gridengine, shares, "no",
	    "the share tree, by sge_share_mon"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS,
	{ "shares_status", FARM_STATE, NULL,
	    "how sge_share_mon went, as status" },
	{ "shares", FARM_GAUGE, "1", "shares that were given" },
	{ "shares_part", FARM_GAUGE, "1", "as a part of all" },
	{ "shares_target", FARM_GAUGE, "1",
	    "the part that it should have now, as others do not use theirs" },
	{ "shares_actual", FARM_GAUGE, "1", "the part that it has had" },
	{ "usage", FARM_GAUGE, "1",
	    "what was used, as Grid Engine weighs it; it decays" },
	{ 0 } };

/* -ext says projects and CPU time but no times, -urg those again.  With -f a
   job in several queues would be there several times. */
static const char *const qstat[] = { "qstat", "-ext", "-urg", "-u", "*", "-xml",
	NULL };
static const char *const qhost[] = { "qhost", "-q", "-xml", NULL };

static const char *const shares[] = { "sge_share_mon", "-c", "1", "-h", "-d",
	"|", "-f", SHARE_FIELDS, NULL };

static int
gridengine_open(struct farm_host *host, void *state)
{
	struct gridengine *m = state;
	struct jobs_command *c = m->commands;

	*c++ = (struct jobs_command){ .argv = qstat, .parse = read_qstat };
	*c++ = (struct jobs_command){ .argv = qhost, .parse = read_qhost };
	if (m->shares)
		*c++ = (struct jobs_command){ .argv = shares,
			.parse = read_shares,
			.status = "shares_status" };
	*c = (struct jobs_command){ .argv = NULL };
	m->system = (struct jobs_system){ .name = "SGE",
		.commands = m->commands,
		.record = read_accounting };
	return jobs_open(host, &m->jobs, &m->system);
}

FARM_MODULE(gridengine, FARM_COLLECTOR) = {
	.summary = "jobs, hosts and queues of Grid Engine",
	.description =
	    "One snapshot in each cycle, by one `qstat -ext -urg -u '*' -xml` "
	    "and one `qhost -q -xml`. `SGE_ROOT`, `SGE_CELL` and ports stand "
	    "in `environment`, the folder of the commands in "
	    "`path`.\n\n" JOBS_DESCRIPTION JOBS_ACCOUNTING_DESCRIPTION
	    "The tests start a real Grid Engine 8.1.9, submit jobs to it and "
	    "compare; what it said in other states is recorded.\n\nElements "
	    "of arrays count one by one. A job in an error state (`Eqw`) is "
	    "`held`. A host has the slots of its queue instances together; it "
	    "is `free` while one of them takes jobs. A job that has slots in "
	    "several queues is counted in that of its first task, with all of "
	    "them; `slots_used` of a queue is exact. Which queue a pending "
	    "job will run in is not said, so it counts for its user, its "
	    "group and in the totals only. A group is the project. The CPU "
	    "time in `efficiency` is what the hosts reported last: where "
	    "their daemons do not run as root, they do not know it, and it is "
	    "0. The load is that of five minutes.\n\nWith `shares` each node "
	    "of "
	    "the share tree is a node of the cluster `CLUSTER_shares`, by "
	    "`sge_share_mon`, which lies in Grid Engine's folder of programs "
	    "(`/usr/lib/gridengine` in Debian: `path`). Its failure is "
	    "`shares_status` alone.\n\nAn example, as "
	    "recorded:\n\n"
	    "    <job_list state=\"running\">\n"
	    "      <JB_job_number>2</JB_job_number>\n"
	    "      <JB_owner>nobody</JB_owner>\n"
	    "      <JB_project>cms</JB_project>\n"
	    "      <state>r</state>\n"
	    "      <JAT_start_time>2026-11-22T01:34:29</JAT_start_time>\n"
	    "      <queue_name>long.q@grid</queue_name>\n"
	    "      <slots>2</slots>\n"
	    "    </job_list>",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct gridengine),
	.target_state_size = sizeof(struct jobs_memory),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = gridengine_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
