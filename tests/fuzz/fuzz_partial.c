/* A partial aggregate from a stranger; one that is taken can be used, and is
   written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "partial.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
use(const struct partial *p)
{
	const struct farm_series names = {
		.farm = p->texts[PARTIAL_FARM],
		.cluster = p->texts[PARTIAL_CLUSTER],
		.node = p->texts[PARTIAL_NODE],
		.parameter = p->texts[PARTIAL_PARAMETER],
		.unit = p->texts[PARTIAL_UNIT],
	};
	struct partial *again = calloc(1, sizeof(*again));
	struct buffer b = BUFFER_INIT;

	tally_init(&again->tally);
	tally_merge(&again->tally, &p->tally);
	(void)exact_sum(&again->tally.sum);
	if (p->sketched)
		sketch_merge(&again->sketch, &p->sketch);
	if (p->sketched && p->sketch.n > 0)
		(void)sketch_quantile(&again->sketch, 0.5);
	partial_put(&b, p->texts[PARTIAL_SOURCE], &names, &p->tally,
	    p->sketched ? &p->sketch : NULL);
	if (partial_parse(again, b.data, b.size, NULL) != 0)
		abort();
	buffer_free(&b);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct partial *p = calloc(1, sizeof(*p));
	struct error err;

	if (partial_parse(p, bytes, size, &err) == 0)
		use(p);
	free(p);
	return 0;
}
