/* Lines: all tags and fields of what is accepted are there. */
#include "influx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct influx_field field;
	struct influx_point p;
	struct influx_tag tag;
	int got;

	while ((got = influx_parse(&rest, &p, NULL)) != 0) {
		if (got < 0)
			continue;
		for (; influx_next_tag(&p, &tag); p.n_tags--)
			;
		for (; influx_next_field(&p, &field); p.n_fields--)
			;
		if (p.n_tags != 0 || p.n_fields != 0)
			abort();
	}
	return 0;
}
