#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "clock.h"
#include "delivery.h"
#include "event_read.h"
#include "frame.h"
#include "notify.h"
#include "homes.h"
#include "say.h"
#include "settings.h"
#include "writes.h"

/* farmd's own limit is the one that counts. */
#define SERIES_MAX (1u << 24)
#define SWEEP_NS (60 * NS_PER_S)
#define UNUSED_NS (3600 * NS_PER_S)
/* A value list has at most so many; farmd's records have no such bound. */
#define SOURCES_MAX 1024

/* One value list in the making: values of one identifier, in one record. */
struct making {
	value_list_t list;
	const data_set_t *ds; /* NULL: nothing is there */
	value_t values[SOURCES_MAX];
	bool filled[SOURCES_MAX];
};

struct writer {
	struct writes_job job; /* first */
	struct worker_child *child;
	uint32_t seat;
	const struct collectd_writer_options *options;
	struct identity_rules rules;
	struct series_table *series;
	struct frame_decoder *decoder;
	struct homes *homes;
	struct delivery *delivery;
	struct batch *batch; /* at hand */
	int64_t swept_mono_ns;
	uint64_t no_name; /* values that have no identifier */
	uint64_t refused; /* and those that are none for collectd */
	struct making making;
};

/* -------------------------------------------------------------- refusals -- */

static void
refuse(struct writer *w, uint64_t *count, const char *why)
{
	if (why[0] != '\0')
		say(LOG_ERR, "", "values are left out: %s", why);
	if (!delivery_is_again(w->delivery))
		(*count)++;
}

static void
count_refusals(struct writer *w)
{
	struct worker_ledger l = { .n_dropped = WORKER_DROP_REFUSED + 1 };

	l.dropped[WORKER_DROP_NAME] = w->no_name;
	l.dropped[WORKER_DROP_REFUSED] = w->refused +
					 delivery_refused(w->delivery);
	if (l.dropped[WORKER_DROP_NAME] + l.dropped[WORKER_DROP_REFUSED] > 0)
		worker_child_ledger(w->child, w->seat, &l);
	w->no_name = w->refused = 0;
}

/* ------------------------------------------------------------ value lists --
 */

/* What has no value now is no number, where there is such a thing. */
static bool
complete(struct making *m)
{
	size_t i;

	for (i = 0; i < m->ds->ds_num; i++) {
		if (m->filled[i])
			continue;
		if (m->ds->ds[i].type != DS_TYPE_GAUGE)
			return false;
		m->values[i].gauge = NAN;
	}
	return true;
}

/* Off it goes. */
static void
finish(struct writer *w)
{
	struct making *m = &w->making;
	struct error why;

	if (m->ds == NULL)
		return;
	if (complete(m)) {
		m->list.values = m->values;
		m->list.values_len = m->ds->ds_num;
		delivery_next(w->delivery, CALLBACK_WRITE);
		writes_deliver(&m->list);
	} else {
		error_set(&why,
		    "a list of type \"%s\" of plugin %s lacks some of its "
		    "counters",
		    m->ds->type, m->list.plugin);
		refuse(w, &w->refused, why.text);
	}
	m->ds = NULL;
}

/* Begin another list if this is not one more value of the one at hand. */
static void
need_list(struct writer *w, struct home *home, cdtime_t time)
{
	const struct identity *id = &home->identity;
	struct making *m = &w->making;

	if (m->ds == id->ds && !m->filled[id->source] &&
	    strcmp(m->list.host, id->list.host) == 0 &&
	    strcmp(m->list.plugin, id->list.plugin) == 0 &&
	    strcmp(m->list.plugin_instance, id->list.plugin_instance) == 0 &&
	    strcmp(m->list.type_instance, id->list.type_instance) == 0)
		return;
	finish(w);
	m->list = id->list;
	m->list.time = time;
	m->list.interval = homes_interval(w->homes, home, time);
	m->ds = id->ds;
	memset(m->filled, 0, id->ds->ds_num * sizeof(m->filled[0]));
}

static void
take_value(struct writer *w, const struct farm_value *v, cdtime_t time)
{
	struct home *home;
	struct error why;
	value_t value;
	size_t source;

	if (v->type == FARM_TEXT)
		return; /* collectd has numbers only */
	home = homes_find(w->homes, v, &why);
	if (home == NULL || home->identity.ds->ds_num > SOURCES_MAX) {
		refuse(w, &w->no_name, why.text);
		return;
	}
	source = home->identity.source;
	if (!identity_value(home->identity.ds->ds[source].type, v, &value)) {
		error_set(&why, "%s cannot be %s", home->name,
		    v->type == FARM_DOUBLE ? "a fraction"
					   : "below 0 or beyond 2^63");
		refuse(w, &w->refused, home->said ? "" : why.text);
		home->said = true;
		return;
	}
	need_list(w, home, time);
	w->making.values[source] = value;
	w->making.filled[source] = true;
}

static void
take_result(struct writer *w, const struct farm_record *r)
{
	cdtime_t time = NS_TO_CDTIME_T((cdtime_t)r->time_ns);
	uint32_t i;

	for (i = 0; i < r->n_values; i++)
		take_value(w, &r->values[i], time);
	finish(w);
}

/* ---------------------------------------------------------- notifications --
 */

static void
take_event(struct writer *w, const struct farm_record *r)
{
	notification_t n;
	struct error why;

	if (event_read(r->payload, r->payload_size, r->time_ns, &n, &why) !=
	    0) {
		refuse(w, &w->refused, why.text);
		return;
	}
	delivery_next(w->delivery, CALLBACK_NOTIFICATION);
	notify_plugins(&n);
	if (n.meta != NULL)
		plugin_notification_meta_free(n.meta);
}

/* ----------------------------------------------------------------- batches --
 */

static bool
is_wanted(const struct writer *w, const struct farm_record *r)
{
	const struct farm_list *from = &w->options->from;
	size_t i;

	for (i = 0; i < from->n; i++)
		if (strcmp(from->items[i], r->instance) == 0)
			return true;
	return from->n == 0;
}

static void
take_record(struct writer *w, const struct farm_record *r)
{
	if (!is_wanted(w, r))
		return;
	if (r->type == FARM_RESULT)
		take_result(w, r);
	else if (r->type == FARM_EVENT)
		take_event(w, r);
}

static void
sweep(struct writer *w)
{
	int64_t now = clock_mono_ns();

	if (now - w->swept_mono_ns < SWEEP_NS)
		return;
	w->swept_mono_ns = now;
	homes_sweep(w->homes, UNUSED_NS);
}

static void
say_verdict(struct writer *w, enum farm_verdict verdict, const char *why,
    int64_t cpu_ns)
{
	struct worker_verdict v = {
		.verdict = (uint8_t)verdict,
		.record = UINT64_MAX,
		.cpu_ns = cpu_ns > 0 ? (uint64_t)cpu_ns : 0,
		.why = { why, strnlen(why, WORKER_TEXT_MAX) },
	};

	worker_child_verdict(w->child, w->seat, &v);
}

/* On the dispatch thread; once the verdict is said, the next one may come. */
static void
run(struct writes_job *job)
{
	struct writer *w = (struct writer *)job;
	int64_t cpu = clock_thread_cpu_ns();
	const struct farm_batch *view = &w->batch->view;
	struct error why;
	size_t i;
	int rc;

	delivery_begin(w->delivery);
	for (i = 0; i < view->n_records; i++)
		take_record(w, &view->records[i]);
	rc = delivery_end(w->delivery, w->options->flush, &why);
	batch_unref(w->batch);
	w->batch = NULL;
	count_refusals(w);
	if (rc == 0)
		sweep(w);
	cpu = clock_thread_cpu_ns() - cpu;
	if (rc == 0)
		say_verdict(w, FARM_DONE, "", cpu);
	else
		say_verdict(w, FARM_AGAIN, why.text, cpu);
}

int
writer_write(
    struct writer *w, const struct worker_message *m, struct error *err)
{
	struct batch *batch;
	uint64_t deadline;

	if (worker_read_u64(m, 0, &deadline, err) != 0)
		return -1;
	batch = batch_new();
	if (batch == NULL)
		return error_set(err, "out of memory");
	if (frame_decode(w->decoder, m->payload + sizeof(deadline),
		m->size - sizeof(deadline), batch, err) != 0) {
		batch_unref(batch);
		return -1;
	}
	w->batch = batch;
	writes_run(&w->job);
	return 0;
}

void
writer_tick(struct writer *w)
{
	say_verdict(w, FARM_DONE, "", 0);
}

/* --------------------------------------------------------------- beginning --
 */

struct writer *
writer_new(struct worker_child *child, uint32_t seat,
    const struct collectd_writer_options *options, struct error *err)
{
	struct writer *w = calloc(1, sizeof(*w));

	error_set(err, "out of memory");
	if (w == NULL)
		return NULL;
	w->job.run = run;
	w->child = child;
	w->seat = seat;
	w->options = options;
	w->swept_mono_ns = clock_mono_ns();
	if (identity_rules_read(&w->rules, &options->identifier, err) != 0)
		goto fail;
	w->series = series_table_new(SERIES_MAX);
	w->delivery = delivery_new();
	if (w->series == NULL || w->delivery == NULL)
		goto fail;
	w->decoder = frame_decoder_new(w->series);
	w->homes = homes_new(w->series, &w->rules, interval_g);
	if (w->decoder != NULL && w->homes != NULL)
		return w;
fail:
	homes_free(w->homes);
	frame_decoder_free(w->decoder);
	delivery_free(w->delivery);
	series_table_free(w->series);
	free(w);
	return NULL;
}
