/* Frames of another farmd, each a stream by itself: values keep the names,
   kind, unit and labels that they had there, other records are as they were. */
#include <stdlib.h>

#include "batch.h"
#include "frame.h"
#include "receiver.h"
#include "series.h"

/* Of one frame; far more than a datagram can define. */
#define SERIES_MAX 65536

struct frames {
	struct series_table *table;
	struct frame_decoder *decoder;
};

int
frames_open(struct frames **ret)
{
	struct frames *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->table = series_table_new(SERIES_MAX);
	if (f->table != NULL)
		f->decoder = frame_decoder_new(f->table);
	if (f->decoder == NULL) {
		frames_close(f);
		return -1;
	}
	*ret = f;
	return 0;
}

void
frames_close(struct frames *f)
{
	if (f == NULL)
		return;
	frame_decoder_free(f->decoder);
	series_table_free(f->table);
	free(f);
}

/* All values of a record are of one node. */
static enum outcome
take_values(struct intake *in, const struct farm_record *record)
{
	struct receiver *r = in->receiver;
	const struct farm_series *s;
	uint32_t i;

	result_anew(&r->result, record->time_ns);
	for (i = 0; i < record->n_values; i++) {
		s = series_get(r->frames->table, record->values[i].series);
		switch (result_add_series(
		    &r->result, s, record->values[i], &in->err)) {
		case ADDED:
			break;
		case ADDED_BAD:
			intake_refuse(in);
			break;
		default:
			return LOST;
		}
	}
	return result_end(&r->result) == 0 ? TAKEN : LOST;
}

/* What is about the other farm's own affairs stays there: its configuration,
   its checkpoints, and what it forgot. */
static enum outcome
take_record(struct intake *in, const struct farm_record *record)
{
	switch (record->type) {
	case FARM_RESULT:
		return (record->flags & FARM_AVERAGE) != 0
			   ? TAKEN
			   : take_values(in, record);
	case FARM_EVENT:
	case FARM_ALARM:
	case FARM_ACCOUNTING:
	case FARM_AGGREGATE:
		return farm_emit_record(in->receiver->host, NULL, record->type,
			   record->time_ns, record->payload,
			   record->payload_size) == 0
			   ? TAKEN
			   : LOST;
	default:
		return TAKEN;
	}
}

static enum outcome
take_batch(struct intake *in, const struct batch *batch)
{
	enum outcome why;

	for (size_t i = 0; i < batch->view.n_records; i++) {
		why = take_record(in, &batch->view.records[i]);
		if (why != TAKEN)
			return why;
	}
	return TAKEN;
}

enum outcome
frames_take(struct intake *in)
{
	struct frames *f = in->receiver->frames;
	struct batch *batch = batch_new_for(in->bytes.length);
	enum outcome why;

	if (batch == NULL) {
		farm_fail(in->receiver->host, "out of memory");
		return LOST;
	}
	if (frame_check(in->bytes.text, in->bytes.length, &in->err) != 0 ||
	    frame_decode(f->decoder, in->bytes.text, in->bytes.length, batch,
		&in->err) != 0)
		why = MALFORMED;
	else
		why = take_batch(in, batch);
	batch_unref(batch);
	frame_decoder_reset(f->decoder);
	return why;
}
