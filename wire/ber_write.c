#include "ber.h"

#include <string.h>

static bool
room(struct ber_writer *out, size_t size)
{
	if ((size_t)(out->p - out->begin) < size)
		out->failed = true;
	return !out->failed;
}

static void
put_byte(struct ber_writer *out, uint8_t byte)
{
	if (room(out, 1))
		*--out->p = byte;
}

void
ber_put_raw(struct ber_writer *out, const void *bytes, size_t size)
{
	if (size == 0 || !room(out, size))
		return;
	out->p -= size;
	memcpy(out->p, bytes, size);
}

void
ber_put_header(struct ber_writer *out, uint8_t tag, size_t mark)
{
	size_t length = ber_written(out) - mark;
	uint8_t n = 0;

	if (length < 0x80) {
		put_byte(out, (uint8_t)length);
	} else {
		for (; length > 0; length >>= 8, n++)
			put_byte(out, (uint8_t)length);
		put_byte(out, 0x80 | n);
	}
	put_byte(out, tag);
}

void
ber_put_integer(struct ber_writer *out, int64_t n)
{
	size_t mark = ber_written(out);
	uint8_t byte;

	do {
		byte = (uint8_t)n;
		put_byte(out, byte);
		n >>= 8;
	} while (n != (byte & 0x80 ? -1 : 0));
	ber_put_header(out, BER_INTEGER, mark);
}

void
ber_put_unsigned(struct ber_writer *out, uint8_t tag, uint64_t n)
{
	size_t mark = ber_written(out);
	uint8_t byte;

	do {
		byte = (uint8_t)n;
		put_byte(out, byte);
		n >>= 8;
	} while (n != 0);
	if (byte & 0x80)
		put_byte(out, 0);
	ber_put_header(out, tag, mark);
}

void
ber_put_bytes(struct ber_writer *out, uint8_t tag, struct ber_bytes bytes)
{
	size_t mark = ber_written(out);

	ber_put_raw(out, bytes.data, bytes.size);
	ber_put_header(out, tag, mark);
}

/* As net-snmp wraps them: an Opaque whose content has a tag of two bytes. */
static void
put_real(struct ber_writer *out, uint8_t tag, double real)
{
	size_t mark = ber_written(out);
	uint8_t size = tag == BER_FLOAT ? 4 : 8, i;
	float f = (float)real;
	uint32_t narrow;
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	memcpy(&narrow, &f, sizeof(narrow));
	if (tag == BER_FLOAT)
		bits = narrow;
	for (i = 0; i < size; i++, bits >>= 8)
		put_byte(out, (uint8_t)bits);
	put_byte(out, size);
	put_byte(out, tag);
	put_byte(out, 0x9f);
	ber_put_header(out, BER_OPAQUE, mark);
}

void
ber_put_value(struct ber_writer *out, const struct ber_value *v)
{
	switch (v->tag) {
	case BER_INTEGER:
		ber_put_integer(out, v->integer);
		break;
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_UINTEGER32:
	case BER_COUNTER64:
		ber_put_unsigned(out, v->tag, v->number);
		break;
	case BER_FLOAT:
	case BER_DOUBLE:
		put_real(out, v->tag, v->real);
		break;
	case BER_IP_ADDRESS:
		if (v->bytes.size != 4)
			out->failed = true;
		ber_put_bytes(out, v->tag, v->bytes);
		break;
	case BER_OID:
		if (v->bytes.size == 0)
			out->failed = true;
		ber_put_bytes(out, v->tag, v->bytes);
		break;
	case BER_OCTETS:
	case BER_OPAQUE:
		ber_put_bytes(out, v->tag, v->bytes);
		break;
	case BER_NULL:
	case BER_NO_SUCH_OBJECT:
	case BER_NO_SUCH_INSTANCE:
	case BER_END_OF_MIB_VIEW:
		ber_put_header(out, v->tag, ber_written(out));
		break;
	default:
		out->failed = true;
	}
}
