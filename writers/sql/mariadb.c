/*
 * mariadb.c - the MariaDB dialect: connections and transactions.
 */
#include "mariadb.h"

#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* The host gives open() 10 s, and write() 60. */
#define CONNECT_S 8u
#define SILENCE_S 20u

/* -- asking -- */

/*
 * Data and integrity errors (classes 22 and 23 of SQLSTATE) will be the same
 * next time; so will a violated CHECK, which has none.
 */
static int
explain(struct store *s, unsigned int number, const char *state,
    const char *text, struct error *err)
{
	enum { CONSTRAINT_FAILED = 4025 };

	if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR)
		s->broken = true;
	error_set(err, "%s: %s", s->name, text);
	if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ||
	    number == CONSTRAINT_FAILED)
		return STORE_BAD;
	return STORE_AGAIN;
}

int
my_failed(struct store *s, struct error *err)
{
	return explain(s, mysql_errno(s->conn), mysql_sqlstate(s->conn),
	    mysql_error(s->conn), err);
}

int
my_statement_failed(struct store *s, MYSQL_STMT *stmt, struct error *err)
{
	return explain(s, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt),
	    mysql_stmt_error(stmt), err);
}

int
my_do(struct store *s, const char *sql, struct error *err)
{
	if (mysql_real_query(s->conn, sql, strlen(sql)) != 0)
		return my_failed(s, err);
	return STORE_OK;
}

int
my_ask(struct store *s, const char *sql, MYSQL_RES **ret, struct error *err)
{
	MYSQL_RES *result;
	int status;

	status = my_do(s, sql, err);
	if (status != STORE_OK)
		return status;
	result = mysql_store_result(s->conn);
	if (result == NULL)
		return my_failed(s, err);
	*ret = result;
	return STORE_OK;
}

int
my_number(struct store *s, const char *sql, int64_t *ret, struct error *err)
{
	MYSQL_RES *result = NULL;
	MYSQL_ROW row;
	int status;

	status = my_ask(s, sql, &result, err);
	if (status != STORE_OK)
		return status;
	row = mysql_fetch_row(result);
	*ret = row == NULL || row[0] == NULL ? 0 : strtoll(row[0], NULL, 10);
	mysql_free_result(result);
	return STORE_OK;
}

void
my_quote(struct store *s, struct buffer *sql, const char *text)
{
	size_t length = strlen(text);
	char *room;

	buffer_putc(sql, '\'');
	room = buffer_room(sql, 2 * length + 1);
	if (room == NULL)
		return;
	buffer_added(
	    sql, mysql_real_escape_string(s->conn, room, text, length));
	buffer_putc(sql, '\'');
}

/* -- opening and closing -- */

static void
mariadb_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->bulk != NULL)
		bulk_abort(s);
	if (s->read != NULL)
		mysql_stmt_close(s->read);
	if (s->conn != NULL)
		mysql_close(s->conn);
	free(s->bulk);
	free(s->name);
	free(s);
}

static int
no_memory(struct error *err)
{
	error_set(err, "out of memory");
	return STORE_AGAIN;
}

static char *
make_name(const struct mariadb_url *u)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(
	    &b, "mariadb://%s", u->socket == NULL ? u->host : u->socket);
	if (u->port != 0)
		buffer_printf(&b, ":%u", u->port);
	buffer_printf(&b, "/%s", u->database);
	return buffer_take(&b, NULL);
}

static void
set_options(MYSQL *conn, const struct mariadb_url *u)
{
	static const unsigned int connect = CONNECT_S, silence = SILENCE_S;
	static const my_bool yes = 1;

	mysql_optionsv(conn, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_optionsv(conn, MYSQL_OPT_READ_TIMEOUT, &silence);
	mysql_optionsv(conn, MYSQL_OPT_WRITE_TIMEOUT, &silence);
	mysql_optionsv(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(conn, MYSQL_READ_DEFAULT_GROUP, "farmd");
	if (u->ssl_ca != NULL) {
		mysql_optionsv(conn, MYSQL_OPT_SSL_CA, u->ssl_ca);
		mysql_optionsv(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	}
}

static int
connect_with(struct store *s, const struct mariadb_url *u,
    const struct store_settings *settings, struct error *err)
{
	const char *password = u->password;

	if (settings->password != NULL)
		password = settings->password;
	s->name = make_name(u);
	s->conn = mysql_init(NULL);
	s->bulk = calloc(1, sizeof(*s->bulk));
	if (s->name == NULL || s->conn == NULL || s->bulk == NULL)
		return no_memory(err);
	set_options(s->conn, u);
	if (mysql_real_connect(s->conn, u->host[0] == '\0' ? NULL : u->host,
		u->user, password, u->database, u->port, u->socket, 0) == NULL)
		return my_failed(s, err);
	return STORE_OK;
}

static int
connect_to(
    struct store *s, const struct store_settings *settings, struct error *err)
{
	struct mariadb_url url;
	int status;

	if (mariadb_url_parse(&url, settings->url) != 0) {
		error_set(err,
		    "url: not mariadb://USER:PASSWORD@HOST:PORT/DATABASE"
		    " with ?socket=/PATH and &ssl_ca=/PATH as needed; other"
		    " characters than letters and digits are written as %%XX"
		    " in each part");
		return STORE_AGAIN;
	}
	status = connect_with(s, &url, settings, err);
	mariadb_url_free(&url);
	return status;
}

/* Waits for locks are in whole seconds here, one at least. */
static int
tune(struct store *s, const struct store_settings *settings, struct error *err)
{
	long long wait_s = settings->busy_timeout_ns / NS_PER_S;
	char sql[256];

	if (wait_s < 1)
		wait_s = 1;
	snprintf(sql, sizeof(sql),
	    "SET SESSION innodb_lock_wait_timeout = %lld,"
	    " SESSION lock_wait_timeout = %lld, SESSION time_zone = '+00:00',"
	    " SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
	    wait_s, wait_s);
	return my_do(s, sql, err);
}

static const char temporary[] =
    "CREATE TEMPORARY TABLE strangers (n bigint PRIMARY KEY,"
    " farm varchar(250), cluster varchar(250), node varchar(250),"
    " parameter varchar(250), kind varchar(16), unit varchar(250),"
    " labels mediumtext, digest binary(32)) ENGINE=InnoDB"
    " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

/* As `samples', but `item' says which was asked about. */
static const char temporary_asked[] =
    "CREATE TEMPORARY TABLE asked (series bigint, time bigint,"
    " position bigint, item bigint, type tinyint, number double, bits bigint,"
    " bytes mediumblob) ENGINE=InnoDB";

static int
mariadb_open(struct store **ret, const struct store_settings *settings,
    bool writing, struct error *err)
{
	struct store *s = calloc(1, sizeof(*s));
	int status;

	if (s == NULL)
		return no_memory(err);
	status = connect_to(s, settings, err);
	if (status == STORE_OK)
		status = tune(s, settings, err);
	if (status == STORE_OK)
		status = writing ? my_migrate(s, err) : my_check_schema(s, err);
	if (status == STORE_OK && writing)
		status = my_do(s, temporary, err);
	if (status == STORE_OK && writing)
		status = my_do(s, temporary_asked, err);
	if (status == STORE_OK)
		*ret = s;
	else
		mariadb_close(s);
	return status;
}

static bool
mariadb_in_place(struct store *s)
{
	return !s->broken;
}

/* -- one transaction -- */

/* The lock keeps a second writer, if there is one, from the tables. */
static int
mariadb_begin(struct store *s, uint64_t *ret_position, struct error *err)
{
	int64_t position = 0;
	int status;

	status = my_do(s, "START TRANSACTION", err);
	if (status == STORE_OK)
		status = my_number(s,
		    "SELECT position FROM progress FOR UPDATE", &position, err);
	if (status == STORE_OK)
		*ret_position = (uint64_t)position;
	return status;
}

static int
mariadb_commit(struct store *s, uint64_t position, struct error *err)
{
	char sql[128];
	int status;

	snprintf(sql, sizeof(sql), "UPDATE progress SET position = %llu",
	    (unsigned long long)position);
	status = my_do(s, sql, err);
	return status == STORE_OK ? my_do(s, "COMMIT", err) : status;
}

static void
mariadb_rollback(struct store *s)
{
	bulk_abort(s);
	if (s->broken || my_do(s, "ROLLBACK", NULL) != STORE_OK)
		s->broken = true;
}

const struct dialect mariadb_dialect = {
	.scheme = "mariadb",
	.open = mariadb_open,
	.close = mariadb_close,
	.in_place = mariadb_in_place,
	.begin = mariadb_begin,
	.series = my_series,
	.known = my_known,
	.add = my_add,
	.commit = mariadb_commit,
	.rollback = mariadb_rollback,
	.put = my_put,
	.run = my_do,
	.rows = my_numbers,
	.expire = my_expire,
	.read = my_read,
};
