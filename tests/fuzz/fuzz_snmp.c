/* Datagrams: taken apart to the last varbind, and put together again. */
#include "snmp.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_varbind v;
	struct snmp_pdu pdu;
	struct error err;
	struct ber *in = &m.data;

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
	while (snmp_varbind_next(&pdu.varbinds, &v, &err) > 0)
		again(&v);
	return 0;
}
