#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "away.h"
#include "batch.h"
#include "call.h"
#include "clock.h"
#include "log.h"
#include "tap_work.h"
#include "wait.h"

/* What is given at once, at most. */
#define GIVE_BYTES (64u << 10)
/* What has waited longer is history, and its series may be gone. */
#define AGE_NS (60 * NS_PER_S)
/* The waits between two tries: twice the first, then twice as long each time;
   one that lasted so long begins anew. */
#define RETRY_FIRST_NS NS_PER_S
#define RETRY_MAX_NS (300 * NS_PER_S)
#define LASTED_NS (60 * NS_PER_S)
/* A call may be late by so much before it is said to hang. */
#define GRACE_NS NS_PER_S

struct tap {
	struct instance *instance;
	struct series_table *series;
	struct tap_work *work; /* NULL: closed, or in a worker */
	struct away away;
	struct batch *filling; /* the router's */
	unsigned ends;         /* in a row */
	pthread_mutex_t lock;  /* of what follows */
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
	bool ended;
	bool stopping;
	int64_t deadline_mono_ns;    /* of the stop */
	struct batch *first, **last; /* what waits */
	size_t bytes;
	size_t bound;
	int64_t called_mono_ns; /* since when a call is out; 0: none is */
	bool hung;              /* and that was said */
	int64_t next_try_mono_ns;
};

/* ----------------------------------------------------------- the router's --
 */

static void
drop(struct tap *t, enum drop_reason why, struct batch *batch)
{
	ledger_drop(&t->instance->ledger, why, batch->n_values);
	batch_unref(batch);
}

static int64_t
limit_of(struct tap *t)
{
	struct instance *in = t->instance;
	int64_t ns;

	pthread_mutex_lock(&in->lock);
	ns = in->own.deadline_ns;
	pthread_mutex_unlock(&in->lock);
	return ns;
}

/* A thread cannot be ended; one that stands still is shown. */
static void
look_after(struct tap *t)
{
	int64_t limit = limit_of(t);
	bool hangs;

	pthread_mutex_lock(&t->lock);
	hangs = t->called_mono_ns != 0 && !t->hung &&
		clock_mono_ns() - t->called_mono_ns > limit + GRACE_NS;
	t->hung |= hangs;
	pthread_mutex_unlock(&t->lock);
	if (!hangs)
		return;
	atomic_store(&t->instance->status, INSTANCE_HUNG);
	log_line(LOG_LEVEL_ERROR, t->instance->name,
	    "hangs; what is given to it is lost");
}

void
tap_send(struct tap *t)
{
	struct batch *batch = t->filling;
	bool fits;

	if (t->away.workers == NULL)
		look_after(t);
	t->filling = NULL;
	if (batch == NULL)
		return;
	batch->next = NULL;
	batch->sent_mono_ns = clock_mono_ns();
	pthread_mutex_lock(&t->lock);
	fits = !t->stopping && t->bytes + batch_bytes(batch) <= t->bound;
	if (fits) {
		*t->last = batch;
		t->last = &batch->next;
		t->bytes += batch_bytes(batch);
		pthread_cond_broadcast(&t->changed);
	}
	pthread_mutex_unlock(&t->lock);
	if (!fits)
		drop(t, DROP_BEHIND, batch);
}

/* Whoever made it may be gone when it is taken: its name is left out. */
static int
copy(struct batch *batch, const struct farm_record *r)
{
	if (r->type == FARM_RESULT)
		return batch_add_result(
		    batch, r->time_ns, "", r->flags, r->values, r->n_values);
	return batch_add_payload(
	    batch, r->type, r->time_ns, "", r->payload, r->payload_size);
}

void
tap_give(struct tap *t, const struct farm_record *r)
{
	if (t->filling == NULL)
		t->filling = batch_new();
	if (t->filling == NULL || copy(t->filling, r) != 0) {
		ledger_drop(&t->instance->ledger, DROP_MEMORY, r->n_values);
		return;
	}
	if (batch_used(t->filling) >= GIVE_BYTES)
		tap_send(t);
}

/* ------------------------------------------------------------- its thread --
 */

/* What waits, one by one; NULL at the deadline, or when it is to stop and there
   is nothing more, or no time. */
static struct batch *
take(struct tap *t, int64_t until_mono_ns)
{
	struct batch *b;

	pthread_mutex_lock(&t->lock);
	while (t->first == NULL && !t->stopping && !t->away.lost)
		if (!wait_until(&t->changed, &t->lock, until_mono_ns))
			break;
	b = t->first;
	if (t->stopping && clock_mono_ns() >= t->deadline_mono_ns)
		b = NULL;
	if (b != NULL) {
		t->first = b->next;
		if (t->first == NULL)
			t->last = &t->first;
		t->bytes -= batch_bytes(b);
	}
	pthread_mutex_unlock(&t->lock);
	return b;
}

static void
call_begins(struct tap *t)
{
	pthread_mutex_lock(&t->lock);
	t->called_mono_ns = clock_mono_ns();
	pthread_mutex_unlock(&t->lock);
}

static void
call_ends(struct tap *t)
{
	bool hung;

	pthread_mutex_lock(&t->lock);
	hung = t->hung;
	t->hung = false;
	t->called_mono_ns = 0;
	pthread_mutex_unlock(&t->lock);
	if (!hung)
		return;
	atomic_store(&t->instance->status, INSTANCE_RUNNING);
	log_line(LOG_LEVEL_NOTICE, t->instance->name, "has come back");
}

/* What a worker says of a call; why it failed stands in the error. */
static int
take_verdict(struct tap *t)
{
	const struct worker_verdict *v = &t->away.verdict;

	atomic_fetch_add(&t->instance->ledger.cpu_ns, v->cpu_ns);
	return v->verdict == FARM_DONE ? 0 : -1;
}

static int
give_away(struct tap *t, const struct batch *batch, struct error *err)
{
	if (away_encode(&t->away, &batch->view, err) != 0 ||
	    away_send(&t->away, "apply()", limit_of(t), err) != 0)
		return -1;
	atomic_fetch_add(&t->instance->ledger.runs, 1);
	return take_verdict(t);
}

/* Also without a tick() of the module: series have to be forgotten. */
static int
tick_away(struct tap *t, struct error *err)
{
	return away_tick(&t->away, err) == 0 ? take_verdict(t) : -1;
}

/* One batch, or a tick() if it is NULL. */
static int
work_on(struct tap *t, const struct batch *batch, struct error *err)
{
	int64_t cpu = clock_thread_cpu_ns();
	int64_t wall = clock_mono_ns();
	int rc;

	if (t->away.workers != NULL) {
		rc = batch != NULL ? give_away(t, batch, err)
				   : tick_away(t, err);
	} else {
		call_begins(t);
		rc = batch != NULL ? tap_work_batch(t->work, &batch->view, err)
				   : tap_work_tick(t->work, err);
		call_ends(t);
	}
	atomic_fetch_add(&t->instance->ledger.cpu_ns,
	    (uint64_t)(clock_thread_cpu_ns() - cpu));
	if (batch != NULL)
		histogram_add(
		    &t->instance->ledger.wall, clock_mono_ns() - wall);
	return rc;
}

/* A batch whose call fails is lost: it may be what the module cannot bear. */
static int
work_on_batch(struct tap *t, struct batch *batch, struct error *err)
{
	if (clock_mono_ns() - batch->sent_mono_ns > AGE_NS) {
		drop(t, DROP_BEHIND, batch);
		return 0;
	}
	if (work_on(t, batch, err) != 0) {
		drop(t, DROP_LATE, batch);
		return -1;
	}
	batch_unref(batch);
	return 0;
}

static bool
is_stopping(struct tap *t)
{
	bool stopping;

	pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	pthread_mutex_unlock(&t->lock);
	return stopping;
}

/* Until it is to stop, or does not work: then -1 with the reason. */
static int
work(struct tap *t, struct error *err)
{
	int64_t next_tick = clock_mono_ns() + NS_PER_S;
	struct error untold;
	struct batch *b;

	for (;;) {
		b = take(t, next_tick);
		if (away_is_lost(&t->away, &untold)) {
			*err = untold;
			if (b != NULL)
				drop(t, DROP_LATE, b);
			return -1;
		}
		if (b != NULL && work_on_batch(t, b, err) != 0)
			return -1;
		if (b == NULL && is_stopping(t))
			return 0;
		if (clock_mono_ns() < next_tick)
			continue;
		next_tick = clock_mono_ns() + NS_PER_S;
		if (work_on(t, NULL, err) != 0)
			return -1;
	}
}

/* --------------------------------------------------------- open and closed --
 */

static int
open_here(struct tap *t, struct error *err)
{
	struct instance *in = t->instance;

	if (instance_open(in, &call_ops, err) != 0)
		return -1;
	t->work = tap_work_new(in, t->series);
	if (t->work != NULL)
		return 0;
	instance_close(in, &call_ops);
	return error_set(err, "out of memory");
}

static int
open_module(struct tap *t, struct error *err)
{
	int rc;

	atomic_store(&t->instance->status, INSTANCE_OPENING);
	rc = t->away.workers != NULL ? away_open(&t->away, err)
				     : open_here(t, err);
	if (rc == 0)
		atomic_store(&t->instance->status, INSTANCE_RUNNING);
	return rc;
}

static void
close_module(struct tap *t)
{
	if (t->away.workers != NULL)
		away_close(&t->away);
	if (t->work == NULL)
		return;
	tap_work_close(t->work);
	tap_work_free(t->work);
	t->work = NULL;
}

static int64_t
next_wait(struct tap *t, int64_t lasted_ns)
{
	int64_t wait = RETRY_FIRST_NS;
	unsigned i;

	t->ends = lasted_ns < LASTED_NS ? t->ends + 1 : 1;
	for (i = 2; i < t->ends && wait < RETRY_MAX_NS; i++)
		wait *= 2;
	return wait < RETRY_MAX_NS ? wait : RETRY_MAX_NS;
}

/* What has ended it may wait there once more. */
static void
drop_waiting(struct tap *t)
{
	struct batch *b, *next;

	pthread_mutex_lock(&t->lock);
	b = t->first;
	t->first = NULL;
	t->last = &t->first;
	t->bytes = 0;
	pthread_mutex_unlock(&t->lock);
	for (; b != NULL; b = next) {
		next = b->next;
		drop(t, DROP_BEHIND, b);
	}
}

static void
back_off(struct tap *t, int64_t lasted_ns, const char *why)
{
	struct instance *in = t->instance;
	int64_t wait = next_wait(t, lasted_ns);
	struct buffer text = BUFFER_INIT;

	duration_print(&text, wait);
	atomic_fetch_add(&in->ledger.failures, 1);
	ledger_error(&in->ledger, clock_wall_ns(), why);
	log_line(LOG_LEVEL_ERROR, in->name, "%s; tried again in %s", why,
	    buffer_text(&text));
	buffer_free(&text);
	atomic_store(&in->status, INSTANCE_BACKOFF);
	pthread_mutex_lock(&t->lock);
	t->next_try_mono_ns = clock_mono_ns() + wait;
	while (!t->stopping &&
	       wait_until(&t->changed, &t->lock, t->next_try_mono_ns))
		;
	t->next_try_mono_ns = 0;
	pthread_mutex_unlock(&t->lock);
	drop_waiting(t);
}

static void *
tap_main(void *context)
{
	struct tap *t = context;
	struct error err;

	(void)prctl(PR_SET_NAME, "farmd-tap");
	/* What was given to it before it was to stop is its to take. */
	do {
		int64_t began = clock_mono_ns();
		int rc = open_module(t, &err);

		if (rc == 0)
			rc = work(t, &err);
		close_module(t);
		if (rc != 0 && !is_stopping(t))
			back_off(t, clock_mono_ns() - began, err.text);
	} while (!is_stopping(t));
	away_leave(&t->away);
	pthread_mutex_lock(&t->lock);
	t->ended = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* -------------------------------------------------------- the other side -- */

static const struct seat_events events = { AWAY_EVENTS };

struct tap *
tap_new(
    struct instance *in, struct series_table *series, struct workers *workers)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->instance = in;
	t->series = series;
	t->bound = (size_t)in->own.tap_bytes;
	t->last = &t->first;
	pthread_mutex_init(&t->lock, NULL);
	wait_init(&t->changed);
	t->away = (struct away){
		.workers = in->own.isolation.on ? workers : NULL,
		.instance = in,
		.series = series,
		.events = &events,
		.lock = &t->lock,
		.changed = &t->changed,
	};
	pthread_mutex_lock(&in->lock);
	in->tap = t;
	pthread_mutex_unlock(&in->lock);
	return t;
}

int
tap_start(struct tap *t)
{
	if (t->started)
		return 0;
	if (pthread_create(&t->thread, NULL, tap_main, t) != 0)
		return -1;
	t->started = true;
	return 0;
}

bool
tap_stop(struct tap *t, int64_t deadline_mono_ns)
{
	bool ended;

	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	t->deadline_mono_ns = deadline_mono_ns;
	away_stop(&t->away, deadline_mono_ns);
	pthread_cond_broadcast(&t->changed);
	while (t->started && !t->ended)
		if (!wait_until(&t->changed, &t->lock, deadline_mono_ns))
			break;
	ended = !t->started || t->ended;
	pthread_mutex_unlock(&t->lock);
	if (ended && t->started)
		pthread_join(t->thread, NULL);
	if (ended)
		t->started = false;
	return ended;
}

void
tap_free(struct tap *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->instance->lock);
	t->instance->tap = NULL;
	pthread_mutex_unlock(&t->instance->lock);
	drop_waiting(t);
	batch_unref(t->filling);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void
tap_json(struct tap *t, struct buffer *b)
{
	int64_t wait = 0;

	pthread_mutex_lock(&t->lock);
	if (t->next_try_mono_ns > 0)
		wait = t->next_try_mono_ns - clock_mono_ns();
	buffer_printf(b,
	    "{\"queue_bytes\":%zu,\"queue_max_bytes\":%zu,\"next_try_ns\":%"
	    "lld}",
	    t->bytes, t->bound, (long long)(wait > 0 ? wait : 0));
	pthread_mutex_unlock(&t->lock);
}
