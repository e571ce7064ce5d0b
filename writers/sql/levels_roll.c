/*
 * levels_roll.c - slots that are over are made, of series that have something
 * new in them: many series at a time if that is little, one at a time if it
 * goes far back.
 */
#include "levels.h"

#include <inttypes.h>
#include <stdlib.h>

#include "clock.h"

/* How long after its end a slot is made: what comes later makes it anew. */
#define SETTLE_NS (15 * NS_PER_S)
/* What was in force in a slot may have begun so many slots before it, and what
   changes in one may change so many after it. */
#define SLOTS_BEFORE 3
#define SLOTS_AFTER 3
/* One reading is of no more slots, over all its series ... */
#define SLOTS_MAX 4096
/* ... nor of more series ... */
#define SERIES_MAX 200
/* ... and one transaction takes no longer. */
#define TURN_NS (100 * NS_PER_MS)

/* Slots of some series being made of one reading, series by series. */
struct roll {
	struct levels *levels;
	size_t level; /* by number */
	const struct dirty_range *ranges;
	size_t n;
	size_t at;        /* the one under way */
	int64_t first_ns; /* slots from here on, */
	int64_t end_ns;   /* to here */
	int64_t from_ns;  /* pieces of the one under way, from here on */
	int64_t lines_ns; /* MonALISA's from here on */
	struct level engine;
	struct level_row *old; /* that may not be made anew, sorted */
	size_t n_old;
	size_t max_old;
	bool failed; /* memory is out */
};

static struct sql_level *
level_of(const struct roll *r)
{
	return &r->levels->items[r->level];
}

/* -- slots of which a part may be gone -- */

/* Rows before this may be gone, so a slot that needs them is not made anew:
   what comes to it is added. */
static int64_t
anew_from(const struct roll *r)
{
	const struct levels *l = r->levels;
	int64_t cut_ns = r->level == 0 ? l->raw_cut_ns
				       : l->items[r->level - 1].cut_ns;

	return cut_ns + SLOTS_BEFORE * level_of(r)->step_ns;
}

static int
keep_old(void *context, int64_t series, const struct level_slot *slot)
{
	struct roll *r = context;
	size_t max = r->max_old == 0 ? 64 : 2 * r->max_old;
	struct level_row *grown;

	if (r->n_old == r->max_old) {
		grown = reallocarray(r->old, max, sizeof(*grown));
		if (grown == NULL) {
			r->failed = true;
			return 1;
		}
		r->old = grown;
		r->max_old = max;
	}
	r->old[r->n_old++] = (struct level_row){ series, *slot };
	return 0;
}

static int
load_old(struct roll *r, struct error *err)
{
	int64_t end_ns = anew_from(r);

	if (r->end_ns < end_ns)
		end_ns = r->end_ns;
	r->n_old = 0;
	if (end_ns <= r->first_ns)
		return STORE_OK;
	return levels_rows(r->levels, r->level, r->ranges, r->n, r->first_ns,
	    end_ns, keep_old, r, err);
}

/* The row of before for the slot that a piece of this time is in. */
static const struct level_row *
find_old(const struct roll *r, int64_t series, int64_t time_ns)
{
	int64_t slot_ns = level_floor(time_ns, level_of(r)->step_ns);
	size_t low = 0, high = r->n_old, i;

	while (low < high) {
		const struct level_row *row = &r->old[i = (low + high) / 2];

		if (row->series == series && row->slot.time_ns == slot_ns)
			return row;
		if (row->series < series ||
		    (row->series == series && row->slot.time_ns < slot_ns))
			low = i + 1;
		else
			high = i;
	}
	return NULL;
}

/* -- one reading -- */

/* Which slots of its own a series gets: those that changed. */
static bool
is_wanted(const struct roll *r, int64_t time_ns)
{
	const struct dirty_range *range = &r->ranges[r->at];
	int64_t step_ns = level_of(r)->step_ns;

	if (r->engine.manner == LEVEL_MONALISA)
		return time_ns >= r->lines_ns;
	return time_ns >= level_floor(range->first_ns, step_ns) &&
	       time_ns + step_ns <= r->end_ns &&
	       time_ns - SLOTS_AFTER * step_ns <=
		   level_floor(range->last_ns, step_ns);
}

static void
take_slot(void *context, const struct level_slot *slot)
{
	struct roll *r = context;
	int64_t series = r->ranges[r->at].series;
	const struct level_row *old;
	struct level_slot whole = *slot;

	if (!is_wanted(r, slot->time_ns))
		return;
	old = find_old(r, series, slot->time_ns);
	if (old != NULL)
		level_merge(&whole, &old->slot);
	if (!levels_put(r->levels, series, &whole))
		r->failed = true;
}

static enum level_manner
manner_of(const struct roll *r)
{
	return r->level == 0 ? r->levels->manner : LEVEL_HELD;
}

/* Does a slot depend on nothing but the rows there are? */
static bool
is_of_rows(const struct roll *r)
{
	return manner_of(r) == LEVEL_HELD && r->first_ns >= anew_from(r);
}

/*
 * Where the reading of a series begins: some slots before those it wants, or
 * where its averaging stands, *ret, if that is no longer ago.
 */
static int64_t
read_from(const struct roll *r, const struct dirty_range *range,
    const struct level_state **ret)
{
	int64_t step_ns = level_of(r)->step_ns, at_ns = INT64_MIN;
	int64_t before_ns = level_floor(range->first_ns, step_ns) -
			    SLOTS_BEFORE * step_ns;

	*ret = recall_find(&level_of(r)->recall, range->series, &at_ns);
	if (at_ns >= before_ns)
		return at_ns;
	*ret = NULL;
	return before_ns;
}

/* What came before that since, or stands in a slot of which rows may be gone,
   makes it void. */
static void
forget_changed(struct roll *r)
{
	struct recall *recall = &level_of(r)->recall;
	int64_t step_ns = level_of(r)->step_ns, at_ns;

	for (size_t i = 0; i < r->n; i++) {
		const struct dirty_range *range = &r->ranges[i];

		if (recall_find(recall, range->series, &at_ns) != NULL &&
		    (!is_of_rows(r) ||
			at_ns > level_floor(range->first_ns, step_ns)))
			recall_forget(recall, range->series);
	}
}

/* Where the reading of all its series begins. */
static int64_t
read_all_from(const struct roll *r)
{
	const struct level_state *state;
	int64_t from_ns = INT64_MAX, ns;

	if (manner_of(r) == LEVEL_MONALISA)
		return r->first_ns - SLOTS_BEFORE * level_of(r)->step_ns;
	for (size_t i = 0; i < r->n; i++) {
		ns = read_from(r, &r->ranges[i], &state);
		if (ns < from_ns)
			from_ns = ns;
	}
	return from_ns;
}

static void
begin_series(struct roll *r)
{
	const struct level_state *state;

	r->engine = (struct level){ .step_ns = level_of(r)->step_ns,
		.manner = manner_of(r),
		.each = take_slot,
		.context = r };
	r->from_ns = INT64_MIN;
	if (r->engine.manner == LEVEL_MONALISA)
		return;
	r->from_ns = read_from(r, &r->ranges[r->at], &state);
	if (state != NULL)
		level_restore(&r->engine, state);
}

/* The last slot under way is over; MonALISA's only with a value behind it. */
static void
end_series(struct roll *r)
{
	struct level_state state;

	if (r->engine.manner != LEVEL_HELD)
		return;
	level_end(&r->engine, r->end_ns);
	if (!is_of_rows(r))
		return;
	level_save(&r->engine, &state);
	recall_keep(&level_of(r)->recall, r->ranges[r->at].series, r->end_ns,
	    &state, r->end_ns - SLOTS_BEFORE * level_of(r)->step_ns);
}
static int
take_piece(void *context, int64_t series, const struct level_slot *piece)
{
	struct roll *r = context;
	const struct level_row *old;

	r->levels->n_pieces++;
	while (r->ranges[r->at].series != series) {
		end_series(r);
		r->at++;
		begin_series(r);
	}
	if (piece->time_ns < r->from_ns)
		return 0;
	old = r->n_old == 0 ? NULL : find_old(r, series, piece->time_ns);
	if (old == NULL || piece->position > old->slot.position)
		level_add(&r->engine, piece);
	return r->failed;
}

/* MonALISA's slots go on where the last one of the series ended. */
static int
resume_lines(struct roll *r, struct error *err)
{
	int64_t step_ns = level_of(r)->step_ns, last_ns;
	int status;

	if (r->engine.manner != LEVEL_MONALISA)
		return STORE_OK;
	r->lines_ns = -LEVEL_TIME_MAX;
	status = levels_number(r->levels, INT64_MIN, &last_ns, err,
	    "SELECT time FROM averages WHERE step = %" PRId64
	    " AND series = %" PRId64 " ORDER BY time DESC LIMIT 1",
	    step_ns / NS_PER_S, r->ranges[0].series);
	if (status != STORE_OK || last_ns == INT64_MIN)
		return status;
	level_resume(&r->engine, last_ns + step_ns);
	r->lines_ns = last_ns + step_ns;
	r->first_ns = r->lines_ns;
	return STORE_OK;
}

/* Does the coarser level learn of what was made. */
static int
tell_coarser(struct roll *r, struct error *err)
{
	struct levels *l = r->levels;
	struct sql_level *next = &l->items[r->level + 1];
	int64_t first_ns = INT64_MAX;

	if (r->level + 1 == l->n)
		return STORE_OK;
	for (size_t i = 0; i < l->n_rows; i++) {
		const struct level_row *row = &l->rows[i];

		if (!dirty_mark(&next->dirty, row->series, row->slot.time_ns,
			row->slot.time_ns)) {
			error_set(err, "out of memory");
			return STORE_AGAIN;
		}
		if (row->slot.time_ns < first_ns)
			first_ns = row->slot.time_ns;
	}
	if (first_ns >= next->done_ns)
		return STORE_OK;
	next->done_ns = level_floor(first_ns, next->step_ns);
	return levels_run(l, err,
	    "UPDATE rolled SET done = %" PRId64 " WHERE step = %" PRId64,
	    next->done_ns, next->step_ns / NS_PER_S);
}

static int
read_and_make(struct roll *r, struct error *err)
{
	int status;

	r->at = 0;
	forget_changed(r);
	begin_series(r);
	status = resume_lines(r, err);
	if (status == STORE_OK)
		status = load_old(r, err);
	if (status == STORE_OK)
		status = levels_source(r->levels, r->level, r->ranges, r->n,
		    read_all_from(r), r->end_ns, take_piece, r, err);
	if (status != STORE_OK)
		return status;
	end_series(r);
	if (r->failed) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	status = tell_coarser(r, err);
	return status == STORE_OK ? levels_send(r->levels, r->level, err)
				  : status;
}

/* Slots [first, end) of these series, in the transaction under way. */
static int
make(struct levels *l, size_t level, const struct dirty_range *ranges, size_t n,
    int64_t first_ns, int64_t end_ns, struct error *err)
{
	struct roll r = { .levels = l,
		.level = level,
		.ranges = ranges,
		.n = n,
		.first_ns = first_ns,
		.end_ns = end_ns };
	int status = read_and_make(&r, err);

	free(r.old);
	return status;
}

/* -- which series, which slots -- */

static int64_t
begin_of(const struct sql_level *lv, const struct dirty_range *range)
{
	return level_floor(range->first_ns, lv->step_ns);
}

/* Where the slots end that it may change. */
static int64_t
end_of(const struct sql_level *lv, const struct dirty_range *range)
{
	int64_t end_ns = level_floor(range->last_ns, lv->step_ns) +
			 (SLOTS_AFTER + 1) * lv->step_ns;

	return end_ns < lv->target_ns ? end_ns : lv->target_ns;
}

/* The first or the last piece of a series within a span. */
static int
find_piece(struct levels *l, size_t level, int64_t series, int64_t first_ns,
    const char *order, int64_t *ret, struct error *err)
{
	if (level == 0)
		return levels_number(l, INT64_MAX, ret, err,
		    "SELECT time FROM numbers WHERE series = %" PRId64
		    " AND time >= %" PRId64 " ORDER BY time%s LIMIT 1",
		    series, first_ns, order);
	return levels_number(l, INT64_MAX, ret, err,
	    "SELECT time FROM averages WHERE step = %" PRId64
	    " AND series = %" PRId64 " AND time >= %" PRId64
	    " ORDER BY time%s LIMIT 1",
	    l->items[level - 1].step_ns / NS_PER_S, series, first_ns, order);
}

/* One series over a long span, a window at a time; over what is empty it
   goes to the next piece. */
static int
make_far(struct levels *l, size_t level, const struct dirty_range *range,
    struct error *err)
{
	struct sql_level *lv = &l->items[level];
	int64_t window_ns = SLOTS_MAX * lv->step_ns, end_ns = end_of(lv, range);
	struct dirty_range one = *range;
	uint64_t n_pieces = l->n_pieces;
	int status = STORE_OK;

	while (status == STORE_OK) {
		if (l->n_pieces == n_pieces)
			status = find_piece(l, level, one.series, one.first_ns,
			    "", &one.first_ns, err);
		if (status != STORE_OK || one.first_ns >= end_ns)
			break;
		one.last_ns = begin_of(lv, &one) + window_ns;
		if (one.last_ns > end_ns)
			one.last_ns = end_ns;
		n_pieces = l->n_pieces;
		status = make(
		    l, level, &one, 1, begin_of(lv, &one), one.last_ns, err);
		one.first_ns = one.last_ns;
	}
	return status;
}

/* How many of the pending ranges, from the first on, are read together. */
static size_t
count_together(const struct levels *l, const struct sql_level *lv, size_t level)
{
	const struct dirty_range *ranges = &lv->pending[lv->n_made];
	size_t n, left = lv->n_pending - lv->n_made;
	int64_t first_ns = begin_of(lv, ranges), end_ns = end_of(lv, ranges);

	if (level == 0 && l->manner == LEVEL_MONALISA)
		return 1;
	for (n = 1; n < left && n < SERIES_MAX; n++) {
		if (begin_of(lv, &ranges[n]) < first_ns)
			first_ns = begin_of(lv, &ranges[n]);
		if (end_of(lv, &ranges[n]) > end_ns)
			end_ns = end_of(lv, &ranges[n]);
		if ((end_ns - first_ns) / lv->step_ns >
		    SLOTS_MAX / ((int64_t)n + 1))
			break;
	}
	return n;
}

static int
make_pending(struct levels *l, size_t level, struct error *err)
{
	struct sql_level *lv = &l->items[level];
	const struct dirty_range *ranges = &lv->pending[lv->n_made];
	size_t n = count_together(l, lv, level);
	int64_t first_ns = INT64_MAX, end_ns = INT64_MIN;

	lv->n_made += n;
	for (size_t i = 0; i < n; i++) {
		if (begin_of(lv, &ranges[i]) < first_ns)
			first_ns = begin_of(lv, &ranges[i]);
		if (end_of(lv, &ranges[i]) > end_ns)
			end_ns = end_of(lv, &ranges[i]);
	}
	if ((end_ns - first_ns) / lv->step_ns > SLOTS_MAX)
		return make_far(l, level, ranges, err);
	return make(l, level, ranges, n, first_ns, end_ns, err);
}

/* After a start: the next series, and what of it is for later. */
static int
make_next(struct levels *l, size_t level, struct error *err)
{
	struct sql_level *lv = &l->items[level];
	struct dirty_range range = { .first_ns = lv->done_ns,
		.last_ns = lv->target_ns - 1 };
	int64_t first_ns, last_ns;
	int status;

	status = levels_number(l, 0, &range.series, err,
	    "SELECT id FROM series WHERE id > %" PRId64 " ORDER BY id LIMIT 1",
	    lv->looked_at);
	if (status != STORE_OK)
		return status;
	lv->looked_at = range.series;
	lv->all = range.series != 0;
	if (!lv->all)
		return STORE_OK;
	status = make_far(l, level, &range, err);
	if (status == STORE_OK)
		status = find_piece(
		    l, level, range.series, lv->target_ns, "", &first_ns, err);
	if (status != STORE_OK || first_ns == INT64_MAX)
		return status;
	status = find_piece(
	    l, level, range.series, lv->target_ns, " DESC", &last_ns, err);
	if (status == STORE_OK && last_ns < LEVEL_TIME_MAX &&
	    !dirty_mark(&lv->dirty, range.series, first_ns, last_ns)) {
		error_set(err, "out of memory");
		return STORE_AGAIN;
	}
	return status;
}

/* -- turns -- */

/* All that was pending is made: where the level stands now. */
static int
finish(struct levels *l, size_t level, struct error *err)
{
	struct sql_level *lv = &l->items[level];
	int64_t done_ns = lv->done_ns, first_ns = dirty_first(&lv->dirty);

	free(lv->pending);
	lv->pending = NULL;
	lv->n_pending = 0;
	if (done_ns < lv->target_ns)
		done_ns = lv->target_ns;
	if (first_ns < done_ns)
		done_ns = level_floor(first_ns, lv->step_ns);
	if (done_ns == lv->done_ns)
		return STORE_OK;
	lv->done_ns = done_ns;
	return levels_run(l, err,
	    "UPDATE rolled SET done = %" PRId64 " WHERE step = %" PRId64,
	    done_ns, lv->step_ns / NS_PER_S);
}

static int
turn(struct levels *l, size_t level, bool *more, struct error *err)
{
	int64_t end_mono_ns = clock_mono_ns() + TURN_NS;
	struct sql_level *lv = &l->items[level];
	int status = STORE_OK;

	do {
		if (lv->all)
			status = make_next(l, level, err);
		else if (lv->n_made < lv->n_pending)
			status = make_pending(l, level, err);
		*more = lv->all || lv->n_made < lv->n_pending;
	} while (status == STORE_OK && *more && clock_mono_ns() < end_mono_ns);
	if (status == STORE_OK && !*more)
		status = finish(l, level, err);
	return status;
}

/* A turn in a transaction of its own. */
static int
take_turn(struct levels *l, size_t level, bool *more, struct error *err)
{
	uint64_t position;
	int status;

	status = l->dialect->begin(l->store, &position, err);
	if (status == STORE_OK)
		status = turn(l, level, more, err);
	if (status == STORE_OK)
		status = l->dialect->commit(l->store, position, err);
	if (status != STORE_OK)
		l->dialect->rollback(l->store);
	return status;
}

/* A coarser level goes as far as what it is made of. */
static int64_t
target_of(const struct levels *l, size_t level, int64_t now_ns)
{
	int64_t end_ns = level == 0 ? now_ns - SETTLE_NS
				    : l->items[level - 1].done_ns;

	return level_floor(end_ns, l->items[level].step_ns);
}

/* Is there anything to do, and what? */
static int
collect(struct levels *l, size_t level, int64_t now_ns, bool *ret,
    struct error *err)
{
	struct sql_level *lv = &l->items[level];
	int64_t target_ns = target_of(l, level, now_ns);

	*ret = true;
	if (lv->pending != NULL)
		return STORE_OK;
	*ret = lv->all || target_ns > lv->done_ns ||
	       dirty_first(&lv->dirty) < target_ns;
	if (!*ret)
		return STORE_OK;
	lv->target_ns = target_ns;
	lv->n_made = 0;
	if (dirty_take(&lv->dirty, target_ns, &lv->pending, &lv->n_pending))
		return STORE_OK;
	error_set(err, "out of memory");
	return STORE_AGAIN;
}

static int
roll_level(struct levels *l, size_t level, int64_t now_ns, int64_t end_mono_ns,
    struct error *err)
{
	bool more;
	int status;

	status = collect(l, level, now_ns, &more, err);
	while (status == STORE_OK && more && clock_mono_ns() < end_mono_ns)
		status = take_turn(l, level, &more, err);
	return status;
}

int
levels_roll(
    struct levels *l, int64_t now_ns, int64_t end_mono_ns, struct error *err)
{
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < l->n; i++)
		status = roll_level(l, i, now_ns, end_mono_ns, err);
	return status;
}
