/*
 * postgres_keep.c - partitions of time: made when the first row of theirs
 * comes, dropped whole when their last one is too old.
 */
#include "postgres.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define HOUR_NS (3600 * NS_PER_S)
#define DAY_NS (24 * HOUR_NS)
/*
 * Results whose clock is further ahead, or older than this and `keep', get
 * no partition: a few nodes with wild clocks must not make thousands.
 */
#define AHEAD_NS DAY_NS
#define BEHIND_NS (30 * DAY_NS)
/* Records removed by one statement. */
#define SLICE_ROWS "20000"

static const char list[] =
    "SELECT"
    " substring(pg_get_expr(c.relpartbound, c.oid) FROM"
    "  'FROM \\(''?(-?[0-9]+)'),"
    " substring(pg_get_expr(c.relpartbound, c.oid) FROM"
    "  'TO \\(''?(-?[0-9]+)')"
    " FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'results'::regclass"
    " AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'";

int
pg_load_partitions(struct store *s, struct error *err)
{
	PGresult *found;
	size_t n;
	int status;

	free(s->partitions);
	s->partitions = NULL;
	s->n_partitions = 0;
	status = pg_ask(s, list, 0, NULL, &found, err);
	if (status != STORE_OK)
		return status;
	n = (size_t)PQntuples(found);
	s->partitions = calloc(n + 1, sizeof(*s->partitions));
	if (s->partitions == NULL) {
		PQclear(found);
		error_set(err, "%s: out of memory", s->name);
		return STORE_AGAIN;
	}
	for (size_t i = 0; i < n; i++)
		s->partitions[i] = (struct partition){
			strtoll(PQgetvalue(found, (int)i, 0), NULL, 10),
			strtoll(PQgetvalue(found, (int)i, 1), NULL, 10)
		};
	s->n_partitions = n;
	PQclear(found);
	return STORE_OK;
}

/* One that has something of [from, to); the last one found comes first. */
static bool
overlaps(struct store *s, int64_t from_ns, int64_t to_ns)
{
	struct partition *p = s->partitions, found;

	for (size_t i = 0; i < s->n_partitions; i++) {
		if (p[i].from_ns >= to_ns || p[i].to_ns <= from_ns)
			continue;
		found = p[i];
		p[i] = p[0];
		p[0] = found;
		return true;
	}
	return false;
}

static int64_t
floor_to(int64_t time_ns, int64_t step_ns)
{
	int64_t rest = time_ns % step_ns;

	return time_ns - (rest < 0 ? rest + step_ns : rest);
}

/* Rows of that time that are with the others move in. */
static const char make[] = "CREATE TABLE %1$s (LIKE results INCLUDING ALL);"
			   "WITH moved AS (DELETE FROM results_other"
			   " WHERE time >= %2$" PRId64 " AND time < %3$" PRId64
			   " RETURNING *)"
			   " INSERT INTO %1$s SELECT * FROM moved;"
			   "ALTER TABLE results ATTACH PARTITION %1$s"
			   " FOR VALUES FROM (%2$" PRId64 ") TO (%3$" PRId64
			   ")";

static void
print_name(char name[64], int64_t from_ns, int64_t to_ns)
{
	snprintf(name, 64, "results_%c%" PRId64,
	    to_ns - from_ns == HOUR_NS ? 'h' : 'd', from_ns / HOUR_NS);
}

static int
make_partition(
    struct store *s, int64_t from_ns, int64_t to_ns, struct error *err)
{
	char sql[1024], name[64];
	int status;

	print_name(name, from_ns, to_ns);
	snprintf(sql, sizeof(sql), make, name, from_ns, to_ns);
	status = pg_do(s, sql, err);
	return status == STORE_OK ? pg_load_partitions(s, err) : status;
}

int
pg_partition(
    struct store *s, int64_t time_ns, int64_t now_ns, struct error *err)
{
	int64_t behind_ns = s->keep_ns > BEHIND_NS ? s->keep_ns : BEHIND_NS;
	int64_t step_ns = s->slot_ns, from_ns;

	if (time_ns > now_ns + AHEAD_NS || time_ns < now_ns - behind_ns)
		return STORE_OK;
	if (overlaps(s, time_ns, time_ns + 1))
		return STORE_OK;
	from_ns = floor_to(time_ns, step_ns);
	/* Made under another `keep': an hour fits between any others. */
	if (overlaps(s, from_ns, from_ns + step_ns)) {
		step_ns = HOUR_NS;
		from_ns = floor_to(time_ns, step_ns);
	}
	return make_partition(s, from_ns, from_ns + step_ns, err);
}

/* Short for who keeps little, so that little more than that is kept. */
int64_t
pg_slot_ns(int64_t keep_ns)
{
	return keep_ns > 0 && keep_ns < 4 * DAY_NS ? HOUR_NS : DAY_NS;
}

/* -- old rows go -- */

/* Texts may be kept for longer: without their partition they go to the
   others. */
static const char drop[] = "CREATE TEMPORARY TABLE texts ON COMMIT DROP AS"
			   " SELECT * FROM %1$s WHERE texts IS NOT NULL"
			   " AND time >= %2$" PRId64 ";"
			   "DROP TABLE %1$s;"
			   "INSERT INTO results SELECT * FROM texts;"
			   "DROP TABLE texts";

static int
drop_partitions(struct store *s, const struct expiry *e, struct error *err)
{
	char sql[512], name[64];
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < s->n_partitions; i++) {
		if (s->partitions[i].to_ns > e->before_ns)
			continue;
		print_name(
		    name, s->partitions[i].from_ns, s->partitions[i].to_ns);
		if (s->partitions[i].to_ns <= e->longest_ns)
			snprintf(sql, sizeof(sql), "DROP TABLE %s", name);
		else
			snprintf(sql, sizeof(sql), drop, name, e->longest_ns);
		status = pg_do(s, sql, err);
	}
	return status;
}

/*
 * A group that has no row among the newest has none at all: its series have
 * had no value for as long as values are kept.
 */
static const char *const forget[] = {
	"DELETE FROM results_other WHERE time < $1 OR"
	" (time < $2 AND texts IS NULL)",
	"DELETE FROM newest WHERE time < $1 AND $2::bigint IS NOT NULL",
	"DELETE FROM places AS p WHERE $1::bigint IS NOT NULL"
	" AND $2::bigint IS NOT NULL AND NOT EXISTS"
	" (SELECT FROM newest AS n WHERE n.grp = p.grp"
	"  AND p.place BETWEEN n.low AND n.low + n.size - 1)",
	"WITH gone AS (DELETE FROM series AS s WHERE $1::bigint IS NOT NULL"
	" AND $2::bigint IS NOT NULL AND NOT EXISTS"
	" (SELECT FROM places AS p WHERE p.series = s.id) RETURNING id)"
	" DELETE FROM averages AS a USING rolled AS r, gone AS g"
	" WHERE a.step = r.step AND a.series = g.id",
	"DELETE FROM records WHERE ctid = ANY(ARRAY("
	" SELECT ctid FROM records WHERE time < $1 AND $2::bigint IS NOT NULL"
	" LIMIT " SLICE_ROWS "))",
};

#define N_FORGET (sizeof(forget) / sizeof(forget[0]))

static int
forget_all(struct store *s, struct expiry *e, struct error *err)
{
	char longest[32], before[32];
	const char *const arguments[] = { longest, before };
	size_t changed = 0;
	PGresult *done;
	int status;

	snprintf(longest, sizeof(longest), "%" PRId64, e->longest_ns);
	snprintf(before, sizeof(before), "%" PRId64, e->before_ns);
	for (size_t i = 0; i < N_FORGET; i++) {
		status = pg_ask(s, forget[i], 2, arguments, &done, err);
		if (status != STORE_OK)
			return status;
		changed = pg_changed(done);
		PQclear(done);
		if (strncmp(forget[i], "DELETE FROM places", 18) == 0)
			e->forgotten += changed;
	}
	e->done = changed < (size_t)atoi(SLICE_ROWS);
	return STORE_OK;
}

int
pg_expire(struct store *s, struct expiry *e, struct error *err)
{
	struct expiry next = *e;
	int status;

	pg_set_deadline(s, PG_PATIENCE_NS);
	status = pg_do(
	    s, "BEGIN; SELECT position FROM progress FOR UPDATE", err);
	if (status == STORE_OK)
		status = drop_partitions(s, e, err);
	if (status == STORE_OK)
		status = forget_all(s, &next, err);
	if (status == STORE_OK)
		status = pg_do(s, "COMMIT", err);
	if (status == STORE_OK)
		*e = next;
	else
		pg_do(s, "ROLLBACK", NULL);
	/* What is not there any more must not be written to. */
	if (pg_load_partitions(s, status == STORE_OK ? err : NULL) !=
	    STORE_OK) {
		s->broken = true;
		return STORE_AGAIN;
	}
	return status;
}
