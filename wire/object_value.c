#include <string.h>

#include "hint.h"
#include "objects.h"
#include "utf8.h"

static const struct farm_value no_value = { .type = FARM_NONE };

static bool
has_hint(const struct object *object)
{
	return object != NULL && *object->hint != '\0';
}

static const char *
enum_name(const struct object *object, int64_t value)
{
	size_t i;

	for (i = 0; object != NULL && i < object->n_enums; i++)
		if (object->enums[i].value == value)
			return object->enums[i].name;
	return NULL;
}

/* The text so far; no value if memory is out or it is too long for one. */
static struct farm_value
text_value(const struct buffer *text)
{
	if (buffer_failed(text))
		return no_value;
	return farm_text(buffer_text(text), text->size);
}

/*
 * "d-2": the value is in hundredths.  False if the hint is none of these; then
 * numbers stay whole.
 */
static bool
scale(const struct object *object, double number, struct farm_value *ret)
{
	int decimals = has_hint(object) ? hint_decimals(object->hint) : 0;
	double divisor = 1;

	if (decimals == 0)
		return false;
	while (decimals-- > 0)
		divisor *= 10;
	*ret = farm_double(number / divisor);
	return true;
}

static struct farm_value
integer_value(const struct object *object, int64_t number, bool named,
    struct buffer *text)
{
	const char *name = named ? enum_name(object, number) : NULL;
	struct farm_value value;

	if (name != NULL) {
		buffer_puts(text, name);
		return text_value(text);
	}
	if (scale(object, (double)number, &value))
		return value;
	return farm_int64(number);
}

static struct farm_value
unsigned_value(const struct object *object, uint64_t number, bool named,
    struct buffer *text)
{
	const char *name = named && number <= INT64_MAX
			       ? enum_name(object, (int64_t)number)
			       : NULL;
	struct farm_value value;

	if (name != NULL) {
		buffer_puts(text, name);
		return text_value(text);
	}
	if (scale(object, (double)number, &value))
		return value;
	return farm_uint64(number);
}

/* -------------------------------------------------------------- octets --- */

static struct farm_value
hex_value(struct ber_bytes octets, struct buffer *text)
{
	size_t i;

	buffer_clear(text);
	buffer_puts(text, "0x");
	for (i = 0; i < octets.size && text->size <= FARM_TEXT_MAX; i++)
		buffer_printf(text, "%02x", octets.data[i]);
	return text_value(text);
}

/* UTF-8 for people; without a hint, a control character says that it is not. */
static bool
is_text(const char *text, size_t size, bool hinted)
{
	size_t i, n;

	for (i = 0; i < size; i += n) {
		n = utf8_character(text + i, size - i);
		if (n == 0 || text[i] == '\0')
			return false;
		if (!hinted &&
		    (text[i] == 0x7f || ((unsigned char)text[i] < ' ' &&
					    strchr("\t\r\n", text[i]) == NULL)))
			return false;
	}
	return true;
}

/* Some agents send the NUL at the end of their strings, too. */
static struct ber_bytes
without_nuls(struct ber_bytes octets)
{
	while (octets.size > 0 && octets.data[octets.size - 1] == '\0')
		octets.size--;
	return octets;
}

static struct farm_value
plain_value(struct ber_bytes octets, struct buffer *text)
{
	struct ber_bytes shown = without_nuls(octets);
	bool nothing = shown.size == 0 && octets.size > 1;

	if (nothing || !is_text((const char *)shown.data, shown.size, false))
		return hex_value(octets, text);
	buffer_put(text, shown.data, shown.size);
	return text_value(text);
}

/* A hint that is nothing but text, "255a" or "127t". */
static bool
is_text_hint(const char *hint)
{
	hint += strspn(hint, "0123456789");
	return (hint[0] == 'a' || hint[0] == 't') && hint[1] == '\0';
}

static struct farm_value
hinted_value(const char *hint, struct ber_bytes octets, struct buffer *text)
{
	struct ber_bytes shown = is_text_hint(hint) ? without_nuls(octets)
						    : octets;

	if (hint_print(text, hint, shown) == 0 &&
	    is_text(buffer_text(text), text->size, true))
		return text_value(text);
	return hex_value(octets, text);
}

/* BITS (RFC 2578 7.1.4): the names of those that are set. */
static struct farm_value
bits_value(
    const struct object *object, struct ber_bytes octets, struct buffer *text)
{
	const char *name;
	size_t i;

	for (i = 0; i < 8 * octets.size; i++) {
		if ((octets.data[i / 8] & 0x80u >> i % 8) == 0)
			continue;
		name = enum_name(object, (int64_t)i);
		if (name == NULL)
			return hex_value(octets, text);
		if (text->size > 0)
			buffer_putc(text, ',');
		buffer_puts(text, name);
	}
	return text_value(text);
}

static struct farm_value
octets_value(const struct object *object, struct ber_bytes octets, bool named,
    struct buffer *text)
{
	if (object != NULL && object->n_enums > 0)
		return named ? bits_value(object, octets, text)
			     : hex_value(octets, text);
	if (has_hint(object))
		return hinted_value(object->hint, octets, text);
	return plain_value(octets, text);
}

static struct farm_value
address_value(struct ber_bytes octets, struct buffer *text)
{
	if (octets.size != 4)
		return hex_value(octets, text);
	buffer_printf(text, "%u.%u.%u.%u", octets.data[0], octets.data[1],
	    octets.data[2], octets.data[3]);
	return text_value(text);
}

/* ----------------------------------------------------------------- all --- */

struct farm_value
object_value(const struct object *object, const struct ber_value *v, bool named,
    struct buffer *text)
{
	buffer_clear(text);
	switch (v->tag) {
	case BER_INTEGER:
		return integer_value(object, v->integer, named, text);
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_COUNTER64:
	case BER_UINTEGER32:
		return unsigned_value(object, v->number, named, text);
	case BER_FLOAT:
	case BER_DOUBLE:
		return farm_double(v->real);
	case BER_OCTETS:
		return octets_value(object, v->bytes, named, text);
	case BER_OID:
		oid_print(text, v->bytes);
		return text_value(text);
	case BER_IP_ADDRESS:
		return address_value(v->bytes, text);
	case BER_OPAQUE:
		return hex_value(v->bytes, text);
	default:
		return no_value;
	}
}

/*
 * SNMP has no gauge of 64 bits, so MIBs send one as a counter (RFC 2856,
 * CounterBasedGauge64); a catalogue calls it "gauge32".
 */
static uint32_t
counter_kind(const struct object *object, uint32_t kind)
{
	return object != NULL && object->syntax == OBJECT_GAUGE32 ? FARM_GAUGE
								  : kind;
}

uint32_t
object_kind(const struct object *object, uint8_t tag)
{
	switch (tag) {
	case BER_COUNTER32:
		return counter_kind(object, FARM_COUNTER32);
	case BER_COUNTER64:
		return counter_kind(object, FARM_COUNTER64);
	case BER_INTEGER:
	case BER_GAUGE32:
	case BER_UINTEGER32:
		return object != NULL && object->n_enums > 0 ? FARM_STATE
							     : FARM_GAUGE;
	case BER_TIMETICKS:
	case BER_FLOAT:
	case BER_DOUBLE:
		return FARM_GAUGE;
	default:
		return FARM_STATE;
	}
}
