/* A writer whose module runs in a worker: calls become messages, and the
   writer's thread waits for the answer. */
#include "writer_private.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "wait.h"

/* A call past its bound may still end well within this. */
#define GRACE_NS NS_PER_S
/* open() and close(), as the contract has it. */
#define OPEN_NS (10 * NS_PER_S)
/* Before the end of a stop, for the process to be killed and the thread to
   return. */
#define STOP_NS (NS_PER_S / 2)
/* Series are pinned on both sides as long as a stream lasts. */
#define STREAM_NS (600 * NS_PER_S)

/* ---------------------------------------------------------------- events -- */

static void
answer(struct writer *w, const char *why)
{
	struct writer_away *a = &w->away;

	pthread_mutex_lock(&w->lock);
	if (a->waiting) {
		a->waiting = false;
		a->failed = why != NULL;
		if (why != NULL)
			error_set(&a->why, "%s", why);
	}
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void
on_opened(struct instance *in, const char *why)
{
	answer(in->station, why);
}

static void
on_closed(struct instance *in)
{
	answer(in->station, NULL);
}

static void
on_verdict(struct instance *in, const struct worker_verdict *v)
{
	struct writer *w = in->station;
	struct writer_away *a = &w->away;
	size_t length = v->why.length;

	if (length > WORKER_TEXT_MAX)
		length = WORKER_TEXT_MAX;
	pthread_mutex_lock(&w->lock);
	if (a->waiting) {
		a->waiting = false;
		a->failed = false;
		a->verdict = *v;
		error_set(&a->why, "%.*s", (int)length, v->why.text);
	}
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static void
on_acknowledged(struct instance *in, uint64_t first, uint64_t last)
{
	writer_acknowledged(in->station, first, last);
}

static void
on_lost(struct instance *in, const char *why, const char *crash)
{
	struct writer *w = in->station;

	pthread_mutex_lock(&w->lock);
	w->away.lost = w->away.open;
	w->away.told = w->away.waiting;
	w->away.open = false;
	w->away.waiting = false;
	w->away.failed = true;
	error_set(&w->away.why, "%s", why);
	error_set(&w->away.crash, "%s", crash != NULL ? crash : "");
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static const struct seat_events events = {
	.opened = on_opened,
	.closed = on_closed,
	.verdict = on_verdict,
	.acknowledged = on_acknowledged,
	.lost = on_lost,
};

/* --------------------------------------------------------------- waiting -- */

static void
expect(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->away.waiting = true;
	pthread_mutex_unlock(&w->lock);
}

static void
kill_for(struct writer *w, const char *what, int64_t limit_ns, bool stopping)
{
	struct buffer why = BUFFER_INIT;

	if (stopping) {
		seat_kill(
		    w->away.seat, "was killed: a call did not return in time");
		return;
	}
	buffer_printf(&why,
	    "hung and was killed: %s: %s is past its deadline of ",
	    w->instance->name, what);
	duration_print(&why, limit_ns);
	seat_kill(w->away.seat, buffer_text(&why));
	buffer_free(&why);
}

/*
 * Until the answer is there or the process is gone, which is an answer, too:
 * past the bound it is killed.  -1 with why it failed.
 */
static int
await(struct writer *w, const char *what, int64_t limit_ns, struct error *err)
{
	int64_t end = clock_mono_ns() + limit_ns + GRACE_NS;
	bool stopping = false;
	bool failed;

	pthread_mutex_lock(&w->lock);
	while (w->away.waiting) {
		stopping = w->stopping && w->deadline_mono_ns - STOP_NS < end;
		if (wait_until(&w->changed, &w->lock,
			stopping ? w->deadline_mono_ns - STOP_NS : end))
			continue;
		pthread_mutex_unlock(&w->lock);
		kill_for(w, what, limit_ns, stopping);
		pthread_mutex_lock(&w->lock);
		while (w->away.waiting)
			wait_until(&w->changed, &w->lock, INT64_MAX);
	}
	failed = w->away.failed;
	if (err != NULL)
		*err = w->away.why;
	pthread_mutex_unlock(&w->lock);
	return failed ? -1 : 0;
}

/* ----------------------------------------------------------------- calls -- */

void
writer_send_away(struct writer *w, struct workers *workers)
{
	w->away.workers = workers;
}

bool
writer_is_away(const struct writer *w)
{
	return w->away.workers != NULL;
}

static int
take_seat(struct writer *w, struct error *err)
{
	struct writer_away *a = &w->away;
	struct instance *in = w->instance;

	if (a->encoder == NULL)
		a->encoder = frame_encoder_new(w->series);
	if (a->encoder != NULL && a->seat == NULL)
		a->seat = seat_new(a->workers, in, &events);
	if (a->seat == NULL)
		return error_set(err, "out of memory");
	pthread_mutex_lock(&in->lock);
	in->seat = a->seat;
	pthread_mutex_unlock(&in->lock);
	return 0;
}

int
writer_away_open(struct writer *w, struct error *err)
{
	struct writer_away *a = &w->away;

	pthread_mutex_lock(&w->lock);
	a->lost = false;
	pthread_mutex_unlock(&w->lock);
	if (take_seat(w, err) != 0)
		return -1;
	frame_encoder_reset(a->encoder);
	a->stream_mono_ns = clock_mono_ns();
	expect(w);
	if (seat_open(a->seat, err) != 0) {
		answer(w, err->text);
		return -1;
	}
	if (await(w, "open()", OPEN_NS, err) != 0)
		return -1;
	pthread_mutex_lock(&w->lock);
	a->open = true;
	pthread_mutex_unlock(&w->lock);
	w->instance->started_ns = clock_wall_ns();
	return 0;
}

void
writer_away_close(struct writer *w)
{
	bool open;

	pthread_mutex_lock(&w->lock);
	open = w->away.open;
	w->away.open = false;
	w->away.waiting = open;
	pthread_mutex_unlock(&w->lock);
	if (open) {
		seat_close(w->away.seat);
		(void)await(w, "close()", OPEN_NS, NULL);
	}
	atomic_store(&w->instance->status, INSTANCE_CLOSED);
}

void
writer_away_leave(struct writer *w)
{
	struct instance *in = w->instance;

	pthread_mutex_lock(&in->lock);
	in->seat = NULL;
	pthread_mutex_unlock(&in->lock);
	seat_free(w->away.seat);
	frame_encoder_free(w->away.encoder);
	w->away.seat = NULL;
	w->away.encoder = NULL;
}

void
writer_away_renew(struct writer *w)
{
	struct instance *in = w->instance;
	struct error why;

	if (w->away.seat == NULL || !seat_end_hung(w->away.seat))
		return;
	pthread_mutex_lock(&w->lock);
	while (w->away.open)
		wait_until(&w->changed, &w->lock, INT64_MAX);
	w->away.told = true;
	why = w->away.why;
	pthread_mutex_unlock(&w->lock);
	atomic_fetch_add(&in->ledger.failures, 1);
	ledger_error(&in->ledger, clock_wall_ns(), why.text);
	log_line(LOG_LEVEL_ERROR, in->name, "%s", why.text);
}

/* Of a process that others share nobody knows whose fault its end was. */
static void
note_crash(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->away.lost && w->instance->own.isolation.worker[0] == '\0')
		w->crash = w->away.crash;
	pthread_mutex_unlock(&w->lock);
}

/* What it says goes to where the module's own words would be. */
static int
take_answer(struct writer *w, struct call *call)
{
	const struct worker_verdict *v = &w->away.verdict;

	call->failed = call->error.text[0] != '\0';
	atomic_fetch_add(&w->instance->ledger.cpu_ns, v->cpu_ns);
	if (v->verdict != FARM_BAD)
		return v->verdict;
	w->bad = true;
	w->bad_record = v->record < SIZE_MAX ? (size_t)v->record : SIZE_MAX;
	w->bad_reason = call->error;
	return FARM_BAD;
}

static bool
is_open(struct writer *w)
{
	bool open;

	pthread_mutex_lock(&w->lock);
	open = w->away.open;
	w->away.waiting = open;
	pthread_mutex_unlock(&w->lock);
	return open;
}

int
writer_away_write(struct writer *w, const struct farm_batch *batch,
    int64_t limit_ns, struct call *call)
{
	struct writer_away *a = &w->away;
	int64_t now = clock_mono_ns();

	if (now - a->stream_mono_ns > STREAM_NS) {
		frame_encoder_reset(a->encoder);
		a->stream_mono_ns = now;
	}
	buffer_clear(&a->frame);
	if (frame_encode(a->encoder, batch, &a->frame, &call->error) != 0) {
		frame_encoder_reset(a->encoder);
		call->failed = true;
		/* Half of it may go into a frame. */
		return batch->n_records > 1 ? FARM_BAD : FARM_AGAIN;
	}
	if (is_open(w))
		seat_write(a->seat, call->deadline_mono_ns, &a->frame);
	if (await(w, "write()", limit_ns, &call->error) != 0) {
		call->failed = true;
		note_crash(w);
		return FARM_AGAIN;
	}
	return take_answer(w, call);
}

int
writer_away_tick(struct writer *w, struct call *call)
{
	int64_t now = clock_mono_ns();

	if (is_open(w))
		seat_tick(w->away.seat, now + OPEN_NS);
	if (await(w, "tick()", OPEN_NS, &call->error) == 0 &&
	    take_answer(w, call) == FARM_DONE)
		return 0;
	call->failed = true;
	return -1;
}

bool
writer_away_lost(struct writer *w, struct error *untold)
{
	bool lost;

	pthread_mutex_lock(&w->lock);
	lost = w->away.lost;
	untold->text[0] = '\0';
	if (lost && !w->away.told)
		*untold = w->away.why;
	pthread_mutex_unlock(&w->lock);
	return lost;
}
