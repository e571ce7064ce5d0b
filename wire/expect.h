/*
 * expect.h - the next varbind of an answer where its name is known before: one
 * look at its bytes instead of several passes.  What takes millions of values
 * has nearly all of them this way; snmp_varbind_next() has the rest.
 */
#ifndef WIRE_EXPECT_H
#define WIRE_EXPECT_H

#include <endian.h>
#include <string.h>

#include "snmp.h"

/* The same few bytes?  Without the call that memcmp() costs. */
static inline bool
expect_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t x, y;

	for (; n >= sizeof(x); n -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		if (x != y)
			return false;
	}
	for (; n > 0; n--)
		if (*a++ != *b++)
			return false;
	return true;
}

static inline bool
expect_is_number(uint8_t tag)
{
	switch (tag) {
	case BER_INTEGER:
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_COUNTER64:
	case BER_UINTEGER32:
		return true;
	default:
		return false;
	}
}

/* The 1 to 8 bytes before `end', with seven more before them that may be
   read: all are loaded, and the others shifted out. */
static inline uint64_t
expect_number(const uint8_t *end, size_t size, bool is_signed)
{
	unsigned others = 64 - 8 * (unsigned)size;
	uint64_t word;

	memcpy(&word, end - sizeof(word), sizeof(word));
	word = be64toh(word) << others;
	return is_signed ? (uint64_t)((int64_t)word >> others) : word >> others;
}

/*
 * True if the next varbind's name is `root' and then `index', an OID that has
 * been checked, and its value a number of at most 64 bits.  False, and nothing
 * is read, for anything else, be it good or bad.
 */
static inline bool
expect_number_of(struct ber *varbinds, struct ber_bytes root,
    struct ber_bytes index, struct snmp_varbind *ret)
{
	const uint8_t *p = varbinds->p, *value;
	size_t left = (size_t)(varbinds->end - p);
	size_t name = root.size + index.size, size;

	/* 30 SIZE 06 NAME ... TAG SIZE ..., each size a byte below 80. */
	if (name - 1 >= 0x70 || left < name + 7 || p[0] != BER_SEQUENCE ||
	    p[2] != BER_OID || p[3] != name)
		return false;
	value = p + 4 + name;
	size = value[1];
	if (size - 1 > 7 || p[1] != name + size + 4 ||
	    left < name + size + 6 || !expect_is_number(value[0]) ||
	    !expect_bytes(p + 4 + root.size, index.data, index.size) ||
	    !expect_bytes(p + 4, root.data, root.size))
		return false;
	varbinds->p = value + 2 + size;
	ret->name = (struct ber_bytes){ p + 4, name };
	ret->value.tag = value[0];
	ret->value.number = expect_number(
	    varbinds->p, size, value[0] == BER_INTEGER);
	return true;
}

#endif
