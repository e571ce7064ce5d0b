/*
 * sql_bare.h - the client libraries without the writer, as short as each can
 * be used for the same rows.
 */
#ifndef BENCH_SQL_BARE_H
#define BENCH_SQL_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "sql_load.h"

struct bare; /* a connection */

struct bare_engine {
	const char *name;
	/* Databases of their own: the writer's, and one for us. */
	void (*make_urls)(const char *folder, char urls[2][256]);
	struct bare *(*open)(const char *folder, bool ours);
	void (*close)(struct bare *);
	void (*insert)(struct bare *, const struct load *);
	/* How many rows a look at all last values, with names, gives. */
	int (*count_latest)(struct bare *);
	int64_t (*size)(struct bare *); /* of samples with their index; of SQLite all */
};

extern const struct bare_engine bare_sqlite;
extern const struct bare_engine bare_postgres;
extern const struct bare_engine bare_mariadb;

#endif
