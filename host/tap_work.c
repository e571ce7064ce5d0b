#include "tap_work.h"

#include <stdlib.h>

#include "batch.h"
#include "clock.h"
#include "filter.h"
#include "log.h"

/* Without a value for so long, a series loses its state, as in writers. */
static const struct lifetimes idle = { .parameter_ns = 3600 * NS_PER_S };

struct tap_work {
	struct instance *instance;
	struct chain *chain;
	struct batch *out; /* what was emitted; NULL: nothing was */
	unsigned failures; /* in a row */
};

/* --------------------------------------------------------- what comes out --
 */

static void
send(struct tap_work *w)
{
	struct instance *in = w->instance;
	struct batch *batch = w->out;

	w->out = NULL;
	if (batch == NULL)
		return;
	atomic_fetch_add(&in->ledger.values, batch->n_values);
	in->sink->send(in->sink, in, batch);
}

static int
add(struct tap_work *w, const struct farm_record *r)
{
	const char *name = w->instance->name;

	if (w->out == NULL)
		w->out = batch_new();
	if (w->out == NULL)
		return -1;
	if (r->type == FARM_RESULT)
		return batch_add_result(
		    w->out, r->time_ns, name, r->flags, r->values, r->n_values);
	return batch_add_payload(
	    w->out, r->type, r->time_ns, name, r->payload, r->payload_size);
}

static void
take_out(void *context, const struct farm_record *record,
    const struct lifetimes *lifetimes)
{
	struct tap_work *w = context;

	(void)lifetimes;
	if (add(w, record) != 0)
		ledger_drop(
		    &w->instance->ledger, DROP_MEMORY, record->n_values);
	else if (batch_used(w->out) > SINK_FLUSH_BYTES)
		send(w);
}

/* --------------------------------------------------------------- calling -- */

/* After each call. */
static int
judge(struct tap_work *w, struct error *err)
{
	const char *why = chain_failure(w->chain);

	w->failures = why != NULL ? w->failures + 1 : 0;
	if (w->failures < TAP_FAILURES_MAX)
		return 0;
	return error_set(err, "%s", why);
}

static int
end(struct tap_work *w, int rc)
{
	chain_end(w->chain);
	send(w);
	chain_reset(w->chain);
	return rc;
}

int
tap_work_batch(
    struct tap_work *w, const struct farm_batch *batch, struct error *err)
{
	int rc = 0;

	chain_begin(w->chain, clock_mono_ns());
	for (size_t i = 0; i < batch->n_records && rc == 0; i++) {
		chain_apply(w->chain, 0, &batch->records[i], &idle);
		rc = judge(w, err);
	}
	return end(w, rc);
}

int
tap_work_tick(struct tap_work *w, struct error *err)
{
	int64_t now = clock_mono_ns();
	int rc = 0;

	chain_begin(w->chain, now);
	if (w->instance->module->descriptor.tick != NULL) {
		chain_tick(w->chain, clock_wall_ns());
		rc = judge(w, err);
	}
	chain_expire(w->chain, now);
	return end(w, rc);
}

/* -------------------------------------------------------------- lifetime -- */

struct tap_work *
tap_work_new(struct instance *in, struct series_table *series)
{
	struct tap_work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->instance = in;
	w->chain = chain_new_alone(series, in->farm, in, take_out, w);
	if (w->chain != NULL)
		return w;
	free(w);
	return NULL;
}

void
tap_work_close(struct tap_work *w)
{
	chain_close(w->chain);
}

void
tap_work_free(struct tap_work *w)
{
	if (w == NULL)
		return;
	chain_free(w->chain);
	batch_unref(w->out);
	free(w);
}
