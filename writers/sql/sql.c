/*
 * sql.c - the writer `sql': batches become transactions, questions queries.
 * Which database it is, only a dialect knows; see store.h.
 *
 * Exactly once: a row's key holds the position of its record, and the last
 * position is committed together with the rows, so a batch that comes again
 * after a lost answer adds nothing.  Batches may come in any order: after an
 * outage new ones come before those that waited.
 */
#include <farm/module.h>

#include <string.h>

#include "clock.h"
#include "store.h"

/* How long one tick may remove old rows; the next batch waits for it. */
#define TICK_NS (250 * NS_PER_MS)
/* A search for old rows begins this often: a hundredth of `keep' within. */
#define ROUND_MIN_NS (60 * NS_PER_S)
#define ROUND_MAX_NS (3600 * NS_PER_S)
/* The clock is looked at once in so many samples of an answer. */
#define SAMPLES_PER_LOOK 1024

struct sql {
	const char *url;
	int sync;
	int64_t keep_ns;
	int64_t busy_timeout_ns;
	int64_t max_size;
	/* The writer's own. */
	const struct dialect *dialect;
	struct store_settings settings;
	struct store *store; /* NULL: to be opened by who needs it */
	uint64_t generation; /* of ids of series; never 0 once open */
	struct expiry expiry;
	int64_t next_round_ns; /* wall clock */
};

/* What is remembered of a series: its id, if of today's generation. */
struct sql_series {
	uint64_t generation;
	int64_t id;
};

/* A hundred years, as people write them. */
#define KEEP_MAX_NS (36500 * 86400e9)

static const struct farm_option options[] = {
	{ .name = "url",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct sql, url, const char *),
	    .help = "the database: sqlite:/PATH" },
	FARM_OPTION_ENUM("sync", struct sql, sync, "normal", "off|normal|full",
	    "what a power failure may cost, as described above"),
	FARM_OPTION_DURATION("keep", struct sql, keep_ns, NULL, 0, KEEP_MAX_NS,
	    "what is older is removed; everything is kept if not given or 0s"),
	FARM_OPTION_SIZE("max_size", struct sql, max_size, NULL, 1 << 20, 1e15,
	    "the file grows no larger than this; no bound if not given"),
	FARM_OPTION_DURATION("busy_timeout", struct sql, busy_timeout_ns, "5s",
	    0, 30e9, "how long to wait for a lock of somebody else's"),
	FARM_OPTION_END
};

static const struct dialect *const dialects[] = { &sqlite_dialect };

/* -- the connection -- */

static int
find_dialect(struct farm_host *host, struct sql *sql)
{
	size_t length;

	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		length = strlen(dialects[i]->scheme);
		if (strncmp(sql->url, dialects[i]->scheme, length) != 0 ||
		    sql->url[length] != ':')
			continue;
		sql->dialect = dialects[i];
		sql->settings.location = sql->url + length + 1;
		return 0;
	}
	return farm_fail(host, "url \"%s\": not sqlite:/PATH", sql->url);
}

static void
disconnect(struct sql *sql)
{
	if (sql->dialect != NULL)
		sql->dialect->close(sql->store);
	sql->store = NULL;
}

/* Open if need be, or anew if the database is not where it was. */
static int
connect(struct sql *sql, bool writing, struct error *err)
{
	if (sql->store != NULL && !sql->dialect->in_place(sql->store))
		disconnect(sql);
	if (sql->store != NULL)
		return STORE_OK;
	sql->generation++;
	return sql->dialect->open(&sql->store, &sql->settings, writing, err);
}

static int
sql_open(struct farm_host *host, void *state)
{
	struct sql *sql = state;
	struct error err;

	if (find_dialect(host, sql) != 0)
		return -1;
	sql->settings.sync = sql->sync;
	sql->settings.busy_timeout_ns = sql->busy_timeout_ns;
	sql->settings.max_bytes = sql->max_size;
	if (farm_purpose(host) != FARM_FOR_WORK)
		return 0;
	if (connect(sql, true, &err) != STORE_OK)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
sql_close(struct farm_host *host, void *state)
{
	(void)host;
	disconnect(state);
}

/* -- write -- */

/* The id of a value's series, from memory if it can be. */
static int
series_id(struct farm_host *host, struct sql *sql,
    const struct farm_value *value, int64_t *ret, struct error *err)
{
	struct sql_series *known = farm_series_state(host, value->series);
	const struct farm_series *series;
	int status;

	if (known == NULL) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	if (known->generation != sql->generation) {
		series = farm_series_info(host, value->series);
		if (series == NULL) {
			error_set(err, "series %u is unknown", value->series);
			return STORE_BAD;
		}
		status = sql->dialect->series(
		    sql->store, series, &known->id, err);
		if (status != STORE_OK)
			return status;
		known->generation = sql->generation;
	}
	*ret = known->id;
	return STORE_OK;
}

static int
write_result(struct farm_host *host, struct sql *sql,
    const struct farm_record *r, struct error *err)
{
	struct sample sample = { .time_ns = r->time_ns,
		.position = r->position };
	int status;

	for (size_t i = 0; i < r->n_values; i++) {
		sample.value = &r->values[i];
		sample.item = i;
		if (sample.value->type == FARM_NONE)
			continue;
		status = series_id(
		    host, sql, sample.value, &sample.series, err);
		if (status == STORE_OK)
			status = sql->dialect->sample(sql->store, &sample, err);
		if (status != STORE_OK)
			return status;
	}
	return STORE_OK;
}

static int
write_record(struct farm_host *host, struct sql *sql,
    const struct farm_record *r, struct error *err)
{
	if (r->position > INT64_MAX) {
		error_set(err, "position %llu is beyond 2^63",
		    (unsigned long long)r->position);
		return STORE_BAD;
	}
	switch (r->type) {
	case FARM_RESULT:
		return write_result(host, sql, r, err);
	case FARM_CHECKPOINT:
		return STORE_OK; /* the host's own matter */
	}
	return sql->dialect->record(sql->store, r, err);
}

/* One batch on its way in. */
struct attempt {
	uint64_t stored;   /* the last position before it */
	uint64_t position; /* of the record under way */
	size_t record;     /* its number; SIZE_MAX: none */
	size_t repeated;   /* records that were there already */
};

static int
write_next(struct farm_host *host, struct sql *sql, const struct farm_record *r,
    struct attempt *a, struct error *err)
{
	uint64_t before = sql->dialect->added(sql->store);
	int status;

	a->position = r->position;
	status = write_record(host, sql, r, err);
	if (status != STORE_OK || r->position > a->stored)
		return status;
	if (sql->dialect->added(sql->store) == before)
		a->repeated++;
	return STORE_OK;
}

static void
tell_repeats(struct farm_host *host, const struct attempt *a)
{
	if (a->repeated > 0)
		farm_log(host, FARM_NOTICE,
		    "%zu records up to position %llu were stored before",
		    a->repeated, (unsigned long long)a->stored);
}

/*
 * The batch in one transaction, with the last position of all that came so
 * far.  Records before it are here already, and then add nothing, or had to
 * wait.
 */
static int
write_batch(struct farm_host *host, struct sql *sql,
    const struct farm_batch *batch, struct attempt *a, struct error *err)
{
	int status;

	status = sql->dialect->begin(sql->store, &a->stored, err);
	for (size_t i = 0; status == STORE_OK && i < batch->n_records; i++) {
		a->record = i;
		status = write_next(host, sql, &batch->records[i], a, err);
	}
	if (status != STORE_OK)
		return status;
	a->record = SIZE_MAX;
	if (a->position < a->stored)
		a->position = a->stored;
	status = sql->dialect->commit(sql->store, a->position, err);
	if (status == STORE_OK)
		tell_repeats(host, a);
	return status;
}

static int
sql_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct sql *sql = state;
	struct attempt a = { .record = SIZE_MAX };
	struct error err;
	int status;

	status = connect(sql, true, &err);
	if (status == STORE_OK)
		status = write_batch(host, sql, batch, &a, &err);
	if (status == STORE_OK)
		return FARM_DONE;
	if (sql->store != NULL)
		sql->dialect->rollback(sql->store);
	sql->generation++; /* ids given since begin() are void */
	if (status == STORE_BAD)
		return farm_bad(host, a.record, "%s", err.text);
	disconnect(sql);
	return farm_again(host, "%s", err.text);
}

/* -- tick: old rows go -- */

static int64_t
round_ns(const struct sql *sql)
{
	int64_t ns = sql->keep_ns / 100;

	if (ns < ROUND_MIN_NS)
		return ROUND_MIN_NS;
	return ns > ROUND_MAX_NS ? ROUND_MAX_NS : ns;
}

/* Go on with a round, for a while. */
static int
expire(struct sql *sql, struct error *err)
{
	int64_t end_mono_ns = clock_mono_ns() + TICK_NS;
	struct expiry *e = &sql->expiry;
	int status = STORE_OK;

	while (status == STORE_OK && !e->done && clock_mono_ns() < end_mono_ns)
		status = sql->dialect->expire(sql->store, e, err);
	if (e->forgotten > 0)
		sql->generation++; /* their ids are void */
	e->forgotten = 0;
	return status;
}

static int
sql_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct sql *sql = state;
	struct error err;

	if (sql->keep_ns <= 0 || sql->store == NULL ||
	    now_ns < sql->next_round_ns)
		return 0;
	sql->expiry.before_ns = now_ns - sql->keep_ns;
	if (expire(sql, &err) != STORE_OK)
		return farm_fail(host, "removing old rows: %s", err.text);
	if (sql->expiry.done) {
		sql->expiry = (struct expiry){ .series = 0 };
		sql->next_round_ns = now_ns + round_ns(sql);
	}
	return 0;
}

/* -- history -- */

/* One answer under way. */
struct answer {
	struct farm_host *host;
	const struct farm_predicate *predicate;
	uint32_t series; /* the one being told */
	size_t n_samples;
	bool ended;  /* the host wants no more */
	bool late;   /* past the deadline */
	bool failed; /* explained already */
};

static bool
is_late(struct answer *a)
{
	a->late = clock_mono_ns() >= farm_deadline_ns(a->host, NULL);
	return a->late;
}

static int
answer_series(void *context, const struct farm_series *s)
{
	struct answer *a = context;

	if (is_late(a))
		return -1;
	if (!farm_matches(a->host, a->predicate, s))
		return 1;
	a->series = farm_series(a->host, NULL, .farm = s->farm,
	    .cluster = s->cluster, .node = s->node, .parameter = s->parameter,
	    .unit = s->unit, .kind = s->kind, .labels = s->labels,
	    .n_labels = s->n_labels);
	a->failed = a->series == 0;
	return a->failed ? -1 : 0;
}

static int
answer_sample(void *context, int64_t time_ns, const struct farm_value *value)
{
	struct answer *a = context;
	struct farm_value row = *value;

	if (++a->n_samples % SAMPLES_PER_LOOK == 0 && is_late(a))
		return -1;
	row.series = a->series;
	a->ended = farm_emit_rows(a->host, NULL, time_ns, 0, &row, 1) != 0;
	return a->ended ? -1 : 0;
}

static void
answer_finish(void *context)
{
	struct answer *a = context;

	farm_release(a->host, a->series);
}

/* The one name that a pattern surely means; NULL: possibly many. */
static const char *
exact(const struct farm_predicate *p, const char *pattern)
{
	if ((p->flags & FARM_COMPAT) != 0 || pattern[0] == '\0' ||
	    strncmp(pattern, "re:", 3) == 0 || strpbrk(pattern, "*%\\") != NULL)
		return NULL;
	return pattern;
}

/*
 * Read what the exact names of the predicate narrow down; the host's matcher
 * decides about each series.
 */
static int
answer(struct sql *sql, struct answer *a, const struct question *q)
{
	const struct reader reader = { a, answer_series, answer_sample,
		answer_finish };
	uint64_t position;
	struct error err;

	if (connect(sql, false, &err) != STORE_OK)
		return farm_fail(a->host, "%s", err.text);
	if (sql->dialect->read(sql->store, q, &reader, &position, &err) !=
	    STORE_OK) {
		disconnect(sql);
		return farm_fail(a->host, "%s", err.text);
	}
	if (a->late)
		return farm_fail(a->host, "%s: no time left after %zu values",
		    sql->url, a->n_samples);
	if (a->failed)
		return -1;
	return a->ended ? 0 : farm_answer_through(a->host, position);
}

/* The span is absolute here: the host has resolved relative times. */
static int
sql_history(struct farm_host *host, void *state, const struct farm_predicate *p)
{
	struct answer a = { .host = host, .predicate = p };
	const struct question q = {
		.farm = exact(p, p->farm),
		.cluster = exact(p, p->cluster),
		.node = exact(p, p->node),
		.first_ns = p->from_ns == 0 ? INT64_MIN : p->from_ns,
		.last_ns = p->to_ns == 0 ? INT64_MAX : p->to_ns - 1,
	};

	return answer(state, &a, &q);
}

static const char description[] =
    "Stores results in an SQL database as plain rows, and answers questions\n"
    "about history from it. This version knows SQLite:\n"
    "\n"
    "```yaml\n"
    "writers:\n"
    "  store:\n"
    "    sql: {url: \"sqlite:/var/lib/farm/farm.db\", keep: 90d}\n"
    "```\n"
    "\n"
    "The file is made if it is not there, its folder is not. One database\n"
    "belongs to one writer of one daemon; others may read it at any time.\n"
    "\n"
    "## Tables\n"
    "\n"
    "| table | a row is | columns |\n"
    "| --- | --- | --- |\n"
    "| `series` | one parameter of one node | `id`, `farm`, `cluster`, "
    "`node`, `parameter`, `kind`, `unit`, `labels` (a JSON object) |\n"
    "| `samples` | one value | `series`, `time` (ns since 1970, UTC), "
    "`position`, `item`, `type`, `value` |\n"
    "| `records` | a removal, event, alarm, ... | `time`, `position`, `type`, "
    "`instance`, `payload` (JSON) |\n"
    "| `progress` | the last position stored | `position` |\n"
    "| `version` | a version of the schema | `version`, `applied` |\n"
    "\n"
    "Two values of one series at one time are two rows, told apart by the\n"
    "position of their record and the place in it. `type` is 1 double,\n"
    "2 int64, 3 uint64, 4 boolean (0 or 1), 5 text. SQLite has no unsigned\n"
    "integers and no NaN: a uint64 of 2^63 or more is stored as the signed\n"
    "integer of the same bits, a double that is not a number as NULL. The\n"
    "views show both as they are: `history` joins values with their names\n"
    "and a readable time `at`; `latest_values` has the newest of each series.\n"
    "\n"
    "The last hour of one parameter:\n"
    "\n"
    "```sql\n"
    "SELECT at, value, unit FROM history\n"
    "WHERE farm = 'caltech' AND cluster = 'workers' AND node = 'node001'\n"
    "  AND parameter = 'Load5'\n"
    "  AND time >= (strftime('%s', 'now') - 3600) * 1000000000\n"
    "ORDER BY time;\n"
    "```\n"
    "\n"
    "The five busiest nodes now:\n"
    "\n"
    "```sql\n"
    "SELECT node, value FROM latest_values\n"
    "WHERE cluster = 'workers' AND parameter = 'Load5'\n"
    "ORDER BY value DESC LIMIT 5;\n"
    "```\n"
    "\n"
    "## What is promised\n"
    "\n"
    "A batch is one transaction, and the position of its last record is part\n"
    "of it: what comes a second time is not stored a second time, in\n"
    "whatever order it comes. A killed daemon loses nothing that was\n"
    "stored. What a power failure costs is\n"
    "`sync`'s choice: `full` nothing; `normal` possibly the transactions\n"
    "since the last checkpoint of SQLite's log, the database stays sound;\n"
    "`off` possibly the database.\n"
    "\n"
    "A locked, deleted or replaced database, or a full disk, stops nothing\n"
    "but this writer: it opens the database anew with each retry. With\n"
    "`keep`, older rows are removed a few at a time, and series that have\n"
    "none left; the file does not shrink, its pages are used again.\n"
    "`max_size` bounds the file itself; once reached, nothing is stored until\n"
    "rows were removed.";

FARM_MODULE(sql, FARM_WRITER) = {
	.summary = "rows in an SQL database, and history from it",
	.description = description,
	.options = options,
	.state_size = sizeof(struct sql),
	.needs = FARM_NEEDS_FILES,
	.open = sql_open,
	.close = sql_close,
	.tick = sql_tick,
	.writer = {
		.write = sql_write,
		.history = sql_history,
		.series_state_size = sizeof(struct sql_series),
	},
};
