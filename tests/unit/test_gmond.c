/*
 * Ganglia's datagrams: tests/data/ganglia holds what gmond 3.7 and gmetric
 * sent; what older ones send is made here after their tables.
 */
#include "gmond.h"

#include <errno.h>
#include <stdio.h>

#include "buffer.h"
#include "hex.h"
#include "unit.h"
#include "xdr.h"

#define FOLDER TEST_DATA "/ganglia/"

static uint8_t *
load(const char *file, size_t *ret_size)
{
	char path[512], hex[2048] = "";
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s.hex", file);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(fscanf(f, "%2047s", hex), 1);
	fclose(f);
	return hex_bytes(hex, ret_size);
}

/* All of a message in one line. */
static const char *
print(struct gmond_message m, struct buffer *b)
{
	struct gmond_extra e;

	buffer_clear(b);
	buffer_printf(b, "%u %.*s", m.id, (int)m.name.length, m.name.text);
	if (m.host.length > 0)
		buffer_printf(b, " of %.*s", (int)m.host.length, m.host.text);
	if (m.spoof)
		buffer_printf(
		    b, " at %.*s", (int)m.address.length, m.address.text);
	if (m.described)
		buffer_printf(b, " [%s|%.*s|%s|%u|%u]",
		    gmond_type_word(m.metadata.type),
		    (int)m.metadata.units.length, m.metadata.units.text,
		    gmond_slope_word(m.metadata.slope), m.metadata.tmax,
		    m.metadata.dmax);
	while (gmond_next_extra(&m, &e))
		buffer_printf(b, " %.*s=%.*s", (int)e.name.length, e.name.text,
		    (int)e.value.length, e.value.text);
	if (m.value.type != FARM_NONE) {
		buffer_printf(b, " %.*s ", (int)m.format.length, m.format.text);
		buffer_value(b, &m.value);
	}
	return buffer_text(b);
}

static const char *
print_decoded(const uint8_t *bytes, size_t size, struct buffer *b)
{
	struct gmond_message m;
	enum gmond_reason reason = gmond_decode(bytes, size, &m);

	return reason == GMOND_OK ? print(m, b) : gmond_reason_text(reason);
}

static void
recorded_datagrams_are_read(void **state)
{
	static const struct {
		const char *file;
		const char *want;
	} cases[] = {
		{ "metadata_full", "128 heartbeat of vm [uint32||unspecified|"
				   "20|0] TITLE=heartbeat DESC=Last heartbeat "
				   "GROUP=core" },
		{ "metadata_full-spoof",
		    "128 test_int8 of node01.farm.test at 127.0.0.1 "
		    "[int8|units/s|both|60|600] "
		    "SPOOF_HOST=127.0.0.1:node01.farm.test GROUP=farmgroup "
		    "DESC=desc of int8 TITLE=Title int8" },
		{ "uint", "132 heartbeat of vm %u 1795206340" },
		{ "uint-spoof",
		    "132 proc_total of node01.farm.test at 127.0.0.1 %u 113" },
		{ "string", "133 os_name of vm %s Linux" },
		{ "float", "134 mem_total of vm %.0f 24684084" },
		{ "double", "135 disk_free of vm %.3f 78.975811584" },
		{ "double-spoof", "135 disk_free of node01.farm.test at "
				  "127.0.0.1 %.3f 79.157809152" },
		{ "metadata_request", "136 load_fifteen of localhost" },
	};
	struct buffer b = BUFFER_INIT;
	uint8_t *bytes;
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = load(cases[i].file, &size);
		assert_string_equal(
		    print_decoded(bytes, size, &b), cases[i].want);
		free(bytes);
	}
	buffer_free(&b);
}

/* Decoded and encoded again, each is what it was. */
static void
recorded_datagrams_are_written(void **state)
{
	static const char *const files[] = { "metadata_full",
		"metadata_full-spoof", "uint", "uint-spoof", "string", "float",
		"double", "double-spoof", "metadata_request" };
	struct gmond_extra extra[8];
	struct gmond_message m, again;
	uint8_t *bytes, made[GMOND_DATAGRAM_SIZE];
	size_t i, n, size;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		bytes = load(files[i], &size);
		assert_int_equal(gmond_decode(bytes, size, &m), GMOND_OK);
		again = m;
		for (n = 0; gmond_next_extra(&m, &extra[n]); n++)
			assert_true(n + 1 < COUNT(extra));
		assert_int_equal(
		    gmond_encode(&again, extra, made, sizeof(made), NULL),
		    (ssize_t)size);
		assert_memory_equal(made, bytes, size);
		assert_int_equal(
		    gmond_encode(&again, extra, made, size - 1, NULL), -1);
		free(bytes);
	}
}

/* Each beginning of a message is refused, and none is read beyond its end. */
static void
what_is_cut_is_refused(void **state)
{
	static const char *const files[] = { "metadata_full-spoof",
		"uint-spoof", "string", "double", "metadata_request" };
	struct gmond_message m;
	uint8_t *bytes, *piece;
	size_t i, n, size;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		bytes = load(files[i], &size);
		for (n = 0; n < size; n++) {
			piece = malloc(n + (n == 0));
			assert_non_null(piece);
			memcpy(piece, bytes, n);
			assert_int_equal(
			    gmond_decode(piece, n, &m), GMOND_SHORT_MESSAGE);
			free(piece);
		}
		free(bytes);
	}
}

static void
put(struct xdr_room *r, const char *text)
{
	xdr_put_string(r, (struct slice){ text, strlen(text) });
}

static void
put_gmetric(struct xdr_room *r)
{
	put(r, "uint16");
	put(r, "fans");
	put(r, "3");
	put(r, "rpm");
	xdr_put_u32(r, GMOND_POSITIVE);
	xdr_put_u32(r, 60);
	xdr_put_u32(r, 300);
}

static void
older_messages_are_read(void **state)
{
	struct buffer b = BUFFER_INIT;
	uint8_t bytes[256];
	struct xdr_room r = { bytes, bytes + sizeof(bytes), false };

	(void)state;
#define SAYS(TEXT)                                                             \
	do {                                                                   \
		assert_string_equal(                                           \
		    print_decoded(bytes, (size_t)(r.at - bytes), &b), TEXT);   \
		r.at = bytes;                                                  \
	} while (0)
	xdr_put_u32(&r, GMOND_OLD_GMETRIC);
	put_gmetric(&r);
	SAYS("0 fans [uint16|rpm|positive|60|300]  3");
	xdr_put_u32(&r, GMOND_OLD_SPOOF);
	put(&r, "rack17");
	put(&r, "10.9.8.7");
	put_gmetric(&r);
	SAYS("4096 fans of rack17 at 10.9.8.7 [uint16|rpm|positive|60|300]  3");
	xdr_put_u32(&r, GMOND_OLD_SPOOF_HEARTBEAT);
	put(&r, "rack17");
	put(&r, "10.9.8.7");
	SAYS("4097 heartbeat of rack17 at 10.9.8.7  0");
	xdr_put_u32(&r, 1);
	xdr_put_u32(&r, 8);
	SAYS("1 cpu_num [uint16|CPUs|zero|1200|0]  8");
	xdr_put_u32(&r, 8);
	put(&r, "Linux");
	SAYS("8 os_name [string||zero|1200|0]  Linux");
	xdr_put_u32(&r, 15);
	xdr_put_float(&r, 0.25f);
	SAYS("15 load_one [float||both|70|0]  0.25");
	xdr_put_u32(&r, 34);
	xdr_put_double(&r, 79.5);
	SAYS("34 disk_free [double|GB|both|180|0]  79.5");
	xdr_put_u32(&r, 50);
	xdr_put_u32(&r, 4096);
	SAYS("50 mem_vm [uint32|KB|both|180|0]  4096");
	xdr_put_u32(&r, 51);
	SAYS("an unknown kind of message");
	xdr_put_u32(&r, 127);
	SAYS("an unknown kind of message");
	xdr_put_u32(&r, GMOND_REQUEST);
	put(&r, "");
	put(&r, "");
	xdr_put_u32(&r, 0);
	SAYS("a metric without a name");
	buffer_free(&b);
}

/* An address may have colons, a name has none. */
static void
spoofed_hosts_have_two_parts(void **state)
{
	static const struct {
		const char *host;
		const char *address;
		const char *name;
	} cases[] = {
		{ "10.9.8.7:rack17", "10.9.8.7", "rack17" },
		{ "10.9.8.7:rack:17", "10.9.8.7", "rack:17" },
		{ "2001:db8::7:rack17", "2001:db8::7", "rack17" },
		{ "uuid-1:vm17", "uuid-1", "vm17" },
		{ "rack17", "", "rack17" },
		{ ":rack17", "", "rack17" },
		{ "10.9.8.7:", "10.9.8.7", "" },
	};
	uint8_t bytes[256];
	struct gmond_message m;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct xdr_room r = { bytes, bytes + sizeof(bytes), false };

		xdr_put_u32(&r, GMOND_REQUEST);
		put(&r, cases[i].host);
		put(&r, "x");
		xdr_put_u32(&r, 1);
		assert_int_equal(
		    gmond_decode(bytes, (size_t)(r.at - bytes), &m), GMOND_OK);
		assert_true(slice_is(m.address, cases[i].address));
		assert_true(slice_is(m.host, cases[i].name));
	}
}

static void
values_are_read_by_their_type(void **state)
{
	static const struct {
		const char *type;
		const char *text;
		const char *want; /* "" = none */
	} cases[] = {
		{ "uint32", "4294967295", "uint64 4294967295" },
		{ "uint32", "-1", "double -1" },
		{ "uint8", "42", "uint64 42" },
		{ "int32", "-7", "int64 -7" },
		{ "int16", "2.5", "double 2.5" },
		{ "int8", "many", "" },
		{ "int8", "", "" },
		{ "int8", " 7", "" },
		{ "float", "3.25", "double 3.25" },
		{ "double", "1e300", "double 1e+300" },
		{ "double", "1e999", "" },
		{ "double", "nan", "" },
		{ "string", "a<b", "text a<b" },
		{ "string", "", "text " },
		{ "timestamp", "1795206340", "uint64 1795206340" },
		{ "uint64", "18446744073709551615",
		    "uint64 18446744073709551615" },
		{ "double", "18446744073709551615",
		    "uint64 18446744073709551615" },
		{ "double", "-9223372036854775808",
		    "int64 -9223372036854775808" },
		{ "double", "9007199254740993", "int64 9007199254740993" },
		{ "double", "9007199254740992", "double 9007199254740992" },
		{ "double", "18446744073709551616",
		    "double 1.8446744073709552e+19" },
		{ "double", "9007199254740993.5", "double 9007199254740994" },
		{ "colour", "blue", "text blue" },
	};
	static const char *const types[] = { "none", "double", "int64",
		"uint64", "boolean", "text" };
	struct buffer b = BUFFER_INIT;
	struct farm_value v;
	struct slice s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		s = (struct slice){ cases[i].type, strlen(cases[i].type) };
		buffer_clear(&b);
		if (gmond_value(gmond_type_of(s),
			(struct slice){ cases[i].text, strlen(cases[i].text) },
			&v)) {
			buffer_printf(&b, "%s ", types[v.type]);
			buffer_value(&b, &v);
		}
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

static void
values_must_fit_their_message(void **state)
{
	static const struct {
		uint32_t id;
		struct farm_value value;
		const char *want;
	} cases[] = {
		{ GMOND_USHORT, { .type = FARM_UINT64, .uint64 = 65535 }, "" },
		{ GMOND_USHORT, { .type = FARM_UINT64, .uint64 = 65536 },
		    "x: not a value that message 129 can hold" },
		{ GMOND_SHORT, { .type = FARM_INT64, .int64 = -32768 }, "" },
		{ GMOND_SHORT, { .type = FARM_INT64, .int64 = -32769 },
		    "x: not a value that message 130 can hold" },
		{ GMOND_INT, { .type = FARM_INT64, .int64 = INT32_MIN }, "" },
		{ GMOND_INT, { .type = FARM_DOUBLE, .number = 1 },
		    "x: not a value that message 131 can hold" },
		{ GMOND_UINT, { .type = FARM_UINT64, .uint64 = 1LL << 32 },
		    "x: not a value that message 132 can hold" },
		{ 1000, { .type = FARM_UINT64 },
		    "x: not a value that message 1000 can hold" },
		{ GMOND_STRING,
		    { .type = FARM_TEXT, .text = "0123456789", .length = 10 },
		    "x: more than 48 bytes" },
	};
	struct gmond_message m = { .name = { "x", 1 },
		.host = { "h", 1 },
		.address = { "", 0 },
		.format = { "%s", 2 } };
	uint8_t to[48];
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		m.id = cases[i].id;
		m.value = cases[i].value;
		m.host.length = cases[i].id == GMOND_STRING;
		m.spoof = true;
		m.address = (struct slice){ "10.9.8.7.6", 10 };
		err.text[0] = '\0';
		(void)gmond_encode(&m, NULL, to, sizeof(to), &err);
		assert_string_equal(err.text, cases[i].want);
	}
}

static void
units_and_kinds(void **state)
{
	static const struct {
		const char *theirs;
		const char *ours;
		const char *back;
	} cases[] = {
		{ "bytes/sec", "By/s", "bytes/sec" },
		{ "KB", "KiBy", "KB" },
		{ "GB", "GBy", "GB" },
		{ "packets/sec", "1/s", "1/s" },
		{ "CPUs", "1", "" },
		{ " ", "", "" },
		{ " Celsius ", "Celsius", "Celsius" },
		{ "%", "%", "%" },
	};
	struct slice got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		got = gmond_unit(
		    (struct slice){ cases[i].theirs, strlen(cases[i].theirs) });
		assert_true(slice_is(got, cases[i].ours));
		assert_string_equal(
		    gmond_units_of(cases[i].ours), cases[i].back);
	}
	assert_int_equal(
	    gmond_kind(GMOND_TYPE_UINT32, GMOND_POSITIVE), FARM_COUNTER32);
	assert_int_equal(
	    gmond_kind(GMOND_TYPE_DOUBLE, GMOND_DERIVATIVE), FARM_COUNTER64);
	assert_int_equal(gmond_kind(GMOND_TYPE_FLOAT, GMOND_BOTH), FARM_GAUGE);
	assert_int_equal(gmond_kind(GMOND_TYPE_STRING, GMOND_ZERO), FARM_STATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_datagrams_are_read),
		cmocka_unit_test(recorded_datagrams_are_written),
		cmocka_unit_test(what_is_cut_is_refused),
		cmocka_unit_test(older_messages_are_read),
		cmocka_unit_test(spoofed_hosts_have_two_parts),
		cmocka_unit_test(values_are_read_by_their_type),
		cmocka_unit_test(values_must_fit_their_message),
		cmocka_unit_test(units_and_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
