/*
 * worker.c - what a value costs more when its instance runs in a worker: the
 * same module, the same nodes, once in this process, once in another.
 *
 * Usage: worker [MILLIONS_OF_VALUES]
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "schedule.h"
#include "spawner.h"
#include "worker.h"
#include "worker_main.h"
#include "yaml.h"

#define NODES 500
#define PARAMETERS 200
#define YEAR_NS (365 * 86400 * NS_PER_S)

struct bench {
	struct sink sink; /* first */
	struct arena *arena;
	struct node_config nodes[NODES];
	struct series_table *series;
	struct pool *pool;
	struct schedule *schedule;
	struct workers *workers;
	struct instance *instance;
};

static void *
must(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return p;
}

/* A router's work is the same for both. */
static void
forget(struct sink *sink, struct instance *in, struct batch *batch)
{
	(void)sink, (void)in;
	batch_unref(batch);
}

static struct module *
find_module(void)
{
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct module *module;
	struct error err;

	self[n < 0 ? 0 : n] = '\0';
	(void)snprintf(
	    path, sizeof(path), "%s/../tests/modules/acts.so", dirname(self));
	if (module_open(path, true, &module, &err) == 0)
		return module;
	fprintf(stderr, "%s; left out\n", err.text);
	exit(0);
}

static void
configure(struct bench *b, struct instance_config *c, bool isolated)
{
	static const char options[] = "{act: many, count: 200}";
	struct problems problems = PROBLEMS_INIT;
	int i;

	for (i = 0; i < NODES; i++) {
		b->nodes[i].name = must(
		    arena_printf(b->arena, "node%03d.local", i));
		b->nodes[i].address = b->nodes[i].name;
	}
	*c = (struct instance_config){ .name = "bench",
		.farm = "bench",
		.cluster = "workers",
		.module = find_module(),
		.nodes = b->nodes,
		.n_nodes = NODES,
		.every_ns = YEAR_NS,
		.deadline_ns = 60 * NS_PER_S,
		.isolation = { .on = isolated, .worker = "", .program = "" } };
	c->options = must(
	    arena_alloc(b->arena, c->module->descriptor.state_size));
	yaml_parse(
	    b->arena, "options", options, strlen(options), &c->tree, &problems);
	options_parse(
	    c->module->options, c->tree, NULL, c->options, b->arena, &problems);
}

static void
begin(struct bench *b, bool isolated)
{
	struct workers_config workers = { .queued_max = SIZE_MAX,
		.cgroup = "" };
	struct instance_config c;

	memset(b, 0, sizeof(*b));
	b->sink.send = forget;
	b->arena = must(arena_new(0));
	b->series = workers.series = must(series_table_new(1 << 22));
	b->pool = must(pool_new(4, NS_PER_S));
	b->schedule = must(schedule_new(b->pool));
	b->workers = must(workers_new(&workers));
	schedule_set_workers(b->schedule, b->workers);
	configure(b, &c, isolated);
	b->instance = must(instance_new(&c, b->series, &b->sink));
	schedule_add(b->schedule, b->instance);
}

static void
end(struct bench *b)
{
	int64_t deadline = clock_mono_ns() + 60 * NS_PER_S;

	schedule_remove(b->schedule, b->instance, deadline);
	pool_stop(b->pool, deadline);
	schedule_free(b->schedule);
	workers_free(b->workers);
	pool_free(b->pool);
	instance_free(b->instance);
	series_table_free(b->series);
	arena_free(b->arena);
}

/* All nodes once more, or for the first time. */
static void
sweep(struct bench *b, uint64_t runs)
{
	struct error err;

	while (atomic_load(&b->instance->ledger.runs) < runs) {
		schedule_run_now(b->schedule, b->instance, NULL, &err);
		usleep(1000);
	}
}

static int64_t
own_cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * NS_PER_US;
}

/* What the worker says of itself, which is a second old at most. */
static int64_t
worker_cpu_ns(struct bench *b)
{
	static const char key[] = "\"cpu_ns\":";
	struct buffer json = BUFFER_INIT;
	const char *at;
	int64_t ns = 0;

	if (b->instance->seat == NULL)
		return 0;
	sleep(2);
	seat_json(b->instance->seat, &json);
	at = strstr(buffer_text(&json), key);
	if (at != NULL)
		ns = strtoll(at + sizeof(key) - 1, NULL, 10);
	buffer_free(&json);
	return ns;
}

static double
measure(const char *what, bool isolated, uint64_t sweeps)
{
	struct bench b;
	int64_t own, worker;
	uint64_t values;
	double per_value;

	begin(&b, isolated);
	sweep(&b, NODES); /* makes everything known */
	worker = worker_cpu_ns(&b);
	own = own_cpu_ns();
	values = atomic_load(&b.instance->ledger.values);
	sweep(&b, NODES * (sweeps + 1));
	own = own_cpu_ns() - own;
	worker = worker_cpu_ns(&b) - worker;
	values = atomic_load(&b.instance->ledger.values) - values;
	per_value = (double)(own + worker) / (double)values;
	printf("%-12s %8.1f ns CPU a value: %.1f in farmd, %.1f in the "
	       "worker\n",
	    what, per_value, (double)own / (double)values,
	    (double)worker / (double)values);
	end(&b);
	return per_value;
}

int
main(int argc, char **argv)
{
	int millions = argc > 1 ? atoi(argv[1]) : 10;
	uint64_t sweeps;
	double inside, outside;

	if (argc == 2 && strcmp(argv[1], SPAWNER_OPTION) == 0)
		return spawner_helper_main();
	if (argc == 2 && strcmp(argv[1], WORKER_OPTION) == 0)
		worker_main();
	if (millions < 1) {
		fprintf(stderr, "usage: worker [MILLIONS_OF_VALUES]\n");
		return 64;
	}
	sweeps = (uint64_t)millions * 1000000 / (NODES * PARAMETERS);
	inside = measure("in farmd", false, sweeps);
	outside = measure("in a worker", true, sweeps);
	printf("%-12s %8.1f ns CPU a value\n", "more", outside - inside);
	return 0;
}
