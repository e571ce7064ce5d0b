/*
 * postgres_schema.c - the tables of a PostgreSQL database, and how older ones
 * become today's.
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>

#define TIME(COLUMN) "timestamptz 'epoch' + " COLUMN " / 1000 * interval '1 us'"

/* One value of a row `r' at its place `p', in the columns people read. */
#define VALUE_1(R)                                                             \
	" CASE p.type WHEN 1 THEN " R ".doubles[p.place - " R ".low + 1]"      \
	"  WHEN 3 THEN farm_uint64(" R ".integers[p.place - " R ".low + 1])"   \
	"  ELSE " R ".integers[p.place - " R ".low + 1] END AS value,"         \
	" CASE p.type"                                                         \
	"  WHEN 1 THEN " R ".doubles[p.place - " R ".low + 1]::text"           \
	"  WHEN 3 THEN farm_uint64(" R ".integers[p.place - " R ".low + 1])"   \
	"::text"                                                               \
	"  WHEN 5 THEN farm_text(" R ".texts[p.place - " R ".low + 1])"        \
	"  ELSE " R ".integers[p.place - " R ".low + 1]::text END AS text,"    \
	" CASE p.type WHEN 1 THEN 'double' WHEN 2 THEN 'int64'"                \
	"  WHEN 3 THEN 'uint64' WHEN 4 THEN 'boolean' ELSE 'text' END AS "     \
	"type,"

/* Does the row hold the place? */
#define COVERS_1(R)                                                            \
	R ".grp = p.grp AND p.place BETWEEN " R ".low AND " R ".low"           \
	  " + coalesce(cardinality(" R ".doubles), cardinality(" R             \
	  ".integers), cardinality(" R ".texts)) - 1"

/*
 * Step i leads from version i to version i + 1.  What was released is never
 * edited: a change is another step at the end.
 */
static const char *const steps[] = {
	"CREATE TABLE version ("
	"  version int PRIMARY KEY,"
	"  applied timestamptz NOT NULL DEFAULT now()"
	");"
	"COMMENT ON TABLE version IS 'versions of this schema';"
	"CREATE TABLE progress ("
	"  id int PRIMARY KEY CHECK (id = 0),"
	"  position bigint NOT NULL"
	");"
	"COMMENT ON TABLE progress IS"
	"  'the last position stored: its row is locked by who writes';"
	"INSERT INTO progress VALUES (0, 0);"
	"CREATE TABLE series ("
	"  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
	"  farm text COLLATE \"C\" NOT NULL,"
	"  cluster text COLLATE \"C\" NOT NULL,"
	"  node text COLLATE \"C\" NOT NULL,"
	"  parameter text COLLATE \"C\" NOT NULL,"
	"  kind text NOT NULL,"
	"  unit text NOT NULL,"
	"  labels jsonb NOT NULL,"
	"  UNIQUE (farm, cluster, node, parameter)"
	");"
	"COMMENT ON TABLE series IS 'one parameter of one node';"
	"COMMENT ON COLUMN series.kind IS"
	"  'gauge, counter32, counter64 or state';"
	"CREATE TABLE places ("
	"  series bigint NOT NULL REFERENCES series ON DELETE CASCADE,"
	"  type smallint NOT NULL,"
	"  grp int NOT NULL,"
	"  place smallint NOT NULL,"
	"  PRIMARY KEY (series, type)"
	");"
	"CREATE INDEX places_grp ON places (grp);"
	"CREATE SEQUENCE groups AS int;"
	"COMMENT ON TABLE places IS"
	"  'where the values of a series are: in which group of rows, and which"
	" element of their arrays';"
	"COMMENT ON COLUMN places.type IS"
	"  '1 double, 2 int64, 3 uint64, 4 boolean, 5 text';"
	/*
	 * The columns are in an order without gaps, and as many as the head
	 * of a row has room for.
	 */
	"CREATE TABLE results ("
	"  time bigint NOT NULL,"
	"  position bigint NOT NULL,"
	"  grp int NOT NULL,"
	"  item int NOT NULL,"
	"  low smallint NOT NULL,"
	"  doubles float8[],"
	"  integers bigint[],"
	"  texts bytea[],"
	"  PRIMARY KEY (grp, time, position, item)"
	") PARTITION BY RANGE (time);"
	"CREATE TABLE results_other PARTITION OF results DEFAULT;"
	"COMMENT ON TABLE results IS"
	"  'values of one result that have places beside each other; see the"
	" view samples';"
	"COMMENT ON COLUMN results.time IS 'ns since 1970, UTC';"
	"COMMENT ON COLUMN results.position IS"
	"  'of the record, unique and growing';"
	"COMMENT ON COLUMN results.item IS"
	"  'the first value''s place in the record';"
	"COMMENT ON COLUMN results.low IS 'the place of the first element';"
	"COMMENT ON COLUMN results.integers IS"
	"  'int64, boolean, and uint64 with the same 64 bits';"
	"CREATE TABLE newest ("
	"  time bigint NOT NULL,"
	"  position bigint NOT NULL,"
	"  grp int NOT NULL,"
	"  item int NOT NULL,"
	"  low smallint NOT NULL,"
	"  size smallint NOT NULL,"
	"  doubles float8[],"
	"  integers bigint[],"
	"  texts bytea[],"
	"  PRIMARY KEY (grp, low, size)"
	") WITH (fillfactor = 40);"
	"COMMENT ON TABLE newest IS"
	"  'the newest row of results of each group and extent';"
	"CREATE TABLE records ("
	"  time bigint NOT NULL,"
	"  position bigint NOT NULL,"
	"  type text NOT NULL,"
	"  instance text NOT NULL,"
	"  payload bytea NOT NULL,"
	"  PRIMARY KEY (time, position)"
	");"
	"COMMENT ON TABLE records IS"
	"  'removals, events, alarms, changes of the configuration, accounting:"
	" see the view events';"
	"CREATE FUNCTION farm_uint64(v bigint) RETURNS numeric"
	" LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
	" 'SELECT CASE WHEN v < 0 THEN v + 18446744073709551616 ELSE v END';"
	"COMMENT ON FUNCTION farm_uint64 IS 'a uint64 of the same 64 bits';"
	/* Texts may hold what a column of text refuses: a zero byte, or bytes
	   that are not UTF-8. */
	"CREATE FUNCTION farm_text(v bytea) RETURNS text"
	" LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$"
	" BEGIN RETURN convert_from(v, 'UTF8');"
	" EXCEPTION WHEN character_not_in_repertoire THEN"
	"  RETURN encode(v, 'escape'); END $$;"
	"COMMENT ON FUNCTION farm_text IS"
	"  'as text; with escapes if it cannot be one';"
	"CREATE VIEW samples AS SELECT p.series, r.time," VALUE_1(
	    "r") " r.position, r.item + p.place - r.low AS item"
		 " FROM places AS p JOIN results AS r ON " COVERS_1(
		     "r") ";"
			  "COMMENT ON VIEW samples IS 'a row for each value';"
			  "CREATE VIEW history AS"
			  " SELECT s.farm, s.cluster, s.node, "
			  "s.parameter, " TIME("r.time") " AS at," VALUE_1(
			      "r") " s.unit, r.time, r.position, p.series"
				   " FROM series AS s JOIN places AS p ON "
				   "p.series = s.id"
				   " JOIN results AS r ON " COVERS_1(
				       "r") ";"
					    "COMMENT ON VIEW history IS "
					    "'values with their names';"
					    "CREATE VIEW latest AS"
					    " SELECT s.farm, s.cluster, "
					    "s.node, s.parameter, " TIME(
						"n."
						"time") " AS at," VALUE_1("n") " s.unit, n.time, "
									       "n.position, p.series"
									       " FROM series AS s JOIN "
									       "places AS p ON p.series "
									       "= s.id"
									       " JOIN newest AS n "
									       "ON " COVERS_1(
										   "n") " WHERE NOT "
											"EXISTS (SELECT "
											"FROM newest AS m"
											"  WHERE m.grp = "
											"p.grp"
											"  AND p.place "
											"BETWEEN m.low "
											"AND m.low + "
											"m.size - 1"
											"  AND (m.time, "
											"m.position, "
											"m.item) > "
											"(n.time, "
											"n.position, "
											"n.item))"
											" AND NOT EXISTS "
											"(SELECT FROM "
											"places AS q "
											"JOIN newest AS m"
											"  ON m.grp = "
											"q.grp AND "
											"q.place BETWEEN "
											"m.low AND m.low "
											"+ m.size - 1"
											"  WHERE "
											"q.series = "
											"p.series AND "
											"q.type <> p.type"
											"  AND (m.time, "
											"m.position, "
											"m.item) > "
											"(n.time, "
											"n.position, "
											"n.item));"
											"COMMENT ON VIEW "
											"latest IS 'the "
											"newest value of "
											"each series';"
											"CREATE VIEW "
											"events AS "
											"SELECT " TIME(
											    "time") " AS "
												    "at, "
												    "type"
												    ", "
												    "inst"
												    "ance"
												    ","
												    " far"
												    "m_"
												    "text"
												    "(pay"
												    "load"
												    ") "
												    "AS "
												    "payl"
												    "oad,"
												    " tim"
												    "e, "
												    "posi"
												    "tion"
												    " FRO"
												    "M "
												    "reco"
												    "rds;"
												    "COMM"
												    "ENT "
												    "ON "
												    "VIEW"
												    " eve"
												    "nts "
												    "IS "
												    "'rec"
												    "ords"
												    " oth"
												    "er "
												    "than"
												    " res"
												    "ults"
												    ", "
												    "read"
												    "able"
												    "';",
	"CREATE TABLE averages ("
	"  step int NOT NULL,"
	"  series bigint NOT NULL,"
	"  time bigint NOT NULL,"
	"  count bigint NOT NULL,"
	"  mean float8 NOT NULL,"
	"  min float8 NOT NULL,"
	"  max float8 NOT NULL,"
	"  last float8 NOT NULL,"
	"  held bigint NOT NULL,"
	"  position bigint NOT NULL,"
	"  PRIMARY KEY (step, series, time)"
	");"
	"COMMENT ON TABLE averages IS"
	"  'of the values of a series in a slot of time; see the view levels';"
	"COMMENT ON COLUMN averages.step IS 'the slot''s length in seconds';"
	"COMMENT ON COLUMN averages.time IS"
	"  'its beginning, ns since 1970, UTC';"
	"COMMENT ON COLUMN averages.count IS 'values measured in it';"
	"COMMENT ON COLUMN averages.mean IS 'weighted by time';"
	"COMMENT ON COLUMN averages.last IS 'the last one measured';"
	"COMMENT ON COLUMN averages.held IS"
	"  'ns in which a value was in force';"
	"COMMENT ON COLUMN averages.position IS 'the largest of its values';"
	"CREATE TABLE rolled ("
	"  step int PRIMARY KEY,"
	"  done bigint NOT NULL,"
	"  cut bigint NOT NULL"
	");"
	"COMMENT ON TABLE rolled IS"
	"  'how far averages have come; step 0: values themselves';"
	"COMMENT ON COLUMN rolled.done IS 'slots before this are written';"
	"COMMENT ON COLUMN rolled.cut IS 'rows before this may be gone';"
	"CREATE VIEW numbers AS SELECT p.series, r.time, r.position,"
	" r.item + p.place - r.low AS item,"
	" CASE p.type WHEN 1 THEN r.doubles[p.place - r.low + 1]"
	"  WHEN 3 THEN farm_uint64(r.integers[p.place - r.low + 1])::float8"
	"  ELSE r.integers[p.place - r.low + 1]::float8 END AS value"
	" FROM places AS p JOIN results AS r ON " COVERS_1("r")
	" WHERE p.type <> 5;"
	"COMMENT ON VIEW numbers IS 'numeric values as doubles';"
	"CREATE VIEW levels AS"
	" SELECT s.farm, s.cluster, s.node, s.parameter, " TIME("a.time")
	" AS at, a.step, a.count, a.mean, a.min, a.max, a.last, s.unit,"
	" a.held / 1e9::float8 AS held, a.time, a.series"
	" FROM series AS s JOIN averages AS a ON a.series = s.id;"
	"COMMENT ON VIEW levels IS 'averages with their names';",
};

#define NEWEST ((int)(sizeof(steps) / sizeof(steps[0])))

/* One number by a query that is run only now and then. */
static int
number(struct store *s, const char *sql, int *ret, struct error *err)
{
	PGresult *result;
	int status;

	status = pg_ask(s, sql, 0, NULL, &result, err);
	if (status != STORE_OK)
		return status;
	*ret = PQntuples(result) == 0 ? 0 : atoi(PQgetvalue(result, 0, 0));
	PQclear(result);
	return STORE_OK;
}

/* 0: none of our tables is there. */
static int
current_version(struct store *s, int *ret, struct error *err)
{
	int ours, status;

	status = number(s,
	    "SELECT count(*) FROM pg_class"
	    " WHERE relnamespace = current_schema()::regnamespace"
	    " AND relname IN ('version', 'progress', 'series', 'results')",
	    &ours, err);
	if (status != STORE_OK)
		return status;
	if (ours == 0) {
		*ret = 0;
		return STORE_OK;
	}
	if (ours != 4) {
		error_set(err, "%s: tables of somebody else's have our names",
		    s->name);
		return STORE_AGAIN;
	}
	return number(s, "SELECT max(version) FROM version", ret, err);
}

static int
too_new(struct store *s, int version, struct error *err)
{
	error_set(err,
	    "%s: schema version %d is newer than %d, the newest known here",
	    s->name, version, NEWEST);
	return STORE_AGAIN;
}

static int
apply(struct store *s, int step, struct error *err)
{
	char note[64];
	int status;

	status = pg_do(s, steps[step], err);
	snprintf(
	    note, sizeof(note), "INSERT INTO version VALUES (%d)", step + 1);
	if (status == STORE_OK)
		status = pg_do(s, note, err);
	return status;
}

/* Two that start at once: the second finds the work done. */
#define LOCK "SELECT pg_advisory_xact_lock(hashtext('farmd schema'))"

int
pg_migrate(struct store *s, struct error *err)
{
	int version = 0, status;

	status = pg_do(s, "BEGIN; " LOCK, err);
	if (status == STORE_OK)
		status = current_version(s, &version, err);
	if (status == STORE_OK && version > NEWEST)
		status = too_new(s, version, err);
	while (status == STORE_OK && version < NEWEST)
		status = apply(s, version++, err);
	if (status == STORE_OK)
		status = pg_do(s, "COMMIT", err);
	/* What fails here depends on the server, not on what is stored. */
	return status == STORE_BAD ? STORE_AGAIN : status;
}

int
pg_check_schema(struct store *s, struct error *err)
{
	int version, status;

	status = current_version(s, &version, err);
	if (status != STORE_OK)
		return status;
	if (version > NEWEST)
		return too_new(s, version, err);
	if (version < NEWEST) {
		error_set(err, "%s: schema version %d, not yet migrated to %d",
		    s->name, version, NEWEST);
		return STORE_AGAIN;
	}
	return STORE_OK;
}
