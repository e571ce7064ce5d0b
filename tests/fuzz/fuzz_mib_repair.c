/* A MIB file, of which a definition is blanked: only that, and no line. */
#include "repair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	size_t i;

	if (size == 0)
		return 0;
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	(void)mib_blank_definition(text, size, data[0]);
	for (i = 0; i < size; i++)
		if (text[i] != (char)data[i] &&
		    (text[i] != ' ' || data[i] == '\n'))
			abort();
	free(text);
	return 0;
}
