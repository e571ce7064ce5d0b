#include "ber.h"

#include <string.h>

/* What an Opaque begins with if it wraps a number: a tag of two bytes. */
#define OPAQUE_WRAP 0x9f

/* 0.0, "no object". */
static const uint8_t null_oid[1] = { 0 };

int
ber_fail(const struct ber *in, const uint8_t *at, const char *what,
    const char *wrong, struct error *err)
{
	return error_set(
	    err, "byte %zu: %s %s", (size_t)(at - in->begin), what, wrong);
}

uint8_t
ber_peek(const struct ber *in)
{
	return ber_done(in) ? 0 : *in->p;
}

/*
 * A length of several bytes, `*p' behind the first.  Returns what is wrong
 * with it, NULL if nothing is.
 */
static const char *
long_length(const uint8_t **p, const uint8_t *end, size_t *ret)
{
	size_t n = (*p)[-1] & 0x7f;
	uint64_t length = 0;

	if (n == 0)
		return "has an indefinite length";
	if (n > 8)
		return "has a length of more than 8 bytes";
	if ((size_t)(end - *p) < n)
		return "ends within its length";
	for (; n > 0; n--)
		length = length << 8 | *(*p)++;
	if (length > SIZE_MAX / 2)
		return "is longer than what holds it";
	*ret = (size_t)length;
	return NULL;
}

/* Tag and length at `p'; returns where the content begins, or NULL. */
static inline const uint8_t *
header(const struct ber *in, const char *what, size_t *ret, struct error *err)
{
	const uint8_t *p = in->p;
	const char *wrong;

	if (in->end - p < 2) {
		ber_fail(in, p, what, "is missing or cut off", err);
		return NULL;
	}
	p += 2;
	*ret = p[-1];
	if (p[-1] >= 0x80) {
		wrong = long_length(&p, in->end, ret);
		if (wrong != NULL) {
			ber_fail(in, in->p, what, wrong, err);
			return NULL;
		}
	}
	if ((size_t)(in->end - p) < *ret) {
		ber_fail(in, in->p, what, "is longer than what holds it", err);
		return NULL;
	}
	return p;
}

static const char *
not_a(uint8_t tag)
{
	switch (tag) {
	case BER_INTEGER:
		return "is not an INTEGER";
	case BER_OCTETS:
		return "is not an OCTET STRING";
	case BER_OID:
		return "is not an OBJECT IDENTIFIER";
	case BER_SEQUENCE:
		return "is not a SEQUENCE";
	case BER_IP_ADDRESS:
		return "is not an IpAddress";
	case BER_TIMETICKS:
		return "is not TimeTicks";
	default:
		return "is of another type";
	}
}

int
ber_enter(struct ber *in, uint8_t tag, const char *what, struct ber *ret,
    struct error *err)
{
	const uint8_t *p;
	size_t size;

	if (!ber_done(in) && *in->p != tag)
		return ber_fail(in, in->p, what, not_a(tag), err);
	p = header(in, what, &size, err);
	if (p == NULL)
		return -1;
	*ret = (struct ber){ in->begin, p, p + size };
	in->p = p + size;
	return 0;
}

int
ber_get_bytes(struct ber *in, uint8_t tag, const char *what,
    struct ber_bytes *ret, struct error *err)
{
	struct ber inside;

	if (ber_enter(in, tag, what, &inside, err) != 0)
		return -1;
	ret->data = inside.p;
	ret->size = (size_t)(inside.end - inside.p);
	return 0;
}

int
ber_finish(const struct ber *in, const char *what, struct error *err)
{
	if (ber_done(in))
		return 0;
	return ber_fail(in, in->p, what, "is followed by more bytes", err);
}

int64_t
ber_element_size(const void *bytes, size_t size)
{
	const uint8_t *begin = bytes, *p;
	size_t length;

	if (size < 2)
		return 0;
	p = begin + 2;
	length = p[-1];
	if (length == 0x80 || length > 0x88)
		return -1;
	if (length > 0x80) {
		if (size - 2 < (length & 0x7f))
			return 0;
		if (long_length(&p, begin + size, &length) != NULL)
			return -1;
	}
	if (length > INT64_MAX / 2)
		return -1;
	return (int64_t)length + (p - begin);
}

/* ------------------------------------------------------------- numbers -- */

/* Both return what is wrong, NULL if nothing is. */
static const char *
signed_number(const uint8_t *p, size_t size, int64_t *ret)
{
	uint64_t n;

	if (size == 0)
		return "has no bytes";
	n = *p & 0x80 ? UINT64_MAX : 0;
	for (; size > 8; size--, p++)
		if (*p != (uint8_t)n)
			return "does not fit 64 bits";
	if ((*p ^ n) & 0x80)
		return "does not fit 64 bits";
	for (; size > 0; size--)
		n = n << 8 | *p++;
	*ret = (int64_t)n;
	return NULL;
}

static const char *
unsigned_number(const uint8_t *p, size_t size, uint64_t *ret)
{
	uint64_t n = 0;

	if (size == 0)
		return "has no bytes";
	for (; size > 8; size--)
		if (*p++ != 0)
			return "does not fit 64 bits";
	for (; size > 0; size--)
		n = n << 8 | *p++;
	*ret = n;
	return NULL;
}

int
ber_get_int32(struct ber *in, const char *what, int32_t min, int32_t max,
    int32_t *ret, struct error *err)
{
	struct ber next = *in;
	struct ber_bytes bytes;
	const char *wrong;
	int64_t n = 0;

	if (ber_get_bytes(&next, BER_INTEGER, what, &bytes, err) != 0)
		return -1;
	wrong = signed_number(bytes.data, bytes.size, &n);
	if (wrong != NULL)
		return ber_fail(in, in->p, what, wrong, err);
	if (n < min || n > max)
		return error_set(err,
		    "byte %zu: %s is %lld, not between %ld and %ld",
		    (size_t)(in->p - in->begin), what, (long long)n, (long)min,
		    (long)max);
	*ret = (int32_t)n;
	in->p = next.p;
	return 0;
}

/* ---------------------------------------------------------------- OIDs -- */

/* Are all its numbers bytes of their own?  Eight are looked at together. */
static inline bool
is_plain_oid(const uint8_t *p, size_t size)
{
	uint64_t word, all = 0;

	for (; size >= sizeof(word); size -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all |= word;
	}
	for (; size > 0; size--)
		all |= *p++;
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* What is wrong with an encoded OID, NULL if nothing is. */
static const char *
check_oid(const uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;
	size_t n = 1; /* the first one is two */
	uint64_t number, max;

	if (size == 0)
		return "has no bytes";
	if (size < BER_OID_MAX && is_plain_oid(p, size))
		return NULL;
	while (p < end) {
		if (++n > BER_OID_MAX)
			return "has more than 128 numbers";
		if (*p < 0x80) {
			p++;
			continue;
		}
		if (*p == 0x80)
			return "has a number with leading zeros";
		/* The two that are one: up to 2.4294967295 (X.690 8.19.4). */
		max = UINT32_MAX + (n == 2 ? 80ull : 0);
		for (number = 0; p < end && *p >= 0x80 && number <= max; p++)
			number = number << 7 | (*p & 0x7f);
		if (p == end)
			return "ends within a number";
		number = number << 7 | *p++;
		if (number > max)
			return "has a number of more than 32 bits";
	}
	return NULL;
}

int
ber_get_oid(
    struct ber *in, const char *what, struct ber_bytes *ret, struct error *err)
{
	const uint8_t *at = in->p;
	struct ber_bytes oid;
	const char *wrong;

	if (ber_get_bytes(in, BER_OID, what, &oid, err) != 0)
		return -1;
	wrong = check_oid(oid.data, oid.size);
	if (wrong != NULL) {
		in->p = at;
		return ber_fail(in, at, what, wrong, err);
	}
	*ret = oid;
	return 0;
}

/* -------------------------------------------------------------- values -- */

static double
float_of(const uint8_t *p)
{
	uint32_t bits = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			(uint32_t)p[2] << 8 | p[3];
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static double
double_of(const uint8_t *p)
{
	uint64_t bits = 0;
	double d;
	int i;

	for (i = 0; i < 8; i++)
		bits = bits << 8 | p[i];
	memcpy(&d, &bits, sizeof(d));
	return d;
}

/* An Opaque that wraps a number is that number, any other is its bytes. */
static void
opaque(const uint8_t *p, size_t size, uint8_t *tag, struct ber_value *v)
{
	v->bytes = (struct ber_bytes){ p, size };
	if (size < 3 || p[0] != OPAQUE_WRAP || p[2] != size - 3)
		return;
	if (p[1] == BER_FLOAT && p[2] == 4) {
		*tag = BER_FLOAT;
		v->real = float_of(p + 3);
	} else if (p[1] == BER_DOUBLE && p[2] == 8) {
		*tag = BER_DOUBLE;
		v->real = double_of(p + 3);
	}
}

/*
 * Returns what is wrong, with *v untouched; NULL if nothing is.  Written in
 * place: a copy of the whole would wait for its parts to be stored.
 */
static const char *
value_of(const uint8_t *p, size_t size, uint8_t *tag, struct ber_value *v)
{
	const char *wrong;

	switch (*tag) {
	case BER_INTEGER:
		return signed_number(p, size, &v->integer);
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_COUNTER64:
	case BER_UINTEGER32:
		return unsigned_number(p, size, &v->number);
	case BER_OCTETS:
		v->bytes = (struct ber_bytes){ p, size };
		return NULL;
	case BER_OID:
		wrong = size == 0 ? NULL : check_oid(p, size);
		if (wrong == NULL)
			v->bytes = size == 0 ? (struct ber_bytes){ null_oid, 1 }
					     : (struct ber_bytes){ p, size };
		return wrong;
	case BER_IP_ADDRESS:
		if (size != 4)
			return "is an IpAddress not of 4 bytes";
		v->bytes = (struct ber_bytes){ p, size };
		return NULL;
	case BER_OPAQUE:
		opaque(p, size, tag, v);
		return NULL;
	case BER_NULL:
	case BER_NO_SUCH_OBJECT:
	case BER_NO_SUCH_INSTANCE:
	case BER_END_OF_MIB_VIEW:
		if (size != 0)
			return "is of a type without content";
		v->number = 0;
		return NULL;
	default:
		return "is of a type that SNMP does not have";
	}
}

int
ber_get_value(struct ber *in, struct ber_value *ret, struct error *err)
{
	const uint8_t *p;
	const char *wrong;
	uint8_t tag;
	size_t size;

	p = header(in, "a value", &size, err);
	if (p == NULL)
		return -1;
	tag = *in->p;
	wrong = value_of(p, size, &tag, ret);
	if (wrong != NULL)
		return ber_fail(in, in->p, "a value", wrong, err);
	ret->tag = tag;
	in->p = p + size;
	return 0;
}
