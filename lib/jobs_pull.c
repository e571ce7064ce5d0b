/*
 * Finished jobs that a command lists: those that ended since some time, asked
 * for again and again, as records come late and out of order.
 */
#include "jobs_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "job_window.h"

/* In one cycle; what is more waits for the next. */
#define RECORDS_MAX 10000
/* Ends that lie further ahead are not believed in. */
#define AHEAD_S 86400
/* So long is waited for the rest of a record that is not whole. */
#define SETTLE_S 300
/* The least time that is asked for where more would be too much. */
#define SPAN_MIN_S 60

struct job_pull {
	struct job_window window;
	char mark[24];
	int64_t span; /* seconds that are asked for; 0: all there are */
	bool crowded; /* the window is too small, which was said */
	bool placed;  /* there is a checkpoint of the window */
	_Atomic(struct farm_target *) reader;
};

/* A job that is to be told. */
struct found {
	uint64_t key;
	int64_t ended;
	struct slice text;
};

struct finds {
	struct found *items;
	size_t n;
	size_t capacity;
	int64_t unsettled; /* the first end of those that are left for later */
};

/* -------------------------------------------------------- the instance -- */

int
pull_open(struct farm_host *host, struct jobs *j)
{
	struct job_pull *p;
	struct hash_key key;
	const void *place;
	size_t size = 0;

	if (!j->pulled)
		return 0;
	place = farm_restore(host, &size);
	p = j->pull = calloc(1, sizeof(*p));
	if (p == NULL)
		return farm_fail(host, "out of memory");
	hash_key_draw(&key);
	snprintf(p->mark, sizeof(p->mark), "~%016" PRIx64 "~", key.words[0]);
	p->placed = place != NULL &&
		    job_window_restore(&p->window, place, size) == 0;
	/* What ended before is old. */
	if (!p->placed)
		p->window.floor = farm_now_ns(host) / NS_PER_S;
	return 0;
}

void
pull_close(struct jobs *j)
{
	if (j->pull == NULL)
		return;
	job_window_free(&j->pull->window);
	free(j->pull);
}

void
pull_forget(const struct jobs *j, struct farm_target *target)
{
	if (j->pull != NULL)
		jobs_yield(&j->pull->reader, target);
}

/* ------------------------------------------------------------ what is new */

static int
add(struct finds *f, const struct job_pulled *p)
{
	size_t capacity = f->capacity > 0 ? 2 * f->capacity : 256;
	struct found *items;

	if (f->n == f->capacity) {
		items = reallocarray(f->items, capacity, sizeof(*items));
		if (items == NULL)
			return -1;
		f->items = items;
		f->capacity = capacity;
	}
	f->items[f->n++] = (struct found){ p->key, p->record.ended, p->text };
	return 0;
}

/* The oldest first, so that what is told has no gap before its end. */
static int
by_end(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->ended != y->ended)
		return x->ended < y->ended ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

/* Each once, in their order. */
static void
put_in_order(struct finds *f)
{
	size_t i, n = 0;

	if (f->n > 0)
		qsort(f->items, f->n, sizeof(*f->items), by_end);
	for (i = 0; i < f->n; i++)
		if (n == 0 || by_end(&f->items[n - 1], &f->items[i]) != 0)
			f->items[n++] = f->items[i];
	f->n = n;
}

static bool
is_left(const struct job_pulled *one, int64_t now, struct finds *f)
{
	int64_t ended = one->record.ended;

	if (!one->partial || ended <= now - SETTLE_S)
		return false;
	if (ended < f->unsettled)
		f->unsettled = ended;
	return true;
}

static int
find(const struct job_pull *p, const struct job_source *source,
    struct slice output, int64_t now, struct finds *ret, struct error *err)
{
	struct job_list list = { .rest = output, .mark = p->mark };
	struct job_pulled one;
	int rc;

	while ((rc = source->next(&list, &one, err)) > 0) {
		if (one.record.ended < p->window.floor ||
		    one.record.ended > now + AHEAD_S ||
		    job_window_has(&p->window, one.key) ||
		    is_left(&one, now, ret))
			continue;
		if (add(ret, &one) != 0)
			return error_set(err, "out of memory");
	}
	put_in_order(ret);
	return rc;
}

/* ---------------------------------------------------------- the way ahead */

static int64_t
newest(const struct job_window *w)
{
	int64_t ended = w->floor;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->told[i].ended > ended)
			ended = w->told[i].ended;
	return ended;
}

/* What comes later than `late' after the newest is not waited for; where only
   a part could be asked for, less long, or it would never go on. */
static void
move_on(
    const struct jobs *j, int64_t now, int64_t to, bool all, int64_t unsettled)
{
	struct job_pull *p = j->pull;
	int64_t late = j->late_ns / NS_PER_S;
	int64_t seen = newest(&p->window);

	if (seen > now)
		seen = now;
	if (p->span > 0 && all) {
		if (late > p->span / 2)
			late = p->span / 2;
		if (to >= now)
			p->span = 0;
		else if (seen < to)
			seen = to;
	}
	job_window_move(
	    &p->window, seen - late < unsettled ? seen - late : unsettled);
}

static void
narrow(struct job_pull *p, int64_t now)
{
	int64_t span = p->span > 0 ? p->span : now - p->window.floor;

	p->span = span / 2 > SPAN_MIN_S ? span / 2 : SPAN_MIN_S;
}

static int
remember(struct emission *e, struct job_pull *p)
{
	struct buffer place = BUFFER_INIT;
	int rc;

	if (!job_window_place(&p->window, &place) && !p->crowded) {
		p->crowded = true;
		farm_log(e->host, FARM_WARNING,
		    "accounting: more jobs ended than can be remembered: one "
		    "whose record comes late may be missing");
	}
	rc = buffer_failed(&place)
		 ? farm_fail(e->host, "out of memory")
		 : farm_checkpoint(e->host, place.data, place.size);
	buffer_free(&place);
	p->placed = rc == 0;
	return rc;
}

/* ---------------------------------------------------------------- a cycle */

/* How many were told, of all or of as many as may be, in groups that each have
   their checkpoint, but for the last; -1. */
static int64_t
tell(struct emission *e, struct job_pull *p, const struct finds *f, int64_t now)
{
	struct buffer json = BUFFER_INIT;
	struct job_pulled one;
	int rc = 0, found;
	size_t i;

	emit_group(e);
	for (i = 0; rc == 0 && i < f->n && i < RECORDS_MAX; i++) {
		struct job_list list = {
			.rest = f->items[i].text, .mark = p->mark, .line = 1
		};

		if (e->bytes >= JOBS_GROUP_BYTES) {
			move_on(e->jobs, now, now, false, f->unsettled);
			rc = remember(e, p);
			emit_group(e);
		}
		/* It was read before. */
		found = e->system->source->next(&list, &one, NULL);
		assert(found == 1);
		if (rc == 0)
			rc = emit_finished(e, &one.record, &json);
		if (rc == 0 &&
		    job_window_add(&p->window, one.key, one.record.ended) != 0)
			rc = farm_fail(e->host, "out of memory");
	}
	buffer_free(&json);
	return rc == 0 ? (int64_t)i : -1;
}

static enum jobs_status
read_all(struct emission *e, struct job_pull *p, struct slice output,
    int64_t now, int64_t to, struct error *err)
{
	struct finds f = { .unsettled = INT64_MAX };
	int64_t told, floor = p->window.floor;

	if (find(p, e->system->source, output, now, &f, err) != 0) {
		free(f.items);
		return JOBS_NOT_UNDERSTOOD;
	}
	told = tell(e, p, &f, now);
	move_on(e->jobs, now, to, told == (int64_t)f.n, f.unsettled);
	free(f.items);
	if (told != 0 || floor != p->window.floor || !p->placed)
		e->rc |= remember(e, p);
	e->rc |= told < 0 ? -1 : 0;
	return JOBS_OK;
}

static enum jobs_status
pull(struct emission *e, struct job_pull *p, int64_t deadline_ns,
    struct error *err)
{
	int64_t now = farm_now_ns(e->host) / NS_PER_S;
	int64_t to = p->span > 0 ? p->window.floor + p->span : now + AHEAD_S;
	struct jobs_command c = { .argv = e->system->source->argv(
				      e->arena, p->window.floor, to, p->mark) };
	struct command *run = NULL;
	const char *shown = "";
	enum jobs_status status = JOBS_FAILED;

	if (c.argv == NULL) {
		error_set(err, "out of memory");
		return status;
	}
	status = jobs_say(
	    e->jobs, e->arena, &c, deadline_ns, &run, &shown, err);
	if (status == JOBS_INCOMPLETE)
		narrow(p, now);
	if (status == JOBS_OK) {
		status = read_all(e, p, command_said_all(run), now, to, err);
		if (status != JOBS_OK)
			error_prefix(err, "%s", shown);
	}
	command_free(run);
	return status;
}

int
pull_collect(struct emission *e, int64_t deadline_ns)
{
	const char *cluster = e->target->cluster, *node = e->target->node;
	struct jobs_memory *m = e->target->state;
	struct job_pull *p = e->jobs->pull;
	int64_t now_ns = clock_mono_ns(), took_ns;
	enum jobs_status status;
	struct error err;

	if (p == NULL || now_ns < m->pull_next_mono_ns ||
	    deadline_ns <= now_ns || !jobs_claim(&p->reader, e->target))
		return 0;
	e->rc = 0;
	await_ends(e);
	status = pull(e, p, deadline_ns, &err);
	took_ns = clock_mono_ns() - now_ns;
	m->pull_failures = status == JOBS_OK ? 0 : m->pull_failures + 1;
	m->pull_next_mono_ns = now_ns +
			       jobs_rest_ns(e->jobs, m->pull_failures, took_ns);
	emit_value(e, cluster, node, "accounting_status", farm_int64(status));
	emit_value(e, cluster, node, "accounting_latency",
	    farm_double((double)took_ns / NS_PER_S));
	/* No reason not to look at the jobs that are there. */
	if (status != JOBS_OK) {
		farm_log(e->host, FARM_WARNING, "accounting: %s", err.text);
		forget_ends(e);
	}
	return e->rc;
}
