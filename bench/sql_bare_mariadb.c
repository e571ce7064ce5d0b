/*
 * sql_bare_mariadb.c - libmariadb: arrays of arguments, 5000 rows at a time.
 */
#include "sql_bare.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 5000, INTEGERS = 5 };

struct bare {
	MYSQL *conn;
	MYSQL_STMT *samples, *newest;
	int64_t integers[INTEGERS][CHUNK];
	double numbers[CHUNK];
	char nulls[CHUNK];
};

static void
run(struct bare *b, const char *sql)
{
	if (mysql_query(b->conn, sql) != 0)
		die(sql, mysql_error(b->conn));
}

static struct bare *
connect_to(const char *folder, const char *database)
{
	struct bare *b = calloc(1, sizeof(*b));
	char socket[256];

	if (b == NULL)
		die("mariadb", "out of memory");
	snprintf(socket, sizeof(socket), "%s/socket", folder);
	b->conn = mysql_init(NULL);
	/* It may have begun just now. */
	for (int i = 0; i < 100; i++) {
		if (mysql_real_connect(b->conn, NULL, "farm", "s3cret",
			database, 0, socket, 0) != NULL)
			return b;
		usleep(100000);
	}
	die(socket, mysql_error(b->conn));
}

static void
mariadb_close(struct bare *b)
{
	if (b->samples != NULL)
		mysql_stmt_close(b->samples);
	if (b->newest != NULL)
		mysql_stmt_close(b->newest);
	mysql_close(b->conn);
	free(b);
}

static void
mariadb_make_urls(const char *folder, char urls[2][256])
{
	static const char *const names[] = { "ours", "bare" };
	struct bare *b = connect_to(folder, NULL);
	char sql[64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql), "CREATE DATABASE %s", names[i]);
		run(b, sql);
		snprintf(urls[i], 256,
		    "mariadb://farm:s3cret@/%s?socket=%s/socket", names[i],
		    folder);
	}
	mariadb_close(b);
}

static MYSQL_STMT *
prepare(struct bare *b, const char *sql)
{
	MYSQL_STMT *stmt = mysql_stmt_init(b->conn);

	if (mysql_stmt_prepare(stmt, sql, strlen(sql)) != 0)
		die(sql, mysql_stmt_error(stmt));
	return stmt;
}

#define VALUES_8 " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE "

static struct bare *
mariadb_open(const char *folder, bool bare)
{
	struct bare *b = connect_to(folder, bare ? "bare" : "ours");

	memset(b->nulls, STMT_INDICATOR_NULL, sizeof(b->nulls));
	b->samples = prepare(
	    b, "INSERT INTO samples" VALUES_8 "series = series");
	b->newest = prepare(b,
	    "INSERT INTO newest" VALUES_8 "item = VALUES(item),"
	    " type = VALUES(type), number = VALUES(number),"
	    " bits = VALUES(bits), bytes = VALUES(bytes),"
	    " position = VALUES(position), time = VALUES(time)");
	return b;
}

static void
send_chunk(struct bare *b, MYSQL_STMT *stmt)
{
	MYSQL_BIND binds[8] = { { .buffer = NULL } };
	unsigned int n = CHUNK;

	for (size_t i = 0; i < INTEGERS; i++) {
		binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
		binds[i].buffer = b->integers[i];
	}
	binds[5].buffer_type = MYSQL_TYPE_DOUBLE;
	binds[5].buffer = b->numbers;
	for (size_t i = 6; i < 8; i++) {
		binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
		binds[i].buffer = b->integers[0];
		binds[i].u.indicator = b->nulls;
	}
	if (mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &n) != 0 ||
	    mysql_stmt_bind_param(stmt, binds) != 0 ||
	    mysql_stmt_execute(stmt) != 0)
		die("insert", mysql_stmt_error(stmt));
}

/* By series, as their pages are. */
static void
fill(struct bare *b, const struct load *l, size_t first, size_t n_steps)
{
	for (size_t i = 0; i < CHUNK; i++) {
		size_t series = (first + i) / n_steps;
		size_t step = l->n_steps - n_steps + (first + i) % n_steps;
		const struct farm_record *r =
		    &l->records[step * NODES + series / VALUES];

		b->integers[0][i] = (int64_t)series + 1;
		b->integers[1][i] = r->time_ns;
		b->integers[2][i] = (int64_t)r->position;
		b->integers[3][i] = (int64_t)(series % VALUES);
		b->integers[4][i] = FARM_DOUBLE;
		b->numbers[i] = l->values[step * SERIES + series].number;
	}
}

static void
mariadb_insert(struct bare *b, const struct load *l)
{
	char sql[64];

	run(b, "START TRANSACTION");
	run(b, "SELECT position FROM progress FOR UPDATE");
	mysql_free_result(mysql_store_result(b->conn));
	for (size_t i = 0; i < l->n_steps * SERIES; i += CHUNK) {
		fill(b, l, i, l->n_steps);
		send_chunk(b, b->samples);
	}
	for (size_t i = 0; i < SERIES; i += CHUNK) {
		fill(b, l, i, 1);
		send_chunk(b, b->newest);
	}
	snprintf(sql, sizeof(sql), "UPDATE progress SET position = %llu",
	    (unsigned long long)l->position);
	run(b, sql);
	run(b, "COMMIT");
}

static int
mariadb_count_latest(struct bare *b)
{
	MYSQL_RES *result;
	int n;

	run(b, "SELECT cluster, node, parameter, value FROM latest");
	result = mysql_store_result(b->conn);
	n = result == NULL ? 0 : (int)mysql_num_rows(result);
	mysql_free_result(result);
	return n;
}

/* Of the table's statistics, which have to be made first. */
static int64_t
mariadb_size(struct bare *b)
{
	MYSQL_RES *result;
	int64_t size;

	run(b, "ANALYZE TABLE samples");
	mysql_free_result(mysql_store_result(b->conn));
	run(b,
	    "SELECT data_length + index_length FROM information_schema.tables"
	    " WHERE table_schema = database() AND table_name = 'samples'");
	result = mysql_store_result(b->conn);
	size = strtoll(mysql_fetch_row(result)[0], NULL, 10);
	mysql_free_result(result);
	return size;
}

const struct bare_engine bare_mariadb = {
	.name = "mariadb",
	.make_urls = mariadb_make_urls,
	.open = mariadb_open,
	.close = mariadb_close,
	.insert = mariadb_insert,
	.count_latest = mariadb_count_latest,
	.size = mariadb_size,
};
