/*
 * sql.c - what the writer `sql' costs above SQLite: rows per CPU-second of
 * its write(), and of the bare library doing the same inserts into the same
 * tables, in turns.
 *
 *	bench/sql [MODULE [FOLDER]]	(writers/sql.so, /tmp)
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql_load.h"

enum {
	ROUNDS = 3,              /* the median of them counts */
	BATCHES = 20,            /* per round */
	ROWS = BATCHES * SERIES, /* per round */
};

struct bare {
	sqlite3 *db;
	sqlite3_stmt *begin, *insert, *progress, *commit;
};

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		die(sql, sqlite3_errmsg(db));
	return stmt;
}

static void
run(struct bare *b, sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) != SQLITE_DONE)
		die("bare", sqlite3_errmsg(b->db));
	sqlite3_reset(stmt);
}

/* The tables are the writer's own: it has made them in this file. */
static void
open_bare(struct bare *b, const char *path)
{
	if (sqlite3_open_v2(path, &b->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK ||
	    sqlite3_exec(b->db, "PRAGMA synchronous = NORMAL", NULL, NULL,
		NULL) != SQLITE_OK)
		die(path, sqlite3_errmsg(b->db));
	b->begin = prepare(b->db, "BEGIN IMMEDIATE");
	b->insert = prepare(
	    b->db, "INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	b->progress = prepare(b->db, "UPDATE progress SET position = ?1");
	b->commit = prepare(b->db, "COMMIT");
}

static void
insert_batch(struct bare *b, const struct load *l)
{
	const struct farm_record *r;

	for (size_t i = 0; i < SERIES; i++) {
		r = &l->records[i / VALUES];
		sqlite3_bind_int64(b->insert, 1, (int64_t)i + 1);
		sqlite3_bind_int64(b->insert, 2, r->time_ns);
		sqlite3_bind_int64(b->insert, 3, (int64_t)r->position);
		sqlite3_bind_int64(b->insert, 4, (int64_t)(i % VALUES));
		sqlite3_bind_int(b->insert, 5, FARM_DOUBLE);
		sqlite3_bind_double(b->insert, 6, l->values[i].number);
		run(b, b->insert);
	}
}

static int64_t
run_bare(struct bare *b, struct load *l)
{
	int64_t start = clock_thread_cpu_ns();

	for (int i = 0; i < BATCHES; i++) {
		next_batch(l);
		run(b, b->begin);
		insert_batch(b, l);
		sqlite3_bind_int64(b->progress, 1, (int64_t)l->position);
		run(b, b->progress);
		run(b, b->commit);
	}
	return clock_thread_cpu_ns() - start;
}

static void
close_bare(struct bare *b)
{
	sqlite3_finalize(b->begin);
	sqlite3_finalize(b->insert);
	sqlite3_finalize(b->progress);
	sqlite3_finalize(b->commit);
	sqlite3_close(b->db);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
rate(int64_t *ns)
{
	qsort(ns, ROUNDS, sizeof(*ns), by_size);
	return ROWS / ((double)ns[ROUNDS / 2] / 1e9);
}

static void
compare(const struct farm_entry *module, char urls[2][256])
{
	static struct load ours, theirs;
	int64_t ours_ns[ROUNDS], theirs_ns[ROUNDS];
	struct fake_host *fake;
	struct bare bare;
	double a, b;

	/* The second file gets its tables, and no rows, from the writer. */
	fake_free(open_writer(module, urls[1]));
	fake = open_writer(module, urls[0]);
	make_load(&ours, fake);
	theirs = ours;
	for (size_t i = 0; i < RECORDS; i++)
		theirs.records[i].values = &theirs.values[i * VALUES];
	open_bare(&bare, urls[1] + strlen("sqlite:"));
	for (int i = 0; i < ROUNDS; i++) {
		ours_ns[i] = run_writer(fake, &ours, BATCHES);
		theirs_ns[i] = run_bare(&bare, &theirs);
	}
	close_bare(&bare);
	fake_free(fake);
	a = rate(ours_ns);
	b = rate(theirs_ns);
	printf("rows per CPU-second: writer %.0f, bare SQLite %s %.0f,"
	       " %.2f times its cost\n",
	    a, sqlite3_libversion(), b, b / a);
	run_levels(module, urls[0], &ours, 2 * BATCHES);
}

static void
remove_database(const char *url)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[300];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", url + strlen("sqlite:"),
		    ends[i]);
		unlink(path);
	}
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "writers/sql.so";
	const char *folder = argc > 2 ? argv[2] : "/tmp";
	const struct farm_entry *module;
	char urls[2][256];

	module = load_module(path);
	for (int i = 0; i < 2; i++) {
		snprintf(urls[i], sizeof(urls[i]), "sqlite:%s/bench-%d-%d.db",
		    folder, getpid(), i);
		remove_database(urls[i]);
	}
	compare(module, urls);
	for (int i = 0; i < 2; i++)
		remove_database(urls[i]);
	return 0;
}
