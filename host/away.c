#include "away.h"

#include "clock.h"
#include "instance.h"
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
answer(struct away *a, const char *why, bool open)
{
	pthread_mutex_lock(a->lock);
	if (a->waiting) {
		a->waiting = false;
		a->open = open;
		a->failed = why != NULL;
		if (why != NULL)
			error_set(&a->why, "%s", why);
	}
	pthread_cond_broadcast(a->changed);
	pthread_mutex_unlock(a->lock);
}

/* Open from here on: the process may be gone before its station looks. */
void
away_opened(struct instance *in, const char *why)
{
	answer(in->away, why, why == NULL);
}

void
away_closed(struct instance *in)
{
	answer(in->away, NULL, false);
}

void
away_verdict(struct instance *in, const struct worker_verdict *v)
{
	struct away *a = in->away;
	size_t length = v->why.length;

	if (length > WORKER_TEXT_MAX)
		length = WORKER_TEXT_MAX;
	pthread_mutex_lock(a->lock);
	if (a->waiting) {
		a->waiting = false;
		a->failed = false;
		a->verdict = *v;
		error_set(&a->why, "%.*s", (int)length, v->why.text);
	}
	pthread_cond_broadcast(a->changed);
	pthread_mutex_unlock(a->lock);
}

void
away_lost(struct instance *in, const char *why, const char *crash)
{
	struct away *a = in->away;

	pthread_mutex_lock(a->lock);
	a->lost = a->open;
	a->told = a->waiting;
	a->open = false;
	a->waiting = false;
	a->failed = true;
	error_set(&a->why, "%s", why);
	error_set(&a->crash, "%s", crash != NULL ? crash : "");
	pthread_cond_broadcast(a->changed);
	pthread_mutex_unlock(a->lock);
}

/* --------------------------------------------------------------- waiting -- */

static void
expect(struct away *a)
{
	pthread_mutex_lock(a->lock);
	a->waiting = true;
	pthread_mutex_unlock(a->lock);
}

static void
kill_for(struct away *a, const char *what, int64_t limit_ns, bool stopping)
{
	struct buffer why = BUFFER_INIT;

	if (stopping) {
		seat_kill(a->seat, "was killed: a call did not return in time");
		return;
	}
	buffer_printf(&why,
	    "hung and was killed: %s: %s is past its deadline of ",
	    a->instance->name, what);
	duration_print(&why, limit_ns);
	seat_kill(a->seat, buffer_text(&why));
	buffer_free(&why);
}

/*
 * Until the answer is there or the process is gone, which is an answer, too:
 * past the bound it is killed.  -1 with why it failed.
 */
static int
await(struct away *a, const char *what, int64_t limit_ns, struct error *err)
{
	int64_t end = clock_mono_ns() + limit_ns + GRACE_NS;
	bool stopping = false;
	bool failed;

	pthread_mutex_lock(a->lock);
	while (a->waiting) {
		stopping = a->stopping && a->deadline_mono_ns - STOP_NS < end;
		if (wait_until(a->changed, a->lock,
			stopping ? a->deadline_mono_ns - STOP_NS : end))
			continue;
		pthread_mutex_unlock(a->lock);
		kill_for(a, what, limit_ns, stopping);
		pthread_mutex_lock(a->lock);
		while (a->waiting)
			wait_until(a->changed, a->lock, INT64_MAX);
	}
	failed = a->failed;
	if (err != NULL)
		*err = a->why;
	pthread_mutex_unlock(a->lock);
	return failed ? -1 : 0;
}

/* ----------------------------------------------------------------- calls -- */

static int
take_seat(struct away *a, struct error *err)
{
	struct instance *in = a->instance;

	if (a->encoder == NULL)
		a->encoder = frame_encoder_new(a->series);
	if (a->encoder != NULL && a->seat == NULL)
		a->seat = seat_new(a->workers, in, a->events);
	if (a->seat == NULL)
		return error_set(err, "out of memory");
	pthread_mutex_lock(&in->lock);
	in->seat = a->seat;
	pthread_mutex_unlock(&in->lock);
	return 0;
}

int
away_open(struct away *a, struct error *err)
{
	a->instance->away = a;
	pthread_mutex_lock(a->lock);
	a->lost = false;
	pthread_mutex_unlock(a->lock);
	if (take_seat(a, err) != 0)
		return -1;
	frame_encoder_reset(a->encoder);
	a->stream_mono_ns = clock_mono_ns();
	expect(a);
	if (seat_open(a->seat, err) != 0) {
		answer(a, err->text, false);
		return -1;
	}
	if (await(a, "open()", OPEN_NS, err) != 0)
		return -1;
	a->instance->started_ns = clock_wall_ns();
	return 0;
}

void
away_close(struct away *a)
{
	bool open;

	pthread_mutex_lock(a->lock);
	open = a->open;
	a->open = false;
	a->waiting = open;
	pthread_mutex_unlock(a->lock);
	if (open) {
		seat_close(a->seat);
		(void)await(a, "close()", OPEN_NS, NULL);
	}
	atomic_store(&a->instance->status, INSTANCE_CLOSED);
}

void
away_leave(struct away *a)
{
	struct instance *in = a->instance;

	if (in == NULL)
		return;
	pthread_mutex_lock(&in->lock);
	in->seat = NULL;
	pthread_mutex_unlock(&in->lock);
	seat_free(a->seat);
	frame_encoder_free(a->encoder);
	buffer_free(&a->frame);
	a->seat = NULL;
	a->encoder = NULL;
}

/* An answer is waited for from now on, unless there will be none. */
static bool
begin(struct away *a)
{
	bool open;

	pthread_mutex_lock(a->lock);
	open = a->open;
	a->waiting = open;
	pthread_mutex_unlock(a->lock);
	return open;
}

int
away_encode(struct away *a, const struct farm_batch *batch, struct error *err)
{
	int64_t now = clock_mono_ns();

	if (now - a->stream_mono_ns > STREAM_NS) {
		frame_encoder_reset(a->encoder);
		a->stream_mono_ns = now;
	}
	buffer_clear(&a->frame);
	if (frame_encode(a->encoder, batch, &a->frame, err) == 0)
		return 0;
	frame_encoder_reset(a->encoder);
	return -1;
}

int
away_send(struct away *a, const char *what, int64_t limit_ns, struct error *why)
{
	if (begin(a))
		seat_write(a->seat, clock_mono_ns() + limit_ns, &a->frame);
	return await(a, what, limit_ns, why);
}

int
away_tick(struct away *a, struct error *why)
{
	if (begin(a))
		seat_tick(a->seat, clock_mono_ns() + OPEN_NS);
	return await(a, "tick()", OPEN_NS, why);
}

bool
away_is_lost(struct away *a, struct error *untold)
{
	bool lost;

	pthread_mutex_lock(a->lock);
	lost = a->lost;
	untold->text[0] = '\0';
	if (lost && !a->told)
		*untold = a->why;
	pthread_mutex_unlock(a->lock);
	return lost;
}

void
away_stop(struct away *a, int64_t deadline_mono_ns)
{
	a->stopping = true;
	a->deadline_mono_ns = deadline_mono_ns;
}
