/*
 * postgres_call.c - talking to the server so that a silent one costs no more
 * than the deadline: every wait is a poll() of ours.
 */
#include "postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

void
pg_set_deadline(struct store *s, int64_t patience_ns)
{
	s->deadline_mono_ns = clock_mono_ns() + patience_ns;
}

/* One line of what libpq says in several. */
static void
explain(struct store *s, const char *text, struct error *err)
{
	struct buffer line = BUFFER_INIT;
	size_t length = strlen(text);

	while (length > 0 && strchr("\n ", text[length - 1]) != NULL)
		length--;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\t' && i > 0 && text[i - 1] == '\n')
			continue;
		buffer_putc(&line, text[i] == '\n' ? ' ' : text[i]);
	}
	error_set(err, "%s: %s", s->name,
	    length == 0 ? "no reason given" : buffer_text(&line));
	buffer_free(&line);
}

static int
lost(struct store *s, struct error *err)
{
	s->broken = true;
	explain(s, PQerrorMessage(s->conn), err);
	return STORE_AGAIN;
}

static int
wait_socket(struct store *s, short events, struct error *err)
{
	struct pollfd fd = { .fd = PQsocket(s->conn), .events = events };
	int64_t left_ns;
	int n;

	do {
		left_ns = s->deadline_mono_ns - clock_mono_ns();
		n = left_ns <= 0 ? 0
				 : poll(&fd, 1, (int)(left_ns / NS_PER_MS) + 1);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return STORE_OK;
	s->broken = true;
	if (n < 0)
		error_set(err, "%s: poll: %m", s->name);
	else
		error_set(err, "%s: the server does not answer", s->name);
	return STORE_AGAIN;
}

int
pg_connect(struct store *s, const char *const *keys, const char *const *values,
    struct error *err)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	int status = STORE_OK;

	s->conn = PQconnectStartParams(keys, values, 0);
	if (s->conn == NULL) {
		error_set(err, "%s: out of memory", s->name);
		return STORE_AGAIN;
	}
	if (PQstatus(s->conn) == CONNECTION_BAD)
		return lost(s, err);
	while (status == STORE_OK && state != PGRES_POLLING_OK) {
		status = wait_socket(
		    s, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, err);
		if (status == STORE_OK)
			state = PQconnectPoll(s->conn);
		if (state == PGRES_POLLING_FAILED)
			return lost(s, err);
	}
	if (status == STORE_OK && PQsetnonblocking(s->conn, 1) != 0)
		return lost(s, err);
	return status;
}

/* Everything that was said to libpq is on its way. */
static int
flush(struct store *s, struct error *err)
{
	int left, status;

	while ((left = PQflush(s->conn)) > 0) {
		status = wait_socket(s, POLLIN | POLLOUT, err);
		if (status != STORE_OK)
			return status;
		if (PQconsumeInput(s->conn) == 0)
			return lost(s, err);
	}
	return left == 0 ? STORE_OK : lost(s, err);
}

/* *ret: the next result, NULL at the end. */
static int
next_result(struct store *s, PGresult **ret, struct error *err)
{
	int status;

	while (PQisBusy(s->conn)) {
		status = wait_socket(s, POLLIN, err);
		if (status != STORE_OK)
			return status;
		if (PQconsumeInput(s->conn) == 0)
			return lost(s, err);
	}
	*ret = PQgetResult(s->conn);
	return STORE_OK;
}

/*
 * Data and integrity errors (classes 22 and 23) and exceeded limits of the
 * program (54) will be the same next time.
 */
static int
failed(struct store *s, const PGresult *result, struct error *err)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (code == NULL || PQstatus(s->conn) != CONNECTION_OK)
		return lost(s, err);
	explain(s, text == NULL ? PQresultErrorMessage(result) : text, err);
	if (strncmp(code, "22", 2) == 0 || strncmp(code, "23", 2) == 0 ||
	    strncmp(code, "54", 2) == 0)
		return STORE_BAD;
	return STORE_AGAIN;
}

static bool
is_failure(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_COPY_IN:
		return false;
	default:
		return true;
	}
}

/* Read results to the end; the first failure counts, the last rows are given.
 */
static int
finish(struct store *s, PGresult **ret, struct error *err)
{
	PGresult *result, *last = NULL;
	int status = STORE_OK, rc;

	for (;;) {
		rc = next_result(s, &result, err);
		if (rc != STORE_OK || result == NULL)
			break;
		if (status == STORE_OK && is_failure(result))
			status = failed(s, result, err);
		PQclear(last);
		last = result;
	}
	if (rc != STORE_OK)
		status = rc;
	if (ret != NULL && status == STORE_OK)
		*ret = last;
	else
		PQclear(last);
	return status;
}

int
pg_do(struct store *s, const char *sql, struct error *err)
{
	int status;

	if (s->broken || PQsendQuery(s->conn, sql) == 0)
		return lost(s, err);
	status = flush(s, err);
	return status == STORE_OK ? finish(s, NULL, err) : status;
}

static int
send(struct store *s, const char *sql, int n, const char *const *arguments,
    int binary, struct error *err)
{
	if (s->broken || PQsendQueryParams(s->conn, sql, n, NULL, arguments,
			     NULL, NULL, binary) == 0)
		return lost(s, err);
	return flush(s, err);
}

int
pg_ask(struct store *s, const char *sql, int n, const char *const *arguments,
    PGresult **ret, struct error *err)
{
	PGresult *result = NULL;
	int status;

	status = send(s, sql, n, arguments, 0, err);
	if (status == STORE_OK)
		status = finish(s, &result, err);
	if (status == STORE_OK && result == NULL)
		return lost(s, err);
	if (status == STORE_OK)
		*ret = result;
	return status;
}

int
pg_each(struct store *s, const char *sql, int n, const char *const *arguments,
    int (*row)(void *context, const PGresult *), void *context,
    struct error *err)
{
	PGresult *result;
	int status;

	status = send(s, sql, n, arguments, 1, err);
	if (status != STORE_OK)
		return status;
	if (PQsetSingleRowMode(s->conn) == 0)
		return lost(s, err);
	for (;;) {
		status = next_result(s, &result, err);
		if (status != STORE_OK || result == NULL)
			return status;
		if (is_failure(result)) {
			status = failed(s, result, err);
			PQclear(result);
			finish(s, NULL, NULL);
			return status;
		}
		if (PQntuples(result) == 1 && row(context, result) != 0) {
			PQclear(result);
			s->broken = true;
			return STORE_OK;
		}
		PQclear(result);
	}
}

/* libpq moves what a send has left over to the front of its buffer, so that is
   given no more than the system mostly takes at once. */
#define SEND_BYTES ((size_t)64 << 10)

static int
send_rows(struct store *s, const struct buffer *rows, struct error *err)
{
	size_t done = 0, n;
	int status;

	while (done < rows->size) {
		n = rows->size - done;
		if (n > SEND_BYTES)
			n = SEND_BYTES;
		if (PQputCopyData(s->conn, rows->data + done, (int)n) != 1)
			return lost(s, err);
		status = flush(s, err);
		if (status != STORE_OK)
			return status;
		done += n;
	}
	if (PQputCopyEnd(s->conn, NULL) != 1)
		return lost(s, err);
	return flush(s, err);
}

int
pg_copy(
    struct store *s, const char *sql, struct buffer *rows, struct error *err)
{
	PGresult *result = NULL;
	int status;

	pg_put_end(rows);
	if (buffer_failed(rows)) {
		error_set(err, "%s: out of memory", s->name);
		return STORE_AGAIN;
	}
	if (s->broken || PQsendQuery(s->conn, sql) == 0)
		return lost(s, err);
	status = flush(s, err);
	if (status == STORE_OK)
		status = next_result(s, &result, err);
	if (status != STORE_OK)
		return status;
	if (result == NULL)
		return lost(s, err);
	if (is_failure(result)) {
		status = failed(s, result, err);
		PQclear(result);
		finish(s, NULL, NULL);
		return status;
	}
	PQclear(result);
	status = send_rows(s, rows, err);
	buffer_clear(rows);
	return status == STORE_OK ? finish(s, NULL, err) : status;
}

size_t
pg_changed(const PGresult *result)
{
	return strtoull(PQcmdTuples((PGresult *)result), NULL, 10);
}
