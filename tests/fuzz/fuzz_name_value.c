/* Lines NAME VALUE, and their escapes. */
#include "name_value.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct name_value l;
	char *copy;
	int got;

	while ((got = name_value_parse(&rest, &l, NULL)) != 0) {
		if (got < 0)
			continue;
		copy = malloc(l.name.length);
		if (copy == NULL || name_value_unescape(copy, l.name) == 0)
			abort();
		free(copy);
	}
	return 0;
}
