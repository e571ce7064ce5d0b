/* A frame from a stranger: as it is, and behind a header made to fit. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
decode(struct series_table *t, const uint8_t *bytes, size_t size)
{
	struct frame_decoder *d = frame_decoder_new(t);
	struct batch *to = batch_new();
	struct error err;

	frame_decode(d, bytes, size, to, &err);
	batch_unref(to);
	frame_decoder_free(d);
}

/* The checksum keeps the fuzzer out of the body, so we write it. */
static void
decode_body(struct series_table *t, const uint8_t *body, size_t size)
{
	uint8_t *frame = calloc(1, FRAME_HEADER + size);
	uint32_t field;

	memcpy(frame, "FRM1\1", 5);
	field = htole32((uint32_t)(size - 1));
	memcpy(frame + 8, &field, 4);
	field = htole32(body[0] % 16);
	memcpy(frame + 24, &field, 4);
	memcpy(frame + FRAME_HEADER, body + 1, size - 1);
	field = crc32c(0, frame, 28);
	field = htole32(crc32c(field, frame + FRAME_HEADER, size - 1));
	memcpy(frame + 28, &field, 4);
	decode(t, frame, FRAME_HEADER + size - 1);
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct series_table *t = series_table_new(1000);

	frame_size(bytes, size);
	decode(t, bytes, size);
	if (size > 0)
		decode_body(t, bytes, size);
	series_table_free(t);
	return 0;
}
