#include "mib.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of hrProcessorTable, as net-snmp numbers devices. */
#define FIRST_PROCESSOR 196608
#define GAUGE_PERIOD 10000 /* hundredths of a second */
#define ROOM 80            /* for a name and a constant value */

struct object {
	uint8_t bytes[ROOM]; /* the name, then the value if it is constant */
	uint8_t name_size;   /* with its header */
	uint8_t size;
	uint8_t tag;
	uint8_t source; /* enum mib_source */
	uint32_t row;
	uint64_t number;
};

struct mib {
	struct object *objects;
	size_t n;
};

static unsigned
rows_of(enum mib_rows rows, unsigned interfaces)
{
	switch (rows) {
	case MIB_SCALAR:
		return 1;
	case MIB_INTERFACES:
		return interfaces;
	case MIB_STORAGE:
	case MIB_LOADS:
		return 3;
	case MIB_PROCESSORS:
		return 4;
	case MIB_DISKS:
		return 2;
	}
	return 0;
}

static uint32_t
index_of(enum mib_rows rows, unsigned row)
{
	if (rows == MIB_SCALAR)
		return 0;
	return rows == MIB_PROCESSORS ? FIRST_PROCESSOR + row - 1 : row;
}

static size_t
numbers(const char *oid, uint32_t to[BER_OID_MAX])
{
	size_t n = 0;
	char *end;

	while (n < BER_OID_MAX) {
		to[n++] = (uint32_t)strtoul(oid, &end, 10);
		if (*end != '.')
			break;
		oid = end + 1;
	}
	return n;
}

/* ------------------------------------------------------------ constants -- */

static void
put_object(struct ber_writer *out, const char *oid)
{
	uint32_t number[BER_OID_MAX];
	uint8_t bytes[BER_OID_BYTES];
	size_t size = ber_oid_encode(number, numbers(oid, number), bytes);

	ber_put_bytes(out, BER_OID, (struct ber_bytes){ bytes, size });
}

static void
put_text(struct ber_writer *out, const char *format, unsigned row)
{
	char text[ROOM], number[12];
	const char *at = strstr(format, "%u");
	int n;

	snprintf(number, sizeof(number), "%u", row);
	if (at == NULL)
		n = snprintf(text, sizeof(text), "%s", format);
	else
		n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - format),
		    format, number, at + 2);
	ber_put_bytes(out, BER_OCTETS,
	    (struct ber_bytes){ (const uint8_t *)text, (size_t)n });
}

/* False: it is not constant. */
static bool
put_constant(struct ber_writer *out, const struct mib_column *c, unsigned row,
    unsigned interfaces)
{
	uint64_t number = c->number;

	switch (c->source) {
	case MIB_TEXT:
		put_text(out, c->text, row);
		return true;
	case MIB_OBJECT:
		put_object(out, c->text);
		return true;
	case MIB_ROW:
		number = index_of(c->rows, row);
		break;
	case MIB_COUNT:
		number = interfaces;
		break;
	case MIB_NUMBER:
		break;
	default:
		return false;
	}
	if (c->tag == BER_INTEGER)
		ber_put_integer(out, (int64_t)number);
	else
		ber_put_unsigned(out, c->tag, number);
	return true;
}

static void
object_init(struct object *o, const struct mib_column *c, unsigned row,
    unsigned interfaces)
{
	uint32_t name[BER_OID_MAX];
	uint8_t memory[ROOM], oid[BER_OID_BYTES];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	size_t n = numbers(c->oid, name), value;

	*o = (struct object){
		.tag = c->tag,
		.source = (uint8_t)c->source,
		.row = row,
		.number = c->number,
	};
	name[n++] = index_of(c->rows, row);
	put_constant(&out, c, row, interfaces);
	value = ber_written(&out);
	ber_put_bytes(&out, BER_OID,
	    (struct ber_bytes){ oid, ber_oid_encode(name, n, oid) });
	o->size = (uint8_t)ber_written(&out);
	o->name_size = (uint8_t)(o->size - value);
	memcpy(o->bytes, out.p, o->size);
}

static struct ber_bytes
name_of(const struct object *o)
{
	return (struct ber_bytes){ o->bytes + 2, o->name_size - 2u };
}

static int
compare(const void *a, const void *b)
{
	return ber_oid_compare(name_of(a), name_of(b));
}

struct mib *
mib_new(unsigned interfaces)
{
	struct mib *m = calloc(1, sizeof(*m));
	const struct mib_column *c;
	size_t i, n = 0;
	unsigned row;

	for (i = 0; i < mib_n_columns; i++)
		n += rows_of(mib_columns[i].rows, interfaces);
	if (m != NULL)
		m->objects = calloc(n, sizeof(struct object));
	if (m == NULL || m->objects == NULL) {
		mib_free(m);
		return NULL;
	}
	for (c = mib_columns; c < mib_columns + mib_n_columns; c++)
		for (row = 1; row <= rows_of(c->rows, interfaces); row++)
			object_init(&m->objects[m->n++], c, row, interfaces);
	qsort(m->objects, m->n, sizeof(struct object), compare);
	return m;
}

void
mib_free(struct mib *m)
{
	if (m == NULL)
		return;
	free(m->objects);
	free(m);
}

/* -------------------------------------------------------------- look-up -- */

size_t
mib_size(const struct mib *m)
{
	return m->n;
}

/* The first object at or after a name. */
static size_t
lower_bound(const struct mib *m, struct ber_bytes name)
{
	size_t low = 0, high = m->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (ber_oid_compare(name_of(&m->objects[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_named(const struct mib *m, size_t i, struct ber_bytes name)
{
	return i < m->n && ber_oid_compare(name_of(&m->objects[i]), name) == 0;
}

size_t
mib_at(const struct mib *m, struct ber_bytes name)
{
	size_t i = lower_bound(m, name);

	return is_named(m, i, name) ? i : m->n;
}

size_t
mib_after(const struct mib *m, struct ber_bytes name)
{
	size_t i = lower_bound(m, name);

	return is_named(m, i, name) ? i + 1 : i;
}

struct ber_bytes
mib_name(const struct mib *m, size_t i)
{
	return name_of(&m->objects[i]);
}

bool
mib_is_wide(const struct mib *m, size_t i)
{
	return m->objects[i].tag == BER_COUNTER64;
}

/* --------------------------------------------------------------- values -- */

static uint64_t
counter(const struct object *o, const struct mib_moment *m)
{
	uint64_t a_tick = o->number / 100 * o->row;
	uint64_t value = a_tick * m->uptime;

	value += m->wrap_uptime != 0 ? -a_tick * m->wrap_uptime
				     : 1000u * (m->address & 0xffffff);
	return o->tag == BER_COUNTER64 ? value : (uint32_t)value;
}

static uint64_t
gauge(const struct object *o, const struct mib_moment *m)
{
	return o->number * (m->uptime % GAUGE_PERIOD) / GAUGE_PERIOD;
}

static uint8_t *
put_octets(uint8_t *to, const void *bytes, int size)
{
	*to++ = BER_OCTETS;
	*to++ = (uint8_t)size;
	memcpy(to, bytes, (size_t)size);
	return to + size;
}

static uint8_t *
put_name(uint8_t *to, uint32_t a)
{
	char text[32];

	return put_octets(to, text,
	    snprintf(text, sizeof(text), "agent-%u-%u-%u-%u", a >> 24,
		a >> 16 & 255, a >> 8 & 255, a & 255));
}

static uint8_t *
put_hardware(uint8_t *to, uint32_t a, uint32_t row)
{
	const uint8_t bytes[] = { 2, (uint8_t)(a >> 16), (uint8_t)(a >> 8),
		(uint8_t)a, (uint8_t)(row >> 8), (uint8_t)row };

	return put_octets(to, bytes, sizeof(bytes));
}

static uint8_t *
put_load(uint8_t *to, uint64_t hundredths)
{
	char text[24];

	return put_octets(to, text,
	    snprintf(text, sizeof(text), "%.2f", (double)hundredths / 100));
}

/* Opaque round net-snmp's tags for a float, 9f 78. */
static uint8_t *
put_float(uint8_t *to, uint64_t hundredths)
{
	static const uint8_t head[] = { BER_OPAQUE, 7, 0x9f, BER_FLOAT, 4 };
	float value = (float)hundredths / 100;
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htonl(bits);
	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), &bits, sizeof(bits));
	return to + sizeof(head) + sizeof(bits);
}

/* None is negative, so all types of numbers look alike. */
static uint8_t *
put_number(uint8_t *to, uint8_t tag, uint64_t value)
{
	int bits = value == 0 ? 0 : 64 - __builtin_clzll(value);
	int size = bits / 8 + 1; /* with a bit for the sign */

	*to++ = tag;
	*to++ = (uint8_t)size;
	if (size == 9)
		*to++ = 0;
	for (size = size < 9 ? size : 8; size > 0; size--)
		*to++ = (uint8_t)(value >> 8 * (size - 1));
	return to;
}

static uint8_t *
put_changing(uint8_t *to, const struct object *o, const struct mib_moment *m)
{
	switch (o->source) {
	case MIB_COUNTER:
		return put_number(to, o->tag, counter(o, m));
	case MIB_GAUGE:
		return put_number(to, o->tag, gauge(o, m));
	case MIB_UPTIME:
		return put_number(to, o->tag, (uint32_t)m->uptime);
	case MIB_LOAD:
		return put_load(to, gauge(o, m));
	case MIB_FLOAT:
		return put_float(to, gauge(o, m));
	case MIB_NAME:
		return put_name(to, m->address);
	case MIB_HARDWARE:
		return put_hardware(to, m->address, o->row);
	default:
		return to; /* constant */
	}
}

uint8_t *
mib_put(
    const struct mib *m, size_t i, const struct mib_moment *moment, uint8_t *to)
{
	const struct object *o = &m->objects[i];
	uint8_t *p = to + 2;

	memcpy(p, o->bytes, ROOM); /* a fixed size is the fastest */
	p = put_changing(p + o->size, o, moment);
	to[0] = BER_SEQUENCE;
	to[1] = (uint8_t)(p - to - 2);
	return p;
}
