/* A stream of frames from a stranger, in two pieces. */
#include <stdlib.h>

#include "intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
anew(void *context)
{
	(void)context;
}

/* Whatever comes can be looked at. */
static void
record(void *context, const struct series_table *table,
    const struct farm_record *r)
{
	size_t *seen = context;

	for (uint32_t i = 0; i < r->n_values; i++)
		if (series_get(table, r->values[i].series) == NULL)
			abort();
	for (size_t i = 0; i < r->payload_size; i++)
		*seen += ((const uint8_t *)r->payload)[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t seen = 0, half = size == 0 ? 0 : bytes[0] % size;
	const struct intake_to to = { anew, record, &seen };
	struct intake *in = intake_new(64, &to);
	struct error err;

	if (in == NULL)
		return 0;
	if (intake_put(in, bytes, half, &err) == 0)
		(void)intake_put(in, bytes + half, size - half, &err);
	intake_reset(in);
	(void)intake_put(in, bytes, size, &err);
	intake_free(in);
	return 0;
}
