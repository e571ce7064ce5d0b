/* What a process that loaded a module tells of it. */
#include <stdint.h>

#include "module_sheet.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct module m = { .path = NULL, .name = "m" };
	struct buffer out = BUFFER_INIT;

	if (size == 0)
		return 0;
	m.role = (enum farm_role)(FARM_COLLECTOR + data[0] % 3);
	m.arena = arena_new(0);
	if (module_sheet_read(&m, data + 1, size - 1, NULL) == 0)
		module_sheet_put(&out, &m);
	buffer_free(&out);
	arena_free(m.arena);
	return 0;
}
