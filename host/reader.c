#include "reader_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define SHARE_DEFAULT 50

/* ---------------------------------------------------- coming and going */

/* As a writer never seen. */
static void
begin_fresh(struct reader *r, const struct memlog_stats *tail, bool from_oldest)
{
	struct journal_stats s;

	journal_stats(r->journal, &s);
	r->next = s.written + 1;
	if (tail->last_position >= r->next)
		r->next = tail->last_position + 1;
	if (from_oldest && s.first_position > 0 &&
	    s.first_position <= s.written)
		(void)ranges_add(&r->backlog, s.first_position, s.written);
}

/* Where it has stopped; what was accepted since is to be read. */
static void
go_on(struct reader *r, struct cursor *c)
{
	struct journal_stats s;

	journal_stats(r->journal, &s);
	r->next = c->next;
	r->backlog = c->owed;
	/* What was never written cannot come back. */
	(void)ranges_remove(&r->backlog, s.written + 1, UINT64_MAX);
	if (c->next <= s.written) {
		(void)ranges_add(&r->backlog, c->next, s.written);
		r->next = s.written + 1;
	}
}

static void
take_lost(struct reader *r, const struct ranges *lost)
{
	struct ranges mine = { .items = NULL };

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < lost->n; i++)
		(void)ranges_add_common(&mine, &r->backlog,
		    lost->items[i].first, lost->items[i].last);
	(void)ranges_remove_all(&r->backlog, &mine);
	r->gap.positions += ranges_count(&mine);
	pthread_mutex_unlock(&r->lock);
	ranges_free(&mine);
}

static void
find_place(struct reader *r, bool from_oldest)
{
	struct journal *j = r->journal;
	struct cursor c = { .next = 0 };
	struct memlog_stats tail;
	struct error err;
	int found = cursor_load(j->folder, r->name, &c, &err);

	if (found < 0)
		log_line(LOG_LEVEL_ERROR, r->name,
		    "%s; begins with the oldest of the journal", err.text);
	memlog_stats(r->tail, &tail);
	if (found > 0)
		go_on(r, &c);
	else
		begin_fresh(r, &tail, from_oldest || found < 0);
	take_lost(r, &j->lost);
	c.next = r->next;
	c.owed = r->backlog;
	/* So that a start after a kill finds it. */
	if (cursor_save(j->folder, r->name, &c, j->config.sync != JOURNAL_NEVER,
		&err) != 0)
		journal_failed(j, &err);
}

static int
attach(struct reader *r)
{
	struct journal *j = r->journal;
	struct reader **grown;

	pthread_mutex_lock(&j->readers_lock);
	grown = reallocarray(j->readers, j->n_readers + 1, sizeof(*grown));
	if (grown != NULL) {
		j->readers = grown;
		grown[j->n_readers++] = r;
	}
	pthread_mutex_unlock(&j->readers_lock);
	return grown != NULL ? 0 : -1;
}

static void
detach(struct reader *r)
{
	struct journal *j = r->journal;

	pthread_mutex_lock(&j->readers_lock);
	for (size_t i = 0; i < j->n_readers; i++)
		if (j->readers[i] == r)
			j->readers[i] = j->readers[--j->n_readers];
	pthread_mutex_unlock(&j->readers_lock);
}

struct reader *
reader_new(struct memlog *tail, struct journal *journal, const char *name,
    bool from_oldest)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->tail = tail;
	r->fd = -1;
	r->share = SHARE_DEFAULT;
	r->next = 1;
	pthread_mutex_init(&r->lock, NULL);
	r->name = strdup(name);
	memlog_open(tail, &r->cursor);
	if (r->name == NULL) {
		reader_free(r);
		return NULL;
	}
	if (journal == NULL)
		return r;
	r->journal = journal;
	memlog_follow_disk(tail, &r->cursor);
	find_place(r, from_oldest);
	if (attach(r) == 0)
		return r;
	reader_free(r);
	return NULL;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	if (r->journal != NULL)
		detach(r);
	memlog_leave(r->tail, &r->cursor);
	reader_close_file(r);
	ranges_free(&r->backlog);
	ranges_free(&r->flight);
	ranges_free(&r->accepted);
	pthread_mutex_destroy(&r->lock);
	free(r->name);
	free(r);
}

void
reader_forget(struct reader *r)
{
	struct journal *j = r->journal;

	if (j == NULL)
		return;
	detach(r);
	cursor_remove(j->folder, r->name);
}

void
reader_set_share(struct reader *r, int percent)
{
	pthread_mutex_lock(&r->lock);
	r->share = percent;
	pthread_mutex_unlock(&r->lock);
}

void
reader_seal(struct reader *r)
{
	memlog_seal(r->tail, &r->cursor);
}

/* -------------------------------------------------------------------- reading
 */

bool
reader_is_behind(struct reader *r)
{
	bool behind;

	pthread_mutex_lock(&r->lock);
	behind = r->backlog.n > 0;
	pthread_mutex_unlock(&r->lock);
	return behind;
}

enum reader_lane
reader_choose(struct reader *r)
{
	bool behind = reader_is_behind(r);

	if (!behind)
		r->balance = 0;
	if (!behind || (r->balance < 0 && !reader_is_read(r)))
		return READER_TAIL;
	return READER_FILES;
}

void
reader_spent(struct reader *r, enum reader_lane lane, uint64_t values)
{
	int64_t n = values < INT32_MAX ? (int64_t)values : INT32_MAX;
	int share;

	pthread_mutex_lock(&r->lock);
	share = r->share;
	pthread_mutex_unlock(&r->lock);
	if (lane == READER_TAIL)
		r->balance += n * share;
	else
		r->balance -= n * (100 - share);
	/* What was not to be had is not owed for ever. */
	if (r->balance > INT32_MAX)
		r->balance = INT32_MAX;
	if (r->balance < -INT32_MAX)
		r->balance = -INT32_MAX;
}

static void
add_gap(struct memlog_gap *to, const struct memlog_gap *gap)
{
	if (gap->values == 0)
		return;
	if (to->values == 0 || gap->from_ns < to->from_ns)
		to->from_ns = gap->from_ns;
	if (to->values == 0 || gap->to_ns > to->to_ns)
		to->to_ns = gap->to_ns;
	to->values += gap->values;
}

static void
note_read(struct reader *r, const struct memlog_read *read)
{
	const struct memlog_info *info = &read->info;

	pthread_mutex_lock(&r->lock);
	if (read->kept.first != 0)
		(void)ranges_add(
		    &r->backlog, read->kept.first, read->kept.last);
	(void)ranges_add(&r->flight, info->first_position, info->last_position);
	r->next = info->last_position + 1;
	add_gap(&r->gap.values, &read->gap);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
}

bool
reader_read(struct reader *r, struct buffer *to, struct memlog_read *ret,
    int64_t deadline_mono_ns)
{
	if (!memlog_read(r->tail, &r->cursor, to, ret, deadline_mono_ns))
		return false;
	note_read(r, ret);
	return true;
}

bool
reader_read_more(struct reader *r, struct buffer *to, struct memlog_read *ret)
{
	if (!memlog_read_more(r->tail, &r->cursor, to, ret))
		return false;
	note_read(r, ret);
	return true;
}

bool
reader_is_read(struct reader *r)
{
	return memlog_is_read(r->tail, &r->cursor);
}

/* -------------------------------------------------------------------- storing
 */

void
reader_finish(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	ranges_clear(&r->flight);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
}

void
reader_accept(struct reader *r, uint64_t first, uint64_t last)
{
	pthread_mutex_lock(&r->lock);
	(void)ranges_add(&r->accepted, first, last);
	pthread_mutex_unlock(&r->lock);
}

int
reader_acknowledge(struct reader *r, uint64_t first, uint64_t last)
{
	int rc;

	pthread_mutex_lock(&r->lock);
	rc = ranges_remove(&r->accepted, first, last);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

void
reader_rewind(struct reader *r)
{
	if (r->journal == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	if (ranges_add_all(&r->backlog, &r->accepted) == 0)
		ranges_clear(&r->accepted);
	pthread_mutex_unlock(&r->lock);
	/* They may be before what is being read. */
	reader_close_file(r);
}

void
reader_catch_up(struct reader *r)
{
	struct memlog_kept kept;
	struct memlog_stats tail;
	bool first;

	pthread_mutex_lock(&r->lock);
	first = r->share < 100;
	pthread_mutex_unlock(&r->lock);
	if (r->journal == NULL || !first)
		return;
	memlog_turn(r->tail);
	memlog_stats(r->tail, &tail);
	memlog_skip(r->tail, &r->cursor, tail.last_position, &kept);
	if (kept.first == 0)
		return;
	pthread_mutex_lock(&r->lock);
	(void)ranges_add(&r->backlog, kept.first, kept.last);
	if (kept.last >= r->next)
		r->next = kept.last + 1;
	pthread_mutex_unlock(&r->lock);
}

/* ------------------------------------------------------------ how it stands */

bool
reader_gap(struct reader *r, struct reader_gap *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->gap;
	memset(&r->gap, 0, sizeof(r->gap));
	pthread_mutex_unlock(&r->lock);
	return ret->values.values > 0 || ret->positions > 0;
}

static uint64_t
before(const struct ranges *set, uint64_t through)
{
	if (set->n > 0 && set->items[0].first <= through)
		return set->items[0].first - 1;
	return through;
}

uint64_t
reader_through(struct reader *r)
{
	uint64_t through;

	pthread_mutex_lock(&r->lock);
	through = before(&r->backlog, r->next - 1);
	through = before(&r->flight, through);
	through = before(&r->accepted, through);
	pthread_mutex_unlock(&r->lock);
	return through;
}

/* What of a segment is in the backlog, taken in proportion. */
static void
add_lag(struct reader_lag *lag, const struct segment_sums *s,
    const struct ranges *backlog)
{
	struct ranges mine = { .items = NULL };
	double part;

	(void)ranges_add_common(
	    &mine, backlog, s->first_position, s->last_position);
	if (mine.n > 0) {
		part = (double)ranges_count(&mine) /
		       (double)(s->last_position - s->first_position + 1);
		lag->frames += (uint64_t)(part * (double)s->frames + 0.5);
		lag->values += (uint64_t)(part * (double)s->values + 0.5);
		lag->bytes += (uint64_t)(part * (double)s->bytes);
		if (lag->oldest_ns == 0)
			lag->oldest_ns =
			    s->oldest_ns +
			    (int64_t)((double)(mine.items[0].first -
					       s->first_position) /
				      (double)(s->last_position -
					       s->first_position + 1) *
				      (double)(s->newest_ns - s->oldest_ns));
	}
	ranges_free(&mine);
}

void
reader_lag(struct reader *r, struct reader_lag *ret)
{
	struct journal *j = r->journal;
	struct ranges backlog = { .items = NULL };
	struct memlog_lag tail;

	*ret = (struct reader_lag){ .frames = 0 };
	if (j != NULL)
		reader_settle(r);
	pthread_mutex_lock(&r->lock);
	(void)ranges_add_all(&backlog, &r->backlog);
	pthread_mutex_unlock(&r->lock);
	if (j != NULL && backlog.n > 0) {
		pthread_mutex_lock(&j->lock);
		for (size_t i = 0; i < j->n_segments; i++)
			add_lag(ret, &j->segments[i].sums, &backlog);
		pthread_mutex_unlock(&j->lock);
	}
	ranges_free(&backlog);
	ret->backlog_values = ret->values;
	memlog_lag(r->tail, &r->cursor, &tail);
	ret->frames += tail.frames;
	ret->values += tail.values;
	ret->bytes += tail.bytes;
	if (ret->oldest_ns == 0)
		ret->oldest_ns = tail.oldest_ns;
}

/* ---------------------------------------------------------------- being told
 */

/* Where records of that time begin, as well as segments tell. */
static uint64_t
position_at(struct journal *j, int64_t from_ns)
{
	uint64_t position;

	pthread_mutex_lock(&j->lock);
	position = j->stats.written + 1;
	for (size_t i = j->n_segments; i-- > 0;)
		if (j->segments[i].sums.newest_ns >= from_ns)
			position = j->segments[i].sums.first_position;
	pthread_mutex_unlock(&j->lock);
	return position;
}

int
reader_replay(struct reader *r, int64_t from_ns, struct error *err)
{
	uint64_t first;
	int rc = 0;

	if (r->journal == NULL)
		return error_set(err, "there is no journal");
	first = position_at(r->journal, from_ns);
	pthread_mutex_lock(&r->lock);
	if (first < r->next)
		rc = ranges_add(&r->backlog, first, r->next - 1);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
	return rc == 0 ? 0 : error_set(err, "out of memory");
}

uint64_t
reader_drop(struct reader *r)
{
	struct reader_lag lag;

	reader_lag(r, &lag);
	pthread_mutex_lock(&r->lock);
	ranges_clear(&r->backlog);
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
	return lag.backlog_values;
}

/* -------------------------------------------------------- the journal's side
 */

void
reader_settle(struct reader *r)
{
	struct memlog_kept kept;

	memlog_take_kept(r->tail, &r->cursor, &kept);
	if (kept.first == 0)
		return;
	pthread_mutex_lock(&r->lock);
	(void)ranges_add(&r->backlog, kept.first, kept.last);
	/* What is owed is before it, in the cursor's file, too. */
	if (kept.last >= r->next)
		r->next = kept.last + 1;
	r->moved = true;
	pthread_mutex_unlock(&r->lock);
}

void
reader_give_up(
    struct reader *r, uint64_t first, uint64_t last, struct reader_loss *loss)
{
	*loss = (struct reader_loss){ .gap = { .values = 0 } };
	reader_settle(r);
	pthread_mutex_lock(&r->lock);
	if (ranges_add_common(&loss->lost, &r->backlog, first, last) == 0 &&
	    loss->lost.n > 0) {
		(void)ranges_remove(&r->backlog, first, last);
		r->moved = true;
	}
	pthread_mutex_unlock(&r->lock);
}

void
reader_loss_add(struct reader_loss *loss, const struct farm_record *record)
{
	const struct memlog_gap one = {
		.values = record->n_values > 0 ? record->n_values : 1,
		.from_ns = record->time_ns,
		.to_ns = record->time_ns,
	};

	if (ranges_has(&loss->lost, record->position))
		add_gap(&loss->gap, &one);
}

void
reader_lose(struct reader *r, struct reader_loss *loss)
{
	pthread_mutex_lock(&r->lock);
	add_gap(&r->gap.values, &loss->gap);
	pthread_mutex_unlock(&r->lock);
	ranges_free(&loss->lost);
}

bool
reader_lose_record(struct reader *r, const struct farm_record *record)
{
	const struct memlog_gap one = {
		.values = record->n_values,
		.from_ns = record->time_ns,
		.to_ns = record->time_ns,
	};
	bool lost;

	pthread_mutex_lock(&r->lock);
	lost = ranges_has(&r->backlog, record->position);
	if (lost)
		add_gap(&r->gap.values, &one);
	pthread_mutex_unlock(&r->lock);
	return lost;
}

bool
reader_is_past(struct reader *r, uint64_t first, uint64_t last)
{
	struct ranges left = { .items = NULL };
	bool past;

	pthread_mutex_lock(&r->lock);
	past = ranges_add_common(&left, &r->backlog, first, last) == 0 &&
	       ranges_add_common(&left, &r->flight, first, last) == 0 &&
	       ranges_add_common(&left, &r->accepted, first, last) == 0 &&
	       left.n == 0 && r->next > last;
	pthread_mutex_unlock(&r->lock);
	ranges_free(&left);
	return past;
}

void
readers_lost(struct journal *j, const struct ranges *lost)
{
	pthread_mutex_lock(&j->readers_lock);
	for (size_t i = 0; i < j->n_readers; i++)
		take_lost(j->readers[i], lost);
	pthread_mutex_unlock(&j->readers_lock);
}

char *
reader_snapshot(struct journal *j, size_t i, struct cursor *ret)
{
	struct reader *r;
	char *name = NULL;

	pthread_mutex_lock(&j->readers_lock);
	r = i < j->n_readers ? j->readers[i] : NULL;
	if (r != NULL) {
		name = strdup(r->name);
		pthread_mutex_lock(&r->lock);
		if (r->moved && ranges_add_all(&ret->owed, &r->backlog) == 0 &&
		    ranges_add_all(&ret->owed, &r->flight) == 0 &&
		    ranges_add_all(&ret->owed, &r->accepted) == 0) {
			ret->next = r->next;
			r->moved = false;
		}
		pthread_mutex_unlock(&r->lock);
	}
	pthread_mutex_unlock(&j->readers_lock);
	return name;
}
