/*
 * xdr.h - reading and writing XDR (RFC 4506) within bounds: big-endian, all in
 * multiples of 4 bytes.
 */
#ifndef WIRE_XDR_H
#define WIRE_XDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "slice.h"

/* What is left to be read. */
struct xdr {
	const uint8_t *at;
	const uint8_t *end;
};

static inline size_t
xdr_left(const struct xdr *x)
{
	return (size_t)(x->end - x->at);
}

static inline uint32_t
xdr_word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The readers: false if it does not fit what is left; then nothing moves. */
static inline bool
xdr_u32(struct xdr *x, uint32_t *ret)
{
	if (xdr_left(x) < 4)
		return false;
	*ret = xdr_word(x->at);
	x->at += 4;
	return true;
}

static inline bool
xdr_u64(struct xdr *x, uint64_t *ret)
{
	if (xdr_left(x) < 8)
		return false;
	*ret = (uint64_t)xdr_word(x->at) << 32 | xdr_word(x->at + 4);
	x->at += 8;
	return true;
}

/* Its padding must be there; what it holds is nobody's business. */
static inline bool
xdr_string(struct xdr *x, struct slice *ret)
{
	struct xdr rest = *x;
	uint32_t length;

	if (!xdr_u32(&rest, &length) || length > xdr_left(&rest) ||
	    (0 - length) % 4 > xdr_left(&rest) - length)
		return false;
	*ret = (struct slice){ (const char *)rest.at, length };
	x->at = rest.at + length + (0 - length) % 4;
	return true;
}

static inline double
xdr_to_float(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

static inline double
xdr_to_double(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* Room to write to; once it is used up, nothing more is written. */
struct xdr_room {
	uint8_t *at;
	uint8_t *end;
	bool full;
};

static inline bool
xdr_fits(struct xdr_room *r, size_t size)
{
	if (r->full || (size_t)(r->end - r->at) < size)
		r->full = true;
	return !r->full;
}

static inline void
xdr_put_u32(struct xdr_room *r, uint32_t n)
{
	if (!xdr_fits(r, 4))
		return;
	*r->at++ = (uint8_t)(n >> 24);
	*r->at++ = (uint8_t)(n >> 16);
	*r->at++ = (uint8_t)(n >> 8);
	*r->at++ = (uint8_t)n;
}

static inline void
xdr_put_u64(struct xdr_room *r, uint64_t n)
{
	xdr_put_u32(r, (uint32_t)(n >> 32));
	xdr_put_u32(r, (uint32_t)n);
}

static inline void
xdr_put_float(struct xdr_room *r, float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	xdr_put_u32(r, bits);
}

static inline void
xdr_put_double(struct xdr_room *r, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	xdr_put_u64(r, bits);
}

static inline void
xdr_put_string(struct xdr_room *r, struct slice s)
{
	size_t pad = (0 - s.length) % 4;

	if (s.length > INT32_MAX) {
		r->full = true;
		return;
	}
	xdr_put_u32(r, (uint32_t)s.length);
	if (!xdr_fits(r, s.length + pad))
		return;
	if (s.length > 0)
		memcpy(r->at, s.text, s.length);
	memset(r->at + s.length, 0, pad);
	r->at += s.length + pad;
}

#endif
