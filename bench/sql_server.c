/*
 * sql_server.c - what the writer `sql' costs above the library of a server:
 * CPU time here of 2 million samples in 10,000 series, and of the bare library
 * putting the same rows into the same tables of another database; then how
 * long questions take.
 *
 *	bench/sql_server postgres|mariadb FOLDER [MODULE]
 *
 * FOLDER is that of a server started by tests/server; bench/sql-servers does.
 */
#include "sql_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql_bare.h"

enum { BATCHES = 200, QUESTIONS = 21 };

static const struct bare_engine *const engines[] = {
#ifdef HAVE_POSTGRES
	&bare_postgres,
#endif
#ifdef HAVE_MARIADB
	&bare_mariadb,
#endif
	NULL,
};

static const struct bare_engine *
find_engine(const char *name)
{
	for (size_t i = 0; engines[i] != NULL; i++) {
		if (strcmp(engines[i]->name, name) == 0)
			return engines[i];
	}
	die(name, "not built in");
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
median_ms(int64_t ns[QUESTIONS])
{
	qsort(ns, QUESTIONS, sizeof(*ns), by_size);
	return (double)ns[QUESTIONS / 2] / 1e6;
}

/* One hour of one series, through the module; the first one connects. */
static double
ask_hour(const struct farm_entry *module, const char *url)
{
	static const char *const parameter[] = { "p007" };
	const struct farm_predicate p = { .farm = FAKE_FARM,
		.cluster = "workers",
		.node = "node042",
		.parameters = parameter,
		.n_parameters = 1,
		.from_ns = (FIRST_S + 600) * NS_PER_S,
		.to_ns = (FIRST_S + 4200) * NS_PER_S };
	struct fake_host *fake = reader_of(module, url);
	int64_t ns[QUESTIONS], start;

	for (int i = -1; i < QUESTIONS; i++) {
		fake_clear(fake);
		start = clock_mono_ns();
		if (fake_history(fake, &p) != 0)
			die("history", fake_failure(fake));
		if (i >= 0)
			ns[i] = clock_mono_ns() - start;
		if (fake->n_values != 3600 / STEP_S)
			die("history", "not one hour");
	}
	fake_free(fake);
	return median_ms(ns);
}

static double
ask_latest(const struct bare_engine *e, struct bare *b)
{
	int64_t ns[QUESTIONS], start;

	for (int i = 0; i < QUESTIONS; i++) {
		start = clock_mono_ns();
		if (e->count_latest(b) != SERIES)
			die("latest", "not all series");
		ns[i] = clock_mono_ns() - start;
	}
	return median_ms(ns);
}

static void
report(const char *name, int64_t ours_ns, int64_t wall_ns, int64_t bare_ns)
{
	const double rows = BATCHES * (double)SERIES;

	printf("%s: %.2f M samples/s; CPU here per million samples: writer"
	       " %.3f s, bare library %.3f s, %.2f times its cost\n",
	    name, rows / ((double)wall_ns / 1e9) / 1e6,
	    (double)ours_ns / rows / 1e3, (double)bare_ns / rows / 1e3,
	    (double)ours_ns / (double)bare_ns);
}

int
main(int argc, char **argv)
{
	static struct load ours, theirs;
	const struct bare_engine *e;
	const struct farm_entry *module;
	char urls[2][256];
	int64_t start, wall_ns, ours_ns, bare_ns;
	struct fake_host *fake;
	struct bare *bare;

	if (argc < 3)
		die("usage", "bench/sql_server ENGINE FOLDER [MODULE]");
	e = find_engine(argv[1]);
	module = load_module(argc > 3 ? argv[3] : "writers/sql.so");
	e->make_urls(argv[2], urls);
	/* The second gets its tables, and no rows, from the writer. */
	fake_free(open_writer(module, urls[1]));
	fake = open_writer(module, urls[0]);
	make_load(&ours, fake);
	theirs = ours;
	for (size_t i = 0; i < RECORDS; i++)
		theirs.records[i].values = &theirs.values[i * VALUES];
	run_writer(fake, &ours, 1); /* makes the series */
	start = clock_mono_ns();
	ours_ns = run_writer(fake, &ours, BATCHES);
	wall_ns = clock_mono_ns() - start;
	bare = e->open(argv[2], true);
	next_batch(&theirs);
	e->insert(bare, &theirs);
	bare_ns = clock_thread_cpu_ns();
	for (int i = 0; i < BATCHES; i++) {
		next_batch(&theirs);
		e->insert(bare, &theirs);
	}
	bare_ns = clock_thread_cpu_ns() - bare_ns;
	e->close(bare);
	report(argv[1], ours_ns, wall_ns, bare_ns);
	fake_free(fake);
	bare = e->open(argv[2], false);
	printf("%s: %.1f bytes a sample; an hour of one series %.2f ms, the"
	       " last values of %d series %.2f ms\n",
	    argv[1], (double)e->size(bare) / (BATCHES * (double)SERIES),
	    ask_hour(module, urls[0]), SERIES, ask_latest(e, bare));
	e->close(bare);
	run_levels(module, urls[0], &ours, BATCHES / 5);
	return 0;
}
