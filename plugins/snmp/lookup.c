/* What rows are called, and which are wanted: the slow part of a table, read
   at times. */
#include <string.h>

#include "name.h"
#include "poll.h"
#include "utf8.h"

/*
 * A row on its way through the steps of a lookup, in poll->chain: its own
 * index (where in the pool, which does not move it) and that at the next step.
 */
struct link {
	uint32_t at;
	uint16_t size;
	uint16_t next_size;
	/* next_size bytes follow */
};

/* A value as the numbers of an index (RFC 2578 7.7), encoded; 0 if it cannot
   be one. */
static size_t
index_of_value(const struct ber_value *v, uint8_t to[BER_OID_BYTES])
{
	uint32_t numbers[BER_OID_MAX] = { 1, 3 };
	size_t i, n = 2;

	switch (v->tag) {
	case BER_INTEGER:
		if (v->integer < 0 || v->integer > UINT32_MAX)
			return 0;
		numbers[n++] = (uint32_t)v->integer;
		break;
	case BER_GAUGE32:
	case BER_UINTEGER32:
		if (v->number > UINT32_MAX)
			return 0;
		numbers[n++] = (uint32_t)v->number;
		break;
	case BER_OCTETS:
	case BER_IP_ADDRESS:
		if (v->bytes.size > BER_OID_MAX - 3)
			return 0;
		if (v->tag == BER_OCTETS)
			numbers[n++] = (uint32_t)v->bytes.size;
		for (i = 0; i < v->bytes.size; i++)
			numbers[n++] = v->bytes.data[i];
		break;
	default:
		return 0;
	}
	n = ber_oid_encode(numbers, n, to);
	/* All but "1.3", which was there for the encoder. */
	memmove(to, to + 1, n - 1);
	return n - 1;
}

/* Into the chain, to be asked for as step `step' of a lookup. */
static void
link_row(struct poll *p, uint32_t lookup, uint32_t step, uint32_t at,
    uint16_t size, const struct ber_value *v)
{
	uint8_t bytes[BER_OID_BYTES];
	struct link link = { .at = at, .size = size };
	uint32_t where = (uint32_t)p->chain.size;

	link.next_size = (uint16_t)index_of_value(v, bytes);
	if (link.next_size == 0)
		return;
	buffer_put(&p->chain, &link, sizeof(link));
	buffer_put(&p->chain, bytes, link.next_size);
	if (buffer_failed(&p->chain) ||
	    get_add(&p->get, lookup | step << 8, where) != 0)
		p->get.failed = true;
}

static void
escape(struct buffer *out, const char *text, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	while (
	    length > 0 && (text[length - 1] == '\0' || text[length - 1] == ' '))
		length--;
	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] >= ' ' && text[i] != 0x7f)
			buffer_putc(out, text[i]);
		else {
			buffer_puts(out, "\\x");
			buffer_putc(out, digits[(unsigned char)text[i] >> 4]);
			buffer_putc(out, digits[text[i] & 15]);
		}
}

/* What the values of a row are multiplied by. */
static void
scale_row(
    struct poll *p, size_t factor, uint32_t row, const struct ber_value *v)
{
	double *f = layout_factor(p->layout, row, factor);

	if (v->tag == BER_INTEGER)
		*f = (double)v->integer;
	else if (v->tag == BER_GAUGE32 || v->tag == BER_UINTEGER32)
		*f = (double)v->number;
}

/* What a row is called by this value, judged by, or scaled. */
static void
tell(struct poll *p, size_t lookup, uint32_t row, const struct ber_value *v)
{
	const struct plan_lookup *look = &p->layout->table->lookups[lookup];
	struct buffer *name = &p->shared->name;
	struct farm_value value;
	struct error err;

	if (look->factor != PLAN_NONE)
		scale_row(p, look->factor, row, v);
	if (look->rank == PLAN_NONE && look->filter == PLAN_NONE)
		return;
	value = object_value(look->object, v, true, &p->shared->text);
	buffer_clear(name);
	if (value.type == FARM_TEXT)
		escape(name, value.text, value.length);
	else if (value.type != FARM_NONE)
		buffer_value(name, &value);
	if (name->size > 0 && look->rank != PLAN_NONE &&
	    name_check("row", buffer_text(name), name->size, &err) != 0) {
		poll_trouble(p, "%s", err.text);
		buffer_clear(name);
	}
	if (name->size > UINT16_MAX || buffer_failed(name) ||
	    layout_tell(
		p->layout, row, lookup, buffer_text(name), name->size) != 0)
		p->walk.failed = true;
}

static void
take_name(
    struct poll *p, uint32_t lookup, uint32_t row, const struct snmp_varbind *v)
{
	const struct layout_row *r = &p->layout->rows[row];

	if (p->layout->table->lookups[lookup].n_steps == 1)
		tell(p, lookup, row, &v->value);
	else
		link_row(p, lookup, 1, r->index, r->index_size, &v->value);
}

static struct link
link_at(const struct poll *p, uint32_t where)
{
	struct link link;

	memcpy(&link, p->chain.data + where, sizeof(link));
	return link;
}

static void
name_step(struct poll *p, const struct want *want)
{
	const struct plan_lookup *look =
	    &p->layout->table->lookups[want->what & 255];
	struct link link = link_at(p, want->where);
	struct ber_bytes next = { (const uint8_t *)p->chain.data + want->where +
				      sizeof(link),
		link.next_size };

	ask_add(&p->ask, 0, look->steps[want->what >> 8], next);
}

static void
take_step(struct poll *p, const struct want *want, const struct snmp_varbind *v)
{
	uint32_t lookup = want->what & 255, step = want->what >> 8, row;
	struct link link = link_at(p, want->where);
	struct ber_bytes index = { p->layout->pool + link.at, link.size };

	if (v == NULL)
		return;
	if (step + 1 < p->layout->table->lookups[lookup].n_steps)
		link_row(p, lookup, step + 1, link.at, link.size, &v->value);
	else if (layout_find(p->layout, index, &row))
		tell(p, lookup, row, &v->value);
}

int
lookup_begin(struct poll *p, bool bulk)
{
	const struct plan_table *t = p->layout->table;
	size_t i;

	layout_unsee(p->layout);
	buffer_clear(&p->chain);
	get_begin(&p->get, name_step, take_step);
	walk_begin(&p->walk, p->layout, bulk);
	p->walk.take = take_name;
	for (i = 0; i < t->n_lookups; i++)
		if (walk_add(&p->walk, (uint32_t)i, t->lookups[i].steps[0]) !=
		    0)
			return -1;
	walk_start(&p->walk);
	return 0;
}
