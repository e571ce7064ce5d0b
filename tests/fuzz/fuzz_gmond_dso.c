/* Files that may be modules of gmond's: none is read beyond its end. */
#include "dso.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err;
	struct dso dso;

	if (dso_read(data, size, NULL, &dso, &err) == 0 &&
	    strlen(dso.symbol) > DSO_SYMBOL_MAX)
		abort();
	(void)dso_read(data, size, "cpu_module", &dso, &err);
	return 0;
}
