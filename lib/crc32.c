#include "crc32.h"

/* Its polynomial, the lowest bit first. */
#define POLYNOMIAL UINT32_C(0xedb88320)

uint32_t
crc32_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = at + size;
	uint32_t crc = UINT32_MAX;
	int bit;

	for (; at < end; at++) {
		crc ^= *at;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (POLYNOMIAL & (0 - (crc & 1)));
	}
	return ~crc;
}
