/*
 * mariadb_expire.c - removing old rows a little at a time, so that neither the
 * writer nor a reader waits long.
 */
#include "mariadb.h"

#include <inttypes.h>
#include <stdio.h>

/* A slice ends after so many rows deleted or series looked at. */
#define SLICE_ROWS 5000
#define SLICE_SERIES 500

/* Run `format' with two numbers and a bound; *ret: rows changed. */
static int
change(struct store *s, const char *format, int64_t a, int64_t b, int rows,
    int *ret, struct error *err)
{
	char sql[256];
	int status;

	snprintf(sql, sizeof(sql), format, a, b, rows);
	status = my_do(s, sql, err);
	if (status == STORE_OK)
		*ret = (int)mysql_affected_rows(s->conn);
	return status;
}

/* A series whose last sample came too long ago: jobs come and go. */
static int
forget_if_old(
    struct store *s, int64_t series, struct expiry *e, struct error *err)
{
	char sql[256];
	int64_t any;
	int status, n;

	snprintf(sql, sizeof(sql),
	    "SELECT EXISTS (SELECT 1 FROM newest WHERE series = %" PRId64
	    " AND time >= %" PRId64 ")",
	    series, e->longest_ns);
	status = my_number(s, sql, &any, err);
	if (status != STORE_OK || any != 0)
		return status;
	e->forgotten++;
	snprintf(sql, sizeof(sql),
	    "DELETE a FROM averages AS a JOIN rolled AS r ON a.step = r.step"
	    " WHERE a.series = %" PRId64,
	    series);
	status = my_do(s, sql, err);
	if (status == STORE_OK)
		status = change(s,
		    "DELETE FROM newest WHERE series = %" PRId64 " AND %" PRId64
		    " = 0 LIMIT %d",
		    series, 0, 1, &n, err);
	if (status == STORE_OK)
		status = change(s,
		    "DELETE FROM series WHERE id = %" PRId64 " AND %" PRId64
		    " = 0 LIMIT %d",
		    series, 0, 1, &n, err);
	return status;
}

/* Texts are kept for as long as anything. */
static int
delete_samples(struct store *s, int64_t series, const struct expiry *e,
    int rows, int *ret, struct error *err)
{
	char sql[256];
	int status;

	snprintf(sql, sizeof(sql),
	    "DELETE FROM samples WHERE series = %" PRId64 " AND time < %" PRId64
	    " AND (time < %" PRId64 " OR type <> 5) ORDER BY time LIMIT %d",
	    series, e->before_ns, e->longest_ns, rows);
	status = my_do(s, sql, err);
	if (status == STORE_OK)
		*ret = (int)mysql_affected_rows(s->conn);
	return status;
}

static int
next_series(struct store *s, int64_t after, int64_t *ret, struct error *err)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "SELECT min(id) FROM series WHERE id > %" PRId64, after);
	return my_number(s, sql, ret, err);
}

/* Samples series by series, then records; `e' says where to go on. */
static int
slice(struct store *s, struct expiry *e, struct error *err)
{
	int rows = SLICE_ROWS, seen = 0, status = STORE_OK, n;
	int64_t series = 0;

	while (rows > 0 && seen++ < SLICE_SERIES) {
		status = next_series(s, e->series, &series, err);
		if (status != STORE_OK || series == 0)
			break;
		status = delete_samples(s, series, e, rows, &n, err);
		if (status == STORE_OK && n < rows)
			status = forget_if_old(s, series, e, err);
		if (status != STORE_OK)
			return status;
		rows -= n;
		if (rows == 0)
			return STORE_OK; /* there may be more of it */
		e->series = series;
	}
	if (status != STORE_OK || series != 0)
		return status;
	status = change(s,
	    "DELETE FROM records WHERE time < %" PRId64 " AND %" PRId64
	    " = 0 ORDER BY time LIMIT %d",
	    e->longest_ns, 0, rows, &n, err);
	if (status == STORE_OK)
		e->done = n < rows;
	return status;
}

int
my_expire(struct store *s, struct expiry *e, struct error *err)
{
	struct expiry next = *e;
	int status;

	status = my_do(s, "START TRANSACTION", err);
	if (status == STORE_OK)
		status = slice(s, &next, err);
	if (status == STORE_OK)
		status = my_do(s, "COMMIT", err);
	if (status == STORE_OK)
		*e = next;
	else if (!s->broken)
		my_do(s, "ROLLBACK", NULL);
	return status;
}
