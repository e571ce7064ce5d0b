/* Samples, and all labels that they say they have. */
#include "prometheus_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prometheus_text t = { .rest = { (const char *)data, size },
		.open = size > 0 && data[0] == '#' };
	struct prometheus_sample s;
	struct slice name, value;
	int got;

	while ((got = prometheus_parse(&t, &s, NULL)) != 0) {
		while (got > 0 && prometheus_next_label(&s, &name, &value))
			if (name.length == 0)
				abort();
		if (got > 0 && s.labels.length != 0)
			abort();
	}
	return 0;
}
