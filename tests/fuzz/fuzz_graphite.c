/* Lines and their tags. */
#include "graphite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, name, value;
	struct graphite_line l;
	int got;

	while ((got = graphite_parse(&rest, &l, NULL)) != 0)
		while (got > 0 && graphite_next_tag(&l, &name, &value))
			;
	return 0;
}
