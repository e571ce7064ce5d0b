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

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "help.h"
#include "intake.h"
#include "keep.h"
#include "levels.h"
#include "sift.h"

/* A page of a table takes part in a transaction once, however many rows of it
   come; those of a series are beside each other. */
#define BATCH_VALUES 200000
/* How long one tick may make averages, and how long remove old rows; the next
   batch waits for it. */
#define TICK_NS (250 * NS_PER_MS)
/* A search for old rows begins this often: a hundredth of `keep' within. */
#define ROUND_MIN_NS (60 * NS_PER_S)
#define ROUND_MAX_NS (3600 * NS_PER_S)
/* Values that came too late are told of no more often. */
#define TELL_NS (60 * NS_PER_S)
/* The clock is looked at once in so many samples of an answer. */
#define SAMPLES_PER_LOOK 1024

struct sql {
	const char *url;
	const char *password;
	int sync;
	const struct farm_tree *keep_tree;
	int compat;
	int64_t busy_timeout_ns;
	int64_t max_size;
	/* The writer's own. */
	const struct dialect *dialect;
	struct store_settings settings;
	struct keep keep;
	struct levels levels;
	struct store *store; /* NULL: to be opened by who needs it */
	bool stale;          /* it failed: write() opens it anew */
	uint64_t generation; /* of ids of series; never 0 once open */
	struct intake intake;
	struct expiry expiry;
	bool in_round;
	int64_t next_round_ns; /* wall clock */
	uint64_t n_old;        /* values older than `keep', not yet told of */
	int64_t next_told_ns;
};

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
	FARM_OPTION_TREE("keep", struct sql, keep_tree,
	    "a duration: what is older is removed; or {raw: 3h, 1m: 30d, 1h: "
	    "5y}: averages are kept, too; everything is kept if not given or "
	    "0s"),
	FARM_OPTION_ENUM("compat", struct sql, compat, "none", "none|monalisa",
	    "average as MonALISA does"),
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
	sql->stale = false;
}

/* Open if need be, or anew if the database is not where it was. */
static int
connect(struct sql *sql, bool writing, struct error *err)
{
	int status;

	if (sql->store != NULL &&
	    (sql->stale || !sql->dialect->in_place(sql->store)))
		disconnect(sql);
	if (sql->store != NULL)
		return STORE_OK;
	sql->generation++;
	status = sql->dialect->open(&sql->store, &sql->settings, writing, err);
	if (status == STORE_OK && writing)
		status = levels_load(&sql->levels, sql->store, true, err);
	if (status != STORE_OK)
		disconnect(sql);
	return status;
}

static int
sql_check(struct farm_host *host, const void *options_)
{
	const struct sql *sql = options_;
	struct error err;
	struct keep keep;

	if (keep_parse(&keep, sql->keep_tree, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static int
sql_open(struct farm_host *host, void *state)
{
	struct sql *sql = state;
	struct error err;

	if (find_dialect(host, sql) != 0)
		return -1;
	if (keep_parse(&sql->keep, sql->keep_tree, &err) != 0)
		return farm_fail(host, "%s", err.text);
	levels_init(&sql->levels, sql->dialect, &sql->keep,
	    sql->compat == 0 ? LEVEL_HELD : LEVEL_MONALISA);
	sql->settings.url = sql->url;
	sql->settings.password = sql->password;
	if (sql->keep.raw_ns != INT64_MAX)
		sql->settings.keep_ns = sql->keep.raw_ns;
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
	levels_free(&sql->levels);
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

static bool
is_old(const struct sql *sql, const struct farm_record *r,
    const struct farm_value *v, int64_t now_ns)
{
	int64_t keep_ns = v->type == FARM_TEXT ? sql->keep.longest_ns
					       : sql->keep.raw_ns;

	return keep_ns != INT64_MAX && r->time_ns < now_ns - keep_ns;
}

static void
count_old(struct sql *sql, const struct farm_batch *batch)
{
	int64_t now_ns = sql->intake.load.now_ns;

	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (r->type != FARM_RESULT || sql->keep.raw_ns == INT64_MAX ||
		    r->time_ns >= now_ns - sql->keep.raw_ns)
			continue;
		for (uint32_t k = 0; k < r->n_values; k++)
			sql->n_old += is_old(sql, r, &r->values[k], now_ns);
	}
}

/* After an outage every batch may have some. */
static void
tell_old(struct farm_host *host, struct sql *sql, int64_t now_ns)
{
	if (sql->n_old == 0 || now_ns < sql->next_told_ns)
		return;
	farm_log(host, FARM_NOTICE,
	    "%" PRIu64 " values were older than `keep' when they came: %s",
	    sql->n_old, sql->levels.n > 0 ? "averaged and removed" : "removed");
	sql->n_old = 0;
	sql->next_told_ns = now_ns + TELL_NS;
}

/* Is there something in it for averages? */
static bool
is_averaged(const struct sample *s)
{
	return s->value->type != FARM_TEXT &&
	       s->record->time_ns < LEVEL_TIME_MAX &&
	       s->record->time_ns > -LEVEL_TIME_MAX;
}

/* In the transaction: slots that were made without these values are to be made
   anew, even if nothing but the database survives. */
static int
note_levels(struct sql *sql, struct error *err)
{
	const struct load *l = &sql->intake.load;
	int64_t first_ns = INT64_MAX;

	for (size_t i = 0; i < l->n_samples; i++) {
		const struct sample *s = &l->samples[i];

		if (is_averaged(s) && s->record->time_ns < first_ns)
			first_ns = s->record->time_ns;
	}
	return levels_note(&sql->levels, first_ns, err);
}

/* After it. */
static int
mark_levels(struct farm_host *host, struct sql *sql, struct error *err)
{
	const struct load *l = &sql->intake.load;
	const struct sql_series *known;

	for (size_t i = 0; i < l->n_samples; i++) {
		const struct sample *s = &l->samples[i];

		known = farm_series_state(host, s->value->series);
		if (is_averaged(s) && !levels_mark(&sql->levels, known->series,
					  s->record->time_ns)) {
			error_set(err, "out of memory");
			return STORE_AGAIN;
		}
	}
	return STORE_OK;
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
	if (status == STORE_OK && sql->levels.n > 0)
		status = note_levels(sql, err);
	if (status == STORE_OK)
		status = d->commit(
		    sql->store, last_position(batch, stored), err);
	if (status == STORE_OK && sql->levels.n > 0)
		status = mark_levels(host, sql, err);
	if (status != STORE_OK)
		return status;
	tell_repeats(host, &in->load, stored);
	count_old(sql, batch);
	return STORE_OK;
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
	if (sql->store != NULL && sql->dialect->in_place(sql->store))
		sql->stale = true;
	else
		disconnect(sql);
	return farm_again(host, "%s", err.text);
}

/* -- tick: averages are made, old rows go -- */

static int64_t
round_ns(const struct sql *sql)
{
	int64_t ns = sql->keep.raw_ns / 100;

	if (ns < ROUND_MIN_NS)
		return ROUND_MIN_NS;
	return ns > ROUND_MAX_NS ? ROUND_MAX_NS : ns;
}

/* What is said to be gone from now on, before any of it is. */
static int
begin_round(struct sql *sql, int64_t now_ns, struct error *err)
{
	struct expiry *e = &sql->expiry;

	*e = (struct expiry){
		.before_ns = levels_keep_raw(
		    &sql->levels, now_ns - sql->keep.raw_ns),
		.longest_ns = sql->keep.longest_ns == INT64_MAX
				  ? INT64_MIN
				  : now_ns - sql->keep.longest_ns,
	};
	if (e->longest_ns > e->before_ns)
		e->longest_ns = e->before_ns;
	sql->in_round = true;
	return levels_cut_raw(&sql->levels, e->before_ns, err);
}

/* Go on with a round, for a while. */
static int
expire(struct sql *sql, int64_t now_ns, struct error *err)
{
	int64_t end_mono_ns = clock_mono_ns() + TICK_NS;
	struct expiry *e = &sql->expiry;
	int status = STORE_OK;

	if (!sql->in_round && now_ns < sql->next_round_ns)
		return STORE_OK;
	if (!sql->in_round)
		status = begin_round(sql, now_ns, err);
	while (status == STORE_OK && !e->done && clock_mono_ns() < end_mono_ns)
		status = sql->dialect->expire(sql->store, e, err);
	if (e->forgotten > 0)
		sql->generation++; /* their ids are void */
	e->forgotten = 0;
	if (status == STORE_OK && e->done) {
		sql->in_round = false;
		sql->next_round_ns = now_ns + round_ns(sql);
	}
	return status;
}

static int
sql_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	int64_t end_mono_ns = clock_mono_ns() + TICK_NS;
	struct sql *sql = state;
	struct error err;

	tell_old(host, sql, now_ns);
	if (sql->store == NULL)
		return 0;
	/* What is full takes no averages, but old rows that go make room. */
	if (!sql->stale &&
	    levels_roll(&sql->levels, now_ns, end_mono_ns, &err) != STORE_OK) {
		/* How far it came is looked up in the database. */
		disconnect(sql);
		return farm_fail(host, "averaging: %s", err.text);
	}
	if (levels_expire(&sql->levels, now_ns, end_mono_ns, &err) !=
		STORE_OK ||
	    (sql->keep.raw_ns != INT64_MAX &&
		expire(sql, now_ns, &err) != STORE_OK))
		return farm_fail(host, "removing old rows: %s", err.text);
	return 0;
}

/* -- history -- */

/* One answer under way. */
struct answer {
	struct farm_host *host;
	struct levels *levels;
	struct levels_plan plan;
	size_t level; /* the one being told, by number */
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
answer_begin(
    void *context, struct store *store, struct question *q, struct error *err)
{
	struct answer *a = context;
	int status;

	status = levels_load(a->levels, store, false, err);
	if (status == STORE_OK)
		levels_plan(a->levels, q, a->predicate->step_ns,
		    a->predicate->level_ns, &a->plan);
	return status;
}

static int
answer_slot(void *context, int64_t id, const struct level_slot *slot)
{
	struct answer *a = context;
	const struct farm_average average = { .series = a->series,
		.time_ns = slot->time_ns,
		.step_ns = slot->span_ns,
		.held_ns = slot->held_ns,
		.count = slot->count,
		.mean = slot->mean,
		.min = slot->min,
		.max = slot->max,
		.last = slot->last };

	(void)id;
	if (++a->n_samples % SAMPLES_PER_LOOK == 0 && is_late(a))
		return 1;
	a->ended = farm_emit_average(a->host, &average) != 0;
	return a->ended;
}

static int
answer_levels(void *context, int64_t id, bool *enough, struct error *err)
{
	struct answer *a = context;
	const struct dirty_range series = { .series = id };
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < a->plan.n; i++) {
		status = levels_rows(a->levels, a->plan.spans[i].level, &series,
		    1, a->plan.spans[i].first_ns, a->plan.spans[i].end_ns,
		    answer_slot, a, err);
		*enough = a->ended || a->late;
		if (*enough)
			break;
	}
	return status;
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
answer(struct sql *sql, struct answer *a, struct question *q)
{
	const struct reader reader = { a, answer_begin, answer_series,
		answer_levels, answer_sample, answer_finish };
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
	struct sql *sql = state;
	struct answer a = {
		.host = host, .predicate = p, .levels = &sql->levels
	};
	struct question q = {
		.farm = exact(p, p->farm),
		.cluster = exact(p, p->cluster),
		.node = exact(p, p->node),
		.first_ns = p->from_ns == 0 ? INT64_MIN : p->from_ns,
		.last_ns = p->to_ns == 0 ? INT64_MAX : p->to_ns - 1,
	};

	return answer(sql, &a, &q);
}

FARM_MODULE(sql, FARM_WRITER) = {
	.summary = "rows in an SQL database, and history from it",
	.description = description,
	.options = options,
	.state_size = sizeof(struct sql),
	.needs = FARM_NEEDS_FILES | FARM_NEEDS_NETWORK,
	.check = sql_check,
	.open = sql_open,
	.close = sql_close,
	.tick = sql_tick,
	.writer = {
		.write = sql_write,
		.history = sql_history,
		.series_state_size = sizeof(struct sql_series),
		.batch_values = BATCH_VALUES,
	},
};
