/* Lines of ApMon's configuration files. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };
	struct config_entry e;

	if (config_parse(line, &e, NULL) == CONFIG_DESTINATION &&
	    (e.host.length == 0 || e.port == 0 || e.port > UINT16_MAX))
		abort();
	return 0;
}
