#include "deliver.h"

#include <stdlib.h>

#include "frame.h"
#include "history.h"
#include "log.h"
#include "memlog.h"
#include "writer.h"

/* Tables of names beside the host's own: it says how many there can be. */
#define SERIES_MAX (1u << 24)

struct station {
	struct writer *writer;
	struct history *history; /* NULL: the module keeps none */
};

struct deliver {
	struct memlog *log;
	struct frame_encoder *encoder;
	struct buffer frame;
	struct station *stations;
	size_t n_stations;
	bool failing; /* to encode or append */
};

struct deliver *
deliver_new(struct series_table *series, int64_t bytes)
{
	struct deliver *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->log = memlog_new(bytes > 0 ? (size_t)bytes : 0);
	d->encoder = frame_encoder_new(series);
	if (d->log == NULL || d->encoder == NULL) {
		deliver_free(d);
		return NULL;
	}
	return d;
}

void
deliver_free(struct deliver *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_stations; i++) {
		writer_free(d->stations[i].writer);
		history_free(d->stations[i].history);
	}
	free(d->stations);
	memlog_free(d->log);
	frame_encoder_free(d->encoder);
	buffer_free(&d->frame);
	free(d);
}

int
deliver_add(struct deliver *d, struct instance *instance)
{
	struct station s = { .history = NULL };
	struct station *grown;

	grown = realloc(d->stations, (d->n_stations + 1) * sizeof(*grown));
	if (grown == NULL)
		return -1;
	d->stations = grown;
	if (instance->module->descriptor.writer.history != NULL) {
		s.history = history_new(instance, SERIES_MAX);
		if (s.history == NULL)
			return -1;
	}
	s.writer = writer_new(instance, d->log, SERIES_MAX);
	if (s.writer == NULL) {
		history_free(s.history);
		return -1;
	}
	d->stations[d->n_stations++] = s;
	return 0;
}

int
deliver_start(struct deliver *d)
{
	for (size_t i = 0; i < d->n_stations; i++)
		if (writer_start(d->stations[i].writer) != 0)
			return -1;
	return 0;
}

bool
deliver_stop(struct deliver *d, int64_t deadline_mono_ns)
{
	bool all = true;

	memlog_close(d->log);
	for (size_t i = 0; i < d->n_stations; i++)
		writer_stop(d->stations[i].writer, deadline_mono_ns);
	for (size_t i = 0; i < d->n_stations; i++)
		if (!writer_join(d->stations[i].writer, deadline_mono_ns))
			all = false;
	return all;
}

static struct memlog_info
describe(const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	struct memlog_info info = {
		.first_position = r[0].position,
		.last_position = r[batch->n_records - 1].position,
		.oldest_ns = r[0].time_ns,
		.newest_ns = r[0].time_ns,
	};

	for (size_t i = 0; i < batch->n_records; i++) {
		info.values += r[i].n_values;
		if (r[i].time_ns < info.oldest_ns)
			info.oldest_ns = r[i].time_ns;
		if (r[i].time_ns > info.newest_ns)
			info.newest_ns = r[i].time_ns;
	}
	return info;
}

/* Nobody gets what could not be encoded or kept: each is told in its ledger,
   the log once. */
static void
lose(struct deliver *d, const struct memlog_info *info, const char *reason)
{
	for (size_t i = 0; i < d->n_stations; i++)
		ledger_drop(&writer_instance(d->stations[i].writer)->ledger,
		    DROP_MEMORY, info->values);
	if (!d->failing)
		log_line(LOG_LEVEL_ERROR, "deliver", "%llu values lost: %s",
		    (unsigned long long)info->values, reason);
	d->failing = true;
}

void
deliver_append(struct deliver *d, const struct farm_batch *batch)
{
	struct memlog_info info;
	struct error err;

	if (batch->n_records == 0 || d->n_stations == 0)
		return;
	info = describe(batch);
	if (memlog_begins_segment(d->log))
		frame_encoder_reset(d->encoder);
	buffer_clear(&d->frame);
	if (frame_encode(d->encoder, batch, &d->frame, &err) != 0) {
		memlog_turn(d->log);
		lose(d, &info, err.text);
	} else if (memlog_append(d->log, &info, d->frame.data, d->frame.size) !=
		   0) {
		memlog_turn(d->log);
		lose(d, &info, "no memory to keep them for the writers");
	} else {
		d->failing = false;
	}
}

bool
deliver_flush(struct deliver *d, uint64_t position, int64_t deadline_mono_ns)
{
	struct memlog_stats stats;
	bool all = true;

	/* What never came this far needs no waiting for. */
	memlog_stats(d->log, &stats);
	if (position > stats.last_position)
		position = stats.last_position;
	for (size_t i = 0; i < d->n_stations; i++)
		if (!writer_wait(
			d->stations[i].writer, position, deadline_mono_ns))
			all = false;
	return all;
}

int
deliver_history(struct deliver *d, const struct farm_predicate *predicate,
    int64_t from_ns, int64_t to_ns, int64_t deadline_mono_ns, history_fn *each,
    void *context, uint64_t *ret_through, struct error *err)
{
	struct farm_predicate p = *predicate;

	p.from_ns = from_ns;
	p.to_ns = to_ns;
	p.flags &= ~FARM_RELATIVE;
	for (size_t i = 0; i < d->n_stations; i++)
		if (d->stations[i].history != NULL)
			return history_ask(d->stations[i].history, &p,
			    deadline_mono_ns, each, context, ret_through, err);
	*ret_through = 0;
	return 0;
}

void
deliver_writer_json(
    struct deliver *d, struct instance *instance, struct buffer *b)
{
	for (size_t i = 0; i < d->n_stations; i++)
		if (writer_instance(d->stations[i].writer) == instance)
			writer_json(d->stations[i].writer, b);
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
