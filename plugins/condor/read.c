/* Ads of jobs and of slots, counted. */
#include "read.h"

#include "ad.h"
#include "clock.h"

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
count_job(void *cookie, const struct ad *a)
{
	struct census *c = cookie;
	double cpu = a->user_cpu + (isnan(a->system_cpu) ? 0 : a->system_cpu);
	struct job j = JOB_INIT;

	if (a->status < 0)
		return -1;
	j.id = a->cluster;
	j.task = a->process;
	j.user = a->owner;
	j.group = a->group;
	j.node = ad_host(a);
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
	return ads_json(output, count_job, c, err);
}

int
read_queue_long(struct census *c, struct slice output, struct error *err)
{
	return ads_long(output, count_job, c, err);
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
count_slot(void *cookie, const struct ad *a)
{
	struct census *c = cookie;
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
	return ads_json(output, count_slot, c, err);
}

int
read_status_long(struct census *c, struct slice output, struct error *err)
{
	return ads_long(output, count_slot, c, err);
}
