#include "worker_writer.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "column.h"
#include "frame.h"
#include "listen.h"
#include "worker_answer.h"

/* The table of farmd's writer is the one that counts. */
#define SERIES_MAX (1u << 24)
/* As in the daemon: without a value for so long, a series loses its state. */
#define IDLE_S 3600
#define SWEEP_S 60

/* What the writer knows of a series of its table. */
struct shelf {
	void *state; /* the module's; NULL until asked for */
	uint32_t seen_s;
	bool pinned;
};

struct guest_writer {
	struct guest *guest;
	struct farm_host_ops ops;
	struct series_table *series;
	struct frame_decoder *decoder;
	struct column shelves;
	uint32_t swept_s;
	struct answers *answers; /* NULL: the module keeps no history */
	/* Of the call under way. */
	bool bad;
	size_t bad_record;
	struct error bad_reason;
};

/* ------------------------------------------------- the host's functions -- */

static struct guest_writer *
writer_of(struct farm_host *host)
{
	return ((struct call *)host)->instance->station;
}

static const struct farm_series *
shelf_info(struct farm_host *host, uint32_t series)
{
	return series_get(writer_of(host)->series, series);
}

static void *
shelf_state(struct farm_host *host, uint32_t series)
{
	struct guest_writer *w = writer_of(host);
	const struct farm_descriptor *d =
	    &w->guest->instance->module->descriptor;
	struct shelf *s = column_at(&w->shelves, series);

	if (d->writer.series_state_size == 0 || s == NULL || !s->pinned)
		return NULL;
	if (s->state == NULL)
		s->state = calloc(1, d->writer.series_state_size);
	return s->state;
}

static int
take_bad(
    struct farm_host *host, size_t record, const char *format, va_list args)
{
	struct guest_writer *w = writer_of(host);

	if (!w->bad)
		error_vset(&w->bad_reason, format, args);
	w->bad = true;
	w->bad_record = record;
	return FARM_BAD;
}

static void
take_acknowledge(struct farm_host *host, uint64_t first, uint64_t last)
{
	struct guest *g = writer_of(host)->guest;

	worker_child_acknowledge(g->main->child, g->seat, first, last);
}

const struct farm_host_ops *
guest_writer_ops(const struct guest_writer *w)
{
	return &w->ops;
}

/* ---------------------------------------------------------------- series -- */

static void
forget(struct guest_writer *w, uint32_t number, struct shelf *s)
{
	struct instance *in = w->guest->instance;
	const struct farm_writer *module = &in->module->descriptor.writer;
	struct call call;

	if (s->state != NULL && module->forget != NULL) {
		call_init(&call, &w->ops, in);
		module->forget(&call.host, in->state, s->state);
	}
	free(s->state);
	series_unpin(w->series, number);
	*s = (struct shelf){ .state = NULL };
}

static void
forget_before(struct guest_writer *w, int64_t seen_s)
{
	struct shelf *s;
	uint32_t i;

	for (i = 0; i < column_bound(&w->shelves); i++) {
		s = column_at(&w->shelves, i);
		if (s != NULL && s->pinned && s->seen_s < seen_s)
			forget(w, i, s);
	}
}

/* -1 if memory is out. */
static int
see(struct guest_writer *w, uint32_t series, uint32_t now_s)
{
	struct shelf *s = column_need(&w->shelves, series);

	if (s == NULL)
		return -1;
	s->seen_s = now_s;
	if (!s->pinned)
		series_pin(w->series, series);
	s->pinned = true;
	return 0;
}

static int
see_all(struct guest_writer *w, const struct farm_batch *batch, uint32_t now_s)
{
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	uint32_t i;

	for (; r < end; r++)
		for (i = 0; i < r->n_values; i++)
			if (see(w, r->values[i].series, now_s) != 0)
				return -1;
	return 0;
}

static void
sweep(struct guest_writer *w, uint32_t now_s)
{
	if (now_s - w->swept_s < SWEEP_S)
		return;
	w->swept_s = now_s;
	forget_before(w, (int64_t)now_s - IDLE_S);
}

/* ----------------------------------------------------------------- calls -- */

struct writer_job {
	struct job job; /* first */
	struct guest_writer *writer;
	struct batch *batch; /* NULL: a tick() */
	int64_t deadline_mono_ns;
};

static int
call_write(struct guest_writer *w, const struct batch *batch, struct call *call)
{
	struct instance *in = w->guest->instance;
	uint32_t now_s = (uint32_t)(clock_mono_ns() / NS_PER_S);

	if (see_all(w, &batch->view, now_s) != 0)
		return farm_again(&call->host, "out of memory");
	sweep(w, now_s);
	return in->module->descriptor.writer.write(
	    &call->host, in->state, &batch->view);
}

static int
call_tick(struct guest_writer *w, struct call *call)
{
	struct instance *in = w->guest->instance;
	const struct farm_descriptor *d = &in->module->descriptor;

	if (d->tick != NULL &&
	    d->tick(&call->host, in->state, clock_wall_ns()) != 0) {
		farm_fail(&call->host, "tick() failed");
		return FARM_AGAIN;
	}
	return FARM_DONE;
}

/* Nothing of the writer is touched once the verdict is said: farmd may close
   it then. */
static void
say_verdict(struct guest_writer *w, int verdict, const struct call *call,
    int64_t cpu_ns)
{
	struct guest *g = w->guest;
	const char *why = verdict == FARM_BAD && w->bad ? w->bad_reason.text
			  : call->failed                ? call->error.text
							: "";
	struct worker_verdict v = {
		.verdict = (uint8_t)verdict,
		.record = w->bad && w->bad_record != SIZE_MAX ? w->bad_record
							      : UINT64_MAX,
		.cpu_ns = cpu_ns > 0 ? (uint64_t)cpu_ns : 0,
		.why = { why, strnlen(why, WORKER_TEXT_MAX) },
	};

	worker_child_verdict(g->main->child, g->seat, &v);
}

/* write() if there is a batch, else tick(). */
static void
call_run(struct job *base)
{
	struct writer_job *job = (struct writer_job *)base;
	struct guest_writer *w = job->writer;
	struct instance *in = w->guest->instance;
	int64_t cpu = clock_thread_cpu_ns();
	struct call call;
	int verdict;

	call_init(&call, &w->ops, in);
	call.deadline_mono_ns = job->deadline_mono_ns;
	instance_hold(in);
	w->bad = false;
	verdict = job->batch != NULL ? call_write(w, job->batch, &call)
				     : call_tick(w, &call);
	instance_let_go(in);
	batch_unref(job->batch);
	free(job);
	if (verdict != FARM_DONE && verdict != FARM_ACCEPTED &&
	    verdict != FARM_BAD)
		verdict = FARM_AGAIN;
	say_verdict(w, verdict, &call, clock_thread_cpu_ns() - cpu);
}

/* The writer of the seat; NULL with the reason.  farmd waits for one verdict
   before it asks for the next. */
static struct guest_writer *
find_writer(struct guest *g, struct error *err)
{
	if (g->instance != NULL && g->writer != NULL)
		return g->writer;
	error_set(err, "seat %u is no writer", g->seat);
	return NULL;
}

static int
submit(struct guest_writer *w, struct batch *batch, uint64_t deadline_mono_ns,
    struct error *err)
{
	struct writer_job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		batch_unref(batch);
		return error_set(err, "out of memory");
	}
	job->job.run = call_run;
	job->writer = w;
	job->batch = batch;
	job->deadline_mono_ns = (int64_t)deadline_mono_ns;
	pool_submit(w->guest->main->pool, &job->job);
	return 0;
}

int
guest_write(struct guest *g, const struct worker_message *m, struct error *err)
{
	struct guest_writer *w = find_writer(g, err);
	struct batch *batch;
	uint64_t deadline;

	if (w == NULL || worker_read_u64(m, 0, &deadline, err) != 0)
		return -1;
	batch = batch_new();
	if (batch == NULL)
		return error_set(err, "out of memory");
	if (frame_decode(w->decoder, m->payload + 8, m->size - 8, batch, err) !=
	    0) {
		batch_unref(batch);
		return -1;
	}
	return submit(w, batch, deadline, err);
}

int
guest_tick(struct guest *g, const struct worker_message *m, struct error *err)
{
	struct guest_writer *w = find_writer(g, err);
	uint64_t deadline;

	if (w == NULL || worker_read_u64(m, 0, &deadline, err) != 0)
		return -1;
	return submit(w, NULL, deadline, err);
}

/* --------------------------------------------------------------- history -- */

int
guest_history(
    struct guest *g, const struct worker_message *m, struct error *err)
{
	struct guest_writer *w = find_writer(g, err);
	struct worker_question q;

	if (w == NULL || worker_read_question(m, &q, err) != 0)
		return -1;
	if (w->answers == NULL)
		return error_set(err, "seat %u keeps no history", g->seat);
	return answers_ask(w->answers, &q, err);
}

int
guest_more(struct guest *g, const struct worker_message *m, struct error *err)
{
	struct guest_writer *w = find_writer(g, err);

	if (w == NULL)
		return -1;
	if (m->size < 5)
		return error_set(err, "MORE of %zu bytes", m->size);
	if (w->answers != NULL)
		answers_more(w->answers, m->payload[4] != 0);
	return 0;
}

/* -------------------------------------------------------------- lifetime -- */

struct guest_writer *
guest_writer_new(struct guest *g)
{
	struct instance *in = g->instance;
	struct guest_writer *w = calloc(1, sizeof(*w));
	bool history = in->module->descriptor.writer.history != NULL;

	if (w == NULL)
		return NULL;
	w->guest = g;
	w->ops = call_ops;
	w->ops.info = shelf_info;
	w->ops.series_state = shelf_state;
	w->ops.bad = take_bad;
	w->ops.acknowledge = take_acknowledge;
	w->ops.socket = listen_socket;
	w->ops.watch = listen_watch;
	w->ops.unwatch = listen_unwatch;
	w->shelves.item = sizeof(struct shelf);
	w->series = series_table_new(SERIES_MAX);
	if (w->series != NULL)
		w->decoder = frame_decoder_new(w->series);
	if (history)
		w->answers = answers_new(g);
	if (w->decoder == NULL || (history && w->answers == NULL)) {
		guest_writer_free(w);
		return NULL;
	}
	in->station = w;
	return w;
}

void
guest_writer_free(struct guest_writer *w)
{
	if (w == NULL)
		return;
	answers_free(w->answers);
	column_free(&w->shelves);
	frame_decoder_free(w->decoder);
	series_table_free(w->series);
	free(w);
}

void
guest_writer_end(struct guest_writer *w)
{
	if (w->answers != NULL)
		answers_end(w->answers);
	instance_hold(w->guest->instance);
	forget_before(w, INT64_MAX);
	instance_let_go(w->guest->instance);
}
