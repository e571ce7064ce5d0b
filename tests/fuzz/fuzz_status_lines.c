/* Lines of tabs, and all that is in them. */
#include "status_lines.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, name;
	struct status_line l;
	struct farm_value value;
	int got;

	while ((got = status_line_parse(&rest, &l, NULL)) != 0)
		while (got > 0 && status_next(&l, &name, &value))
			if (name.length == 0 || value.type == FARM_NONE)
				abort();
	return 0;
}
