/* JSON lines; what is taken has a name. */
#include "json_lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct json_line l;
	int got;

	while ((got = json_line_parse(&rest, &l, NULL)) != 0) {
		if (got < 0)
			continue;
		if (l.parameter == NULL || l.n_labels > FARM_LABELS_MAX)
			abort();
		json_line_free(&l);
	}
	return 0;
}
