/* Answers of NRPE: as they come, and with the CRC that they should have. */
#include "nrpe.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_packet(const uint8_t *packet, size_t size)
{
	const char *end = (const char *)packet + size;
	struct nrpe_answer a;

	if (nrpe_answer_read(&a, packet, size, NULL) == 0 &&
	    a.text.text + a.text.length > end)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + (size == 0));
	uint32_t crc;
	int i;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	try_packet(copy, size);
	if (size >= 8) {
		memset(copy + 4, 0, 4);
		crc = crc32_of(copy, size);
		for (i = 0; i < 4; i++)
			copy[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
		try_packet(copy, size);
	}
	free(copy);
	return 0;
}
