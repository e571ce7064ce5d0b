/*
 * host.c - what a value costs on its way through the host: sink, router,
 * filters, cache and the writers' frames; and what an idle series weighs.
 *
 * Usage: host [MILLIONS_OF_VALUES [SERIES_FOR_MEMORY]]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "call.h"
#include "clock.h"
#include "instance.h"
#include "router.h"

#define NODES 500
#define PARAMETERS 200
#define NAME_SIZE 24

/* ------------------------------------------- modules, as small as can be -- */

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

static struct module filter_module = {
	.name = "pass",
	.role = FARM_FILTER,
	.descriptor = { .filter = { .apply = pass_apply } },
};
static struct module writer_module = {
	.name = "null",
	.role = FARM_WRITER,
	.descriptor = { .writer = { .write = null_write } },
};
static struct module collector_module = {
	.name = "bench",
	.role = FARM_COLLECTOR,
};

static const char *const any[] = { "*" };
static const struct farm_predicate match_all = {
	.farm = "*",
	.cluster = "*",
	.node = "*",
	.parameters = any,
	.n_parameters = 1,
};

/* --------------------------------------------------------------- one farm --
 */

struct way {
	struct instance_config configs[5];
	struct instance *filters[3];
	struct instance *writer;
	struct instance *collector;
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
	uint32_t handles[NODES][PARAMETERS];
	char names[PARAMETERS][NAME_SIZE];
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

static struct instance *
make(struct way *w, int slot, struct module *module)
{
	struct instance_config *c = &w->configs[slot];

	c->name = module->name;
	c->cluster = "";
	c->module = module;
	c->match = &match_all;
	c->n_match = 1;
	return must(instance_new(c, w->series, NULL));
}

static void
name_node(char *to, int n)
{
	snprintf(to, NAME_SIZE, "node%03d.local", n);
}

static uint32_t
define(struct way *w, const char *node, const char *parameter)
{
	struct farm_series s = {
		.farm = "bench",
		.cluster = "workers",
		.node = node,
		.parameter = parameter,
		.unit = "1",
	};

	return series_define(w->series, &s, NULL);
}

static struct way *
way_new(int filters, bool writer)
{
	const struct cache_config cache = {
		.recent_ns = 600 * NS_PER_S,
		.recent_bytes = 64 << 20,
	};
	struct way *w = must(calloc(1, sizeof(*w)));
	struct router_config config = {
		.farm = "bench",
		.n_filters = (size_t)filters,
		.filters = w->filters,
		.queue_bytes = 256 << 20,
		.first_position = 1,
	};
	char node[NAME_SIZE];

	w->series = config.series = must(series_table_new(1 << 22));
	w->cache = config.cache = must(cache_new(w->series, &cache));
	w->deliver = config.deliver = must(deliver_new(w->series, 256 << 20));
	w->collector = make(w, 0, &collector_module);
	if (writer) {
		w->writer = make(w, 1, &writer_module);
		deliver_add(w->deliver, w->writer);
	}
	for (int i = 0; i < filters; i++)
		w->filters[i] = make(w, 2 + i, &filter_module);
	for (int i = 0; i < PARAMETERS; i++)
		snprintf(w->names[i], NAME_SIZE, "if%d_in_octets", i);
	for (int n = 0; n < NODES; n++) {
		name_node(node, n);
		for (int p = 0; p < PARAMETERS; p++)
			w->handles[n][p] = define(w, node, w->names[p]);
	}
	w->router = must(router_new(&config));
	deliver_start(w->deliver);
	router_start(w->router);
	return w;
}

static void
way_free(struct way *w)
{
	int64_t deadline = clock_mono_ns() + 60 * NS_PER_S;

	router_stop(w->router, deadline);
	deliver_stop(w->deliver, deadline);
	router_free(w->router);
	deliver_free(w->deliver);
	cache_free(w->cache);
	for (int i = 0; i < 3; i++)
		instance_free(w->filters[i]);
	instance_free(w->writer);
	instance_free(w->collector);
	series_table_free(w->series);
	free(w);
}

/* ------------------------------------------------------------- the values --
 */

/* One result of a node, sent as a run of a collector would. */
static void
send_result(struct way *w, int node, int64_t time_ns, bool by_name)
{
	struct sink *sink = router_sink(w->router);
	struct farm_value rows[PARAMETERS];
	char name[NAME_SIZE];
	struct batch *b = must(batch_new());

	if (by_name)
		name_node(name, node);
	for (int p = 0; p < PARAMETERS; p++) {
		rows[p] = farm_uint64((uint64_t)time_ns + (uint64_t)p);
		rows[p].series = by_name ? define(w, name, w->names[p])
					 : w->handles[node][p];
	}
	batch_add_result(b, time_ns, "bench", 0, rows, PARAMETERS);
	if (by_name)
		for (int p = 0; p < PARAMETERS; p++)
			series_unpin(w->series, rows[p].series);
	sink->send(sink, w->collector, b);
}

static int64_t
cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * NS_PER_US;
}

static void
measure(const char *what, int filters, bool writer, bool by_name, int sweeps)
{
	struct way *w = way_new(filters, writer);
	int64_t far = INT64_MAX / 2;
	int64_t time_ns = clock_wall_ns();
	struct router_stats before, after;
	int64_t cpu = 0;
	double n;

	/* The first sweep makes everything known. */
	for (int s = -1; s < sweeps; s++) {
		if (s == 0) {
			router_stats(w->router, &before);
			cpu = cpu_ns();
		}
		for (int node = 0; node < NODES; node++)
			send_result(w, node, time_ns++, by_name);
		router_flush(w->router, far);
		router_stats(w->router, &after);
		deliver_flush(w->deliver, after.position - 1, far);
	}
	cpu = cpu_ns() - cpu;
	n = (double)(after.values_in - before.values_in);
	printf("%-44s %7.1f ns CPU a value, router %6.1f", what,
	    (double)cpu / n, (double)(after.cpu_ns - before.cpu_ns) / n);
	printf("%s\n", after.dropped[DROP_QUEUE_FULL] ? "  DROPPED" : "");
	way_free(w);
}

/* ------------------------------------------------------------ idle series --
 */

static void
weigh(int n)
{
	static const struct lifetimes day = {
		.parameter_ns = 24 * 3600 * NS_PER_S,
	};
	const struct cache_config config = { .recent_ns = NS_PER_S,
		.recent_bytes = 0 };
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	struct series_table *table = must(series_table_new((uint32_t)n));
	struct cache *cache = must(cache_new(table, &config));
	struct cache_stats stats;
	size_t after;
	char node[NAME_SIZE], parameter[NAME_SIZE];

	cache_begin(cache);
	for (int i = 0; i < n; i++) {
		struct farm_value v = farm_double(i);
		struct farm_series s = {
			.farm = "bench",
			.cluster = "workers",
			.node = node,
			.parameter = parameter,
			.unit = "1",
		};

		snprintf(node, sizeof(node), "node%05d.local", i / PARAMETERS);
		snprintf(parameter, sizeof(parameter), "if%d_in_octets",
		    i % PARAMETERS);
		v.series = series_define(table, &s, NULL);
		cache_put(cache, &v, 1, 1, &day, 1);
		series_unpin(table, v.series);
	}
	cache_end(cache);
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	cache_stats(cache, &stats);
	printf("%d idle series: %.1f bytes each by malloc's count "
	       "(table %.1f, cache %.1f)\n",
	    n, (double)(after - before) / n, (double)series_bytes(table) / n,
	    (double)stats.bytes / n);
	cache_free(cache);
	series_table_free(table);
}

int
main(int argc, char **argv)
{
	int millions = argc > 1 ? atoi(argv[1]) : 20;
	int series = argc > 2 ? atoi(argv[2]) : 1000000;
	int sweeps = millions * 1000000 / (NODES * PARAMETERS);

	if (sweeps < 1 || series < 1) {
		fprintf(stderr, "usage: host [MILLIONS_OF_VALUES [SERIES]]\n");
		return 2;
	}
	measure("by handle, no filter, no writer", 0, false, false, sweeps);
	measure("by handle, no filter, null writer", 0, true, false, sweeps);
	measure("by handle, 3 filters, no writer", 3, false, false, sweeps);
	measure("by handle, 3 filters, null writer", 3, true, false, sweeps);
	measure(
	    "by names looked up, no filter, no writer", 0, false, true, sweeps);
	measure("by names looked up, no filter, null writer", 0, true, true,
	    sweeps);
	weigh(series);
	return 0;
}
