/* BER: values both ways, what is tolerated, what is refused and why. */
#include "ber.h"

#include <inttypes.h>
#include <stdio.h>

#include "buffer.h"
#include "hex.h"

static const struct {
	const char *hex;
	const char *want; /* the value, or why there is none */
	bool exact;       /* written again, it is the same bytes */
} values[] = {
	{ "020100", "02 0", true },
	{ "02017f", "02 127", true },
	{ "02020080", "02 128", true },
	{ "020180", "02 -128", true },
	{ "0202ff7f", "02 -129", true },
	{ "02047fffffff", "02 2147483647", true },
	{ "020480000000", "02 -2147483648", true },
	{ "02087fffffffffffffff", "02 9223372036854775807", true },
	{ "02088000000000000000", "02 -9223372036854775808", true },
	{ "4100", "byte 0: a value has no bytes" },
	{ "410100", "41 0", true },
	{ "410500ffffffff", "41 4294967295", true },
	{ "42020080", "42 128", true },
	{ "430301e240", "43 123456", true },
	{ "460900ffffffffffffffff", "46 18446744073709551615", true },
	{ "4701ff", "47 255" },
	{ "0400", "04 ", true },
	{ "0403616200", "04 616200", true },
	{ "0500", "05", true },
	{ "06032b0601", "06 2b0601", true },
	{ "40040a000007", "40 0a000007", true },
	{ "4402abcd", "44 abcd", true },
	{ "44079f780442280000", "78 42", true },
	{ "440b9f7908c045000000000000", "79 -42", true },
	{ "8000", "80", true },
	{ "8100", "81", true },
	{ "8200", "82", true },
	/* An Opaque that nearly wraps a number is bytes. */
	{ "44069f7803422800", "44 9f7803422800", true },
	{ "44079f780342280000", "44 9f780342280000", true },
	/* Tolerated. */
	{ "02820001ff", "02 -1" },
	{ "0288000000000000000105", "02 5" },
	{ "020400000005", "02 5" },
	{ "0204fffffffb", "02 -5" },
	{ "020900ffffffffffffffff", "byte 0: a value does not fit 64 bits" },
	{ "02090000000000000000ff", "02 255" },
	{ "0209ffffffffffffffff80", "02 -128" },
	{ "4104ffffffff", "41 4294967295" },
	{ "4608ffffffffffffffff", "46 18446744073709551615" },
	{ "460a00000000000000000001", "46 1" },
	{ "41050100000000", "41 4294967296", true },
	{ "0600", "06 00" },
	/* Refused. */
	{ "", "byte 0: a value is missing or cut off" },
	{ "02", "byte 0: a value is missing or cut off" },
	{ "0200", "byte 0: a value has no bytes" },
	{ "020201", "byte 0: a value is longer than what holds it" },
	{ "0280010000", "byte 0: a value has an indefinite length" },
	{ "0289", "byte 0: a value has a length of more than 8 bytes" },
	{ "0282ff", "byte 0: a value ends within its length" },
	{ "0488ffffffffffffffff",
	    "byte 0: a value is longer than what holds it" },
	{ "0484ffffffff00", "byte 0: a value is longer than what holds it" },
	{ "460901ffffffffffffffff", "byte 0: a value does not fit 64 bits" },
	{ "050100", "byte 0: a value is of a type without content" },
	{ "820100", "byte 0: a value is of a type without content" },
	{ "40030a0000", "byte 0: a value is an IpAddress not of 4 bytes" },
	{ "780442280000",
	    "byte 0: a value is of a type that SNMP does not have" },
	{ "3000", "byte 0: a value is of a type that SNMP does not have" },
	{ "06022b80", "byte 0: a value has a number with leading zeros" },
	{ "06022b81", "byte 0: a value ends within a number" },
	{ "06062b8fffffff7f", "06 2b8fffffff7f", true },
	{ "06062b9080808000",
	    "byte 0: a value has a number of more than 32 bits" },
	{ "060d2bffffffffffffffffffffff7f",
	    "byte 0: a value has a number of more than 32 bits" },
};

static const char *
print(const struct ber_value *v, struct buffer *to)
{
	size_t i;

	buffer_clear(to);
	buffer_printf(to, "%02x", v->tag);
	switch (v->tag) {
	case BER_INTEGER:
		buffer_printf(to, " %" PRId64, v->integer);
		break;
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_COUNTER64:
	case BER_UINTEGER32:
		buffer_printf(to, " %" PRIu64, v->number);
		break;
	case BER_FLOAT:
	case BER_DOUBLE:
		buffer_printf(to, " %g", v->real);
		break;
	case BER_OCTETS:
	case BER_OID:
	case BER_IP_ADDRESS:
	case BER_OPAQUE:
		buffer_putc(to, ' ');
		for (i = 0; i < v->bytes.size; i++)
			buffer_printf(to, "%02x", v->bytes.data[i]);
	}
	return buffer_text(to);
}

static void
test_values(void **unused)
{
	struct buffer text = BUFFER_INIT;
	struct ber_writer out;
	struct ber_value v;
	struct error err;
	uint8_t *bytes, again[64];
	struct ber in;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(values); i++) {
		bytes = hex_bytes(values[i].hex, &size);
		in = ber_reader(bytes, size);
		if (ber_get_value(&in, &v, &err) != 0) {
			assert_string_equal(err.text, values[i].want);
			assert_ptr_equal(in.p, bytes);
			free(bytes);
			continue;
		}
		assert_string_equal(print(&v, &text), values[i].want);
		assert_true(ber_done(&in));
		out = ber_writer(again, sizeof(again));
		ber_put_value(&out, &v);
		assert_false(out.failed);
		if (values[i].exact) {
			assert_int_equal(ber_written(&out), size);
			assert_memory_equal(out.p, bytes, size);
		}
		free(bytes);
	}
	buffer_free(&text);
}

/* Written and read again, a number is itself; written short, it is short. */
static void
test_numbers(void **unused)
{
	struct ber_value v = { 0 }, back;
	struct ber_writer out;
	uint64_t n = 1;
	uint8_t memory[16];
	struct ber in;
	int i;

	(void)unused;
	for (i = 0; i < 20000; i++) {
		n = n * UINT64_C(6364136223846793005) + 1442695040888963407u;
		v.number = n >> (i % 64);
		v.tag = i & 1 ? BER_INTEGER : BER_COUNTER64;
		out = ber_writer(memory, sizeof(memory));
		ber_put_value(&out, &v);
		assert_false(out.failed);
		in = ber_reader(out.p, ber_written(&out));
		assert_int_equal(ber_get_value(&in, &back, NULL), 0);
		assert_int_equal(back.tag, v.tag);
		assert_true(back.number == v.number);
		assert_true(ber_done(&in));
	}
}

static void
test_oids(void **unused)
{
	static const uint32_t top[] = { 2, UINT32_MAX, UINT32_MAX, 0, 128 };
	uint32_t numbers[BER_OID_MAX + 1] = { 1, 3 }, back[BER_OID_MAX];
	uint8_t memory[BER_OID_BYTES + 8], oid[BER_OID_BYTES];
	struct ber_writer out;
	struct ber_bytes got;
	struct error err;
	struct ber in;
	size_t i, n;

	(void)unused;
	n = ber_oid_encode(top, COUNT(top), oid);
	assert_int_equal(n, 5 + 5 + 1 + 2);
	assert_int_equal(
	    ber_oid_numbers((struct ber_bytes){ oid, n }, back), COUNT(top));
	assert_memory_equal(back, top, sizeof(top));
	for (i = 2; i <= BER_OID_MAX; i++)
		numbers[i] = UINT32_MAX >> (i % 32);
	assert_int_equal(ber_oid_encode(numbers, BER_OID_MAX + 1, oid), 0);
	assert_int_equal(ber_oid_encode(numbers, 1, oid), 0);
	assert_int_equal(ber_oid_encode((uint32_t[]){ 1, 40 }, 2, oid), 0);
	assert_int_equal(ber_oid_encode((uint32_t[]){ 3, 1 }, 2, oid), 0);
	n = ber_oid_encode(numbers, BER_OID_MAX, oid);
	out = ber_writer(memory, sizeof(memory));
	ber_put_bytes(&out, BER_OID, (struct ber_bytes){ oid, n });
	in = ber_reader(out.p, ber_written(&out));
	assert_int_equal(ber_get_oid(&in, "it", &got, &err), 0);
	assert_int_equal(ber_oid_numbers(got, back), BER_OID_MAX);
	assert_memory_equal(back, numbers, sizeof(back));
	oid[n++] = 1;
	out = ber_writer(memory, sizeof(memory));
	ber_put_bytes(&out, BER_OID, (struct ber_bytes){ oid, n });
	in = ber_reader(out.p, ber_written(&out));
	assert_int_equal(ber_get_oid(&in, "it", &got, &err), -1);
	assert_string_equal(err.text, "byte 0: it has more than 128 numbers");
}

static void
test_oid_order(void **unused)
{
	static const uint32_t oids[][4] = { { 1, 3, 6, 0 }, { 1, 3, 6, 1 },
		{ 1, 3, 6, 127 }, { 1, 3, 6, 128 }, { 1, 3, 6, 255 },
		{ 1, 3, 6, 16384 }, { 1, 3, 6, UINT32_MAX }, { 1, 3, 7, 0 } };
	uint8_t a[BER_OID_BYTES], b[BER_OID_BYTES];
	struct ber_bytes x = { a, 0 }, y = { b, 0 };
	size_t i, j;

	(void)unused;
	for (i = 0; i < COUNT(oids); i++)
		for (j = 0; j < COUNT(oids); j++) {
			x.size = ber_oid_encode(oids[i], 4, a);
			y.size = ber_oid_encode(oids[j], 4, b);
			assert_int_equal(
			    ber_oid_compare(x, y), (i > j) - (i < j));
			y.size = ber_oid_encode(oids[j], 3, b);
			assert_int_equal(
			    ber_oid_below(x, y), oids[i][2] == oids[j][2]);
			assert_int_equal(
			    ber_oid_compare(x, y) > 0, i == 7 || j < 7);
			assert_false(ber_oid_below(y, x));
		}
}

/* Memory of any size: what fits is whole, what does not is refused. */
static void
test_writer_room(void **unused)
{
	static const uint8_t text[200] = { 1 };
	struct ber_writer out;
	uint8_t *memory;
	size_t size;

	(void)unused;
	for (size = 0; size < 210; size++) {
		memory = malloc(size + (size == 0));
		assert_non_null(memory);
		out = ber_writer(memory, size);
		ber_put_bytes(
		    &out, BER_OCTETS, (struct ber_bytes){ text, sizeof(text) });
		assert_int_equal(out.failed, size < sizeof(text) + 3);
		if (!out.failed)
			assert_memory_equal(out.p, "\x04\x81\xc8\x01", 4);
		free(memory);
	}
}

static void
test_element_size(void **unused)
{
	static const struct {
		const char *hex;
		int64_t want;
	} cases[] = {
		{ "", 0 },
		{ "30", 0 },
		{ "3005", 7 },
		{ "3080", -1 },
		{ "3082", 0 },
		{ "308201", 0 },
		{ "30820100", 260 },
		{ "3089", -1 },
		{ "3088ffffffffffffffff", -1 },
		{ "30887fffffffffffffff", -1 },
	};
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = hex_bytes(cases[i].hex, &size);
		assert_int_equal(ber_element_size(bytes, size), cases[i].want);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_oids),
		cmocka_unit_test(test_oid_order),
		cmocka_unit_test(test_writer_room),
		cmocka_unit_test(test_element_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
