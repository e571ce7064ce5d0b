/*
 * host.c - what a value costs on its way through the host, from a collector's
 * emit function to the writer; and what an idle series weighs.
 *
 * Usage: host [MILLIONS_OF_VALUES [SERIES_FOR_MEMORY]]
 */
#include <libgen.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "collect.h"
#include "instance.h"
#include "predicate.h"
#include "router.h"
#include "yaml.h"

#define NODES 500
#define PARAMETERS 200
#define FILTERS_MAX 100
#define NAME_SIZE 24

/* Names that a module would have as constants. */
static char parameters[PARAMETERS][NAME_SIZE];

static void *
must(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return p;
}

/* ------------------------------------------- modules, as small as can be -- */

/* The same counters, grown by a second's worth at each call. */
static int
names_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	uint64_t *count = target->state;
	int p;

	(void)state;
	*count += 1000;
	for (p = 0; p < PARAMETERS; p++)
		(void)farm_emit_uint64(host, target, parameters[p], *count);
	return 0;
}

struct target_state {
	uint64_t count;
	uint32_t series[PARAMETERS];
};

static int
handles_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	struct target_state *h = target->state;
	struct farm_value rows[PARAMETERS];
	int p;

	(void)state;
	h->count += 1000;
	for (p = 0; p < PARAMETERS; p++) {
		if (h->series[p] == 0)
			h->series[p] = farm_series(host, target,
			    .parameter = parameters[p], .kind = FARM_COUNTER64,
			    .unit = "By");
		rows[p] = farm_uint64(h->count);
		rows[p].series = h->series[p];
	}
	return farm_emit_rows(host, target, 0, 0, rows, PARAMETERS);
}

static int
pass_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	(void)state;
	return farm_emit_rows(
	    host, NULL, r->time_ns, r->flags, r->values, r->n_values);
}

static int
null_write(struct farm_host *host, void *state, const struct farm_batch *b)
{
	(void)host, (void)state, (void)b;
	return FARM_DONE;
}

static const struct farm_parameter catalogue[] = {
	{ "if*_in_octets", FARM_COUNTER64, "By", "octets received" },
	{ .name = NULL },
};

static struct module by_name = {
	.stamp = FARM_STAMP("by_name", FARM_COLLECTOR),
	.name = "by_name",
	.role = FARM_COLLECTOR,
	.descriptor = { .parameters = catalogue,
	    .target_state_size = sizeof(uint64_t),
	    .collector = { .collect = names_collect } },
};
static struct module by_handle = {
	.stamp = FARM_STAMP("by_handle", FARM_COLLECTOR),
	.name = "by_handle",
	.role = FARM_COLLECTOR,
	.descriptor = { .target_state_size = sizeof(struct target_state),
	    .collector = { .collect = handles_collect } },
};
static struct module pass = {
	.name = "pass",
	.role = FARM_FILTER,
	.descriptor = { .filter = { .apply = pass_apply } },
};
static struct module null = {
	.name = "null",
	.role = FARM_WRITER,
	.descriptor = { .writer = { .write = null_write } },
};

/* A module of this build, beside the running program. */
static struct module *
built(const char *file)
{
	struct module *module;
	char self[PATH_MAX];
	char path[PATH_MAX + 64];
	struct error err;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n < 0 ? 0 : n] = '\0';
	(void)snprintf(path, sizeof(path), "%s/../%s", dirname(self), file);
	if (module_open(path, true, &module, &err) == 0)
		return module;
	fprintf(stderr, "%s; left out\n", err.text);
	return NULL;
}

/* ---------------------------------------------------------------- one way --
 */

/* What is measured: a collector, filters (ending in NULL) and a writer. */
struct way_config {
	const char *what;
	struct module *collector;
	struct module *filters[4];
	struct module *writer; /* NULL: none */
	const char *writer_options;
	const char *state; /* folder of a journal; NULL: none */
	/* So many filters of the first kind, with number i in these: one for
	   each predicate. */
	int n_predicates;
	const char *predicate;
	int n_nodes; /* 0: NODES */
};

struct way {
	struct arena *arena;
	struct node_config nodes[NODES];
	int n_nodes;
	struct instance *filters[FILTERS_MAX];
	struct instance *writer;
	struct instance *collector;
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
};

static void
read_predicate(struct way *w, const char *text, struct instance_config *c)
{
	struct farm_predicate *all;
	struct error err;

	if (predicate_parse(w->arena, text, 0, &all, &c->n_match, &err) != 0) {
		fprintf(stderr, "%s: %s\n", text, err.text);
		exit(1);
	}
	c->match = all;
}

static struct instance *
make(struct way *w, struct module *module, const char *options,
    const char *match, struct sink *sink)
{
	struct instance_config *c = must(arena_alloc(w->arena, sizeof(*c)));
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree = NULL;

	c->name = module->name;
	c->farm = "bench";
	c->cluster = "workers";
	c->module = module;
	read_predicate(w, match, c);
	c->options = must(arena_alloc(w->arena, module->descriptor.state_size));
	if (module->role == FARM_COLLECTOR) {
		c->nodes = w->nodes;
		c->n_nodes = (size_t)w->n_nodes;
	}
	if (options != NULL)
		yaml_parse(w->arena, "options", options, strlen(options), &tree,
		    &problems);
	options_parse(
	    module->options, tree, NULL, c->options, w->arena, &problems);
	if (problems.n_errors > 0) {
		fprintf(stderr, "%s\n", problems.items[0].text);
		exit(1);
	}
	return must(instance_new(c, w->series, sink));
}

static void
name_nodes(struct way *w)
{
	int n;

	for (n = 0; n < NODES; n++) {
		w->nodes[n].name = must(
		    arena_printf(w->arena, "node%03d.local", n));
		w->nodes[n].address = w->nodes[n].name;
	}
}

static void
keep_journal(struct way *w, const char *state)
{
	const struct journal_config config = {
		.sync = JOURNAL_INTERVAL,
		.sync_ns = NS_PER_S,
		.bytes = 256 << 20,
	};
	uint64_t next;
	struct error err;

	if (deliver_open_journal(
		w->deliver, state, "bench", &config, &next, &err) == 0)
		return;
	fprintf(stderr, "%s\n", err.text);
	exit(1);
}

/* As many as there are predicates, or one of each kind. */
static size_t
make_filters(struct way *w, const struct way_config *config)
{
	size_t n = 0;

	for (int i = 0; i < config->n_predicates; i++)
		w->filters[n++] = make(w, config->filters[0], NULL,
		    must(arena_printf(
			w->arena, config->predicate, i, i + FILTERS_MAX)),
		    NULL);
	for (; config->n_predicates == 0 && config->filters[n] != NULL; n++)
		w->filters[n] = make(w, config->filters[n], NULL, "*", NULL);
	return n;
}

static struct way *
way_new(const struct way_config *config)
{
	const struct cache_config cache = {
		.recent_ns = 600 * NS_PER_S,
		.recent_bytes = 64 << 20,
	};
	struct way *w = must(calloc(1, sizeof(*w)));
	struct router_config rc = {
		.farm = "bench",
		.filters = w->filters,
		.queue_bytes = 256 << 20,
		.first_position = 1,
	};

	w->arena = must(arena_new(0));
	w->n_nodes = config->n_nodes > 0 ? config->n_nodes : NODES;
	name_nodes(w);
	w->series = rc.series = must(series_table_new(1 << 22));
	w->cache = rc.cache = must(cache_new(w->series, &cache));
	w->deliver = rc.deliver = must(deliver_new(w->series, 256 << 20));
	if (config->state != NULL)
		keep_journal(w, config->state);
	if (config->writer != NULL) {
		w->writer = make(
		    w, config->writer, config->writer_options, "*", NULL);
		deliver_add(w->deliver, w->writer);
	}
	rc.n_filters = make_filters(w, config);
	w->router = must(router_new(&rc));
	w->collector = make(
	    w, config->collector, NULL, "*", router_sink(w->router));
	deliver_start(w->deliver);
	router_start(w->router);
	return w;
}

static void
way_free(struct way *w)
{
	int64_t deadline = clock_mono_ns() + 60 * NS_PER_S;
	int i;

	router_stop(w->router, deadline);
	deliver_stop(w->deliver, deadline);
	router_free(w->router);
	deliver_free(w->deliver);
	cache_free(w->cache);
	for (i = 0; i < FILTERS_MAX; i++)
		instance_free(w->filters[i]);
	instance_free(w->writer);
	instance_free(w->collector);
	series_table_free(w->series);
	arena_free(w->arena);
	free(w);
}

/* ------------------------------------------------------------ the figures --
 */

static int64_t
cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * NS_PER_US;
}

/* One run of each node, all the way to the writer. */
static void
sweep(struct way *w, struct router_stats *stats)
{
	int64_t far = INT64_MAX / 2;
	struct run run;
	int n;

	for (n = 0; n < w->n_nodes; n++) {
		run_init(&run, w->collector);
		if (collect_target(&run, w->collector->targets[n]) < 0) {
			fprintf(stderr, "%s\n", run.call.error.text);
			exit(1);
		}
	}
	router_flush(w->router, far);
	router_stats(w->router, stats);
	(void)deliver_flush(w->deliver, stats->position - 1, far, NULL);
}

static void
measure(const struct way_config *config, int sweeps)
{
	struct way *w = way_new(config);
	struct router_stats before, after;
	int64_t cpu;
	double n;
	int s;

	sweep(w, &before); /* makes everything known */
	sweeps *= NODES / w->n_nodes;
	cpu = cpu_ns();
	for (s = 0; s < sweeps; s++)
		sweep(w, &after);
	cpu = cpu_ns() - cpu;
	n = (double)(after.values_in - before.values_in);
	printf("%-42s %8.1f ns CPU a value, router %6.1f%s\n", config->what,
	    (double)cpu / n, (double)(after.cpu_ns - before.cpu_ns) / n,
	    after.dropped[DROP_QUEUE_FULL] ? "  DROPPED" : "");
	way_free(w);
}

static void
measure_sql(int sweeps)
{
	struct module *sql = built("writers/sql.so");
	char folder[] = "/tmp/farm-bench.XXXXXX";
	char options[128];
	char command[64];

	if (sql == NULL || mkdtemp(folder) == NULL)
		return;
	(void)snprintf(
	    options, sizeof(options), "url: \"sqlite:%s/farm.db\"", folder);
	measure(&(struct way_config){ .what = "by handle, no filter, SQLite",
		    .collector = &by_handle,
		    .writer = sql,
		    .writer_options = options },
	    sweeps);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	(void)!system(command);
}

static void
measure_journal(int sweeps)
{
	char folder[] = "/tmp/farm-bench.XXXXXX";
	char command[64];

	if (mkdtemp(folder) == NULL)
		return;
	measure(&(struct way_config){ .what = "by handle, no filter, journal "
					      "and null writer",
		    .collector = &by_handle,
		    .writer = &null,
		    .state = folder },
	    sweeps);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	(void)!system(command);
}

/* 10,000 series; each value is one of a hundred predicates', or none's. */
static void
measure_predicates(int sweeps)
{
	const struct way_config ways[] = {
		{ .what = "100 predicates, by node",
		    .predicate = "*/*/node0%02d.local" },
		{ .what = "100 predicates, by parameter",
		    .predicate = "*/*/*/if%d_in_octets|if%d_in_octets" },
		{ .what = "100 predicates, by value",
		    .predicate = "*/*/*/if%d_in_octets>%d" },
		{ .what = "100 predicates, by window",
		    .predicate = "*/*/node0%02d.local/avg(if%d_*,1s)>4" },
		{ .what = "100 predicates that nothing matches",
		    .predicate = "*/other%d" },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct way_config way = ways[i];

		way.collector = &by_handle;
		way.filters[0] = &pass;
		way.n_predicates = FILTERS_MAX;
		way.n_nodes = 50;
		measure(&way, sweeps);
	}
}

static void
measure_all(int sweeps)
{
	struct module *rate = built("filters/rate.so");
	const struct way_config ways[] = {
		{ "by handle, no filter, no writer", &by_handle, { 0 }, NULL,
		    NULL },
		{ "by handle, no filter, null writer", &by_handle, { 0 }, &null,
		    NULL },
		{ "by name, no filter, no writer", &by_name, { 0 }, NULL,
		    NULL },
		{ "by name, no filter, null writer", &by_name, { 0 }, &null,
		    NULL },
		{ "by handle, 3 passing filters, null writer", &by_handle,
		    { &pass, &pass, &pass }, &null, NULL },
		{ "by handle, rate and 2 passing, null writer", &by_handle,
		    { rate, &pass, &pass }, &null, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].filters[0] != NULL || ways[i].filters[1] == NULL)
			measure(&ways[i], sweeps);
	measure_predicates(sweeps / 10 > 0 ? sweeps / 10 : 1);
	measure_journal(sweeps);
	measure_sql(sweeps / 10 > 0 ? sweeps / 10 : 1);
}

/* ------------------------------------------------------------ idle series --
 */

static size_t
bytes_in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
fill(struct series_table *table, struct cache *cache, int n)
{
	static const struct lifetimes day = {
		.parameter_ns = 24 * 3600 * NS_PER_S,
	};
	const struct lifetimes *lifetimes = &day;
	char node[NAME_SIZE];
	int i;

	cache_begin(cache);
	for (i = 0; i < n; i++) {
		struct farm_value v = farm_double(i);
		struct farm_record record = { .type = FARM_RESULT,
			.time_ns = 1,
			.position = 1,
			.values = &v,
			.n_values = 1 };
		struct farm_series s = {
			.farm = "bench",
			.cluster = "workers",
			.node = node,
			.parameter = parameters[i % PARAMETERS],
			.unit = "1",
		};

		(void)snprintf(
		    node, sizeof(node), "node%05d.local", i / PARAMETERS);
		v.series = series_define(table, &s, NULL);
		cache_put(cache, &record, &lifetimes, 1, 1);
		series_unpin(table, v.series);
	}
	cache_end(cache);
}

static void
weigh(int n)
{
	const struct cache_config config = { .recent_ns = NS_PER_S };
	size_t before = bytes_in_use();
	struct series_table *table = must(series_table_new((uint32_t)n));
	struct cache *cache = must(cache_new(table, &config));
	struct cache_stats stats;

	fill(table, cache, n);
	cache_stats(cache, &stats);
	printf("%d idle series: %.1f bytes each by malloc's count "
	       "(table %.1f, cache %.1f)\n",
	    n, (double)(bytes_in_use() - before) / n,
	    (double)series_bytes(table) / n, (double)stats.bytes / n);
	cache_free(cache);
	series_table_free(table);
}

int
main(int argc, char **argv)
{
	int millions = argc > 1 ? atoi(argv[1]) : 10;
	int series = argc > 2 ? atoi(argv[2]) : 1000000;
	int sweeps = millions * 1000000 / (NODES * PARAMETERS);
	int p;

	if (sweeps < 1 || series < 1) {
		fprintf(stderr, "usage: host [MILLIONS_OF_VALUES [SERIES]]\n");
		return 64;
	}
	for (p = 0; p < PARAMETERS; p++)
		(void)snprintf(parameters[p], NAME_SIZE, "if%d_in_octets", p);
	measure_all(sweeps);
	weigh(series);
	return 0;
}
