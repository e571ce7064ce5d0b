/* Datagrams: taken apart to the last varbind, and put together again. */
#include "expect.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read can be written, and is then read as the same. */
static void
again(const struct snmp_varbind *v)
{
	uint32_t numbers[BER_OID_MAX];
	uint8_t oid[BER_OID_BYTES], memory[1 << 12];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	struct ber_value back;
	struct ber in;
	size_t n = ber_oid_numbers(v->name, numbers);

	if (ber_oid_encode(numbers, n, oid) != v->name.size)
		abort();
	ber_put_value(&out, &v->value);
	if (out.failed)
		return; /* longer than our memory */
	in = ber_reader(out.p, ber_written(&out));
	if (ber_get_value(&in, &back, NULL) != 0 || back.tag != v->value.tag)
		abort();
}

/* The short way must read the same, or nothing. */
static void
expected(struct ber in, const struct ber *behind, const struct snmp_varbind *v)
{
	struct ber_bytes root = { v->name.data, v->name.size / 2 };
	struct ber_bytes index = { v->name.data + root.size,
		v->name.size - root.size };
	struct snmp_varbind got;

	if (!expect_number_of(&in, root, index, &got))
		return;
	if (in.p != behind->p || got.name.data != v->name.data ||
	    got.name.size != v->name.size || got.value.tag != v->value.tag ||
	    got.value.number != v->value.number)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_varbind v;
	struct snmp_pdu pdu;
	struct error err;
	struct ber *in = &m.data, next;

	(void)ber_element_size(data, size);
	if (snmp_message_decode(data, size, &m, &err) != 0)
		return 0;
	if (m.version == SNMP_V3) {
		if (snmp_scope_decode(&m.data, &scope, &err) != 0)
			return 0;
		in = &scope.pdu;
	}
	if (snmp_pdu_decode(in, m.version, &pdu, &err) != 0)
		return 0;
	for (next = pdu.varbinds;
	     snmp_varbind_next(&pdu.varbinds, &v, &err) > 0;
	     next = pdu.varbinds) {
		expected(next, &pdu.varbinds, &v);
		again(&v);
	}
	return 0;
}
