/* hex.h - bytes written as hexadecimal digits, for tests of codecs. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static inline uint8_t
hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* In a block of its own, to be freed, so that sanitizers see its end. */
static inline uint8_t *
hex_bytes(const char *hex, size_t *ret_size)
{
	size_t i, size = strlen(hex) / 2;
	uint8_t *bytes = malloc(size + (size == 0));

	assert_non_null(bytes);
	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 |
				     hex_digit(hex[2 * i + 1]));
	*ret_size = size;
	return bytes;
}

#endif
