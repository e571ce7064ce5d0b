/*
 * sql_load.c - batches for the benches of the writer `sql'.
 */
#include "sql_load.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

const struct farm_entry *
load_module(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	const struct farm_entry *module = library == NULL
					      ? NULL
					      : dlsym(library, "farm_module");

	if (module == NULL)
		die(path, dlerror());
	return module;
}

void
next_batch(struct load *l)
{
	int64_t step = (int64_t)(l->position / RECORDS);

	for (size_t i = 0; i < RECORDS; i++) {
		l->records[i].position = ++l->position;
		l->records[i].time_ns = (FIRST_S + step * STEP_S) * NS_PER_S;
	}
	for (size_t i = 0; i < SERIES; i++)
		l->values[i].number = (double)i + 0.1 * (double)step;
}

void
make_load(struct load *l, struct fake_host *fake)
{
	char node[32], parameter[32];

	for (size_t i = 0; i < SERIES; i++) {
		snprintf(node, sizeof(node), "node%03zu", i / VALUES);
		snprintf(parameter, sizeof(parameter), "p%03zu", i % VALUES);
		l->values[i] = farm_double(0);
		/* A second use of the names would be looked for in all. */
		l->values[i].series = farm_series(&fake->host, NULL,
		    .cluster = "workers", .node = node, .parameter = parameter);
	}
	for (size_t i = 0; i < RECORDS; i++)
		l->records[i] = (struct farm_record){ .instance = "snmp",
			.type = FARM_RESULT,
			.n_values = VALUES,
			.values = &l->values[i * VALUES] };
}

int64_t
run_writer(struct fake_host *fake, struct load *l, int batches)
{
	const struct farm_batch batch = { l->records, RECORDS };
	int64_t start = clock_thread_cpu_ns();

	for (int i = 0; i < batches; i++) {
		next_batch(l);
		if (fake_write(fake, &batch) != FARM_DONE)
			die("write", fake_failure(fake));
	}
	return clock_thread_cpu_ns() - start;
}

static struct fake_host *
open_instance(const struct farm_entry *module, const char *url, int purpose,
    const char *keep)
{
	struct fake_host *fake = fake_new(module);
	const struct farm_option *o;
	char *state = fake_state(fake);

	fake->purpose = purpose;
	fake->now_ns = (FIRST_S + 3600) * NS_PER_S;
	for (o = fake->module->options; o->name != NULL; o++) {
		if (strcmp(o->name, "url") == 0)
			*(const char **)(state + o->offset) = url;
		if (strcmp(o->name, "sync") == 0)
			*(int *)(state + o->offset) = 1; /* normal */
	}
	if (keep != NULL)
		fake_options(fake, "keep", keep, NULL);
	if (fake_open(fake) != 0)
		die(url, fake_failure(fake));
	return fake;
}

struct fake_host *
open_writer(const struct farm_entry *module, const char *url)
{
	return open_instance(module, url, FARM_FOR_WORK, NULL);
}

struct fake_host *
reader_of(const struct farm_entry *module, const char *url)
{
	return open_instance(module, url, FARM_FOR_HISTORY, NULL);
}

/* A tick at the time of the last batch; *cpu_ns and the answer, wall time, grow
   by what it takes. */
static int64_t
tick(struct fake_host *fake, const struct load *l, int64_t *cpu_ns)
{
	int64_t cpu = clock_thread_cpu_ns(), wall = clock_mono_ns();

	fake->now_ns = l->records[0].time_ns + STEP_S * NS_PER_S;
	if (fake_tick(fake) != 0)
		die("tick", fake_failure(fake));
	*cpu_ns += clock_thread_cpu_ns() - cpu;
	return clock_mono_ns() - wall;
}

#define LEVELS "{raw: 30d, 5m: 60d, 1h: 5y}"

/* A tick that has more to do than it may takes this long. */
#define TICK_NS (250 * NS_PER_MS)

void
run_levels(const struct farm_entry *module, const char *url, struct load *l,
    int batches)
{
	int64_t cpu_ns = 0, wall_ns = 0, last_ns;
	struct fake_host *fake = open_instance(
	    module, url, FARM_FOR_WORK, LEVELS);
	uint64_t position = l->position;

	make_load(l, fake);
	l->position = position;
	/* What was there before is averaged first. */
	run_writer(fake, l, 1);
	while (tick(fake, l, &cpu_ns) >= TICK_NS)
		;
	cpu_ns = 0;
	for (int i = 0; i < batches; i++) {
		run_writer(fake, l, 1);
		wall_ns += tick(fake, l, &cpu_ns);
	}
	do {
		last_ns = tick(fake, l, &cpu_ns);
		wall_ns += last_ns;
	} while (last_ns >= TICK_NS);
	fake_free(fake);
	printf(
	    "averages over 5 minutes (of %d values each) and hours cost %.2f s"
	    " of CPU here per million samples, %.2f s of wall time\n",
	    300 / STEP_S, (double)cpu_ns / batches / SERIES / 1e3,
	    (double)wall_ns / batches / SERIES / 1e3);
}
