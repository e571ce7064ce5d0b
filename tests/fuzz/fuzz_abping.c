/* Datagrams from whoever knows the port. */
#include "packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[PACKET_MIN];
	uint16_t number;
	enum packet kind = packet_parse(data, size, &number);

	if (kind == PACKET_OTHER)
		return 0;
	packet_build(again, sizeof(again), kind, number);
	if (again[0] != data[0] || again[1] != data[1] || again[2] != data[2])
		abort();
	return 0;
}
