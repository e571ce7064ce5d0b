#include "history.h"

#include <stdlib.h>
#include <time.h>

#include "batch.h"
#include "call.h"
#include "clock.h"
#include "frame.h"
#include "wait.h"
#include "worker.h"

struct history {
	struct farm_host_ops ops;
	struct instance *instance;
	struct series_table *series;   /* of the answers */
	struct frame_decoder *decoder; /* of those of a worker */
	pthread_mutex_t lock;
	pthread_cond_t idle;
	bool busy;
	bool remote;         /* its instance is in a worker */
	void *state;         /* the module's; NULL: not open */
	struct arena *arena; /* of its options */
};

/* One call; the module sees the first member. */
struct question {
	struct call call;
	struct history *history;
	history_fn *each;
	void *context;
	uint64_t through;
	bool enough; /* `each' wants no more */
};

static struct question *
question_of(struct farm_host *host)
{
	return (struct question *)host;
}

static bool
has_names(const struct farm_spec *s)
{
	return s->farm != NULL && s->cluster != NULL && s->node != NULL &&
	       s->parameter != NULL;
}

static uint32_t
history_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	struct farm_series s = {
		.farm = spec->farm,
		.cluster = spec->cluster,
		.node = spec->node,
		.parameter = spec->parameter,
		.unit = spec->unit,
		.labels = spec->labels,
		.n_labels = spec->n_labels,
		.kind = spec->kind,
	};
	struct error err;
	uint32_t number;

	(void)target;
	if (!has_names(spec)) {
		farm_fail(host, "an answer needs all four names");
		return 0;
	}
	number = series_define(question_of(host)->history->series, &s, &err);
	if (number == 0)
		farm_fail(host, "%s", err.text);
	return number;
}

static void
history_release(struct farm_host *host, uint32_t series)
{
	struct history *h = question_of(host)->history;

	if (series_get(h->series, series) != NULL)
		series_unpin(h->series, series);
}

static const struct farm_series *
history_info(struct farm_host *host, uint32_t series)
{
	return series_get(question_of(host)->history->series, series);
}

int
history_point(struct history_point *ret, struct level_slot *average,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	*ret = (struct history_point){ .time_ns = time_ns, .value = rows[0] };
	if ((flags & FARM_AVERAGE) == 0)
		return 0;
	if (n != HISTORY_ROWS || rows[6].int64 <= 0)
		return -1;
	*average = (struct level_slot){ .time_ns = time_ns,
		.mean = rows[0].number,
		.min = rows[1].number,
		.max = rows[2].number,
		.last = rows[3].number,
		.count = rows[4].uint64,
		.held_ns = rows[5].int64,
		.span_ns = rows[6].int64 };
	ret->average = average;
	return 0;
}

/* Points of one record, of which an average takes all rows. */
static int
give(struct question *q, int64_t time_ns, uint32_t flags,
    const struct farm_value *rows, size_t n)
{
	const struct farm_series *s;
	struct history_point point;
	struct level_slot average;
	size_t i;

	for (i = 0; i < n && !q->enough; i++) {
		s = series_get(q->history->series, rows[i].series);
		if (s == NULL || history_point(&point, &average, time_ns, flags,
				     rows + i, n - i) != 0)
			return -1;
		q->enough = q->each == NULL || !q->each(q->context, s, &point);
		if (point.average != NULL)
			break;
	}
	return 0;
}

static int
history_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	struct question *q = question_of(host);

	(void)target;
	if (give(q, time_ns, flags, rows, n) != 0)
		return farm_fail(
		    host, "a handle that stands for nothing, or no average");
	return q->enough ? -1 : 0;
}

static int
history_through(struct farm_host *host, uint64_t position)
{
	question_of(host)->through = position;
	return 0;
}

static void
make_ops(struct farm_host_ops *ops)
{
	*ops = call_ops;
	ops->series = history_series;
	ops->release = history_release;
	ops->info = history_info;
	ops->emit_rows = history_emit_rows;
	ops->answer_through = history_through;
}

struct history *
history_new(struct instance *instance, uint32_t max_series)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	make_ops(&h->ops);
	h->instance = instance;
	pthread_mutex_init(&h->lock, NULL);
	wait_init(&h->idle);
	h->series = series_table_new(max_series);
	if (h->series != NULL)
		h->decoder = frame_decoder_new(h->series);
	if (h->decoder == NULL) {
		history_free(h);
		return NULL;
	}
	return h;
}

static void
question_init(struct question *q, struct history *h, int64_t deadline_mono_ns)
{
	*q = (struct question){ .history = h };
	call_init(&q->call, &h->ops, h->instance);
	q->call.purpose = FARM_FOR_HISTORY;
	q->call.deadline_mono_ns = deadline_mono_ns;
}

static void
close_state(struct history *h)
{
	const struct farm_descriptor *d = &h->instance->module->descriptor;
	struct question q;

	if (h->state == NULL)
		return;
	question_init(&q, h, INT64_MAX);
	if (d->close != NULL)
		d->close(&q.call.host, h->state);
	free(h->state);
	arena_free(h->arena);
	h->state = NULL;
	h->arena = NULL;
}

void
history_ask_worker(struct history *h)
{
	h->remote = true;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	close_state(h);
	frame_decoder_free(h->decoder);
	series_table_free(h->series);
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void
history_reset(struct history *h)
{
	pthread_mutex_lock(&h->lock);
	while (h->busy)
		(void)wait_until(&h->idle, &h->lock, INT64_MAX);
	h->busy = true;
	pthread_mutex_unlock(&h->lock);
	close_state(h);
	pthread_mutex_lock(&h->lock);
	h->busy = false;
	pthread_cond_signal(&h->idle);
	pthread_mutex_unlock(&h->lock);
}

struct series_table *
history_names(struct history *h)
{
	return h->series;
}

static int
explain(const struct history *h, const struct question *q, struct error *err)
{
	return error_set(err, "%s: %s", h->instance->name,
	    q->call.failed ? q->call.error.text : "no reason given");
}

static int
open_state(struct history *h, int64_t deadline_mono_ns, struct error *err)
{
	const struct farm_descriptor *d = &h->instance->module->descriptor;
	struct question q;

	if (h->state != NULL)
		return 0;
	h->state = instance_state_new(h->instance, &h->arena);
	if (h->state == NULL)
		return error_set(err, "%s: out of memory", h->instance->name);
	question_init(&q, h, deadline_mono_ns);
	if (d->open == NULL || d->open(&q.call.host, h->state) == 0)
		return 0;
	close_state(h);
	return explain(h, &q, err);
}

/* ------------------------------------------------------------ in a worker --
 */

/* A piece of the answer of a worker: 1, 0 if that is enough, -1 if it is
   none. */
static int
take_piece(void *context, const void *frame, size_t size, struct error *err)
{
	struct question *q = context;
	struct batch *batch = batch_new();
	int rc = 0;
	size_t i;

	if (batch == NULL)
		return error_set(err, "out of memory");
	if (frame_decode(q->history->decoder, frame, size, batch, err) != 0) {
		batch_unref(batch);
		return -1;
	}
	for (i = 0; i < batch->view.n_records && !q->enough && rc == 0; i++) {
		const struct farm_record *r = &batch->view.records[i];

		rc = give(q, r->time_ns, r->flags, r->values, r->n_values);
	}
	batch_unref(batch);
	if (rc != 0)
		return error_set(err, "an average that is none");
	return !q->enough;
}

/* The state of its own is the worker's affair. */
static int
ask_worker(struct history *h, const struct farm_predicate *predicate,
    struct question *q, struct error *err)
{
	struct instance *in = h->instance;
	struct seat *seat = instance_seat(in);
	int rc;

	if (seat == NULL)
		return error_set(err, "%s: not running", in->name);
	frame_decoder_reset(h->decoder);
	rc = seat_history(seat, predicate, q->call.deadline_mono_ns, take_piece,
	    q, &q->through, err);
	seat_unuse(seat);
	return rc == 0 ? 0 : error_prefix(err, "%s", in->name);
}

/* -------------------------------------------------------------- questions --
 */

static int
ask(struct history *h, const struct farm_predicate *predicate,
    struct question *q, struct error *err)
{
	if (h->remote)
		return ask_worker(h, predicate, q, err);
	if (open_state(h, q->call.deadline_mono_ns, err) != 0)
		return -1;
	if (h->instance->module->descriptor.writer.history(
		&q->call.host, h->state, predicate) == 0 ||
	    q->enough)
		return 0;
	/* What broke it may be gone in a fresh state. */
	close_state(h);
	return explain(h, q, err);
}

int
history_ask(struct history *h, const struct farm_predicate *predicate,
    int64_t deadline_mono_ns, history_fn *each, void *context,
    uint64_t *ret_through, struct error *err)
{
	struct question q;
	bool in_time = true;
	int rc;

	question_init(&q, h, deadline_mono_ns);
	q.each = each;
	q.context = context;
	pthread_mutex_lock(&h->lock);
	while (h->busy && in_time)
		in_time = wait_until(&h->idle, &h->lock, deadline_mono_ns);
	if (h->busy) {
		pthread_mutex_unlock(&h->lock);
		return error_set(
		    err, "%s: busy with another question", h->instance->name);
	}
	h->busy = true;
	pthread_mutex_unlock(&h->lock);
	rc = ask(h, predicate, &q, err);
	pthread_mutex_lock(&h->lock);
	h->busy = false;
	pthread_cond_signal(&h->idle);
	pthread_mutex_unlock(&h->lock);
	if (rc == 0)
		*ret_through = q.through;
	return rc;
}
