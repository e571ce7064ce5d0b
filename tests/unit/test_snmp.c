/*
 * SNMP messages: what net-snmp 5.9.3 sent, read and written again to the same
 * bytes; what is refused and why; every truncation.
 */
#include "snmp.h"

#include "expect.h"
#include "hex.h"

/* snmptrap, snmpinform and what snmptrapd answered. */
#define TRAP2                                                                  \
	"307602010104067075626c6963a76902044c8887af020100020100305b300f"       \
	"06082b060102010103004303061fc33019060a2b060106030101040100060b"       \
	"2b06010401868d1f010001301b060b2b06010401868d1f010101040c6e6f64"       \
	"65206e3120646f776e3010060b2b06010401868d1f010102020103"
#define INFORM_REST                                                            \
	"4902"                                                                 \
	"0445aacf2b020100020100303b300f06082b060102010103004303061fc430"       \
	"17060a2b06010603010104010006092b0601060301010503300f060a2b0601"       \
	"02010202010102020102"
#define INFORM "305602010104067075626c6963a6" INFORM_REST
#define ANSWER "305602010104067075626c6963a2" INFORM_REST
#define TRAP1                                                                  \
	"303f02010004067075626c6963a43206082b06010401868d1f40040a000007"       \
	"0201060201114303061fc63015301306092b06010401868d1f010406763174"       \
	"726170"
/* A v3 message without security: discovery, as RFC 3414 section 4 has it. */
#define USM_EMPTY "0410300e0400020100020100040004000400"
#define V3_HEAD(FLAGS) "300f020201000203010000" FLAGS "020103"
#define EMPTY_SCOPE "301404000400a00e0204010203040201000201003000"
#define DISCOVERY "303c020103" V3_HEAD("040104") USM_EMPTY EMPTY_SCOPE

static const char *const captures[] = { TRAP2, INFORM, ANSWER, TRAP1,
	DISCOVERY };

/* All of a datagram: how many varbinds it has, or -1. */
static int
decode(const uint8_t *bytes, size_t size, struct snmp_message *m,
    struct snmp_scope *scope, struct snmp_pdu *pdu, struct error *err)
{
	struct snmp_varbind v;
	struct ber list, *in = &m->data;
	int more, n = 0;

	if (snmp_message_decode(bytes, size, m, err) != 0)
		return -1;
	if (m->version == SNMP_V3) {
		if (snmp_scope_decode(in, scope, err) != 0)
			return -1;
		in = &scope->pdu;
	}
	if (snmp_pdu_decode(in, m->version, pdu, err) != 0)
		return -1;
	list = pdu->varbinds;
	while ((more = snmp_varbind_next(&list, &v, err)) > 0)
		n++;
	return more < 0 ? -1 : n;
}

static void
encode(struct ber_writer *out, const struct snmp_message *m,
    const struct snmp_scope *scope, const struct snmp_pdu *pdu,
    const struct snmp_varbind *varbinds, size_t n)
{
	snmp_pdu_encode(out, pdu, varbinds, n);
	if (m->version == SNMP_V3)
		snmp_scope_encode(out, scope->engine_id, scope->context);
	snmp_message_encode(out, m);
}

static void
test_captures(void **unused)
{
	struct snmp_varbind varbinds[8];
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct ber_writer out;
	struct error err;
	uint8_t *bytes, again[256];
	size_t i, size;
	struct ber list;
	int n, k;

	(void)unused;
	for (i = 0; i < COUNT(captures); i++) {
		bytes = hex_bytes(captures[i], &size);
		n = decode(bytes, size, &m, &scope, &pdu, &err);
		if (n < 0)
			fail_msg("%zu: %s", i, err.text);
		list = pdu.varbinds;
		for (k = 0; k < n; k++)
			assert_int_equal(
			    snmp_varbind_next(&list, &varbinds[k], &err), 1);
		out = ber_writer(again, sizeof(again));
		encode(&out, &m, &scope, &pdu, varbinds, (size_t)n);
		assert_false(out.failed);
		assert_int_equal(ber_written(&out), size);
		assert_memory_equal(out.p, bytes, size);
		free(bytes);
	}
}

static void
test_trap1(void **unused)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct snmp_varbind v;
	struct error err;
	uint32_t oid[BER_OID_MAX];
	uint8_t *bytes;
	size_t size;

	(void)unused;
	bytes = hex_bytes(TRAP1, &size);
	assert_int_equal(decode(bytes, size, &m, &scope, &pdu, &err), 1);
	assert_int_equal(m.version, SNMP_V1);
	assert_int_equal(m.community.size, 6);
	assert_memory_equal(m.community.data, "public", 6);
	assert_int_equal(pdu.type, SNMP_TRAP1);
	assert_int_equal(ber_oid_numbers(pdu.enterprise, oid), 7);
	assert_int_equal(oid[0], 1);
	assert_int_equal(oid[1], 3);
	assert_int_equal(oid[6], 99999);
	assert_memory_equal(pdu.agent, "\x0a\0\0\x07", 4);
	assert_int_equal(pdu.generic, 6);
	assert_int_equal(pdu.specific, 17);
	assert_int_equal(pdu.ticks, 401350);
	assert_int_equal(snmp_varbind_next(&pdu.varbinds, &v, &err), 1);
	assert_int_equal(v.value.tag, BER_OCTETS);
	assert_memory_equal(v.value.bytes.data, "v1trap", 6);
	free(bytes);
}

/* The answer to an inform is its own PDU: what snmptrapd sent. */
static void
test_answer_inform(void **unused)
{
	uint8_t *bytes, *want, again[256];
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct ber_writer out;
	struct error err;
	size_t size;

	(void)unused;
	bytes = hex_bytes(INFORM, &size);
	want = hex_bytes(ANSWER, &size);
	assert_int_equal(decode(bytes, size, &m, &scope, &pdu, &err), 3);
	assert_int_equal(pdu.request_id, 0x45aacf2b);
	pdu.type = SNMP_RESPONSE;
	out = ber_writer(again, sizeof(again));
	encode(&out, &m, &scope, &pdu, NULL, 0);
	assert_int_equal(ber_written(&out), size);
	assert_memory_equal(out.p, want, size);
	free(bytes);
	free(want);
}

#define PDU(TYPE, FIELDS) TYPE "0b" FIELDS "3000"
#define V2C(SIZE, PDU) "30" SIZE "0201010400" PDU
#define FIELDS "020101020100020100"
#define BIND(SIZE, LIST_SIZE, LIST)                                            \
	"30" SIZE "0201010400a2" LIST_SIZE FIELDS LIST

static const struct {
	const char *hex;
	const char *want;
} refused[] = {
	{ "", "byte 0: the message is missing or cut off" },
	{ "0400", "byte 0: the message is not a SEQUENCE" },
	{ "300000", "byte 2: the message is followed by more bytes" },
	{ "3003020102", "version 2 is none of 0 (v1), 1 (v2c) and 3 (v3)" },
	{ "30050201010500", "byte 5: community is not an OCTET STRING" },
	{ "30050201010400", "byte 7: the PDU is missing or cut off" },
	{ V2C("12", PDU("a9", FIELDS)),
	    "byte 7: the PDU is of a type that the version does not have" },
	{ V2C("12", PDU("a4", FIELDS)),
	    "byte 7: the PDU is of a type that the version does not have" },
	{ V2C("12", PDU("a8", FIELDS)),
	    "byte 7: the PDU is of a type that the version does not have" },
	{ "30120201000400" PDU("a5", FIELDS),
	    "byte 7: the PDU is of a type that the version does not have" },
	{ V2C("14", PDU("a2", FIELDS) "0500"),
	    "byte 20: the PDU is followed by more bytes" },
	{ V2C("12", PDU("a2", "0201010201ff020100")),
	    "byte 12: error-status is -1, not between 0 and 2147483647" },
	{ V2C("12", PDU("a2", "0201010201000201ff")),
	    "byte 15: error-index is -1, not between 0 and 2147483647" },
	{ V2C("12", PDU("a2", "040101020100020100")),
	    "byte 9: request-id is not an INTEGER" },
	{ V2C("16", "a20f0205010000000002010002"
		    "01003000"),
	    "byte 9: request-id is 4294967296, not between -2147483648 and "
	    "2147483647" },
	{ V2C("14", "a20d" FIELDS "30000500"),
	    "byte 20: variable-bindings is followed by more bytes" },
	{ BIND("14", "0d", "30020500"),
	    "byte 20: a varbind is not a SEQUENCE" },
	{ BIND("14", "0d", "30023000"),
	    "byte 22: a varbind's name is missing or cut off" },
	{ BIND("17", "10",
	      "300530030601"
	      "2b"),
	    "byte 25: a value is missing or cut off" },
	{ BIND("1b", "14", "3009300706012b05000500"),
	    "byte 27: a varbind's value is followed by more bytes" },
	{ BIND("18", "11", "3006300406000500"),
	    "byte 22: a varbind's name has no bytes" },
	/* v3 */
	{ "303c020103" V3_HEAD("040102") USM_EMPTY EMPTY_SCOPE,
	    "byte 16: msgFlags has privacy without authentication" },
	{ "303d020103301002020100020301000004020404020103" USM_EMPTY
		EMPTY_SCOPE,
	    "byte 16: msgFlags is not one byte" },
	{ "303c020103" V3_HEAD("040103") USM_EMPTY EMPTY_SCOPE,
	    "byte 40: encryptedPDU is not an OCTET STRING" },
	{ "303c020103"
	  "300f02020100020300"
	  "01e3040104020103" USM_EMPTY EMPTY_SCOPE,
	    "byte 11: msgMaxSize is 483, not between 484 and 2147483647" },
	{ "303c020103"
	  "300f0202ff00020301"
	  "0000040104020103" USM_EMPTY EMPTY_SCOPE,
	    "byte 7: msgID is -256, not between 0 and 2147483647" },
	{ "303c020103"
	  "300f02020100020301"
	  "0000040104020100" USM_EMPTY EMPTY_SCOPE,
	    "byte 19: msgSecurityModel is 0, not between 1 and 2147483647" },
};

static void
test_refused(void **unused)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct error err;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(refused); i++) {
		strcpy(err.text, "accepted");
		bytes = hex_bytes(refused[i].hex, &size);
		decode(bytes, size, &m, &scope, &pdu, &err);
		assert_string_equal(err.text, refused[i].want);
		free(bytes);
	}
}

/* RFC 3416 4.2.3: negative numbers of a GetBulk are 0. */
static void
test_bulk_negative(void **unused)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct error err;
	uint8_t *bytes;
	size_t size;

	(void)unused;
	bytes = hex_bytes(V2C("12", PDU("a5", "0201ff0201ff0201ff")), &size);
	assert_int_equal(decode(bytes, size, &m, &scope, &pdu, &err), 0);
	assert_int_equal(pdu.request_id, -1);
	assert_int_equal(pdu.non_repeaters, 0);
	assert_int_equal(pdu.max_repetitions, 0);
	free(bytes);
}

/* Cut anywhere, a message is none; with a bit turned, nothing worse. */
static void
test_damaged(void **unused)
{
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct error err;
	uint8_t *bytes, *cut;
	size_t i, n, size;

	(void)unused;
	for (i = 0; i < COUNT(captures); i++) {
		bytes = hex_bytes(captures[i], &size);
		for (n = 0; n < size; n++) {
			cut = malloc(n + (n == 0));
			assert_non_null(cut);
			memcpy(cut, bytes, n);
			assert_int_equal(
			    decode(cut, n, &m, &scope, &pdu, &err), -1);
			free(cut);
		}
		for (n = 0; n < 8 * size; n++) {
			bytes[n / 8] ^= (uint8_t)(1u << n % 8);
			decode(bytes, size, &m, &scope, &pdu, &err);
			bytes[n / 8] ^= (uint8_t)(1u << n % 8);
		}
		free(bytes);
	}
}

/* Memory too small by any amount is a failure, never a shorter message. */
static void
test_no_room(void **unused)
{
	struct snmp_varbind v;
	struct snmp_message m;
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct ber_writer out;
	struct error err;
	uint8_t *bytes, *memory;
	size_t n, size;

	(void)unused;
	bytes = hex_bytes(DISCOVERY, &size);
	assert_int_equal(decode(bytes, size, &m, &scope, &pdu, &err), 0);
	for (n = 0; n <= size; n++) {
		memory = malloc(n + (n == 0));
		assert_non_null(memory);
		out = ber_writer(memory, n);
		encode(&out, &m, &scope, &pdu, &v, 0);
		assert_int_equal(out.failed, n < size);
		free(memory);
	}
	free(bytes);
}

/* A varbind of a name and a number, in memory of just its size. */
static uint8_t *
make_varbind(unsigned *seed, struct ber_bytes name, size_t *ret_size)
{
	static const uint8_t tags[] = { BER_INTEGER, BER_COUNTER32, BER_GAUGE32,
		BER_TIMETICKS, BER_COUNTER64, BER_UINTEGER32, BER_OCTETS };
	struct ber_value v = { .tag = tags[(unsigned)rand_r(seed) % 7] };
	uint8_t memory[256], *bytes;
	struct ber_writer out = ber_writer(memory, sizeof(memory));

	v.number = (uint64_t)rand_r(seed) << 33 ^ (uint64_t)rand_r(seed) << 9;
	v.number >>= (unsigned)rand_r(seed) % 64;
	if (v.tag == BER_OCTETS)
		v.bytes = (struct ber_bytes){ memory, v.number % 8 };
	ber_put_value(&out, &v);
	ber_put_bytes(&out, BER_OID, name);
	ber_put_header(&out, BER_SEQUENCE, 0);
	*ret_size = ber_written(&out);
	bytes = malloc(*ret_size);
	memcpy(bytes, out.p, *ret_size);
	return bytes;
}

/* Both ways to read a varbind must agree; true if it was as expected. */
static bool
both_ways(const uint8_t *bytes, size_t size, struct ber_bytes root,
    struct ber_bytes index)
{
	struct ber slow = ber_reader(bytes, size), fast = slow;
	struct snmp_varbind want, got;
	bool known = snmp_varbind_next(&slow, &want, NULL) == 1 &&
		     want.name.size == root.size + index.size &&
		     memcmp(want.name.data, root.data, root.size) == 0 &&
		     memcmp(want.name.data + root.size, index.data,
			 index.size) == 0;

	if (!expect_number_of(&fast, root, index, &got)) {
		assert_ptr_equal(fast.p, bytes);
		return false;
	}
	assert_true(known);
	assert_ptr_equal(fast.p, slow.p);
	assert_ptr_equal(got.name.data, want.name.data);
	assert_int_equal(got.name.size, want.name.size);
	assert_int_equal(got.value.tag, want.value.tag);
	assert_true(got.value.number == want.value.number);
	return true;
}

static void
test_expected(void **unused)
{
	uint8_t oid[] = { 0x2b, 6, 1, 4, 1, 0x8f, 0x65, 10, 1, 3, 9, 0x81, 5 };
	struct ber_bytes root, index;
	size_t size, i, taken = 0, numbers = 0;
	unsigned seed = 7;
	uint8_t *bytes;

	(void)unused;
	for (i = 0; i < 100000; i++) {
		root = (struct ber_bytes){ oid, 1 + i % 10 };
		index = (struct ber_bytes){ oid + root.size,
			sizeof(oid) - root.size };
		bytes = make_varbind(
		    &seed, (struct ber_bytes){ oid, sizeof(oid) }, &size);
		/* 9 bytes are left to the long way: 00 ff ff ... */
		if (bytes[4 + sizeof(oid)] != BER_OCTETS &&
		    bytes[5 + sizeof(oid)] <= 8) {
			numbers++;
			taken += both_ways(bytes, size, root, index);
		}
		bytes[(size_t)rand_r(&seed) % size] = (uint8_t)rand_r(&seed);
		(void)both_ways(bytes, size, root, index);
		size = 1 + (size_t)rand_r(&seed) % size;
		bytes = realloc(bytes, size);
		(void)both_ways(bytes, size, root, index);
		free(bytes);
	}
	assert_true(numbers > 50000);
	assert_int_equal(taken, numbers);
}

static void
test_names(void **unused)
{
	(void)unused;
	assert_string_equal(snmp_type_name(SNMP_GET), "Get");
	assert_string_equal(snmp_type_name(SNMP_REPORT), "Report");
	assert_string_equal(snmp_type_name(0xa9), "unknown");
	assert_string_equal(snmp_error_name(0), "noError");
	assert_string_equal(snmp_error_name(18), "inconsistentName");
	assert_string_equal(snmp_error_name(19), "unknown");
	assert_string_equal(snmp_error_name(-1), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_trap1),
		cmocka_unit_test(test_answer_inform),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bulk_negative),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
