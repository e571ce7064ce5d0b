/*
 * sqlite_schema.c - the tables, and how older ones become today's.
 */
#include "sqlite.h"

/* A value with its names, for people: the columns of the views of step 0. */
#define READABLE_1                                                             \
	"s.farm, s.cluster, s.node, s.parameter,"                              \
	" strftime('%Y-%m-%dT%H:%M:%fZ', v.time / 1e9, 'unixepoch') AS at,"    \
	" CASE"                                                                \
	"  WHEN v.type = 1 AND v.value IS NULL THEN 'NaN'"                     \
	"  WHEN v.type = 3 AND v.value < 0 THEN printf('%llu', v.value)"       \
	"  ELSE v.value"                                                       \
	" END AS value,"                                                       \
	" s.unit,"                                                             \
	" CASE v.type WHEN 1 THEN 'double' WHEN 2 THEN 'int64'"                \
	"  WHEN 3 THEN 'uint64' WHEN 4 THEN 'boolean' WHEN 5 THEN 'text'"      \
	" END AS type,"                                                        \
	" v.time, v.position, v.item, v.series"

/*
 * Step i leads from version i to version i + 1.  What was released is never
 * edited: a change is another step at the end.
 */
static const char *const steps[] = {
	/*
	 * Samples are clustered by series and time, so that the history of a
	 * series is one range.  Position and item only keep rows apart that
	 * share both.  The value has no declared type: SQLite then keeps it
	 * exactly as it was bound.
	 */
	"CREATE TABLE version ("
	"  version INTEGER PRIMARY KEY,"
	"  applied TEXT NOT NULL"
	");"
	"CREATE TABLE progress ("
	"  id INTEGER PRIMARY KEY CHECK (id = 0),"
	"  position INTEGER NOT NULL"
	");"
	"INSERT INTO progress VALUES (0, 0);"
	"CREATE TABLE series ("
	"  id INTEGER PRIMARY KEY,"
	"  farm TEXT NOT NULL,"
	"  cluster TEXT NOT NULL,"
	"  node TEXT NOT NULL,"
	"  parameter TEXT NOT NULL,"
	"  kind TEXT NOT NULL,"
	"  unit TEXT NOT NULL,"
	"  labels TEXT NOT NULL,"
	"  UNIQUE (farm, cluster, node, parameter)"
	");"
	"CREATE TABLE samples ("
	"  series INTEGER NOT NULL,"
	"  time INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  type INTEGER NOT NULL,"
	"  value,"
	"  PRIMARY KEY (series, time, position, item)"
	") WITHOUT ROWID;"
	"CREATE TABLE records ("
	"  time INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  type TEXT NOT NULL,"
	"  instance TEXT NOT NULL,"
	"  payload NOT NULL,"
	"  PRIMARY KEY (time, position)"
	") WITHOUT ROWID;"
	"CREATE VIEW history AS SELECT " READABLE_1
	" FROM series AS s JOIN samples AS v ON v.series = s.id;"
	"CREATE VIEW latest_values AS SELECT " READABLE_1
	" FROM series AS s JOIN samples AS v"
	" ON (v.series, v.time, v.position, v.item) = ("
	"  SELECT series, time, position, item FROM samples"
	"  WHERE series = s.id"
	"  ORDER BY time DESC, position DESC, item DESC LIMIT 1);",
	/* The newest values have a table of their own: looking for them cost
	   a search per series. */
	"CREATE TABLE newest ("
	"  series INTEGER PRIMARY KEY,"
	"  time INTEGER NOT NULL,"
	"  position INTEGER NOT NULL,"
	"  item INTEGER NOT NULL,"
	"  type INTEGER NOT NULL,"
	"  value"
	");"
	"INSERT INTO newest SELECT v.* FROM series AS s JOIN samples AS v"
	" ON (v.series, v.time, v.position, v.item) = ("
	"  SELECT series, time, position, item FROM samples"
	"  WHERE series = s.id"
	"  ORDER BY time DESC, position DESC, item DESC LIMIT 1);"
	"CREATE VIEW latest AS SELECT " READABLE_1
	" FROM series AS s JOIN newest AS v ON v.series = s.id;"
	"DROP VIEW latest_values;"
	"CREATE VIEW latest_values AS SELECT * FROM latest;",
	/* SQLite keeps what a table was made with, comments included. */
	"CREATE TABLE averages ( -- of the values of a series in a slot of "
	"time\n"
	"  step INTEGER NOT NULL, -- the slot's length in seconds\n"
	"  series INTEGER NOT NULL,"
	"  time INTEGER NOT NULL, -- its beginning, ns since 1970, UTC\n"
	"  count INTEGER NOT NULL, -- values measured in it\n"
	"  mean REAL NOT NULL, -- weighted by time\n"
	"  min REAL NOT NULL,"
	"  max REAL NOT NULL,"
	"  last REAL NOT NULL, -- the last one measured\n"
	"  held INTEGER NOT NULL, -- ns in which a value was in force\n"
	"  position INTEGER NOT NULL, -- the largest of the values'\n"
	"  PRIMARY KEY (step, series, time)"
	") WITHOUT ROWID;"
	"CREATE TABLE rolled ( -- how far averages have come\n"
	"  step INTEGER PRIMARY KEY, -- of a level; 0: values themselves\n"
	"  done INTEGER NOT NULL, -- slots before this are written\n"
	"  cut INTEGER NOT NULL -- rows before this may be gone\n"
	");"
	"CREATE VIEW numbers AS SELECT series, time, position, item,"
	" CASE WHEN type = 3 AND value < 0"
	"  THEN value + 18446744073709551616.0"
	"  ELSE CAST(value AS REAL) END AS value"
	" FROM samples WHERE type <> 5;"
	"CREATE VIEW levels AS SELECT s.farm, s.cluster, s.node, s.parameter,"
	" strftime('%Y-%m-%dT%H:%M:%fZ', a.time / 1e9, 'unixepoch') AS at,"
	" a.step, a.count, a.mean, a.min, a.max, a.last, s.unit,"
	" a.held / 1e9 AS held, a.time, a.series"
	" FROM series AS s JOIN averages AS a ON a.series = s.id;",
};

#define NEWEST ((int)(sizeof(steps) / sizeof(steps[0])))

/* One number by a query that is run only now and then. */
static int
number(struct store *s, const char *sql, int *ret, struct error *err)
{
	sqlite3_stmt *stmt;
	int status = STORE_OK;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*ret = sqlite3_column_int(stmt, 0);
	else
		status = sqlite_failed(s, err);
	sqlite3_finalize(stmt);
	return status;
}

/* 0: an empty database. */
static int
current_version(struct store *s, int *ret, struct error *err)
{
	int tables, ours, status;

	status = number(s, "SELECT count(*) FROM sqlite_master", &tables, err);
	if (status != STORE_OK)
		return status;
	if (tables == 0) {
		*ret = 0;
		return STORE_OK;
	}
	status = number(s,
	    "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
	    " AND name IN ('version', 'progress', 'series', 'samples')",
	    &ours, err);
	if (status != STORE_OK)
		return status;
	if (ours != 4) {
		error_set(err, "%s: a database with tables of somebody else's",
		    s->path);
		return STORE_AGAIN;
	}
	return number(s, "SELECT max(version) FROM version", ret, err);
}

static int
too_new(struct store *s, int version, struct error *err)
{
	error_set(err,
	    "%s: schema version %d is newer than %d, the newest known here",
	    s->path, version, NEWEST);
	return STORE_AGAIN;
}

static int
apply(struct store *s, int step, struct error *err)
{
	char note[128];

	if (sqlite3_exec(s->db, steps[step], NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	sqlite3_snprintf(sizeof(note), note,
	    "INSERT INTO version VALUES (%d, datetime('now') || 'Z')",
	    step + 1);
	if (sqlite3_exec(s->db, note, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	return STORE_OK;
}

int
sqlite_migrate(struct store *s, struct error *err)
{
	int version, status;

	status = sqlite_do(s, BEGIN, err);
	if (status != STORE_OK)
		return status;
	status = current_version(s, &version, err);
	if (status == STORE_OK && version > NEWEST)
		status = too_new(s, version, err);
	while (status == STORE_OK && version < NEWEST)
		status = apply(s, version++, err);
	if (status == STORE_OK)
		status = sqlite_do(s, COMMIT, err);
	if (status != STORE_OK)
		sqlite_do(s, ROLLBACK, NULL);
	return status;
}

int
sqlite_check_schema(struct store *s, struct error *err)
{
	int version, status;

	status = current_version(s, &version, err);
	if (status != STORE_OK)
		return status;
	if (version > NEWEST)
		return too_new(s, version, err);
	if (version < NEWEST) {
		error_set(err, "%s: schema version %d, not yet migrated to %d",
		    s->path, version, NEWEST);
		return STORE_AGAIN;
	}
	return STORE_OK;
}
