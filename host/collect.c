#include "collect.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "listen.h"

/* A sweep of thousands of nodes comes at once: it waits for the router rather
   than being lost, shorter than what makes a call look as if it hung. */
#define PATIENCE_NS (500 * NS_PER_MS)

static struct run *
run_of(struct farm_host *host)
{
	struct run *run = (struct run *)host;

	/* Only whether it moves matters, to whoever suspects a hang. */
	atomic_fetch_add_explicit(&run->heard, 1, memory_order_relaxed);
	return run;
}

static struct call *
call_of(struct farm_host *host)
{
	return (struct call *)host;
}

void
run_init(struct run *run, struct instance *in)
{
	memset(run, 0, sizeof(*run));
	call_init(&run->call, &collect_ops, in);
}

/* ---------------------------------------------------------------- batches */

static void
drop(struct run *run, enum drop_reason reason, uint64_t values)
{
	ledger_drop(&run->call.instance->ledger, reason, values);
}

static int
out_of_memory(struct run *run, uint64_t values)
{
	drop(run, DROP_MEMORY, values);
	return farm_fail(&run->call.host, "out of memory");
}

/* A run that was given up may find out only now: what it has is stale. */
static int
refuse_late(struct run *run, uint64_t values)
{
	if (!atomic_load(&run->written_off))
		return 0;
	drop(run, DROP_LATE, values);
	return farm_fail(&run->call.host, "too late: the run was given up");
}

/* Whose call says of itself that it may block for a while. */
static bool
is_patient(const struct run *run)
{
	const struct farm_descriptor *d =
	    &run->call.instance->module->descriptor;

	return run->source != NULL || (d->flags & FARM_PATIENT) != 0;
}

static void
send_batch(struct run *run)
{
	struct instance *in = run->call.instance;
	struct batch *batch = run->batch;

	run->batch = NULL;
	run->open = false;
	if (batch == NULL)
		return;
	if (batch_empty(batch)) {
		batch_unref(batch);
		return;
	}
	if (refuse_late(run, batch->n_values) != 0) {
		batch_unref(batch);
		return;
	}
	run->usual = batch_used(batch) < SINK_FLUSH_BYTES ? batch_used(batch)
							  : SINK_FLUSH_BYTES;
	run->values += batch->n_values;
	atomic_fetch_add(&in->ledger.values, batch->n_values);
	if (is_patient(run))
		batch->until_mono_ns = clock_mono_ns() + PATIENCE_NS;
	in->sink->send(in->sink, in, batch);
}

/* Have a batch to add so many bytes to; what would be too full goes on its way
   first. */
static int
have_batch(struct run *run, size_t more)
{
	if (run->batch != NULL &&
	    batch_used(run->batch) + more > SINK_FLUSH_BYTES)
		send_batch(run);
	if (run->batch == NULL)
		run->batch = batch_new_for(run->usual);
	return run->batch == NULL ? -1 : 0;
}

/* ---------------------------------------------------------------- by name */

/* A name or value that cannot be: it costs itself only. */
static int
refuse(struct run *run, enum drop_reason why, const struct error *err)
{
	drop(run, why, 1);
	if (run->names_refused++ == 0)
		run->refusal = *err;
	return farm_fail(&run->call.host, "%s", err->text);
}

/* The whole name of what a spec means, kind and unit from the catalogue if it
   gives none. */
static int
name_series(const struct instance *in, const struct farm_target *target,
    const struct farm_spec *spec, struct farm_series *ret, struct error *err)
{
	const char *cluster = target != NULL ? target->cluster : in->cluster;
	const char *node = target != NULL ? target->node : NULL;
	struct farm_parameter p;

	*ret = (struct farm_series){
		.farm = spec->farm != NULL ? spec->farm : in->farm,
		.cluster = spec->cluster != NULL ? spec->cluster : cluster,
		.node = spec->node != NULL ? spec->node : node,
		.parameter = spec->parameter,
		.unit = spec->unit != NULL ? spec->unit : "",
		.labels = spec->labels,
		.n_labels = spec->n_labels,
		.kind = spec->kind,
	};
	if (ret->parameter == NULL)
		return error_set(err, "a value without a parameter's name");
	if (ret->node == NULL || ret->cluster == NULL || ret->farm == NULL)
		return error_set(
		    err, "%s: no farm, cluster or node given", ret->parameter);
	if (ret->n_labels > FARM_LABELS_MAX)
		return error_set(err, "%s: %u labels, at most %d are possible",
		    ret->parameter, ret->n_labels, FARM_LABELS_MAX);
	if (spec->unit == NULL && spec->kind == 0 &&
	    module_find_parameter(in->module, spec->parameter, &p)) {
		ret->kind = p.kind;
		ret->unit = p.unit != NULL ? p.unit : "";
	}
	return 0;
}

/* A module built against an older header knows less of the spec. */
static const struct farm_spec *
whole_spec(const struct farm_spec *spec, struct farm_spec *room)
{
	if (spec->size >= sizeof(*spec))
		return spec;
	memset(room, 0, sizeof(*room));
	memcpy(room, spec, spec->size);
	return room;
}

/* Where the run remembers this target's names; NULL if memory is out. */
static struct name_cache *
names_of(struct run *run, struct farm_target *target)
{
	struct name_cache **names = run->names;

	if (names == NULL && run->target != NULL)
		names = &run->target->names;
	else if (names == NULL && target != NULL)
		names = &((struct target *)target)->names;
	if (names == NULL)
		return NULL;
	if (*names == NULL)
		*names = name_cache_new();
	return *names;
}

static uint32_t
define_series(struct instance *in, const struct farm_series *names,
    struct name_cache *cache, struct error *err)
{
	/* Without a cache the handle is the instance's, until it closes. */
	if (cache == NULL)
		return handles_define(&in->handles, in->series, names, err);
	return series_define(in->series, names, err);
}

static uint32_t
find_series(struct run *run, struct farm_target *target,
    const struct farm_spec *spec, enum drop_reason *why, struct error *err)
{
	struct instance *in = run->call.instance;
	struct name_cache *cache = names_of(run, target);
	struct farm_series names;
	uint32_t series = 0;

	if (cache != NULL && spec->parameter != NULL && spec->lifetime_ns >= 0)
		series = name_cache_find(cache, target, spec);
	if (series != 0)
		return series;
	if (name_series(in, target, spec, &names, err) != 0)
		return 0;
	series = define_series(in, &names, cache, err);
	if (series == 0 && series_check(&names, NULL) == 0)
		*why = DROP_SERIES;
	if (series == 0 || cache == NULL)
		return series;
	if (name_cache_add(cache, target, spec, series) != 0) {
		series_unpin(in->series, series);
		error_set(err, "%s: out of memory", spec->parameter);
		return 0;
	}
	return series;
}

static bool
is_of_node(const struct farm_series *a, const struct farm_series *b)
{
	return strcmp(a->node, b->node) == 0 &&
	       strcmp(a->cluster, b->cluster) == 0 &&
	       strcmp(a->farm, b->farm) == 0;
}

/* Does the value belong to the record that is open? */
static bool
continues(
    const struct run *run, const struct farm_series *series, int64_t time_ns)
{
	if (!run->open || batch_bytes(run->batch) >= RECORD_BYTES_MAX)
		return false;
	if (time_ns == 0 ? !run->open_now : time_ns != run->open_time_ns)
		return false;
	return is_of_node(run->open_series, series);
}

static int
append(struct run *run, const struct farm_value *value, int64_t time_ns)
{
	struct instance *in = run->call.instance;
	const struct farm_series *series = series_get(
	    in->series, value->series);

	if (continues(run, series, time_ns)) {
		if (batch_add_value(run->batch, value) != 0)
			return out_of_memory(run, 1);
		return 0;
	}
	if (have_batch(run, sizeof(*value)) != 0)
		return out_of_memory(run, 1);
	run->open = false;
	run->open_now = time_ns == 0;
	run->open_time_ns = time_ns != 0 ? time_ns : clock_wall_ns();
	run->open_series = series;
	if (batch_add_result(
		run->batch, run->open_time_ns, in->name, 0, value, 1) != 0)
		return out_of_memory(run, 1);
	run->open = true;
	return 0;
}

static bool
is_value(const struct farm_value *value)
{
	return value->type >= FARM_DOUBLE && value->type <= FARM_TEXT;
}

static int
collect_emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *given, struct farm_value value)
{
	struct run *run = run_of(host);
	struct farm_spec room;
	const struct farm_spec *spec = whole_spec(given, &room);
	enum drop_reason why = DROP_NAME;
	struct error err;

	if (refuse_late(run, 1) != 0)
		return -1;
	if (!is_value(&value)) {
		error_set(&err, "%s: no value, or a text of more than %d bytes",
		    spec->parameter != NULL ? spec->parameter : "",
		    FARM_TEXT_MAX);
		return refuse(run, DROP_NAME, &err);
	}
	value.series = find_series(run, target, spec, &why, &err);
	if (value.series == 0)
		return refuse(run, why, &err);
	series_set_lifetime(
	    run->call.instance->series, value.series, spec->lifetime_ns);
	return append(run, &value, spec->time_ns);
}

/* -------------------------------------------------------------- by handle */

/* Also in open(), where there is no run. */
static uint32_t
collect_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *given)
{
	struct instance *in = call_of(host)->instance;
	struct farm_spec room;
	const struct farm_spec *spec = whole_spec(given, &room);
	struct farm_series names;
	struct error err;
	uint32_t series = 0;

	if (name_series(in, target, spec, &names, &err) == 0)
		series = handles_define(&in->handles, in->series, &names, &err);
	if (series == 0)
		farm_fail(host, "%s", err.text);
	else
		series_set_lifetime(in->series, series, spec->lifetime_ns);
	return series;
}

static void
collect_release(struct farm_host *host, uint32_t series)
{
	struct instance *in = call_of(host)->instance;

	handles_release(&in->handles, in->series, series);
}

/* `bound' is above all handles given out so far. */
static bool
is_good_row(const struct farm_value *row, uint32_t bound)
{
	return is_value(row) && row->series != 0 && row->series < bound;
}

static int
add_rows(struct run *run, int64_t time_ns, uint32_t flags,
    const struct farm_value *rows, size_t n)
{
	if (n == 0)
		return 0;
	if (have_batch(run, n * sizeof(*rows)) != 0 ||
	    batch_add_result(run->batch, time_ns, run->call.instance->name,
		(uint16_t)(flags & FARM_PARTIAL), rows, n) != 0)
		return out_of_memory(run, n);
	return 0;
}

/* How many of the rows are good and fit into one record. */
static size_t
good_rows(const struct farm_value *rows, size_t n, uint32_t bound)
{
	size_t bytes = 0, i;

	for (i = 0; i < n && bytes < RECORD_BYTES_MAX; i++) {
		if (!is_good_row(&rows[i], bound))
			break;
		bytes += sizeof(rows[i]) + rows[i].length;
	}
	return i;
}

/* Bad rows cost themselves; the good ones around them stay one result unless
   a bad one stands between them. */
static int
collect_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	struct run *run = run_of(host);
	uint32_t bound = series_bound(run->call.instance->series);
	int rc = refuse_late(run, n);
	size_t done = 0, good;

	(void)target;
	if (rc != 0)
		return -1;
	run->open = false;
	if (time_ns == 0)
		time_ns = clock_wall_ns();
	while (done < n) {
		good = good_rows(rows + done, n - done, bound);
		if (add_rows(run, time_ns, flags, rows + done, good) != 0)
			rc = -1;
		done += good;
		if (done < n && !is_good_row(&rows[done], bound)) {
			drop(run, DROP_HANDLE, 1);
			rc = farm_fail(host,
			    "row %zu: handle %u stands for no series", done,
			    rows[done].series);
			done++;
		}
	}
	return rc;
}

static int
add_payload(struct run *run, int type, int64_t time_ns, const void *payload,
    size_t size)
{
	if (time_ns == 0)
		time_ns = clock_wall_ns();
	run->open = false;
	if (have_batch(run, size) != 0 ||
	    batch_add_payload(run->batch, type, time_ns,
		run->call.instance->name, payload, size) != 0)
		return out_of_memory(run, 0);
	return 0;
}

static int
collect_emit_record(struct farm_host *host, struct farm_target *target,
    int type, int64_t time_ns, const void *payload, size_t size)
{
	struct run *run = run_of(host);

	(void)target;
	if (refuse_late(run, 0) != 0)
		return -1;
	if (type <= FARM_RESULT || type > FARM_AGGREGATE)
		return farm_fail(
		    host, "%d is no type of record to be emitted so", type);
	if (size > RECORD_BYTES_MAX)
		return farm_fail(host,
		    "a record of %zu bytes, at most %d are possible", size,
		    RECORD_BYTES_MAX);
	return add_payload(run, type, time_ns, payload, size);
}

static int
collect_flush(struct farm_host *host)
{
	struct run *run = run_of(host);

	if (refuse_late(run, 0) != 0)
		return -1;
	send_batch(run);
	return 0;
}

/* ------------------------------------------------------------ checkpoints */

static int
collect_checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	struct run *run = run_of(host);

	if (refuse_late(run, 0) != 0)
		return -1;
	if (size > CHECKPOINT_MAX)
		return farm_fail(host,
		    "a checkpoint of %zu bytes, at most %d are possible", size,
		    CHECKPOINT_MAX);
	if (add_payload(run, FARM_CHECKPOINT, 0, bytes, size) != 0)
		return -1;
	if (instance_keep_checkpoint(run->call.instance, bytes, size) != 0)
		return out_of_memory(run, 0);
	return 0;
}

/* In open() nothing else runs in the instance, so the bytes stay put. */
static const void *
open_restore(struct farm_host *host, size_t *ret_size)
{
	struct instance *in = call_of(host)->instance;

	*ret_size = in->checkpoint_size;
	return in->checkpoint;
}

/* ----------------------------------------------------------- collect_many */

static int64_t
collect_deadline_ns(struct farm_host *host, struct farm_target *target)
{
	struct run *run = run_of(host);

	/* Written before the target was handed to this thread. */
	if (target != NULL && run->source != NULL)
		return ((struct target *)target)->deadline_mono_ns;
	return run->call.deadline_mono_ns;
}

static int
collect_more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	struct run *run = run_of(host);

	return run->source == NULL ? 0 : run->source->more(run, ret, max);
}

static int
collect_wake_fd(struct farm_host *host)
{
	struct run *run = run_of(host);

	if (run->source == NULL)
		return farm_fail(
		    host, "farm_wake_fd() is not available in this callback");
	return run->source->wake_fd(run);
}

static void
collect_done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	struct run *run = run_of(host);
	struct error err;

	error_vset(&err, format, args);
	if (run->source != NULL)
		run->source->done(
		    run, (struct target *)target, failed, err.text);
	else if (failed)
		farm_fail(host, "%s: %s", target->node, err.text);
}

/* ------------------------------------------------------------------- runs */

int
run_finish(struct run *run, int rc)
{
	send_batch(run);
	if (rc == 0)
		return 0;
	if (!run->call.failed)
		error_set(&run->call.error, "failed without saying why");
	return -1;
}

int
collect_target(struct run *run, struct target *t)
{
	struct instance *in = run->call.instance;
	const struct farm_collector *c = &in->module->descriptor.collector;
	int rc;

	run->target = t;
	rc = c->collect(&run->call.host, in->state, &t->view);
	rc = run_finish(run, rc);
	if (t->names != NULL)
		name_cache_run_done(t->names, in->series);
	return rc;
}

int
collect_targets(struct run *run, struct farm_target *const *targets, size_t n)
{
	struct instance *in = run->call.instance;
	const struct farm_collector *c = &in->module->descriptor.collector;
	int rc;

	pthread_mutex_lock(&in->serial);
	rc = c->collect_many(&run->call.host, in->state, targets, n);
	pthread_mutex_unlock(&in->serial);
	return run_finish(run, rc);
}

/* ----------------------------------------------------------------- tables */

const struct farm_host_ops collect_ops = {
	CALL_OPS,
	.deadline_ns = collect_deadline_ns,
	.emit = collect_emit,
	.series = collect_series,
	.release = collect_release,
	.emit_rows = collect_emit_rows,
	.emit_record = collect_emit_record,
	.flush = collect_flush,
	.more = collect_more,
	.wake_fd = collect_wake_fd,
	.done = collect_done,
	.info = call_no_info,
	.series_state = call_no_series_state,
	.lifetime_ns = call_no_lifetime_ns,
	.offer = call_no_offer,
	.bad = call_no_bad,
	.acknowledge = call_no_acknowledge,
	.answer_through = call_no_answer_through,
	.checkpoint = collect_checkpoint,
	.restore = call_no_restore,
	LISTEN_OPS,
};

const struct farm_host_ops open_ops = {
	CALL_OPS,
	.deadline_ns = call_deadline_ns,
	.emit = call_no_emit,
	.series = collect_series,
	.release = collect_release,
	.emit_rows = call_no_emit_rows,
	.emit_record = call_no_emit_record,
	.flush = call_no_flush,
	.more = call_no_more,
	.wake_fd = call_no_wake_fd,
	.done = call_no_done,
	.info = call_no_info,
	.series_state = call_no_series_state,
	.lifetime_ns = call_no_lifetime_ns,
	.offer = call_no_offer,
	.bad = call_no_bad,
	.acknowledge = call_no_acknowledge,
	.answer_through = call_no_answer_through,
	.checkpoint = call_no_checkpoint,
	.restore = open_restore,
	LISTEN_OPS,
};
