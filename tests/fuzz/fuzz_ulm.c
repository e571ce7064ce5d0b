/* Lines: what is accepted comes out again, and as XML. */
#include "ulm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer b = BUFFER_INIT;
	struct ulm_event e, again;
	struct ulm_field f;

	if (ulm_parse((const char *)data, size, &e, NULL) != 0)
		return 0;
	again = e;
	while (ulm_next(&again, &f))
		ulm_put_raw(&b, &f);
	if (ulm_parse(b.data, b.size, &again, NULL) != 0 ||
	    again.n_fields != e.n_fields || again.time_ns != e.time_ns)
		abort();
	ulm_put_xml(&b, e);
	buffer_free(&b);
	return 0;
}
