/*
 * varint.h - integers in as few bytes as they need: LEB128, seven bits a byte,
 * the lowest first.  Signed ones go zigzag: 0, -1, 1, -2, ...
 */
#ifndef LIB_VARINT_H
#define LIB_VARINT_H

#include <stddef.h>
#include <stdint.h>

/* The most that one needs. */
#define VARINT_MAX 10

static inline uint64_t
zigzag(int64_t n)
{
	return (uint64_t)n << 1 ^ -((uint64_t)n >> 63);
}

static inline int64_t
unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1 ^ -(n & 1));
}

/* Write it at `to', which has room; returns the place behind it. */
static inline uint8_t *
varint_put(uint8_t *to, uint64_t n)
{
	while (n >= 0x80) {
		*to++ = (uint8_t)(n | 0x80);
		n >>= 7;
	}
	*to++ = (uint8_t)n;
	return to;
}

/*
 * Read one between `p' and `end'; returns the place behind it, or NULL if it
 * does not end there, does not fit 64 bits or is longer than it needs to be.
 */
static inline const uint8_t *
varint_get(const uint8_t *p, const uint8_t *end, uint64_t *ret)
{
	uint64_t n = 0;
	unsigned shift;

	if (p < end && *p < 0x80) {
		*ret = *p;
		return p + 1;
	}
	for (shift = 0; shift < 70 && p < end; shift += 7) {
		n |= (uint64_t)(*p & 0x7f) << shift;
		if (*p++ >= 0x80)
			continue;
		if (p[-1] == 0 || (shift == 63 && p[-1] > 1))
			return NULL;
		*ret = n;
		return p;
	}
	return NULL;
}

#endif
