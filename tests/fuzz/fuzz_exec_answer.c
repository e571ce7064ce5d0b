/* What a program answers for a batch. */
#include "answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct answer a;

	while (rest.length > 0)
		if (answer_parse(slice_cut(&rest, '\n'), &a) &&
		    a.why.length > ANSWER_SHOWN)
			abort();
	return 0;
}
