/* Values as they are typed: farmctl send's lines. */
#include "item.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct item item;

	if (arena != NULL)
		(void)item_parse(&item, arena,
		    (struct slice){ (const char *)data, size }, NULL);
	arena_free(arena);
	return 0;
}
