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
#include "help.h"
#include "intake.h"
#include "sift.h"

/* How long one tick may remove old rows; the next batch waits for it. */
#define TICK_NS (250 * NS_PER_MS)
/* A search for old rows begins this often: a hundredth of `keep' within. */
#define ROUND_MIN_NS (60 * NS_PER_S)
#define ROUND_MAX_NS (3600 * NS_PER_S)
/* The clock is looked at once in so many samples of an answer. */
#define SAMPLES_PER_LOOK 1024

struct sql {
	const char *url;
	const char *password;
	int sync;
	int64_t keep_ns;
	int64_t busy_timeout_ns;
	int64_t max_size;
	/* The writer's own. */
	const struct dialect *dialect;
	struct store_settings settings;
	struct store *store; /* NULL: to be opened by who needs it */
	uint64_t generation; /* of ids of series; never 0 once open */
	struct intake intake;
	struct expiry expiry;
	int64_t next_round_ns; /* wall clock */
};

/* A hundred years, as people write them. */
#define KEEP_MAX_NS (36500 * 86400e9)

#ifdef HAVE_POSTGRES
#define URL_POSTGRES ", postgresql://USER:PASSWORD@HOST/DATABASE"
#else
#define URL_POSTGRES ""
#endif
#ifdef HAVE_MARIADB
#define URL_MARIADB ", mariadb://USER:PASSWORD@HOST/DATABASE"
#else
#define URL_MARIADB ""
#endif
#define URLS "sqlite:/PATH" URL_POSTGRES URL_MARIADB

static const struct farm_option options[] = {
	{ .name = "url",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED | FARM_SENSITIVE,
	    .offset = FARM_FIELD(struct sql, url, const char *),
	    .help = "the database: " URLS },
	FARM_OPTION_SECRET("password", struct sql, password,
	    "for a server; or in the URL, or where its library looks for it"),
	FARM_OPTION_ENUM("sync", struct sql, sync, "normal", "off|normal|full",
	    "what a power failure may cost, as described above"),
	FARM_OPTION_DURATION("keep", struct sql, keep_ns, NULL, 0, KEEP_MAX_NS,
	    "what is older is removed; everything is kept if not given or 0s"),
	FARM_OPTION_SIZE("max_size", struct sql, max_size, NULL, 1 << 20, 1e15,
	    "SQLite's file grows no larger than this; no bound if not given"),
	FARM_OPTION_DURATION("busy_timeout", struct sql, busy_timeout_ns, "5s",
	    0, 30e9, "how long to wait for a lock of somebody else's"),
	FARM_OPTION_END
};

static const struct dialect *const dialects[] = {
	&sqlite_dialect,
#ifdef HAVE_POSTGRES
	&postgres_dialect,
#endif
#ifdef HAVE_MARIADB
	&mariadb_dialect,
#endif
};

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
	/* No more of it is quoted: there may be a password in the rest. */
	return farm_fail(host, "url \"%.*s:...\": not " URLS,
	    (int)strcspn(sql->url, ":"), sql->url);
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
	sql->settings.url = sql->url;
	sql->settings.password = sql->password;
	sql->settings.keep_ns = sql->keep_ns;
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
	struct sql *sql = state;

	(void)host;
	disconnect(sql);
	intake_free(&sql->intake);
}

/* -- write -- */

static uint64_t
last_position(const struct farm_batch *batch, uint64_t stored)
{
	for (size_t i = 0; i < batch->n_records; i++) {
		if (batch->records[i].position > stored)
			stored = batch->records[i].position;
	}
	return stored;
}

static void
tell_repeats(struct farm_host *host, const struct load *l, uint64_t stored)
{
	if (l->n_added < l->n_rows)
		farm_log(host, FARM_NOTICE,
		    "%zu rows up to position %llu were stored before",
		    l->n_rows - l->n_added, (unsigned long long)stored);
}

/*
 * The batch in one transaction, with the last position of all that came so
 * far.  Records before it are here already, and then add nothing, or had to
 * wait.
 */
static int
write_batch(struct farm_host *host, struct sql *sql,
    const struct farm_batch *batch, struct error *err)
{
	const struct dialect *d = sql->dialect;
	struct intake *in = &sql->intake;
	uint64_t stored;
	int status;

	status = intake_batch(in, host, sql->generation, batch, err);
	if (status == STORE_OK)
		status = d->begin(sql->store, &stored, err);
	if (status == STORE_OK && in->n_strangers > 0)
		status = d->series(
		    sql->store, in->strangers, in->n_strangers, err);
	if (status != STORE_OK)
		return status;
	intake_settle(in, host);
	if (in->imported)
		status = sift(sql->store, d, &in->load, err);
	if (status == STORE_OK)
		status = d->add(sql->store, &in->load, err);
	if (status == STORE_OK)
		status = d->commit(
		    sql->store, last_position(batch, stored), err);
	if (status == STORE_OK)
		tell_repeats(host, &in->load, stored);
	return status;
}

static int
refuse(struct farm_host *host, const struct sql *sql,
    const struct farm_batch *batch, const char *why)
{
	const struct farm_record *bad = sql->intake.load.bad;

	return farm_bad(host,
	    bad == NULL ? SIZE_MAX : (size_t)(bad - batch->records), "%s", why);
}

static int
sql_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct sql *sql = state;
	struct error err;
	int status;

	status = connect(sql, true, &err);
	if (status == STORE_OK)
		status = write_batch(host, sql, batch, &err);
	if (status == STORE_OK)
		return FARM_DONE;
	if (sql->store != NULL)
		sql->dialect->rollback(sql->store);
	sql->generation++; /* ids given since begin() are void */
	if (status == STORE_BAD)
		return refuse(host, sql, batch, err.text);
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
		return farm_fail(
		    a->host, "no time left after %zu values", a->n_samples);
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

FARM_MODULE(sql, FARM_WRITER) = {
	.summary = "rows in an SQL database, and history from it",
	.description = description,
	.options = options,
	.state_size = sizeof(struct sql),
	.needs = FARM_NEEDS_FILES | FARM_NEEDS_NETWORK,
	.open = sql_open,
	.close = sql_close,
	.tick = sql_tick,
	.writer = {
		.write = sql_write,
		.history = sql_history,
		.series_state_size = sizeof(struct sql_series),
	},
};
