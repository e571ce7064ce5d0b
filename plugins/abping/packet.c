#include "packet.h"

#include <string.h>

void
packet_build(uint8_t *bytes, size_t size, enum packet kind, uint16_t number)
{
	memset(bytes, 0, size);
	bytes[0] = (uint8_t)kind;
	bytes[1] = (uint8_t)(number & 0xff);
	bytes[2] = (uint8_t)(number >> 8);
}

enum packet
packet_parse(const uint8_t *bytes, size_t size, uint16_t *ret_number)
{
	if (size < PACKET_MIN)
		return PACKET_OTHER;
	if (bytes[0] != PACKET_REPLY && bytes[0] != PACKET_REQUEST)
		return PACKET_OTHER;
	*ret_number = (uint16_t)(bytes[1] | bytes[2] << 8);
	return (enum packet)bytes[0];
}
