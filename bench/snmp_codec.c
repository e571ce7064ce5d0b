/*
 * snmp_codec - what it costs to write a GetBulk request and to read the
 * answer, in CPU time per varbind.
 */
#include <stdio.h>

#include "clock.h"
#include "snmp.h"

#define COLUMNS 10
#define DATAGRAM 1472 /* what Ethernet carries unfragmented */
#define ROUNDS 200000

static const uint32_t column[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1 };

/* As many varbinds of ifTable as fit one datagram. */
static struct ber_writer
answer(uint8_t *memory, size_t *ret_n)
{
	struct snmp_message m = { .version = SNMP_V2C,
		.community = { (const uint8_t *)"public", 6 } };
	struct snmp_pdu pdu = { .type = SNMP_RESPONSE, .request_id = 1 << 24 };
	static struct snmp_varbind varbinds[DATAGRAM];
	static uint8_t oids[DATAGRAM][BER_OID_BYTES];
	uint32_t oid[sizeof(column) / sizeof(column[0])];
	struct ber_writer out;
	size_t n, i;

	for (n = 0;; n++) {
		for (i = 0; i < sizeof(column) / sizeof(column[0]); i++)
			oid[i] = column[i];
		oid[9] += (uint32_t)(n % COLUMNS);
		oid[10] += (uint32_t)(n / COLUMNS);
		varbinds[n].name.data = oids[n];
		varbinds[n].name.size = ber_oid_encode(oid, 11, oids[n]);
		varbinds[n].value = (struct ber_value){ .tag = BER_COUNTER32,
			.number = (uint32_t)n * 123456789u };
		out = ber_writer(memory, DATAGRAM);
		snmp_pdu_encode(&out, &pdu, varbinds, n + 1);
		snmp_message_encode(&out, &m);
		if (out.failed)
			break;
	}
	out = ber_writer(memory, DATAGRAM);
	snmp_pdu_encode(&out, &pdu, varbinds, n);
	snmp_message_encode(&out, &m);
	*ret_n = n;
	return out;
}

/* The sum of all values, so that none of the work can be left out. */
static uint64_t
read_answer(const uint8_t *bytes, size_t size)
{
	struct snmp_message m;
	struct snmp_varbind v;
	struct snmp_pdu pdu;
	uint64_t sum = 0;

	if (snmp_message_decode(bytes, size, &m, NULL) != 0 ||
	    snmp_pdu_decode(&m.data, m.version, &pdu, NULL) != 0)
		return 0;
	while (snmp_varbind_next(&pdu.varbinds, &v, NULL) > 0)
		sum += v.value.number;
	return sum;
}

static size_t
write_request(uint8_t *memory, int32_t id, const struct snmp_varbind *columns)
{
	struct snmp_message m = { .version = SNMP_V2C,
		.community = { (const uint8_t *)"public", 6 } };
	struct snmp_pdu pdu = {
		.type = SNMP_GET_BULK, .request_id = id, .max_repetitions = 21
	};
	struct ber_writer out = ber_writer(memory, DATAGRAM);

	snmp_pdu_encode(&out, &pdu, columns, COLUMNS);
	snmp_message_encode(&out, &m);
	return out.failed ? 0 : ber_written(&out);
}

int
main(void)
{
	uint8_t memory[DATAGRAM], oids[COLUMNS][BER_OID_BYTES];
	struct snmp_varbind columns[COLUMNS];
	struct ber_writer whole;
	int64_t start_ns, encode_ns, decode_ns;
	uint64_t sum = 0;
	size_t n, bytes = 0;
	int32_t i;

	for (i = 0; i < COLUMNS; i++) {
		columns[i].name.data = oids[i];
		columns[i].name.size = ber_oid_encode(column, 10, oids[i]);
		columns[i].value = (struct ber_value){ .tag = BER_NULL };
	}
	start_ns = clock_thread_cpu_ns();
	for (i = 0; i < ROUNDS; i++)
		bytes += write_request(memory, i, columns);
	encode_ns = clock_thread_cpu_ns() - start_ns;
	whole = answer(memory, &n);
	start_ns = clock_thread_cpu_ns();
	for (i = 0; i < ROUNDS; i++)
		sum += read_answer(whole.p, ber_written(&whole));
	decode_ns = clock_thread_cpu_ns() - start_ns;
	if (sum == 0 || bytes == 0)
		return 1;
	printf("GetBulk of %d columns: encode %.1f ns a varbind\n", COLUMNS,
	    (double)encode_ns / ROUNDS / COLUMNS);
	printf("response of %zu bytes, %zu varbinds: decode %.1f ns a "
	       "varbind\n",
	    ber_written(&whole), n, (double)decode_ns / ROUNDS / (double)n);
	return 0;
}
