/* gridengine: jobs, hosts and queues of Grid Engine. */
#include <farm/module.h>

#include "accounting.h"
#include "jobs.h"
#include "read.h"

struct gridengine {
	struct jobs jobs;
};

static const struct farm_option options[] = { JOBS_OPTIONS(
						  struct gridengine, jobs),
	JOBS_ACCOUNTING(struct gridengine, jobs,
	    "the file of the cell, of which each finished job becomes a "
	    "record"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

/* -ext says projects and CPU time but no times, -urg those again.  With -f a
   job in several queues would be there several times. */
static const char *const qstat[] = { "qstat", "-ext", "-urg", "-u", "*", "-xml",
	NULL };
static const char *const qhost[] = { "qhost", "-q", "-xml", NULL };

static const struct jobs_command commands[] = {
	{ .argv = qstat, .parse = read_qstat },
	{ .argv = qhost, .parse = read_qhost },
	{ .argv = NULL },
};

static const struct jobs_system gridengine = {
	.name = "SGE", .commands = commands, .record = read_accounting
};

static int
gridengine_open(struct farm_host *host, void *state)
{
	struct gridengine *m = state;

	return jobs_open(host, &m->jobs, &gridengine);
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
	    "0. The load is that of five minutes.\n\nAn example, as "
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
