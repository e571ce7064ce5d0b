/*
 * sql_load.h - what the benches of the writer `sql' store: one batch of many
 * series that is sent again and again, with later times.
 */
#ifndef BENCH_SQL_LOAD_H
#define BENCH_SQL_LOAD_H

#include "clock.h"
#include "fake_host.h"
#include "unit.h"

enum {
	NODES = 500, /* a record of each in a step */
	VALUES = 20, /* per record */
	SERIES = NODES * VALUES,
	STEP_S = 30,	/* from one to the next */
	STEPS_MAX = 20, /* in a batch: what a writer that is behind gets */
};

#define FIRST_S 1700000000

struct load {
	size_t n_steps; /* in a batch */
	struct farm_value values[STEPS_MAX * SERIES];
	struct farm_record records[STEPS_MAX * NODES];
	uint64_t position;
};

/* Print and end. */
__attribute__((noreturn)) void die(const char *what, const char *why);
/* The module of that file. */
const struct farm_entry *load_module(const char *path);
/* A writer of its own, open. */
struct fake_host *open_writer(const struct farm_entry *, const char *url);
/* For questions to the same database. */
struct fake_host *reader_of(const struct farm_entry *, const char *url);
void make_load(struct load *, struct fake_host *);
void copy_load(struct load *, const struct load *);
/* Later, with other values. */
void next_batch(struct load *);
/* CPU time that the writer needs for the next batch; *wall_ns grows by what it
   took. */
int64_t run_writer(struct fake_host *, struct load *, int64_t *wall_ns);
/* The same database with averages, too: print what making them costs while so
   many more batches come. */
void run_levels(const struct farm_entry *, const char *url, struct load *,
    int batches);

#endif
