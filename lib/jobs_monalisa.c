/* A census by the names that MonALISA's modules give: LSFJobs and PBSjobs,
   monPN_*. */
#include "jobs_private.h"

#include <string.h>

#include "clock.h"

#define MB (1024.0 * 1024.0)

static void
emit_megabytes(struct emission *e, const char *cluster, const char *node,
    const char *parameter, int64_t bytes)
{
	if (bytes >= 0)
		emit_value(e, cluster, node, parameter,
		    farm_double((double)bytes / MB));
}

/* monPN_PBS and monPN_LSF: one name for what both have. */
static void
emit_nodes(struct emission *e, const struct census *c)
{
	const char *cluster = emission_cluster(e, "PN_%s", e->system->name);
	const struct census_entry *n;

	for (n = c->nodes.first; n != NULL; n = n->next) {
		emit_count(e, cluster, n->name, "NoCPUs",
		    n->node.cpus >= 0 ? n->node.cpus : n->node.slots);
		emit_number(e, cluster, n->name, "Load1", n->node.load1);
		emit_number(e, cluster, n->name, "Load5", n->node.load5);
		emit_number(e, cluster, n->name, "Load15", n->node.load15);
		emit_megabytes(
		    e, cluster, n->name, "MEM_total", n->node.memory_total);
		emit_megabytes(
		    e, cluster, n->name, "MEM_free", n->node.memory_free);
		emit_megabytes(
		    e, cluster, n->name, "SWAP_total", n->node.swap_total);
		emit_megabytes(
		    e, cluster, n->name, "SWAP_free", n->node.swap_free);
	}
}

static void
emit_statistics(struct emission *e, const struct census *c)
{
	const char *cluster = emission_cluster(
	    e, "PN_%s_Statistics", e->system->name);
	static const char node[] = "Statistics";
	struct node_totals t;

	if (c->nodes.n == 0)
		return;
	node_totals(c, &t);
	emit_count(e, cluster, node, "Total Nodes", (int64_t)c->nodes.n);
	emit_count(e, cluster, node, "Total Available Nodes",
	    t.nodes[NODE_FREE] + t.nodes[NODE_FULL]);
	emit_count(e, cluster, node, "Total Free Nodes", t.nodes[NODE_FREE]);
	emit_count(e, cluster, node, "Total Down Nodes", t.nodes[NODE_DOWN]);
	emit_count(e, cluster, node, "Total Slots", t.slots);
	/* Two blanks, as LSF's module has it. */
	emit_count(e, cluster, node,
	    strcmp(e->system->name, "LSF") == 0 ? "Total Free  Slots"
						: "Total Free Slots",
	    t.free);
}

/* LSFJobs, PBSjobs. */
static void
emit_short(struct emission *e, const struct census *c)
{
	const char *cluster = e->target->cluster, *node = e->target->node;
	const int64_t *jobs = c->total.jobs;

	emit_count(e, cluster, node, "Running", jobs[JOB_RUNNING]);
	emit_count(e, cluster, node, "Pending", jobs[JOB_PENDING]);
	if (!e->system->lists_finished)
		return;
	emit_count(e, cluster, node, "Done/h", jobs[JOB_DONE]);
	emit_count(e, cluster, node, "Exit/h", jobs[JOB_FAILED]);
}

void
emit_monalisa(struct emission *e, struct census *c, struct census *last)
{
	emit_short(e, c);
	emit_vo(e, c, last);
	if (e->jobs->job_values)
		emit_vo_jobs(e, c);
	if (e->jobs->nodes)
		emit_nodes(e, c);
	emit_statistics(e, c);
}

void
emit_monalisa_status(
    struct emission *e, enum jobs_status status, int64_t took_ns)
{
	const char *cluster = emission_cluster(
	    e, "PN_%s_Statistics", e->system->name);
	const char *totals = emission_cluster(
	    e, "%s_Totals", e->target->cluster);
	struct farm_value took = farm_double((double)took_ns / NS_PER_MS);

	emit_count(e, cluster, "Status",
	    emission_cluster(e, "PN_%s_Status", e->system->name), status);
	emit_value(e, cluster, "Status", "CmdExecTime", took);
	emit_count(e, totals, "Status", "VO_JOBS_Status", status);
	emit_value(e, totals, "Status",
	    emission_cluster(e, "ExecTime_%s", e->system->name), took);
}
