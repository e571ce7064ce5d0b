/* A writer whose module runs in a worker. */
#include "writer_private.h"

#include "clock.h"
#include "log.h"
#include "wait.h"

static void
on_acknowledged(struct instance *in, uint64_t first, uint64_t last)
{
	writer_acknowledged(in->station, first, last);
}

static const struct seat_events events = {
	AWAY_EVENTS,
	.acknowledged = on_acknowledged,
};

void
writer_away_init(struct writer *w)
{
	w->away = (struct away){
		.instance = w->instance,
		.series = w->series,
		.events = &events,
		.lock = &w->lock,
		.changed = &w->changed,
	};
}

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

int
writer_away_write(struct writer *w, const struct farm_batch *batch,
    int64_t limit_ns, struct call *call)
{
	if (away_encode(&w->away, batch, &call->error) != 0) {
		call->failed = true;
		/* Half of it may go into a frame. */
		return batch->n_records > 1 ? FARM_BAD : FARM_AGAIN;
	}
	if (away_send(&w->away, "write()", limit_ns, &call->error) == 0)
		return take_answer(w, call);
	call->failed = true;
	note_crash(w);
	return FARM_AGAIN;
}

int
writer_away_tick(struct writer *w, struct call *call)
{
	if (away_tick(&w->away, &call->error) == 0 &&
	    take_answer(w, call) == FARM_DONE)
		return 0;
	call->failed = true;
	return -1;
}
