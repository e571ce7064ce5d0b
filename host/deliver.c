#include "deliver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dead_letters.h"
#include "frame.h"
#include "history.h"
#include "log.h"
#include "memlog.h"
#include "predicate.h"
#include "wait.h"
#include "writer.h"

/* Tables of names beside the host's own: it says how many there can be. */
#define SERIES_MAX (1u << 24)

/* A writer and who asks it for history just now. */
struct station {
	struct writer *writer;
	struct history *history; /* NULL: the module keeps none */
	unsigned users;          /* under the lock */
};

/*
 * Stations come and go while the router appends and requests ask: the list is
 * looked at with the lock held, and whoever waits for one of them counts
 * himself in first.
 */
struct deliver {
	struct memlog *log;      /* the tail of the journal */
	struct journal *journal; /* NULL: none */
	struct workers *workers; /* NULL: none */
	char *state; /* folder of dead letters; NULL: none are kept */
	struct frame_encoder *encoder;
	struct buffer frame;
	pthread_mutex_t lock; /* of the list */
	pthread_cond_t unused;
	struct station **stations;
	size_t n_stations;
	bool started;
	bool failing; /* to encode or append */
};

struct deliver *
deliver_new(struct series_table *series, int64_t bytes)
{
	struct deliver *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	wait_init(&d->unused);
	d->log = memlog_new(bytes > 0 ? (size_t)bytes : 0);
	d->encoder = frame_encoder_new(series);
	if (d->log == NULL || d->encoder == NULL) {
		deliver_free(d);
		return NULL;
	}
	return d;
}

int
deliver_keep_dead_letters(struct deliver *d, const char *state)
{
	d->state = strdup(state);
	return d->state != NULL ? 0 : -1;
}

void
deliver_set_workers(struct deliver *d, struct workers *workers)
{
	d->workers = workers;
}

int
deliver_open_journal(struct deliver *d, const char *state, const char *farm,
    const struct journal_config *config, uint64_t *ret_next, struct error *err)
{
	char *folder;
	int rc;

	if (asprintf(&folder, "%s/journal", state) < 0)
		return error_set(err, "out of memory");
	rc = journal_open(&d->journal, folder, farm, config, d->log, err);
	free(folder);
	if (rc == 0)
		*ret_next = journal_next(d->journal);
	return rc;
}

struct memlog *
deliver_tail(struct deliver *d)
{
	return d->log;
}

struct journal *
deliver_journal(struct deliver *d)
{
	return d->journal;
}

static void
station_free(struct station *s)
{
	if (s == NULL)
		return;
	writer_free(s->writer);
	history_free(s->history);
	free(s);
}

void
deliver_free(struct deliver *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_stations; i++)
		station_free(d->stations[i]);
	free(d->stations);
	journal_free(d->journal);
	memlog_free(d->log);
	free(d->state);
	frame_encoder_free(d->encoder);
	buffer_free(&d->frame);
	pthread_cond_destroy(&d->unused);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* Its module runs in a worker. */
static void
isolate(struct deliver *d, struct station *s)
{
	if (s->writer != NULL)
		writer_send_away(s->writer, d->workers);
	if (s->history != NULL)
		history_ask_worker(s->history);
}

static struct station *
station_new(struct deliver *d, struct instance *instance)
{
	struct station *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->writer = writer_new(instance, d->log, d->journal, SERIES_MAX);
	if (s->writer != NULL && d->state != NULL &&
	    writer_keep_dead_letters(s->writer, d->state) != 0) {
		station_free(s);
		return NULL;
	}
	if (instance->module->descriptor.writer.history != NULL)
		s->history = history_new(instance, SERIES_MAX);
	if (instance->own.isolation.on && d->workers != NULL)
		isolate(d, s);
	if (s->writer != NULL &&
	    (s->history != NULL ||
		instance->module->descriptor.writer.history == NULL))
		return s;
	station_free(s);
	return NULL;
}

/* With the lock held. */
static int
append_station(struct deliver *d, struct station *s)
{
	struct station **grown = realloc(
	    d->stations, (d->n_stations + 1) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	d->stations = grown;
	grown[d->n_stations++] = s;
	return 0;
}

int
deliver_add(struct deliver *d, struct instance *instance)
{
	struct station *s = station_new(d, instance);
	int rc = -1;

	if (s == NULL)
		return -1;
	pthread_mutex_lock(&d->lock);
	if (!d->started || writer_start(s->writer) == 0)
		rc = append_station(d, s);
	pthread_mutex_unlock(&d->lock);
	if (rc == 0)
		return 0;
	writer_stop(s->writer, 0);
	if (writer_join(s->writer, INT64_MAX))
		station_free(s);
	return -1;
}

int
deliver_start(struct deliver *d)
{
	d->started = true;
	if (d->journal != NULL && journal_start(d->journal) != 0)
		return -1;
	for (size_t i = 0; i < d->n_stations; i++)
		if (writer_start(d->stations[i]->writer) != 0)
			return -1;
	return 0;
}

/* The station of an instance, counted in; NULL if it has none. */
static struct station *
use_station(struct deliver *d, const struct instance *instance)
{
	struct station *found = NULL;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_stations; i++)
		if (writer_instance(d->stations[i]->writer) == instance)
			found = d->stations[i];
	if (found != NULL)
		found->users++;
	pthread_mutex_unlock(&d->lock);
	return found;
}

static void
leave_station(struct deliver *d, struct station *s)
{
	pthread_mutex_lock(&d->lock);
	s->users--;
	pthread_cond_broadcast(&d->unused);
	pthread_mutex_unlock(&d->lock);
}

/* Out of the list, and nobody looks at it any more. */
static void
take_station(struct deliver *d, struct station *s)
{
	size_t i = 0;

	pthread_mutex_lock(&d->lock);
	while (d->stations[i] != s)
		i++;
	d->n_stations--;
	memmove(d->stations + i, d->stations + i + 1,
	    (d->n_stations - i) * sizeof(s));
	while (s->users > 1)
		(void)wait_until(&d->unused, &d->lock, INT64_MAX);
	pthread_mutex_unlock(&d->lock);
}

bool
deliver_remove(struct deliver *d, struct instance *instance,
    int64_t deadline_mono_ns, uint64_t *ret_rest)
{
	struct station *s = use_station(d, instance);

	*ret_rest = 0;
	if (s == NULL)
		return true;
	writer_seal(s->writer);
	writer_stop(s->writer, deadline_mono_ns);
	/* A little more than that, for the call under way to come back. */
	if (!writer_join(s->writer, deadline_mono_ns + NS_PER_S)) {
		leave_station(d, s);
		return false;
	}
	take_station(d, s);
	writer_forget(s->writer);
	*ret_rest = writer_rest(s->writer);
	station_free(s);
	return true;
}

void
deliver_change(struct deliver *d, struct instance *instance,
    struct matcher *match, bool options)
{
	struct station *s = use_station(d, instance);

	if (s == NULL) {
		matcher_free(match);
		return;
	}
	reader_set_share(writer_reader(s->writer), (int)instance->own.backlog);
	writer_change(s->writer, match, options);
	if (options && s->history != NULL)
		history_reset(s->history);
	leave_station(d, s);
}

bool
deliver_stop(struct deliver *d, int64_t deadline_mono_ns)
{
	bool all = true;

	memlog_close(d->log);
	for (size_t i = 0; i < d->n_stations; i++)
		writer_stop(d->stations[i]->writer, deadline_mono_ns);
	for (size_t i = 0; i < d->n_stations; i++)
		if (!writer_join(d->stations[i]->writer, deadline_mono_ns))
			all = false;
	if (d->journal != NULL && !journal_stop(d->journal, deadline_mono_ns))
		all = false;
	return all;
}

/* What was imported is not late for its age. */
static int64_t
age_from(const struct farm_record *r)
{
	return (r->flags & FARM_IMPORTED) != 0 ? clock_wall_ns() : r->time_ns;
}

static struct memlog_info
describe(const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	struct memlog_info info = {
		.first_position = r[0].position,
		.last_position = r[batch->n_records - 1].position,
		.oldest_ns = age_from(&r[0]),
		.newest_ns = age_from(&r[0]),
	};

	for (size_t i = 0; i < batch->n_records; i++) {
		int64_t time_ns = age_from(&r[i]);

		info.values += r[i].n_values;
		if (time_ns < info.oldest_ns)
			info.oldest_ns = time_ns;
		if (time_ns > info.newest_ns)
			info.newest_ns = time_ns;
	}
	return info;
}

/* Nobody gets what could not be encoded or kept: each is told in its ledger,
   the log once. */
static void
lose(struct deliver *d, const struct memlog_info *info, const char *reason)
{
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_stations; i++)
		ledger_drop(&writer_instance(d->stations[i]->writer)->ledger,
		    DROP_MEMORY, info->values);
	pthread_mutex_unlock(&d->lock);
	if (!d->failing)
		log_line(LOG_LEVEL_ERROR, "deliver", "%llu values lost: %s",
		    (unsigned long long)info->values, reason);
	d->failing = true;
}

static void
note_checkpoints(struct journal *journal, const struct farm_batch *batch)
{
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (r->type == FARM_CHECKPOINT)
			journal_checkpoint(journal, r->position, r->instance,
			    r->payload, r->payload_size);
	}
}

void
deliver_append(struct deliver *d, const struct farm_batch *batch)
{
	struct memlog_info info;
	struct error err;

	if (batch->n_records == 0)
		return;
	info = describe(batch);
	if (!memlog_offer(d->log, info.last_position))
		return;
	if (memlog_begins_segment(d->log, frame_encoder_defined(d->encoder)))
		frame_encoder_reset(d->encoder);
	buffer_clear(&d->frame);
	if (frame_encode(d->encoder, batch, &d->frame, &err) != 0) {
		memlog_turn(d->log);
		lose(d, &info, err.text);
		return;
	}
	/* Before: what is written must know of them. */
	if (d->journal != NULL)
		note_checkpoints(d->journal, batch);
	if (memlog_append(d->log, &info, d->frame.data, d->frame.size) == 0) {
		d->failing = false;
		return;
	}
	if (d->journal != NULL)
		journal_withdraw(d->journal, info.first_position);
	memlog_turn(d->log);
	lose(d, &info, "no memory to keep them for the writers");
}

bool
deliver_has_writers(struct deliver *d)
{
	bool any;

	pthread_mutex_lock(&d->lock);
	any = d->n_stations > 0;
	pthread_mutex_unlock(&d->lock);
	return any;
}

/* One that has not stored all up to `position', counted in; NULL if there is
   none. */
static struct station *
use_late(struct deliver *d, uint64_t position)
{
	struct station *found = NULL;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_stations && found == NULL; i++)
		if (reader_through(writer_reader(d->stations[i]->writer)) <
		    position)
			found = d->stations[i];
	if (found != NULL)
		found->users++;
	pthread_mutex_unlock(&d->lock);
	return found;
}

int
deliver_flush(struct deliver *d, uint64_t position, int64_t deadline_mono_ns,
    struct error *err)
{
	struct memlog_stats stats;
	struct station *late;
	int rc = 0;

	/* What never came this far needs no waiting for. */
	memlog_stats(d->log, &stats);
	if (position > stats.last_position)
		position = stats.last_position;
	while (rc == 0 && (late = use_late(d, position)) != NULL) {
		if (!writer_wait(late->writer, position, deadline_mono_ns))
			rc = error_set(err, "%s has not stored all yet",
			    writer_instance(late->writer)->name);
		leave_station(d, late);
	}
	return rc;
}

/* The first that keeps history, counted in. */
static struct station *
use_history(struct deliver *d)
{
	struct station *found = NULL;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_stations && found == NULL; i++)
		if (d->stations[i]->history != NULL)
			found = d->stations[i];
	if (found != NULL)
		found->users++;
	pthread_mutex_unlock(&d->lock);
	return found;
}

int
deliver_history(struct deliver *d, const struct farm_predicate *predicate,
    int64_t from_ns, int64_t to_ns, int64_t deadline_mono_ns, history_fn *each,
    void *context, uint64_t *ret_through, bool *ret_beyond, struct error *err)
{
	struct farm_predicate p = *predicate;
	struct station *station;
	struct memlog_stats stats;
	uint64_t through;
	int rc;

	p.from_ns = from_ns;
	p.to_ns = to_ns;
	p.flags &= ~FARM_RELATIVE;
	station = use_history(d);
	*ret_through = 0;
	*ret_beyond = false;
	if (station == NULL)
		return 0;
	through = reader_through(writer_reader(station->writer));
	*ret_beyond = reader_is_behind(writer_reader(station->writer));
	rc = history_ask(station->history, &p, deadline_mono_ns, each, context,
	    ret_through, err);
	leave_station(d, station);
	/* A store can be of a farm whose positions have begun anew. */
	memlog_stats(d->log, &stats);
	if (*ret_through > stats.last_position && stats.last_position > 0)
		*ret_beyond = true;
	if (*ret_beyond && *ret_through > through)
		*ret_through = through;
	return rc;
}

/* The reader of a writer's, counted in; NULL with the reason. */
static struct reader *
use_reader(struct deliver *d, const struct instance *instance,
    struct station **ret, struct error *err)
{
	*ret = use_station(d, instance);
	if (*ret == NULL)
		error_set(err, "is being removed");
	else if (d->journal == NULL)
		error_set(err, "there is no journal");
	else
		return writer_reader((*ret)->writer);
	return NULL;
}

int
deliver_replay(struct deliver *d, struct instance *instance, int64_t from_ns,
    struct error *err)
{
	struct station *s;
	struct reader *r = use_reader(d, instance, &s, err);
	int rc = r == NULL ? -1 : reader_replay(r, from_ns, err);

	if (s != NULL)
		leave_station(d, s);
	return rc;
}

int
deliver_drop(struct deliver *d, struct instance *instance, uint64_t *ret_values,
    struct error *err)
{
	struct station *s;
	struct reader *r = use_reader(d, instance, &s, err);

	if (r != NULL)
		*ret_values = reader_drop(r);
	if (s != NULL)
		leave_station(d, s);
	return r == NULL ? -1 : 0;
}

int
deliver_dead_letters(struct deliver *d, struct instance *instance, size_t limit,
    struct buffer *to, struct error *err)
{
	struct station *s = use_station(d, instance);
	const char *path = s == NULL ? NULL : writer_dead_letters(s->writer);
	int rc;

	if (path == NULL)
		rc = error_set(err, "no dead letters are kept");
	else
		rc = dead_letters_json(path, limit, to, err);
	if (s != NULL)
		leave_station(d, s);
	return rc;
}

void
deliver_writer_json(
    struct deliver *d, struct instance *instance, struct buffer *b)
{
	struct station *s = use_station(d, instance);

	if (s == NULL)
		return;
	buffer_putc(b, ',');
	writer_json(s->writer, b);
	leave_station(d, s);
}

void
deliver_stats(struct deliver *d, struct deliver_stats *ret)
{
	struct memlog_stats s;

	memlog_stats(d->log, &s);
	*ret = (struct deliver_stats){
		.bytes = s.bytes,
		.frames = s.frames,
		.first_position = s.first_position,
		.last_position = s.last_position,
		.oldest_ns = s.oldest_ns,
	};
}
