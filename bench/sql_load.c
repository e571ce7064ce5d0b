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
open_instance(const struct farm_entry *module, const char *url, int purpose)
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
	if (fake_open(fake) != 0)
		die(url, fake_failure(fake));
	return fake;
}

struct fake_host *
open_writer(const struct farm_entry *module, const char *url)
{
	return open_instance(module, url, FARM_FOR_WORK);
}

struct fake_host *
reader_of(const struct farm_entry *module, const char *url)
{
	return open_instance(module, url, FARM_FOR_HISTORY);
}
