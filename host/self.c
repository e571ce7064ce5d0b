#include "self.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "farm.h"

struct self {
	struct farm *farm;
};

static const struct farm_parameter parameters[] = {
	{ "uptime", FARM_GAUGE, "s", "since the daemon started" },
	{ "rss", FARM_GAUGE, "By", "resident memory" },
	{ "cpu_time", FARM_COUNTER64, "ns", "CPU time of all threads" },
	{ "pool_threads", FARM_GAUGE, "1", "threads that run collectors" },
	{ "pool_busy", FARM_GAUGE, "1", "of them busy" },
	{ "pool_peak_busy", FARM_GAUGE, "1", "busy at most since last time" },
	{ "pool_written_off", FARM_GAUGE, "1", "lost in calls that hang" },
	{ "pool_waiting", FARM_GAUGE, "1", "jobs waiting for a thread" },
	{ "pool_delay_p99", FARM_GAUGE, "s", "99 % waited less for a thread" },
	{ "lateness_p99", FARM_GAUGE, "s", "99 % of runs began less late" },
	{ "runs", FARM_COUNTER64, "1", "runs of collectors" },
	{ "runs_skipped", FARM_COUNTER64, "1", "due while still running" },
	{ "runs_overdue", FARM_COUNTER64, "1", "past their deadline" },
	{ "late_values", FARM_COUNTER64, "1",
	    "values of runs written off, discarded" },
	{ "values_in", FARM_COUNTER64, "1", "values that came to the router" },
	{ "values_out", FARM_COUNTER64, "1", "values after the filters" },
	{ "records", FARM_COUNTER64, "1", "records routed" },
	{ "route_latency_p99", FARM_GAUGE, "s",
	    "99 % took less from collector to cache" },
	{ "queue", FARM_GAUGE, "By", "waiting for the router" },
	{ "queue_peak", FARM_GAUGE, "By", "the most that waited so far" },
	{ "dropped_*", FARM_COUNTER64, "1", "values dropped, by reason" },
	{ "clusters", FARM_GAUGE, "1", "clusters alive" },
	{ "nodes", FARM_GAUGE, "1", "nodes alive" },
	{ "series", FARM_GAUGE, "1", "series alive" },
	{ "series_expired", FARM_COUNTER64, "1", "series that expired" },
	{ "cache", FARM_GAUGE, "By", "memory of names and values" },
	{ "recent", FARM_GAUGE, "By", "of it, recent points" },
	{ "recent_points", FARM_GAUGE, "1", "recent points kept" },
	{ "recent_given_up", FARM_COUNTER64, "1",
	    "recent points given up for room" },
	{ "writers_behind", FARM_GAUGE, "By", "kept for the writers" },
	{ .name = NULL },
};

struct out {
	struct farm_host *host;
	struct farm_target *target;
};

static void
count(const struct out *o, const char *name, uint64_t n)
{
	(void)farm_emit_uint64(o->host, o->target, name, n);
}

static void
seconds(const struct out *o, const char *name, int64_t ns)
{
	(void)farm_emit_double(o->host, o->target, name, (double)ns / 1e9);
}

static uint64_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long size;
	unsigned long long resident = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	(void)fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t
timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

static void
emit_process(const struct out *o, const struct farm *farm)
{
	uint64_t rss = resident_bytes();
	struct rusage usage;

	seconds(o, "uptime", clock_mono_ns() - farm->started_mono_ns);
	if (rss > 0)
		count(o, "rss", rss);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		count(o, "cpu_time",
		    timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime));
}

static void
emit_collecting(const struct out *o, struct farm *farm)
{
	struct schedule_stats schedule;
	struct pool_stats pool;

	pool_stats(farm->pool, &pool, 1);
	schedule_stats(farm->schedule, &schedule);
	count(o, "pool_threads", (uint64_t)pool.threads);
	count(o, "pool_busy", (uint64_t)pool.busy);
	count(o, "pool_peak_busy", (uint64_t)pool.peak_busy);
	count(o, "pool_written_off", (uint64_t)pool.written_off);
	count(o, "pool_waiting", (uint64_t)pool.waiting);
	seconds(o, "pool_delay_p99", pool.delay_p99_ns);
	seconds(o, "lateness_p99", schedule.lateness_p99_ns);
	count(o, "runs", schedule.runs);
	count(o, "runs_skipped", schedule.skipped);
	count(o, "runs_overdue", schedule.overruns);
	count(o, "late_values", schedule.late_results);
}

static void
emit_routing(const struct out *o, struct farm *farm)
{
	struct router_stats router;
	char name[64];
	int reason;

	router_stats(farm->router, &router);
	count(o, "values_in", router.values_in);
	count(o, "values_out", router.values_out);
	count(o, "records", router.records);
	seconds(o, "route_latency_p99", router.latency_p99_ns);
	count(o, "queue", router.queue_bytes);
	count(o, "queue_peak", router.queue_peak_bytes);
	for (reason = 0; reason < DROP_REASONS; reason++) {
		(void)snprintf(name, sizeof(name), "dropped_%s",
		    drop_reason_name((enum drop_reason)reason));
		count(o, name, farm_dropped(farm, (enum drop_reason)reason));
	}
}

static void
emit_memory(const struct out *o, struct farm *farm)
{
	struct deliver_stats deliver;
	struct cache_stats cache;

	cache_stats(farm->cache, &cache);
	deliver_stats(farm->deliver, &deliver);
	count(o, "clusters", cache.clusters);
	count(o, "nodes", cache.nodes);
	count(o, "series", cache.series);
	count(o, "series_expired", cache.expired);
	count(o, "cache", cache.bytes + series_bytes(farm->series));
	count(o, "recent", cache.recent_bytes);
	count(o, "recent_points", cache.points);
	count(o, "recent_given_up", cache.points_given_up);
	count(o, "writers_behind", deliver.bytes);
}

static int
self_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct self *self = state;
	struct out o = { host, target };

	emit_process(&o, self->farm);
	emit_collecting(&o, self->farm);
	emit_routing(&o, self->farm);
	emit_memory(&o, self->farm);
	return 0;
}

const struct module self_module = {
	.path = (char[]){ "" },
	.stamp = FARM_STAMP("self", FARM_COLLECTOR),
	.name = "self",
	.role = FARM_COLLECTOR,
	.ours = true,
	.descriptor = {
		.summary = "farmd's figures about itself",
		.parameters = parameters,
		.state_size = sizeof(struct self),
		.collector = { .collect = self_collect },
	},
};

const struct instance_config *
self_config(const struct config *config, struct farm *farm)
{
	struct instance_config *c = arena_alloc(config->arena, sizeof(*c));
	struct node_config *node = arena_alloc(config->arena, sizeof(*node));
	char host[FARM_NAME_MAX];

	if (c == NULL || node == NULL)
		return NULL;
	if (gethostname(host, sizeof(host)) < 0)
		strcpy(host, "localhost");
	host[sizeof(host) - 1] = '\0';
	node->name = node->address = arena_strdup(config->arena, host);
	*c = (struct instance_config){
		.name = "farmd/self",
		.farm = config->farm,
		.cluster = "farmd",
		.module = (struct module *)&self_module,
		.enabled = true,
		.options = arena_alloc(config->arena, sizeof(struct self)),
		.nodes = node,
		.n_nodes = 1,
		.every_ns = config->self_every_ns,
		.deadline_ns = config->self_every_ns,
	};
	if (node->name == NULL || c->options == NULL)
		return NULL;
	((struct self *)c->options)->farm = farm;
	return c;
}
