/* The stamp of a module from the bytes of any file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "module_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct farm_stamp stamp;
	struct error err;

	if (note_find(bytes, size, &stamp, &err) == 0 &&
	    stamp_check(&stamp, stamp.stamp_size, NULL) != 0)
		abort();
	return 0;
}
