#include "mib.h"

#include <stdlib.h>
#include <string.h>

#include "snmp.h"
#include "unit.h"

#define MEMORY 70000
#define VARBINDS_MAX 8192

/* Where an OID stands, or would. */
static size_t
find(const struct mib *m, struct ber_bytes oid, bool *ret_found)
{
	size_t i;
	int order = 1;

	for (i = 0; i < m->n; i++) {
		order = ber_oid_compare(oid_bytes(&m->entries[i].oid), oid);
		if (order >= 0)
			break;
	}
	*ret_found = i < m->n && order == 0;
	return i;
}

static struct mib_entry *
entry(struct mib *m, const char *text)
{
	struct error err;
	struct oid oid;
	bool found;
	size_t at;

	assert_int_equal(oid_parse(text, &oid, &err), 0);
	at = find(m, oid_bytes(&oid), &found);
	if (found)
		return &m->entries[at];
	if (m->n == m->capacity) {
		m->capacity = m->capacity == 0 ? 256 : m->capacity * 2;
		m->entries = reallocarray(
		    m->entries, m->capacity, sizeof(*m->entries));
		assert_non_null(m->entries);
	}
	memmove(m->entries + at + 1, m->entries + at,
	    (m->n - at) * sizeof(*m->entries));
	m->n++;
	m->entries[at] = (struct mib_entry){ .oid = oid };
	return &m->entries[at];
}

void
mib_set(struct mib *m, const char *oid, uint8_t tag, uint64_t number)
{
	struct mib_entry *e = entry(m, oid);

	e->value.tag = tag;
	if (tag == BER_INTEGER)
		e->value.integer = (int64_t)number;
	else
		e->value.number = number;
}

void
mib_set_text(struct mib *m, const char *oid, const char *text)
{
	struct mib_entry *e = entry(m, oid);

	assert_true(strlen(text) < sizeof(e->text));
	strcpy(e->text, text);
	e->value.tag = BER_OCTETS;
}

void
mib_remove(struct mib *m, const char *text)
{
	struct error err;
	struct oid oid;
	size_t i, kept = 0;

	assert_int_equal(oid_parse(text, &oid, &err), 0);
	for (i = 0; i < m->n; i++)
		if (!ber_oid_below(
			oid_bytes(&m->entries[i].oid), oid_bytes(&oid)))
			m->entries[kept++] = m->entries[i];
	m->n = kept;
}

void
mib_free(struct mib *m)
{
	free(m->entries);
	free(m->memory);
}

/* ------------------------------------------------------------- answers -- */

/* An answer under construction. */
struct reply {
	struct mib *mib;
	struct snmp_varbind varbinds[VARBINDS_MAX];
	struct oid made[VARBINDS_MAX]; /* names of what nobody has set */
	size_t n;
	size_t size;
	int32_t error, index;
};

static size_t
varbind_size(const struct snmp_varbind *v)
{
	uint8_t memory[1024];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	size_t mark = ber_written(&out);

	ber_put_value(&out, &v->value);
	ber_put_bytes(&out, BER_OID, v->name);
	ber_put_header(&out, BER_SEQUENCE, mark);
	assert_false(out.failed);
	return ber_written(&out);
}

/* False if there is no room for it. */
static bool
add(struct reply *r, struct ber_bytes name, const struct mib_entry *e,
    uint8_t exception)
{
	struct snmp_varbind v = { .name = name, .value = { .tag = exception } };

	if (e != NULL) {
		v.value = e->value;
		if (e->value.tag == BER_OCTETS)
			v.value.bytes = (struct ber_bytes){
				(const uint8_t *)e->text, strlen(e->text)
			};
	}
	r->size += varbind_size(&v);
	if (r->size > r->mib->max_size || r->n == VARBINDS_MAX)
		return false;
	r->varbinds[r->n++] = v;
	return true;
}

static bool
is_below(const char *text, struct ber_bytes name)
{
	struct oid oid;

	return text != NULL && oid_parse(text, &oid, NULL) == 0 &&
	       ber_oid_below(name, oid_bytes(&oid));
}

static void
say_error(struct reply *r, int error, size_t i)
{
	if (r->error == 0) {
		r->error = error;
		r->index = (int32_t)i + 1;
	}
}

static void
get(struct reply *r, struct ber_bytes name, size_t i)
{
	bool found;
	size_t at = find(r->mib, name, &found);

	if (found && is_below(r->mib->broken, name))
		say_error(r, SNMP_GEN_ERR, i);
	else if (!found && r->mib->version == SNMP_V1)
		say_error(r, SNMP_NO_SUCH_NAME, i);
	else if (!add(r, name, found ? &r->mib->entries[at] : NULL,
		     BER_NO_SUCH_INSTANCE))
		say_error(r, SNMP_TOO_BIG, i);
}

/* A row more, whatever row `name' has. */
static bool
one_more(struct reply *r, struct ber_bytes name)
{
	static const struct mib_entry one = { .value = { .tag = BER_COUNTER32,
						  .number = 1 } };
	uint32_t numbers[BER_OID_MAX];
	size_t n = ber_oid_numbers(name, numbers);
	struct oid *oid = &r->made[r->n];

	numbers[n - 1]++;
	oid->size = (uint16_t)ber_oid_encode(numbers, n, oid->bytes);
	return add(r, oid_bytes(oid), &one, 0);
}

/* The one behind `name'; false if it did not fit. */
static bool
next(struct reply *r, struct ber_bytes name, size_t i)
{
	struct mib *m = r->mib;
	bool found;
	size_t at = find(m, name, &found);
	struct ber_bytes there;

	if (is_below(m->endless, name) && name.size > 7)
		return one_more(r, name);
	if (found && !m->stands_still)
		at++;
	if (found && m->goes_back && name.data[name.size - 1] == 3)
		at -= 3;
	if (at == m->n && m->version == SNMP_V1) {
		say_error(r, SNMP_NO_SUCH_NAME, i);
		return true;
	}
	if (at == m->n)
		return add(r, name, NULL, BER_END_OF_MIB_VIEW);
	there = oid_bytes(&m->entries[at].oid);
	if (is_below(m->broken, there)) {
		say_error(r, SNMP_GEN_ERR, i);
		return true;
	}
	return add(r, there, &m->entries[at], 0);
}

static void
bulk(struct reply *r, const struct question *q)
{
	size_t singles = (size_t)q->non_repeaters, n = q->n - singles, i;
	struct ber_bytes from;
	int32_t k;

	for (i = 0; i < singles; i++)
		if (!next(r, q->names[i], i))
			say_error(r, SNMP_TOO_BIG, i);
	for (k = 0; k < q->max_repetitions && r->error == 0; k++)
		for (i = 0; i < n && r->error == 0; i++) {
			from = k == 0 ? q->names[singles + i]
				      : r->varbinds[r->n - n].name;
			if (next(r, from, singles + i))
				continue;
			if (k == 0 && i == 0 && r->n == singles)
				say_error(r, SNMP_TOO_BIG, 0);
			return;
		}
}

static void
respond(struct reply *r, const struct question *q)
{
	size_t i;

	if (q->type == SNMP_GET_BULK && r->mib->bulk_fails)
		say_error(r, SNMP_GEN_ERR, 0);
	else if (q->type == SNMP_GET_BULK)
		bulk(r, q);
	for (i = 0; q->type != SNMP_GET_BULK && i < q->n; i++)
		if (q->type == SNMP_GET)
			get(r, q->names[i], i);
		else if (!next(r, q->names[i], i))
			say_error(r, SNMP_TOO_BIG, i);
	if (r->mib->max_varbinds != 0 && r->n > r->mib->max_varbinds) {
		r->error = SNMP_TOO_BIG;
		r->index = 0;
	}
}

static bool
is_silent(const struct mib *m, const struct question *q)
{
	size_t i;

	if (m->dead || (m->bulk_silent && q->type == SNMP_GET_BULK))
		return true;
	for (i = 0; i < q->n; i++)
		if (is_below(m->silent_at, q->names[i]))
			return true;
	return false;
}

static void
encode(struct reply *r, struct answer *ret)
{
	struct snmp_pdu pdu = { .type = SNMP_RESPONSE,
		.error_status = r->error,
		.error_index = r->index };
	struct mib *m = r->mib;
	struct ber_writer out;
	struct error err;
	struct ber in;

	if (m->memory == NULL)
		m->memory = malloc(MEMORY);
	assert_non_null(m->memory);
	out = ber_writer(m->memory, MEMORY);
	snmp_pdu_encode(&out, &pdu, r->varbinds, r->error != 0 ? 0 : r->n);
	assert_false(out.failed);
	in = ber_reader(out.p, ber_written(&out));
	assert_int_equal(snmp_pdu_decode(&in, m->version, &ret->pdu, &err), 0);
}

void
mib_answer(struct mib *m, const struct question *q, struct answer *ret)
{
	struct reply *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	assert_true(q->n > 0);
	m->questions++;
	m->bulks += q->type == SNMP_GET_BULK;
	m->nexts += q->type == SNMP_GET_NEXT;
	m->gets += q->type == SNMP_GET;
	assert_false(q->type == SNMP_GET_BULK && m->version == SNMP_V1);
	*ret = (struct answer){
		.agent = &m->agent, .time_ns = m->time_ns, .rtt_ns = 2000000
	};
	r->mib = m;
	if (is_silent(m, q)) {
		ret->outcome = TIMED_OUT;
		m->agent.timed_out++;
	} else {
		respond(r, q);
		encode(r, ret);
	}
	free(r);
}
