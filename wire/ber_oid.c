#include "ber.h"

#include <string.h>

/* One number of an encoded OID, which was checked when it was read. */
static const uint8_t *
next_number(const uint8_t *p, const uint8_t *end, uint64_t *ret)
{
	uint64_t n = 0;

	while (p < end && *p >= 0x80)
		n = n << 7 | (*p++ & 0x7f);
	if (p < end)
		n = n << 7 | *p++;
	*ret = n;
	return p;
}

size_t
ber_oid_numbers(struct ber_bytes oid, uint32_t to[BER_OID_MAX])
{
	const uint8_t *p = oid.data, *end = p + oid.size;
	uint64_t number;
	size_t n = 2;

	if (oid.size == 0)
		return 0;
	p = next_number(p, end, &number);
	to[0] = number < 80 ? (uint32_t)number / 40 : 2;
	to[1] = (uint32_t)(number - 40ull * to[0]);
	while (p < end && n < BER_OID_MAX) {
		p = next_number(p, end, &number);
		to[n++] = (uint32_t)number;
	}
	return n;
}

static uint8_t *
put_number(uint8_t *to, uint64_t number)
{
	int shift = 0;

	while (number >> shift >= 0x80)
		shift += 7;
	for (; shift > 0; shift -= 7)
		*to++ = (uint8_t)(number >> shift | 0x80);
	*to++ = (uint8_t)(number & 0x7f);
	return to;
}

size_t
ber_oid_encode(const uint32_t *numbers, size_t n, uint8_t to[BER_OID_BYTES])
{
	uint8_t *p = to;
	size_t i;

	if (n < 2 || n > BER_OID_MAX || numbers[0] > 2 ||
	    (numbers[0] < 2 && numbers[1] > 39))
		return 0;
	p = put_number(p, 40ull * numbers[0] + numbers[1]);
	for (i = 2; i < n; i++)
		p = put_number(p, numbers[i]);
	return (size_t)(p - to);
}

bool
ber_oid_below(struct ber_bytes oid, struct ber_bytes root)
{
	return oid.size >= root.size &&
	       memcmp(oid.data, root.data, root.size) == 0;
}

/*
 * Where the first byte differs, the numbers that it belongs to begin at the
 * same place in both, since all before is equal.
 */
int
ber_oid_compare(struct ber_bytes a, struct ber_bytes b)
{
	size_t i = 0, shorter = a.size < b.size ? a.size : b.size;
	uint64_t x, y;

	while (i < shorter && a.data[i] == b.data[i])
		i++;
	if (i == shorter)
		return (a.size > b.size) - (a.size < b.size);
	while (i > 0 && a.data[i - 1] >= 0x80)
		i--;
	next_number(a.data + i, a.data + a.size, &x);
	next_number(b.data + i, b.data + b.size, &y);
	return (x > y) - (x < y);
}
