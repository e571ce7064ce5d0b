/* A segment from a stranger: as it is, behind a header that is good, and as a
   packed one. */
#include <stdlib.h>
#include <string.h>

#include "segment.h"
#include "segment_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Behind the header of a packed one, and an end that says how much it was. */
static void
unpack(const uint8_t *bytes, size_t size)
{
	const struct segment_header header = { .first_position = 1,
		.packed = true };
	struct segment_sums sums = {
		.bytes = SEGMENT_HEADER +
			 (size == 0 ? 0 : (uint64_t)bytes[0] << 13)
	};
	size_t whole = SEGMENT_HEADER + size + SEGMENT_END;
	uint8_t *copy = malloc(whole);
	size_t plain_size, lost;
	struct error err;
	void *plain;

	segment_put_header(copy, &header);
	if (size > 0)
		memcpy(copy + SEGMENT_HEADER, bytes, size);
	segment_put_end(copy + SEGMENT_HEADER + size, &sums);
	if (segment_unpack(copy, whole, &plain, &plain_size, &lost, &err) > 0)
		free(plain);
	free(copy);
	if (segment_unpack(bytes, size, &plain, &plain_size, &lost, &err) > 0)
		free(plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct segment_header header = { .first_position = 1 };
	struct segment_sums sums = { .first_position = 1 };
	uint8_t *copy = malloc(SEGMENT_HEADER + size);
	struct segment_scan scan;
	struct error err;

	unpack(bytes, size);
	segment_scan(bytes, size, NULL, NULL, &scan, &err);
	segment_put_header(copy, &header);
	if (size > 0)
		memcpy(copy + SEGMENT_HEADER, bytes, size);
	segment_scan(copy, SEGMENT_HEADER + size, NULL, NULL, &scan, &err);
	if (size >= SEGMENT_END)
		(void)segment_get_end(bytes + size - SEGMENT_END, size, &sums);
	free(copy);
	return 0;
}
