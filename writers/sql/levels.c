/*
 * levels.c - how far each level has come, and what of it may go.
 */
#include "levels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

/* Series whose old averages are removed by one statement. */
#define EXPIRE_SERIES 200
/* A search for old averages begins this often: each slot, within these. */
#define ROUND_MIN_NS (60 * NS_PER_S)
#define ROUND_MAX_NS (3600 * NS_PER_S)
/* What was in force in a slot may have begun so many slots before it. */
#define SLOTS_BEFORE 3

void
levels_init(struct levels *l, const struct dialect *dialect,
    const struct keep *keep, enum level_manner manner)
{
	l->dialect = dialect;
	l->manner = manner;
	l->n = keep->n;
	l->gone_stay = keep->n == 0 && keep->raw_ns == INT64_MAX;
	for (size_t i = 0; i < keep->n; i++) {
		l->items[i].step_ns = keep->levels[i].step_ns;
		l->items[i].keep_ns = keep->levels[i].keep_ns;
	}
}

void
levels_free(struct levels *l)
{
	for (size_t i = 0; i < l->n; i++) {
		dirty_free(&l->items[i].dirty);
		recall_free(&l->items[i].recall);
		free(l->items[i].pending);
	}
	buffer_free(&l->sql);
	free(l->rows);
	*l = (struct levels){ .n = 0 };
}

/* What was under way is to be done again. */
static void
reset(struct levels *l)
{
	struct sql_level *lv;

	for (size_t i = 0; i < l->n; i++) {
		lv = &l->items[i];
		free(lv->pending);
		lv->pending = NULL;
		recall_free(&lv->recall);
		lv->all = true;
		lv->looked_at = 0;
	}
	l->n_rows = 0;
}

/* -- in the database -- */

struct rolled {
	int64_t done_ns;
	int64_t cut_ns;
	bool found;
};

static int
take_rolled(void *context, const union number *row)
{
	*(struct rolled *)context = (struct rolled){ row[0].integer,
		row[1].integer, true };
	return 0;
}

/* How far a step has come; one that is new has everything before it. */
static int
load_step(struct levels *l, int64_t step_s, bool writing, struct rolled *ret,
    struct error *err)
{
	char sql[96];
	int status;

	*ret = (struct rolled){ -LEVEL_TIME_MAX, -LEVEL_TIME_MAX, false };
	snprintf(sql, sizeof(sql),
	    "SELECT done, cut FROM rolled WHERE step = %" PRId64, step_s);
	status = l->dialect->rows(l->store, sql, "ii", take_rolled, ret, err);
	if (status == STORE_OK && !ret->found && writing)
		status = levels_run(l, err,
		    "INSERT INTO rolled VALUES (%" PRId64 ", %" PRId64
		    ", %" PRId64 ")",
		    step_s, ret->done_ns, ret->cut_ns);
	return status;
}

int
levels_load(
    struct levels *l, struct store *store, bool writing, struct error *err)
{
	struct rolled rolled;
	int status;

	l->store = store;
	reset(l);
	if (l->n == 0)
		return STORE_OK;
	status = load_step(l, 0, writing, &rolled, err);
	l->raw_cut_ns = rolled.cut_ns;
	for (size_t i = 0; status == STORE_OK && i < l->n; i++) {
		status = load_step(
		    l, l->items[i].step_ns / NS_PER_S, writing, &rolled, err);
		l->items[i].done_ns = rolled.done_ns;
		l->items[i].cut_ns = rolled.cut_ns;
	}
	return status;
}

/* -- what came -- */

/* The slots it is in are made, or being made, without it. */
int
levels_note(struct levels *l, int64_t first_ns, struct error *err)
{
	const struct sql_level *lv = &l->items[0];

	if (l->n == 0 || first_ns >= lv->done_ns)
		return STORE_OK;
	return levels_run(l, err,
	    "UPDATE rolled SET done = %" PRId64 " WHERE step = %" PRId64,
	    level_floor(first_ns, lv->step_ns), lv->step_ns / NS_PER_S);
}

bool
levels_mark(struct levels *l, int64_t series, int64_t time_ns)
{
	struct sql_level *lv = &l->items[0];

	if (time_ns < lv->done_ns)
		lv->done_ns = level_floor(time_ns, lv->step_ns);
	return dirty_mark(&lv->dirty, series, time_ns, time_ns);
}

/* -- what goes -- */

static int64_t
needed_from(const struct sql_level *made_of_it)
{
	return made_of_it->done_ns - SLOTS_BEFORE * made_of_it->step_ns;
}

int64_t
levels_keep_raw(const struct levels *l, int64_t before_ns)
{
	if (l->n > 0 && needed_from(&l->items[0]) < before_ns)
		return needed_from(&l->items[0]);
	return before_ns;
}

int
levels_cut_raw(struct levels *l, int64_t before_ns, struct error *err)
{
	int status;

	if (l->n == 0 || before_ns <= l->raw_cut_ns)
		return STORE_OK;
	status = levels_run(l, err,
	    "UPDATE rolled SET cut = %" PRId64 " WHERE step = 0", before_ns);
	if (status == STORE_OK)
		l->raw_cut_ns = before_ns;
	return status;
}

/* Some series by their ids. */
struct some {
	int64_t ids[EXPIRE_SERIES];
	size_t n;
};

static int
take_id(void *context, const union number *row)
{
	struct some *some = context;

	some->ids[some->n++] = row[0].integer;
	return 0;
}

static int
next_series(
    struct levels *l, int64_t after, struct some *some, struct error *err)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "SELECT id FROM series WHERE id > %" PRId64 " ORDER BY id LIMIT %d",
	    after, EXPIRE_SERIES);
	some->n = 0;
	return l->dialect->rows(l->store, sql, "i", take_id, some, err);
}

static int
expire_some(struct levels *l, struct sql_level *lv, struct error *err)
{
	struct some some;
	int status;

	status = next_series(l, lv->expired, &some, err);
	if (status != STORE_OK)
		return status;
	lv->expired = some.n == 0 ? 0 : some.ids[some.n - 1];
	if (some.n == 0)
		return STORE_OK;
	buffer_clear(&l->sql);
	buffer_printf(&l->sql,
	    "DELETE FROM averages WHERE step = %" PRId64 " AND time < %" PRId64
	    " AND series IN (",
	    lv->step_ns / NS_PER_S, lv->cut_ns);
	for (size_t i = 0; i < some.n; i++)
		buffer_printf(
		    &l->sql, "%s%" PRId64, i > 0 ? "," : "", some.ids[i]);
	buffer_putc(&l->sql, ')');
	if (!buffer_failed(&l->sql))
		return l->dialect->run(l->store, l->sql.data, err);
	error_set(err, "out of memory");
	return STORE_AGAIN;
}

/* What is said to be gone from now on, before any of it is. */
static int
begin_round(struct levels *l, size_t i, int64_t now_ns, struct error *err)
{
	struct sql_level *lv = &l->items[i];
	int64_t cut_ns = now_ns - lv->keep_ns;

	if (i + 1 < l->n && needed_from(&l->items[i + 1]) < cut_ns)
		cut_ns = needed_from(&l->items[i + 1]);
	if (cut_ns <= lv->cut_ns)
		return STORE_OK;
	lv->cut_ns = cut_ns;
	return levels_run(l, err,
	    "UPDATE rolled SET cut = %" PRId64 " WHERE step = %" PRId64, cut_ns,
	    lv->step_ns / NS_PER_S);
}

static int64_t
round_ns(const struct sql_level *lv)
{
	if (lv->step_ns < ROUND_MIN_NS)
		return ROUND_MIN_NS;
	return lv->step_ns > ROUND_MAX_NS ? ROUND_MAX_NS : lv->step_ns;
}

static int
expire_level(struct levels *l, size_t i, int64_t now_ns, int64_t end_mono_ns,
    struct error *err)
{
	struct sql_level *lv = &l->items[i];
	int status = STORE_OK;

	if (now_ns < lv->next_round_ns || lv->keep_ns == INT64_MAX)
		return STORE_OK;
	if (lv->expired == 0)
		status = begin_round(l, i, now_ns, err);
	do {
		if (status == STORE_OK)
			status = expire_some(l, lv, err);
	} while (status == STORE_OK && lv->expired != 0 &&
		 clock_mono_ns() < end_mono_ns);
	if (status == STORE_OK && lv->expired == 0)
		lv->next_round_ns = now_ns + round_ns(lv);
	return status;
}

/* -- levels that are configured no more -- */

static int
take_step(void *context, const union number *row)
{
	*(int64_t *)context = row[0].integer;
	return 0;
}

static int
find_gone(struct levels *l, struct error *err)
{
	int64_t step_s = 0;
	int status;

	buffer_clear(&l->sql);
	buffer_puts(&l->sql, "SELECT step FROM rolled WHERE step NOT IN (0");
	for (size_t i = 0; i < l->n; i++)
		buffer_printf(
		    &l->sql, ",%" PRId64, l->items[i].step_ns / NS_PER_S);
	buffer_puts(&l->sql, ") ORDER BY step LIMIT 1");
	if (buffer_failed(&l->sql)) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	status = l->dialect->rows(
	    l->store, l->sql.data, "i", take_step, &step_s, err);
	l->gone = (struct sql_level){ .step_ns = step_s * NS_PER_S,
		.cut_ns = INT64_MAX };
	return status;
}

/* A piece of the one that is known of, or a look for the next one. */
static int
expire_gone_some(struct levels *l, int64_t now_ns, struct error *err)
{
	struct sql_level *gone = &l->gone;
	int64_t step_s = gone->step_ns / NS_PER_S;
	int status;

	if (step_s == 0) {
		status = find_gone(l, err);
		if (status == STORE_OK && gone->step_ns == 0)
			gone->next_round_ns = now_ns + ROUND_MAX_NS;
		return status;
	}
	status = expire_some(l, gone, err);
	if (status != STORE_OK || gone->expired != 0)
		return status;
	gone->step_ns = 0;
	return levels_run(
	    l, err, "DELETE FROM rolled WHERE step = %" PRId64, step_s);
}

int
levels_expire(
    struct levels *l, int64_t now_ns, int64_t end_mono_ns, struct error *err)
{
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < l->n; i++)
		status = expire_level(l, i, now_ns, end_mono_ns, err);
	while (status == STORE_OK && !l->gone_stay &&
	       now_ns >= l->gone.next_round_ns && clock_mono_ns() < end_mono_ns)
		status = expire_gone_some(l, now_ns, err);
	return status;
}
