/* Lists of ClassAds as JSON: an array of flat objects. */
#include "read.h"

#include "clock.h"
#include "jobs_text.h"
#include "json_pull.h"

/* Attributes of one ad, job or slot; seconds, MB, -1 where not said. */
struct ad {
	struct slice owner;
	struct slice group;
	struct slice machine;
	struct slice state;
	struct slice cluster;
	int64_t process;
	int64_t status;
	int64_t cpus;
	int64_t submitted;
	int64_t started;
	double user_cpu;
	double system_cpu;
	int64_t total_cpus;
	double load;
	int64_t total_memory;
};

static void
ad_begin(struct ad *a)
{
	*a = (struct ad){ .process = -1,
		.status = -1,
		.cpus = -1,
		.submitted = -1,
		.started = -1,
		.user_cpu = NAN,
		.system_cpu = NAN,
		.total_cpus = -1,
		.load = NAN,
		.total_memory = -1 };
}

static void
ad_take(struct ad *a, struct slice key, struct slice value)
{
	const struct {
		const char *name;
		struct slice *text;
		int64_t *integer;
		double *number;
	} fields[] = {
		{ "Owner", &a->owner, NULL, NULL },
		{ "AcctGroup", &a->group, NULL, NULL },
		{ "Machine", &a->machine, NULL, NULL },
		{ "State", &a->state, NULL, NULL },
		{ "ClusterId", &a->cluster, NULL, NULL },
		{ "ProcId", NULL, &a->process, NULL },
		{ "JobStatus", NULL, &a->status, NULL },
		{ "RequestCpus", NULL, &a->cpus, NULL },
		{ "Cpus", NULL, &a->cpus, NULL },
		{ "QDate", NULL, &a->submitted, NULL },
		{ "JobCurrentStartDate", NULL, &a->started, NULL },
		{ "RemoteUserCpu", NULL, NULL, &a->user_cpu },
		{ "RemoteSysCpu", NULL, NULL, &a->system_cpu },
		{ "TotalCpus", NULL, &a->total_cpus, NULL },
		{ "TotalLoadAvg", NULL, NULL, &a->load },
		{ "TotalMemory", NULL, &a->total_memory, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!slice_is(key, fields[i].name))
			continue;
		if (fields[i].text != NULL)
			*fields[i].text = value;
		else if (fields[i].integer != NULL)
			(void)slice_integer(value, fields[i].integer);
		else
			(void)slice_number(value, fields[i].number);
	}
}

typedef int ad_count(struct census *, const struct ad *);

/* Nothing at all is said when there is nothing to list. */
static int
read_ads(
    struct census *c, struct slice output, ad_count *count, struct error *err)
{
	struct json_pull p = { .rest = output };
	enum json_piece piece;
	size_t n = 0;
	struct ad ad;

	if (slice_trim(output).length == 0 || slice_is(output, "\n"))
		return 0;
	while ((piece = json_pull(&p)) > JSON_PULL_BAD) {
		if (p.depth == 1 && piece == JSON_PULL_OBJECT)
			return error_set(err, "is no list");
		if (p.depth == 2 && piece == JSON_PULL_OBJECT)
			ad_begin(&ad);
		else if (p.depth == 2 && piece == JSON_PULL_VALUE &&
			 p.key.length > 0)
			ad_take(&ad, p.key, p.value);
		if (p.depth != 1 || piece != JSON_PULL_OBJECT_END)
			continue;
		n++;
		if (count(c, &ad) != 0)
			return error_set(err,
			    "ad %zu has no JobStatus, or no Machine and State",
			    n);
	}
	if (piece == JSON_PULL_END)
		return 0;
	return error_set(err, "no JSON, or broken off, after ad %zu", n);
}

/* ------------------------------------------------------------- condor_q -- */

static enum job_state
job_state_of(int64_t status)
{
	static const enum job_state states[] = { JOB_UNKNOWN, JOB_PENDING,
		JOB_RUNNING, JOB_FAILED, JOB_DONE, JOB_HELD, JOB_ENDING,
		JOB_SUSPENDED };

	return status > 0 && status < 8 ? states[status] : JOB_UNKNOWN;
}

static int
count_job(struct census *c, const struct ad *a)
{
	double cpu = a->user_cpu + (isnan(a->system_cpu) ? 0 : a->system_cpu);
	struct job j = JOB_INIT;

	if (a->status < 0)
		return -1;
	j.id = a->cluster;
	j.task = a->process;
	j.user = a->owner;
	j.group = a->group;
	j.state = job_state_of(a->status);
	j.slots = a->cpus;
	if (a->submitted > 0 && a->submitted < INT64_MAX / NS_PER_S)
		j.submit_ns = a->submitted * NS_PER_S;
	if (cpu >= 0 && cpu < 9e9)
		j.cpu_ns = (int64_t)(cpu * NS_PER_S);
	if (a->started > 0 && a->started < INT64_MAX / NS_PER_S)
		j.wall_ns = c->now_ns - a->started * NS_PER_S;
	census_job(c, &j);
	return 0;
}

int
read_queue(struct census *c, struct slice output, struct error *err)
{
	return read_ads(c, output, count_job, err);
}

/* -------------------------------------------------------- condor_status -- */

static enum node_state
node_state_of(struct slice state)
{
	if (slice_is(state, "Unclaimed") || slice_is(state, "Matched") ||
	    slice_is(state, "Backfill"))
		return NODE_FREE;
	if (slice_is(state, "Claimed") || slice_is(state, "Preempting"))
		return NODE_FULL;
	if (slice_is(state, "Owner") || slice_is(state, "Drained"))
		return NODE_CLOSED;
	return NODE_UNKNOWN;
}

/* A slot is a part of its machine: what is left of one that is divided has
   the CPUs that are left. */
static int
count_slot(struct census *c, const struct ad *a)
{
	const struct census_entry *e;
	struct job_node n = JOB_NODE_INIT;

	if (a->machine.length == 0 || a->state.length == 0)
		return -1;
	e = census_find(c, &c->nodes, a->machine);
	n.name = a->machine;
	n.word = a->state;
	n.state = node_state_of(a->state);
	/* One without CPUs has all of them in other slots. */
	if (a->cpus == 0 && n.state == NODE_FREE)
		n.state = NODE_FULL;
	if (a->cpus >= 0) {
		n.slots = a->cpus;
		n.used = n.state == NODE_FULL ? a->cpus : 0;
	}
	if (e != NULL && a->cpus >= 0) {
		n.slots += e->node.slots > 0 ? e->node.slots : 0;
		n.used += e->node.used > 0 ? e->node.used : 0;
	}
	if (e != NULL && e->node.state != NODE_UNKNOWN &&
	    e->node.state < n.state)
		n.state = e->node.state;
	n.cpus = a->total_cpus;
	n.load1 = a->load;
	if (a->total_memory >= 0 && a->total_memory < INT64_MAX >> 20)
		n.memory_total = a->total_memory << 20;
	census_node(c, &n);
	return 0;
}

int
read_status(struct census *c, struct slice output, struct error *err)
{
	return read_ads(c, output, count_slot, err);
}
