/*
 * sql_suite.h - what the writer `sql' promises, whichever database it is: one
 * program per engine runs it beside tests of its own.
 */
#ifndef TESTS_SQL_SUITE_H
#define TESTS_SQL_SUITE_H

#include <sys/types.h>

#include "clock.h"
#include "fake_host.h"
#include "unit.h"

#define T0 (INT64_C(1700000000) * NS_PER_S)

extern const struct farm_entry farm_module;

struct server {
	char folder[64];
	pid_t pid;
};

struct fixture {
	char folder[64];
	char path[96]; /* SQLite's file */
	char url[256];
	char name[128]; /* of the database, as errors say it */
	struct fake_host *writer;
	struct fake_host *reader;
	const char *keep; /* NULL: not set */
};

/* Each program defines its own. */
struct engine {
	/* An empty database; fills in url, path and name. */
	void (*create)(struct fixture *);
	void (*remove)(struct fixture *);
	/* The first column of the first row, as text to be freed; "" for
	   NULL.  Fails the test if the database refuses. */
	char *(*query)(const struct fixture *, const char *sql);
	/* Does the server take connections? */
	bool (*is_up)(const struct server *);
	/* Of a server; NULL: there is none. */
	struct server *server;
	const char *kind;      /* as tests/server has it */
	const char *forbid_13; /* SQL: no integer of that value, for `luck' */
};
extern const struct engine engine;

int suite_setup(void **state);
int suite_teardown(void **state);
/* The tests that all engines have. */
extern const struct CMUnitTest suite[];
extern const size_t suite_size;
extern const struct CMUnitTest levels_suite[]; /* sql_levels.c */
extern const size_t levels_suite_size;
/* Those that all servers have. */
extern const struct CMUnitTest server_tests[];
extern const size_t server_tests_size;
/* Run them, then the engine's own. */
int suite_run(const struct CMUnitTest *own, size_t n);

#define TEST(NAME)                                                             \
	cmocka_unit_test_setup_teardown(NAME, suite_setup, suite_teardown)

/* -- instances -- */

void *option(struct fake_host *, const char *name);
void set(struct fake_host *, const char *name, int64_t value);
/* Writer and reader anew, with that for `keep'. */
void suite_keep(struct fixture *, const char *keep);
/* Open the writer anew, as after a restart. */
void restart(struct fixture *);
void open_writer(struct fixture *);

/* Time goes on: averages are made, old rows go. */
void settle(struct fixture *, int64_t now_ns);

/* -- what goes in -- */

uint32_t series(struct fixture *, const char *node, const char *parameter);
struct farm_value of(uint32_t handle, struct farm_value value);
struct farm_record result(uint64_t position, int64_t time_ns,
    const struct farm_value *values, uint32_t n);
int put(struct fixture *, const struct farm_record *records, size_t n);
/* One record with one value; fails the test unless it is stored. */
void put_value(struct fixture *, uint64_t position, int64_t time_ns,
    struct farm_value value);
/* A record that needs about half a megabyte; v: 8 values. */
struct farm_record large(struct fixture *, uint64_t position,
    struct farm_value *v);

/* -- what is there -- */

void expect(const struct fixture *, const char *sql, const char *want);
int ask_span(struct fixture *, const char *node, int64_t from_ns,
    int64_t to_ns);
void ask(struct fixture *);

/* -- servers: see tests/server -- */

/* Start one, or skip the program if it is not installed. */
void server_start(struct server *, const char *kind);
/* By SIGKILL; what it had stored is there when it starts again. */
void server_kill(struct server *);
void server_restart(struct server *, const char *kind);
/* Killed, and its folder with it. */
void server_end(struct server *);

#endif
