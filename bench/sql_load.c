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
	size_t step = (size_t)(l->position / NODES);

	for (size_t i = 0; i < l->n_steps * NODES; i++) {
		l->records[i].position = ++l->position;
		l->records[i].time_ns = (FIRST_S + (int64_t)(step + i / NODES) *
						       STEP_S) *
					NS_PER_S;
	}
	for (size_t i = 0; i < l->n_steps * SERIES; i++)
		l->values[i].number = (double)(i % SERIES) +
				      0.1 * (double)(step + i / SERIES);
}

static void
point_records(struct load *l)
{
	for (size_t i = 0; i < STEPS_MAX * NODES; i++)
		l->records[i].values = &l->values[i * VALUES];
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
	for (size_t i = SERIES; i < STEPS_MAX * SERIES; i++)
		l->values[i] = l->values[i % SERIES];
	for (size_t i = 0; i < STEPS_MAX * NODES; i++)
		l->records[i] = (struct farm_record){ .instance = "snmp",
			.type = FARM_RESULT,
			.n_values = VALUES };
	point_records(l);
}

void
copy_load(struct load *l, const struct load *other)
{
	*l = *other;
	point_records(l);
}

int64_t
run_writer(struct fake_host *fake, struct load *l, int64_t *wall_ns)
{
	const struct farm_batch batch = { l->records, l->n_steps * NODES };
	int64_t cpu, wall;

	next_batch(l);
	cpu = clock_thread_cpu_ns();
	wall = clock_mono_ns();
	if (fake_write(fake, &batch) != FARM_DONE)
		die("write", fake_failure(fake));
	*wall_ns += clock_mono_ns() - wall;
	return clock_thread_cpu_ns() - cpu;
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
	int64_t cpu_ns = 0, wall_ns = 0, ignored = 0, last_ns;
	struct fake_host *fake = open_instance(
	    module, url, FARM_FOR_WORK, LEVELS);

	make_load(l, fake);
	l->n_steps = 1;
	/* What was there before is averaged first. */
	run_writer(fake, l, &ignored);
	while (tick(fake, l, &cpu_ns) >= TICK_NS)
		;
	cpu_ns = 0;
	for (int i = 0; i < batches; i++) {
		run_writer(fake, l, &ignored);
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
