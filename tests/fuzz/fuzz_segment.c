/* A segment from a stranger: as it is, and behind a header that is good. */
#include <stdlib.h>
#include <string.h>

#include "segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct segment_header header = { .first_position = 1 };
	struct segment_sums sums = { .first_position = 1 };
	uint8_t *copy = malloc(SEGMENT_HEADER + size);
	struct segment_scan scan;
	struct error err;

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
