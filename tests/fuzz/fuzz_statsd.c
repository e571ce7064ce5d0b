/* Lines, their samples and tags. */
#include "statsd.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, name, value;
	struct statsd_sample sample;
	struct statsd_metric m;
	int got;

	while ((got = statsd_parse(&rest, &m, NULL)) != 0) {
		if (got < 0)
			continue;
		while (statsd_next_tag(&m, &name, &value))
			;
		for (; statsd_next(&m, &sample); m.n_samples--)
			;
		if (m.n_samples != 0)
			abort();
	}
	return 0;
}
