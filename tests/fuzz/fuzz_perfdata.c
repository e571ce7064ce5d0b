/* Outputs of checks: their parts, items, labels and ranges. */
#include "perfdata.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_item(const struct perfdata_item *item)
{
	char *copy = malloc(item->label.length);

	if (copy == NULL || perfdata_unescape(copy, item->label) == 0 ||
	    !isfinite(item->value) ||
	    (item->warn.set && item->warn.low > item->warn.high))
		abort();
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perfdata_output o;
	struct perfdata_item item;
	int i, got;

	perfdata_split((struct slice){ (const char *)data, size }, &o);
	for (i = 0; i < 2; i++)
		while ((got = perfdata_parse(&o.data[i], &item, NULL)) != 0)
			if (got > 0)
				check_item(&item);
	return 0;
}
