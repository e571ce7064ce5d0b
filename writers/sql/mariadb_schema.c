/*
 * mariadb_schema.c - the tables of a MariaDB database, and how older ones
 * become today's.
 */
#include "mariadb.h"

#include <stdio.h>

/* What marks the schema as ours. */
#define MARK "versions of the schema of farmd"

#define NAME(COLUMN) COLUMN " varchar(250) NOT NULL,"
#define TABLE                                                                  \
	") ENGINE=InnoDB CHARACTER SET utf8mb4"                                \
	" COLLATE utf8mb4_nopad_bin"

/* A value, typed; which column it is in depends on its type. */
#define VALUE_COLUMNS                                                          \
	"type tinyint NOT NULL"                                                \
	" COMMENT '1 double, 2 int64, 3 uint64, 4 boolean, 5 text',"           \
	"number double COMMENT 'a double',"                                    \
	"bits bigint COMMENT 'an integer; uint64 with the same 64 bits; a"     \
	" double that number cannot hold, likewise',"                          \
	"bytes mediumblob COMMENT 'a text',"

/* The columns people read. */
#define READABLE_1                                                             \
	"s.farm, s.cluster, s.node, s.parameter,"                              \
	" timestampadd(MICROSECOND, v.time DIV 1000, '1970-01-01') AS at,"     \
	" CASE v.type WHEN 1 THEN v.number"                                    \
	"  WHEN 3 THEN CAST(v.bits AS UNSIGNED) ELSE v.bits END AS value,"     \
	" CASE v.type"                                                         \
	"  WHEN 1 THEN coalesce(v.number, CASE v.bits"                         \
	"   WHEN 9218868437227405312 THEN '+Inf'"                              \
	"   WHEN -4503599627370496 THEN '-Inf'"                                \
	"   WHEN -9223372036854775808 THEN '-0' ELSE 'NaN' END)"               \
	"  WHEN 3 THEN CAST(CAST(v.bits AS UNSIGNED) AS CHAR)"                 \
	"  WHEN 5 THEN CONVERT(v.bytes USING utf8mb4)"                         \
	"  ELSE CAST(v.bits AS CHAR) END AS text,"                             \
	" CASE v.type WHEN 1 THEN 'double' WHEN 2 THEN 'int64'"                \
	"  WHEN 3 THEN 'uint64' WHEN 4 THEN 'boolean' ELSE 'text' END AS "     \
	"type,"                                                                \
	" s.unit, v.time, v.position, v.series"

/*
 * Step i leads to version steps[i].version.  Each change of a table commits
 * by itself here, so a step must not mind what is there already.
 */
static const struct {
	int version;
	const char *sql;
} steps[] = {
	{ 1, "CREATE TABLE IF NOT EXISTS version ("
	     "version int PRIMARY KEY,"
	     "applied timestamp NOT NULL DEFAULT current_timestamp()" TABLE
	     " COMMENT '" MARK "'" },
	{ 1, "CREATE TABLE IF NOT EXISTS progress ("
	     "id int PRIMARY KEY CHECK (id = 0),"
	     "position bigint NOT NULL" TABLE
	     " COMMENT 'the last position stored: its row is locked by who"
	     " writes'" },
	{ 1, "INSERT IGNORE INTO progress VALUES (0, 0)" },
	/* Four names are too long for a key, so it is a digest of them. */
	{ 1, "CREATE TABLE IF NOT EXISTS series ("
	     "id bigint AUTO_INCREMENT PRIMARY KEY," NAME("farm")
		 NAME("cluster") NAME("node")
		     NAME("parameter") "kind varchar(16) NOT NULL,"
				       "unit varchar(250) NOT NULL,"
				       "labels mediumtext NOT NULL COMMENT 'a "
				       "JSON object',"
				       "digest binary(32) NOT NULL UNIQUE "
				       "COMMENT 'of the names',"
				       "KEY (farm(80), cluster(80), node(80), "
				       "parameter(80))" TABLE
				       " COMMENT 'one parameter of one node'" },
	{ 1, "CREATE TABLE IF NOT EXISTS samples ("
	     "series bigint NOT NULL,"
	     "time bigint NOT NULL COMMENT 'ns since 1970, UTC',"
	     "position bigint NOT NULL COMMENT 'of the record, growing',"
	     "item int NOT NULL COMMENT 'place in the record'," VALUE_COLUMNS
	     "PRIMARY KEY (series, time, position, item)" TABLE
	     " COMMENT 'one value'" },
	{ 1, "CREATE TABLE IF NOT EXISTS newest ("
	     "series bigint NOT NULL,"
	     "time bigint NOT NULL,"
	     "position bigint NOT NULL,"
	     "item int NOT NULL," VALUE_COLUMNS "PRIMARY KEY (series)" TABLE
	     " COMMENT 'the newest value of each series'" },
	{ 1, "CREATE TABLE IF NOT EXISTS records ("
	     "time bigint NOT NULL,"
	     "position bigint NOT NULL,"
	     "type varchar(16) NOT NULL,"
	     "instance text NOT NULL,"
	     "payload longblob NOT NULL,"
	     "PRIMARY KEY (time, position)" TABLE
	     " COMMENT 'removals, events, alarms, changes, accounting'" },
	{ 1, "CREATE OR REPLACE VIEW history AS SELECT " READABLE_1
	     " FROM series AS s JOIN samples AS v ON v.series = s.id" },
	{ 1, "CREATE OR REPLACE VIEW latest AS SELECT " READABLE_1
	     " FROM series AS s JOIN newest AS v ON v.series = s.id" },
	{ 1, "CREATE OR REPLACE VIEW events AS SELECT"
	     " timestampadd(MICROSECOND, time DIV 1000, '1970-01-01') AS at,"
	     " type, instance, CONVERT(payload USING utf8mb4) AS payload, time,"
	     " position FROM records" },
	{ 1, "INSERT IGNORE INTO version (version) VALUES (1)" },
	{ 2, "CREATE TABLE IF NOT EXISTS averages ("
	     "step int NOT NULL COMMENT 'the slot''s length in seconds',"
	     "series bigint NOT NULL,"
	     "time bigint NOT NULL"
	     " COMMENT 'its beginning, ns since 1970, UTC',"
	     "count bigint NOT NULL COMMENT 'values measured in it',"
	     "mean double NOT NULL COMMENT 'weighted by time',"
	     "min double NOT NULL,"
	     "max double NOT NULL,"
	     "last double NOT NULL COMMENT 'the last one measured',"
	     "held bigint NOT NULL"
	     " COMMENT 'ns in which a value was in force',"
	     "position bigint NOT NULL COMMENT 'the largest of its values',"
	     "PRIMARY KEY (step, series, time)" TABLE
	     " COMMENT 'of the values of a series in a slot of time'" },
	{ 2, "CREATE TABLE IF NOT EXISTS rolled ("
	     "step int PRIMARY KEY COMMENT '0: values themselves',"
	     "done bigint NOT NULL COMMENT 'slots before this are written',"
	     "cut bigint NOT NULL COMMENT 'rows before this may be gone'" TABLE
	     " COMMENT 'how far averages have come'" },
	{ 2, "CREATE OR REPLACE VIEW numbers AS SELECT series, time, position,"
	     " item, CASE type"
	     "  WHEN 1 THEN coalesce(number, CASE bits"
	     "   WHEN -9223372036854775808 THEN 0e0 END)"
	     "  WHEN 3 THEN CAST(CAST(bits AS UNSIGNED) AS double)"
	     "  ELSE CAST(bits AS double) END AS value"
	     " FROM samples WHERE type <> 5" },
	{ 2, "CREATE OR REPLACE VIEW levels AS SELECT"
	     " s.farm, s.cluster, s.node, s.parameter,"
	     " timestampadd(MICROSECOND, a.time DIV 1000, '1970-01-01') AS at,"
	     " a.step, a.count, a.mean, a.min, a.max, a.last, s.unit,"
	     " a.held / 1e9 AS held, a.time, a.series"
	     " FROM series AS s JOIN averages AS a ON a.series = s.id" },
	{ 2, "INSERT IGNORE INTO version (version) VALUES (2)" },
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))
#define NEWEST (steps[N_STEPS - 1].version)

/* 0: none of our tables is there, or not all of them yet. */
static int
current_version(struct store *s, int64_t *ret, struct error *err)
{
	int64_t ours, theirs;
	int status;

	status = my_number(s,
	    "SELECT count(*) FROM information_schema.tables"
	    " WHERE table_schema = database() AND table_name = 'version'"
	    " AND table_comment = '" MARK "'",
	    &ours, err);
	if (status == STORE_OK && ours > 0)
		return my_number(s,
		    "SELECT coalesce(max(version), 0) FROM version", ret, err);
	if (status == STORE_OK)
		status = my_number(s,
		    "SELECT count(*) FROM information_schema.tables"
		    " WHERE table_schema = database() AND table_name IN"
		    " ('version', 'progress', 'series', 'samples')",
		    &theirs, err);
	if (status == STORE_OK && theirs > 0) {
		error_set(err, "%s: tables of somebody else's have our names",
		    s->name);
		return STORE_AGAIN;
	}
	if (status == STORE_OK)
		*ret = 0;
	return status;
}

static int
too_new(struct store *s, int64_t version, struct error *err)
{
	error_set(err,
	    "%s: schema version %d is newer than %d, the newest known here",
	    s->name, (int)version, NEWEST);
	return STORE_AGAIN;
}

/* Under a lock: of two that start at once the second finds the work done. */
static int
migrate(struct store *s, struct error *err)
{
	int64_t version;
	int status;

	status = current_version(s, &version, err);
	if (status == STORE_OK && version > NEWEST)
		return too_new(s, version, err);
	for (size_t i = 0; status == STORE_OK && i < N_STEPS; i++) {
		if (steps[i].version > version)
			status = my_do(s, steps[i].sql, err);
	}
	/* What fails here depends on the server, not on what is stored. */
	return status == STORE_BAD ? STORE_AGAIN : status;
}

int
my_migrate(struct store *s, struct error *err)
{
	int64_t locked = 0;
	int status;

	status = my_number(s,
	    "SELECT get_lock(concat('farmd ', database()), 5)", &locked, err);
	if (status == STORE_OK && locked == 0) {
		error_set(err, "%s: somebody else migrates it", s->name);
		return STORE_AGAIN;
	}
	if (status != STORE_OK)
		return status;
	status = migrate(s, err);
	my_number(s, "SELECT release_lock(concat('farmd ', database()))",
	    &locked, NULL);
	return status;
}

int
my_check_schema(struct store *s, struct error *err)
{
	int64_t version;
	int status;

	status = current_version(s, &version, err);
	if (status != STORE_OK)
		return status;
	if (version > NEWEST)
		return too_new(s, version, err);
	if (version < NEWEST) {
		error_set(err, "%s: schema version %d, not yet migrated to %d",
		    s->name, (int)version, NEWEST);
		return STORE_AGAIN;
	}
	return STORE_OK;
}
