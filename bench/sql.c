/*
 * sql.c - what the writer `sql' costs above the library of a database: CPU time
 * here of 2 million samples in 10,000 series, and of the bare library putting
 * the same rows into the same tables of another database, in turns; then how
 * long questions take.
 *
 *	bench/sql [sqlite|postgres|mariadb FOLDER [MODULE]]
 *
 * FOLDER is that of a server started by tests/server, or where SQLite's files
 * go; bench/sql-servers does it all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql_bare.h"
#include "sql_load.h"

enum { SAMPLES = 2000000, LEVEL_BATCHES = 40, QUESTIONS = 21 };

static const struct bare_engine *const engines[] = {
	&bare_sqlite,
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

/* The writer and the bare library, each in a database of its own. */
struct pair {
	const char *name;
	struct fake_host *fake;
	const struct bare_engine *engine;
	struct bare *bare;
	struct load ours, theirs;
};

static double
rate(double rows, int64_t wall_ns)
{
	return rows / ((double)wall_ns / 1e9) / 1e6;
}

static int64_t
run_bare(struct pair *p, int64_t *wall_ns)
{
	int64_t cpu, wall;

	next_batch(&p->theirs);
	cpu = clock_thread_cpu_ns();
	wall = clock_mono_ns();
	p->engine->insert(p->bare, &p->theirs);
	*wall_ns += clock_mono_ns() - wall;
	return clock_thread_cpu_ns() - cpu;
}

/* In turns, so that both meet the same machine and the same amount of rows. */
static void
compare(struct pair *p, size_t n_steps, int samples)
{
	int batches = samples / (int)(n_steps * SERIES);
	int64_t ours = 0, wall = 0, bare = 0, bare_wall = 0;
	const double rows = (double)batches * (double)(n_steps * SERIES);

	p->ours.n_steps = p->theirs.n_steps = n_steps;
	for (int i = 0; i < batches; i++) {
		ours += run_writer(p->fake, &p->ours, &wall);
		bare += run_bare(p, &bare_wall);
	}
	printf("%s, %d samples a transaction: writer %.2f M samples/s, %.3f s"
	       " of CPU here per million; bare library %.2f M/s, %.3f s;"
	       " %.2f times its cost\n",
	    p->name, (int)n_steps * SERIES, rate(rows, wall),
	    (double)ours / rows / 1e3, rate(rows, bare_wall),
	    (double)bare / rows / 1e3, (double)ours / (double)bare);
}

static void
ask(const struct pair *p, const struct farm_entry *module, const char *folder,
    const char *url)
{
	struct bare *b = p->engine->open(folder, false);

	printf("%s: %.1f bytes a sample; an hour of one series %.2f ms, the"
	       " last values of %d series %.2f ms\n",
	    p->name,
	    (double)p->engine->size(b) /
		((double)p->ours.position * (double)VALUES),
	    ask_hour(module, url), SERIES, ask_latest(p->engine, b));
	p->engine->close(b);
}

static void
run(const char *name, const char *folder, const struct farm_entry *module)
{
	static struct pair p;
	char urls[2][256];
	int64_t ignored = 0;

	p = (struct pair){ .name = name, .engine = find_engine(name) };
	p.engine->make_urls(folder, urls);
	/* The second gets its tables, and no rows, from the writer. */
	fake_free(open_writer(module, urls[1]));
	p.fake = open_writer(module, urls[0]);
	make_load(&p.ours, p.fake);
	p.ours.n_steps = 1;
	copy_load(&p.theirs, &p.ours);
	p.bare = p.engine->open(folder, true);
	/* Makes the series. */
	(void)run_writer(p.fake, &p.ours, &ignored);
	(void)run_bare(&p, &ignored);
	compare(&p, STEPS_MAX, SAMPLES);
	compare(&p, 1, SAMPLES / 10);
	p.engine->close(p.bare);
	fake_free(p.fake);
	ask(&p, module, folder, urls[0]);
	run_levels(module, urls[0], &p.ours, LEVEL_BATCHES);
}

/* Files of SQLite in a folder that goes with them. */
static void
run_here(void)
{
	char folder[] = "/tmp/bench-sql.XXXXXX", command[64];

	if (mkdtemp(folder) == NULL)
		die(folder, "cannot be made");
	run("sqlite", folder, load_module("writers/sql.so"));
	snprintf(command, sizeof(command), "rm -r %s", folder);
	if (system(command) != 0)
		die(command, "failed");
}

int
main(int argc, char **argv)
{
	if (argc == 1)
		run_here();
	else if (argc >= 3)
		run(argv[1], argv[2],
		    load_module(argc > 3 ? argv[3] : "writers/sql.so"));
	else
		die("usage", "bench/sql [ENGINE FOLDER [MODULE]]");
	return 0;
}
