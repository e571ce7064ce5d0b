/* pbs: jobs, nodes and queues of PBS: OpenPBS, PBS Pro, Torque. */
#include <farm/module.h>

#include "accounting.h"
#include "jobs.h"
#include "read.h"

enum form { FORM_JSON, FORM_TEXT };

struct pbs {
	struct jobs jobs;
	int form;
};

static const struct farm_option options[] = { JOBS_OPTIONS(struct pbs, jobs),
	JOBS_ACCOUNTING(struct pbs, jobs,
	    "the folder of the logs (server_priv/accounting), or one of them, "
	    "of which each finished job becomes a record"),
	FARM_OPTION_ENUM("format", struct pbs, form, "json", "json|text",
	    "what the commands are asked for; Torque and old releases have "
	    "text only"),
	FARM_OPTION_END };

static const struct farm_parameter parameters[] = { JOBS_PARAMETERS, { 0 } };

static const char *const jobs_json[] = { "qstat", "-t", "-f", "-F", "json",
	NULL };
static const char *const nodes_json[] = { "pbsnodes", "-a", "-F", "json",
	NULL };
static const char *const queues_json[] = { "qstat", "-Q", "-f", "-F", "json",
	NULL };
static const char *const jobs_text[] = { "qstat", "-t", "-f", NULL };
static const char *const nodes_text[] = { "pbsnodes", "-a", NULL };
static const char *const queues_text[] = { "qstat", "-Q", "-f", NULL };

static const struct jobs_command json[] = {
	{ .argv = jobs_json, .parse = read_jobs_json },
	{ .argv = nodes_json, .parse = read_nodes_json },
	{ .argv = queues_json, .parse = read_queues_json },
	{ .argv = NULL },
};

static const struct jobs_command text[] = {
	{ .argv = jobs_text, .parse = read_jobs_text },
	{ .argv = nodes_text, .parse = read_nodes_text },
	{ .argv = queues_text, .parse = read_queues_text },
	{ .argv = NULL },
};

static const struct jobs_system systems[] = {
	[FORM_JSON] = { .name = "PBS",
	    .commands = json,
	    .record = read_accounting },
	[FORM_TEXT] = { .name = "PBS",
	    .commands = text,
	    .record = read_accounting },
};

static int
pbs_open(struct farm_host *host, void *state)
{
	struct pbs *m = state;

	return jobs_open(host, &m->jobs, &systems[m->form]);
}

FARM_MODULE(pbs, FARM_COLLECTOR) = {
	.summary = "jobs, nodes and queues of OpenPBS, PBS Pro and Torque",
	.description =
	    "One snapshot in each cycle, by one run each of `qstat -t -f`, "
	    "`pbsnodes -a` and `qstat -Q -f`, as JSON or as the text that "
	    "every PBS has. The server is named by `environment: "
	    "{PBS_DEFAULT: ...}`.\n\n" JOBS_DESCRIPTION
		JOBS_ACCOUNTING_DESCRIPTION
	    "The readers are tested with what a real OpenPBS 23.06 said, "
	    "which was recorded; Torque's own attributes (`np`, `status`, "
	    "`Resource_List.nodes`) and the lines of accounting logs by the "
	    "documentation of both, for Debian 12 has neither. Where text "
	    "breaks off between two jobs, only the command's exit status can "
	    "tell.\n\nOf an accounting log the records `E` are read, but not "
	    "those of whole arrays, whose elements have one each; `slots` are "
	    "`ncpus`, or else the places of `exec_host`; `memory` is what was "
	    "used; an `Exit_status` of 128, 256 or 10000 and a signal's number "
	    "is that `signal`, and one below 0 is neither.\n\nElements of "
	    "arrays count one by one, the array itself "
	    "does not. An account is `Account_Name`, or else the project. "
	    "Slots are CPUs (`ncpus`, or nodes times `ppn`). `efficiency` is "
	    "`cput` over `walltime` times slots. A job waits since it could "
	    "run (`etime`).\n\nAn example, as recorded:\n\n"
	    "    Job Id: 10.pbs01\n"
	    "        Job_Owner = nagios@pbs01\n"
	    "        resources_used.cput = 00:00:22\n"
	    "        resources_used.walltime = 00:00:23\n"
	    "        job_state = R\n"
	    "        queue = workq",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct pbs),
	.target_state_size = sizeof(struct jobs_memory),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = jobs_check,
	.open = pbs_open,
	.close = jobs_close,
	.target_close = jobs_target_close,
	.collector = { .collect = jobs_collect },
};
