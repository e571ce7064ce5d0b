#include "output_farmd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "clock.h"
#include "event.h"
#include "known.h"
#include "say.h"

/* A batch goes out with so many values, or at this age. */
#define BATCH_VALUES 4096
#define BATCH_NS (50 * NS_PER_MS)
/* Identifiers that do not come any more. */
#define SWEEP_NS (600 * NS_PER_S)
#define UNUSED_NS (3600 * NS_PER_S)
#define SOURCES_MAX 1024

struct output_farmd {
	struct output base; /* first */
	struct worker_child *child;
	const struct map *map;
	struct known *known; /* the dispatch thread's */
	uint32_t seat;
	bool writer; /* farmd takes neither values nor events of it */
	int64_t swept_mono_ns;
	pthread_mutex_t lock; /* of what follows */
	struct batch *batch;  /* NULL: nothing waits */
	int64_t began_mono_ns;
};

static bool
have_batch(struct output_farmd *o, int64_t now)
{
	if (o->batch != NULL)
		return true;
	o->batch = batch_new();
	o->began_mono_ns = now;
	return o->batch != NULL;
}

/* Without the lock: farmd may let us wait. */
static void
send_batch(struct output_farmd *o, struct batch *batch)
{
	struct error err;

	if (batch != NULL &&
	    worker_child_send(o->child, o->seat, &batch->view, &err) != 0)
		say(LOG_ERR, "", "%s", err.text);
	batch_unref(batch);
}

/* With the lock held: the batch, if it is full, or old enough. */
static struct batch *
take_batch(struct output_farmd *o, int64_t now)
{
	struct batch *batch = o->batch;

	if (batch == NULL || (batch->n_values < BATCH_VALUES &&
				 now - o->began_mono_ns < BATCH_NS))
		return NULL;
	o->batch = NULL;
	return batch;
}

static void
sweep(struct output_farmd *o, int64_t now)
{
	if (o->swept_mono_ns == 0)
		o->swept_mono_ns = now;
	if (now - o->swept_mono_ns < SWEEP_NS)
		return;
	o->swept_mono_ns = now;
	known_sweep(o->known, UNUSED_NS);
}

static int
take_rows(struct output_farmd *o, int64_t now, int64_t time_ns,
    const struct farm_value *rows, size_t n)
{
	struct batch *full;
	int rc = -1;

	pthread_mutex_lock(&o->lock);
	if (have_batch(o, now))
		rc = batch_add_result(o->batch, time_ns, "", 0, rows, n);
	full = take_batch(o, now);
	pthread_mutex_unlock(&o->lock);
	send_batch(o, full);
	return rc;
}

static int
take_values(struct output *base, const data_set_t *ds, const value_list_t *list)
{
	struct output_farmd *o = (struct output_farmd *)base;
	struct farm_value rows[SOURCES_MAX];
	int64_t now = clock_mono_ns();
	const uint32_t *series = NULL;
	struct error err;
	size_t i, n = 0;

	if (o->writer)
		return 0;
	sweep(o, now);
	if (ds->ds_num <= SOURCES_MAX)
		series = known_series(o->known, ds, list, &err);
	else
		error_set(&err, "type \"%s\" has %zu data sources", ds->type,
		    ds->ds_num);
	if (series == NULL) {
		if (err.text[0] != '\0')
			say(LOG_ERR, list->plugin, "a value is dropped: %s",
			    err.text);
		return -1;
	}
	for (i = 0; i < ds->ds_num; i++)
		if (map_value(ds->ds[i].type, list->values[i], &rows[n]))
			rows[n++].series = series[i];
	if (n == 0)
		return 0;
	return take_rows(o, now, (int64_t)CDTIME_T_TO_NS(list->time), rows, n);
}

static void
flush(struct output *base)
{
	struct output_farmd *o = (struct output_farmd *)base;
	struct batch *batch;

	pthread_mutex_lock(&o->lock);
	batch = take_batch(o, INT64_MAX);
	pthread_mutex_unlock(&o->lock);
	send_batch(o, batch);
}

static void
take_notification(struct output *base, const notification_t *n)
{
	struct output_farmd *o = (struct output_farmd *)base;
	struct batch *batch;
	struct buffer json = BUFFER_INIT;
	int64_t time_ns = n->time != 0 ? (int64_t)CDTIME_T_TO_NS(n->time)
				       : clock_wall_ns();

	if (o->writer) {
		say(LOG_NOTICE, n->plugin, "%s: %s",
		    event_severity(n->severity), n->message);
		return;
	}
	batch = batch_new();
	event_json(&json, o->map, n);
	if (batch != NULL && !buffer_failed(&json) &&
	    batch_add_payload(
		batch, FARM_EVENT, time_ns, "", json.data, json.size) == 0)
		send_batch(o, batch);
	else
		batch_unref(batch);
	buffer_free(&json);
}

static void
take_line(
    struct output *base, int severity, const char *plugin, const char *text)
{
	struct output_farmd *o = (struct output_farmd *)base;
	enum farm_level level = severity <= LOG_WARNING  ? FARM_WARNING
				: severity == LOG_NOTICE ? FARM_NOTICE
							 : FARM_DEBUG;

	(void)plugin; /* most texts begin with it */
	worker_child_log(o->child, o->seat, level, text);
}

static void
take_failure(struct output *base, const char *plugin, const char *text)
{
	struct output_farmd *o = (struct output_farmd *)base;
	struct worker_ledger l = { .failures = 1,
		.error = { text, strnlen(text, WORKER_TEXT_MAX) } };

	(void)plugin;
	worker_child_ledger(o->child, o->seat, &l);
}

void
output_farmd_set_seat(struct output *base, uint32_t seat)
{
	((struct output_farmd *)base)->seat = seat;
}

void
output_farmd_set_writer(struct output *base)
{
	((struct output_farmd *)base)->writer = true;
}

struct output *
output_farmd_new(struct worker_child *child, struct series_table *table,
    const struct map *map)
{
	struct output_farmd *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->base = (struct output){ take_values, flush, take_notification,
		take_line, take_failure };
	o->child = child;
	o->map = map;
	o->known = known_new(table, map);
	pthread_mutex_init(&o->lock, NULL);
	if (o->known != NULL)
		return &o->base;
	pthread_mutex_destroy(&o->lock);
	free(o);
	return NULL;
}
