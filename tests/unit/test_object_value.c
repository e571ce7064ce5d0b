/* What agents send, as values. */
#include "objects.h"

#include <stdlib.h>
#include <string.h>

#include "hex.h"

static const struct object_enum up_down[] = { { 1, "up" }, { 2, "down" },
	{ -1, "lost" } };
static const struct object_enum bits[] = { { 0, "first" }, { 9, "tenth" } };
static const struct object plain = { .unit = "", .hint = "" };
static const struct object state_ = {
	.unit = "", .hint = "", .enums = up_down, .n_enums = COUNT(up_down)
};
static const struct object flags = {
	.unit = "", .hint = "", .enums = bits, .n_enums = COUNT(bits)
};
static const struct object gauge = {
	.syntax = OBJECT_GAUGE32, .unit = "", .hint = ""
};
static const struct object hundredths = { .unit = "", .hint = "d-2" };
static const struct object decimal = { .unit = "", .hint = "d" };
static const struct object mac = { .unit = "", .hint = "1x:" };
static const struct object display = { .unit = "", .hint = "255a" };
static const struct object broken = { .unit = "", .hint = "?" };

/* The value as text: "int64 5", "text eth0". */
static void
assert_said(const struct farm_value *v, const char *want)
{
	static const char *const types[] = { "none", "double", "int64",
		"uint64", "boolean", "text" };
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, types[v->type]);
	if (v->type != FARM_NONE) {
		buffer_putc(&b, ' ');
		buffer_value(&b, v);
	}
	assert_string_equal(buffer_text(&b), want);
	buffer_free(&b);
}

static void
test_numbers(void **state)
{
	static const struct {
		const struct object *object;
		struct ber_value value;
		bool named;
		const char *want;
	} cases[] = {
		{ NULL, { .tag = BER_INTEGER, .integer = -5 }, true,
		    "int64 -5" },
		{ &state_, { .tag = BER_INTEGER, .integer = 2 }, true,
		    "text down" },
		{ &state_, { .tag = BER_INTEGER, .integer = -1 }, true,
		    "text lost" },
		{ &state_, { .tag = BER_INTEGER, .integer = 2 }, false,
		    "int64 2" },
		{ &state_, { .tag = BER_INTEGER, .integer = 7 }, true,
		    "int64 7" },
		{ &state_, { .tag = BER_GAUGE32, .number = 1 }, true,
		    "text up" },
		{ &state_, { .tag = BER_COUNTER64, .number = UINT64_MAX }, true,
		    "uint64 18446744073709551615" },
		{ &hundredths, { .tag = BER_INTEGER, .integer = -1234 }, true,
		    "double -12.34" },
		{ &hundredths, { .tag = BER_GAUGE32, .number = 7 }, true,
		    "double 0.07" },
		{ &decimal, { .tag = BER_INTEGER, .integer = 12 }, true,
		    "int64 12" },
		{ &mac, { .tag = BER_INTEGER, .integer = 12 }, true,
		    "int64 12" },
		{ NULL, { .tag = BER_COUNTER64, .number = UINT64_MAX }, false,
		    "uint64 18446744073709551615" },
		{ &plain, { .tag = BER_TIMETICKS, .number = 8640000 }, false,
		    "uint64 8640000" },
		{ NULL, { .tag = BER_DOUBLE, .real = 0.25 }, false,
		    "double 0.25" },
		{ NULL, { .tag = BER_NULL }, false, "none" },
		{ NULL, { .tag = BER_NO_SUCH_OBJECT }, false, "none" },
		{ NULL, { .tag = BER_NO_SUCH_INSTANCE }, false, "none" },
		{ NULL, { .tag = BER_END_OF_MIB_VIEW }, false, "none" },
	};
	struct buffer text = BUFFER_INIT;
	struct farm_value v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		v = object_value(
		    cases[i].object, &cases[i].value, cases[i].named, &text);
		assert_said(&v, cases[i].want);
	}
	buffer_free(&text);
}

static void
test_bytes(void **state)
{
	static const struct {
		const struct object *object;
		uint8_t tag;
		const char *hex;
		const char *want;
	} cases[] = {
		{ NULL, BER_OCTETS, "65746830", "text eth0" },
		{ NULL, BER_OCTETS, "", "text " },
		{ NULL, BER_OCTETS, "0011aa223344", "text 0x0011aa223344" },
		{ NULL, BER_OCTETS, "001122334455", "text 0x001122334455" },
		{ NULL, BER_OCTETS, "6574683000", "text eth0" },
		{ NULL, BER_OCTETS, "00", "text " },
		{ NULL, BER_OCTETS, "0000", "text 0x0000" },
		{ NULL, BER_OCTETS, "610d0a62", "text a\r\nb" },
		{ NULL, BER_OCTETS, "611b62", "text 0x611b62" },
		{ NULL, BER_OCTETS, "c3a4", "text \xc3\xa4" },
		{ NULL, BER_OCTETS, "e4", "text 0xe4" },
		{ &plain, BER_OCTETS, "6162", "text ab" },
		{ &display, BER_OCTETS, "6162", "text ab" },
		{ &display, BER_OCTETS, "616200", "text ab" },
		{ &display, BER_OCTETS, "611b62",
		    "text a\x1b"
		    "b" },
		{ &display, BER_OCTETS, "610062", "text 0x610062" },
		{ &display, BER_OCTETS, "e4", "text 0xe4" },
		{ &mac, BER_OCTETS, "0011aa223300", "text 00:11:aa:22:33:00" },
		{ &broken, BER_OCTETS, "6162", "text 0x6162" },
		{ &flags, BER_OCTETS, "8040", "text first,tenth" },
		{ &flags, BER_OCTETS, "0000", "text " },
		{ &flags, BER_OCTETS, "c040", "text 0xc040" },
		{ NULL, BER_OID, "2b06010201", "text 1.3.6.1.2.1" },
		{ NULL, BER_IP_ADDRESS, "0a0000ff", "text 10.0.0.255" },
		{ NULL, BER_IP_ADDRESS, "0a00", "text 0x0a00" },
		{ NULL, BER_OPAQUE, "9f78", "text 0x9f78" },
	};
	struct buffer text = BUFFER_INIT;
	struct ber_value value;
	struct farm_value v;
	uint8_t *bytes;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = hex_bytes(cases[i].hex, &value.bytes.size);
		value.bytes.data = bytes;
		value.tag = cases[i].tag;
		v = object_value(cases[i].object, &value, true, &text);
		assert_said(&v, cases[i].want);
		free(bytes);
	}
	buffer_free(&text);
}

/* A text that no value can hold is none, never a shorter one. */
static void
test_never_cut(void **state)
{
	struct ber_value value = { .tag = BER_OCTETS };
	struct buffer text = BUFFER_INIT;
	uint8_t *bytes = malloc(65536);
	struct farm_value v;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', 65536);
	value.bytes = (struct ber_bytes){ bytes, 65535 };
	v = object_value(&display, &value, false, &text);
	assert_int_equal(v.type, FARM_TEXT);
	assert_int_equal(v.length, 65535);
	value.bytes.size = 65536;
	v = object_value(&display, &value, false, &text);
	assert_int_equal(v.type, FARM_NONE);
	bytes[0] = 0xff;
	value.bytes.size = 32766;
	v = object_value(NULL, &value, false, &text);
	assert_int_equal(v.length, 65534);
	value.bytes.size = 32767;
	v = object_value(NULL, &value, false, &text);
	assert_int_equal(v.type, FARM_NONE);
	free(bytes);
	buffer_free(&text);
}

static void
test_kinds(void **state)
{
	static const struct {
		const struct object *object;
		uint8_t tag;
		uint32_t kind;
	} cases[] = {
		{ NULL, BER_COUNTER32, FARM_COUNTER32 },
		{ NULL, BER_COUNTER64, FARM_COUNTER64 },
		{ &gauge, BER_COUNTER64, FARM_GAUGE },
		{ NULL, BER_GAUGE32, FARM_GAUGE },
		{ NULL, BER_INTEGER, FARM_GAUGE },
		{ &plain, BER_INTEGER, FARM_GAUGE },
		{ &state_, BER_INTEGER, FARM_STATE },
		{ &state_, BER_COUNTER32, FARM_COUNTER32 },
		{ NULL, BER_TIMETICKS, FARM_GAUGE },
		{ NULL, BER_FLOAT, FARM_GAUGE },
		{ &mac, BER_OCTETS, FARM_STATE },
		{ NULL, BER_OID, FARM_STATE },
		{ NULL, BER_IP_ADDRESS, FARM_STATE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    object_kind(cases[i].object, cases[i].tag), cases[i].kind);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_never_cut),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
