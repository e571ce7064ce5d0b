#include "intake.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "buffer.h"
#include "frame.h"

struct intake {
	struct intake_to to;
	struct series_table *table;
	struct frame_decoder *decoder;
	struct buffer bytes; /* of a frame that is not whole yet */
	bool broken;
};

struct intake *
intake_new(uint32_t most, const struct intake_to *to)
{
	struct intake *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->to = *to;
	in->table = series_table_new(most);
	if (in->table != NULL)
		in->decoder = frame_decoder_new(in->table);
	if (in->decoder == NULL) {
		intake_free(in);
		return NULL;
	}
	frame_decoder_bear_full(in->decoder);
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	frame_decoder_free(in->decoder);
	series_table_free(in->table);
	buffer_free(&in->bytes);
	free(in);
}

void
intake_reset(struct intake *in)
{
	in->to.anew(in->to.context);
	frame_decoder_reset(in->decoder);
	buffer_free(&in->bytes);
	in->broken = false;
}

uint64_t
intake_refused(const struct intake *in)
{
	const char *why;

	return frame_decoder_refused(in->decoder, &why);
}

/* Definitions before it in its stream: of the first frame there are none. */
static bool
begins_stream(const void *frame)
{
	static const unsigned char none[4];

	return memcmp((const char *)frame + 12, none, sizeof(none)) == 0;
}

static int
take_frame(struct intake *in, const void *bytes, size_t size, struct error *err)
{
	struct batch *batch = batch_new_for(size);
	int rc;

	if (batch == NULL)
		return error_set(err, "out of memory");
	if (begins_stream(bytes))
		in->to.anew(in->to.context);
	rc = frame_decode(in->decoder, bytes, size, batch, err);
	for (size_t i = 0; rc == 0 && i < batch->view.n_records; i++)
		in->to.record(
		    in->to.context, in->table, &batch->view.records[i]);
	batch_unref(batch);
	return rc;
}

/* Whole frames; *ret_left bytes are of one that is not. */
static int
take_frames(struct intake *in, const char *bytes, size_t size, size_t *ret_left,
    struct error *err)
{
	size_t done = 0;
	int rc = 0;

	while (rc == 0) {
		ssize_t n = frame_size(bytes + done, size - done);

		if (n < 0)
			rc = error_set(err, "these are no frames");
		else if (n == 0 || (size_t)n > size - done)
			break;
		else
			rc = take_frame(in, bytes + done, (size_t)n, err);
		done += n > 0 ? (size_t)n : 0;
	}
	*ret_left = size - done;
	return rc;
}

int
intake_put(struct intake *in, const void *bytes, size_t size, struct error *err)
{
	struct buffer rest = BUFFER_INIT;
	size_t left = 0;
	int rc;

	if (in->broken)
		return error_set(err, "the stream is broken");
	buffer_put(&in->bytes, bytes, size);
	if (buffer_failed(&in->bytes))
		rc = error_set(err, "out of memory");
	else
		rc = take_frames(
		    in, in->bytes.data, in->bytes.size, &left, err);
	if (rc != 0) {
		in->broken = true;
		buffer_free(&in->bytes);
		return -1;
	}
	buffer_put(&rest, in->bytes.data + in->bytes.size - left, left);
	buffer_free(&in->bytes);
	in->bytes = rest;
	return 0;
}
