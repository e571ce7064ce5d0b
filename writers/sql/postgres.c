/*
 * postgres.c - the PostgreSQL dialect: connections and transactions.
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* The host gives open() 10 s. */
#define OPEN_PATIENCE_NS (9 * NS_PER_S)

enum { KEYS_MAX = 64 }; /* libpq knows about 40 */

/* -- where to -- */

struct parameters {
	const char *keys[KEYS_MAX + 1];
	const char *values[KEYS_MAX + 1];
	size_t n;
};

static void
set(struct parameters *p, const char *key, const char *value)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->keys[i], key) == 0) {
			p->values[i] = value;
			return;
		}
	}
	if (p->n == KEYS_MAX)
		return;
	p->keys[p->n] = key;
	p->values[p->n++] = value;
}

static const char *
get(const struct parameters *p, const char *key, const char *fallback)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->keys[i], key) == 0)
			return p->values[i];
	}
	return fallback;
}

/* How errors call it: without user and password. */
static char *
make_name(const struct parameters *p)
{
	struct buffer b = BUFFER_INIT;
	const char *database = get(p, "dbname", get(p, "user", ""));

	buffer_printf(&b, "postgresql://%s", get(p, "host", ""));
	if (get(p, "port", NULL) != NULL)
		buffer_printf(&b, ":%s", get(p, "port", ""));
	buffer_printf(&b, "/%s", database);
	return buffer_take(&b, NULL);
}

static int
connect_with(struct store *s, const PQconninfoOption *options,
    const struct store_settings *settings, struct error *err)
{
	struct parameters p = { .n = 0 };

	set(&p, "application_name", "farmd");
	for (; options->keyword != NULL; options++) {
		if (options->val != NULL)
			set(&p, options->keyword, options->val);
	}
	if (settings->password != NULL)
		set(&p, "password", settings->password);
	set(&p, "client_encoding", "UTF8");
	s->name = make_name(&p);
	if (s->name == NULL) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	return pg_connect(s, p.keys, p.values, err);
}

/* libpq's own words about a bad URL might quote the password. */
static int
connect_to(
    struct store *s, const struct store_settings *settings, struct error *err)
{
	PQconninfoOption *options;
	char *words = NULL;
	int status;

	options = PQconninfoParse(settings->url, &words);
	PQfreemem(words);
	if (options == NULL) {
		error_set(err,
		    "url: not postgresql://USER:PASSWORD@HOST:PORT/DATABASE;"
		    " other characters than letters and digits are written as"
		    " %%XX in each part");
		return STORE_AGAIN;
	}
	status = connect_with(s, options, settings, err);
	PQconninfoFree(options);
	return status;
}

/* -- opening and closing -- */

/* The server's notices are of no use to anybody. */
static void
ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static void
postgres_close(struct store *s)
{
	if (s == NULL)
		return;
	PQfinish(s->conn);
	buffer_free(&s->rows);
	free(s->partitions);
	free(s->name);
	free(s);
}

static const char temporary[] =
    "CREATE TEMPORARY TABLE strangers (n int, type smallint,"
    " farm text COLLATE \"C\", cluster text COLLATE \"C\","
    " node text COLLATE \"C\", parameter text COLLATE \"C\", kind text,"
    " unit text, labels text) ON COMMIT DELETE ROWS;"
    "CREATE TEMPORARY TABLE incoming (LIKE results) ON COMMIT DELETE ROWS;"
    "CREATE TEMPORARY TABLE asked (time bigint, n int, grp int,"
    " place smallint, doubles float8[], integers bigint[], texts bytea[])"
    " ON COMMIT DELETE ROWS;"
    "CREATE TEMPORARY TABLE incoming_records (LIKE records)"
    " ON COMMIT DELETE ROWS";

static const char *const sync_names[] = {
	[STORE_SYNC_OFF] = "off",
	[STORE_SYNC_NORMAL] = "local",
	[STORE_SYNC_FULL] = "on",
};

static int
prepare(struct store *s, const struct store_settings *settings, bool writing,
    struct error *err)
{
	char sql[256];
	int status;

	/* Bitmaps of a few rows and compiling a plan only cost here. */
	snprintf(sql, sizeof(sql),
	    "SET lock_timeout = %lld; SET synchronous_commit = %s;"
	    " SET jit = off; SET timezone = 'UTC'",
	    (long long)(settings->busy_timeout_ns / NS_PER_MS),
	    sync_names[settings->sync]);
	status = pg_do(s, sql, err);
	if (status != STORE_OK)
		return status;
	if (!writing)
		return pg_check_schema(s, err);
	status = pg_migrate(s, err);
	if (status == STORE_OK)
		status = pg_do(s, temporary, err);
	if (status == STORE_OK)
		status = pg_load_partitions(s, err);
	return status;
}

static int
postgres_open(struct store **ret, const struct store_settings *settings,
    bool writing, struct error *err)
{
	struct store *s;
	int status;

	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	s->keep_ns = settings->keep_ns;
	s->slot_ns = pg_slot_ns(settings->keep_ns);
	pg_set_deadline(s, OPEN_PATIENCE_NS);
	status = connect_to(s, settings, err);
	if (status == STORE_OK) {
		PQsetNoticeReceiver(s->conn, ignore_notice, NULL);
		status = prepare(s, settings, writing, err);
	}
	if (status == STORE_OK)
		*ret = s;
	else
		postgres_close(s);
	return status;
}

static bool
postgres_in_place(struct store *s)
{
	return !s->broken && PQstatus(s->conn) == CONNECTION_OK;
}

/* -- one transaction -- */

int
pg_progress(struct store *s, const char *sql, uint64_t *ret, struct error *err)
{
	PGresult *result;
	int status;

	status = pg_ask(s, sql, 0, NULL, &result, err);
	if (status != STORE_OK)
		return status;
	if (PQntuples(result) == 1) {
		*ret = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	} else {
		error_set(err, "%s: table progress is empty", s->name);
		status = STORE_AGAIN;
	}
	PQclear(result);
	return status;
}

/* The lock keeps a second writer, if there is one, from the tables. */
static int
postgres_begin(struct store *s, uint64_t *ret_position, struct error *err)
{
	int status;

	pg_set_deadline(s, PG_PATIENCE_NS);
	status = pg_do(s, "BEGIN", err);
	if (status == STORE_OK)
		status = pg_progress(s,
		    "SELECT position FROM progress FOR UPDATE", ret_position,
		    err);
	return status;
}

static int
postgres_commit(struct store *s, uint64_t position, struct error *err)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "UPDATE progress SET position = %llu; COMMIT",
	    (unsigned long long)position);
	return pg_do(s, sql, err);
}

/* Partitions may have been made in the transaction that never was. */
static void
postgres_rollback(struct store *s)
{
	if (s->broken || pg_do(s, "ROLLBACK", NULL) != STORE_OK ||
	    pg_load_partitions(s, NULL) != STORE_OK)
		s->broken = true;
}

const struct dialect postgres_dialect = {
	.scheme = "postgresql",
	.open = postgres_open,
	.close = postgres_close,
	.in_place = postgres_in_place,
	.begin = postgres_begin,
	.series = pg_series,
	.known = pg_known,
	.add = pg_add,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.put = pg_put,
	.run = pg_run,
	.rows = pg_numbers,
	.expire = pg_expire,
	.read = pg_read,
};
