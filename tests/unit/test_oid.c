/* OIDs as text. */
#include "oid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
test_both_ways(void **state)
{
	static const struct {
		const char *text;
		const char *bytes;
		size_t size;
		const char *printed;
	} cases[] = {
		{ "1.3", "\x2b", 1, "1.3" },
		{ ".1.3.6.1.2.1", "\x2b\x06\x01\x02\x01", 5, "1.3.6.1.2.1" },
		{ "1.3.6.1.4.1.2021.10", "\x2b\x06\x01\x04\x01\x8f\x65\x0a", 8,
		    "1.3.6.1.4.1.2021.10" },
		{ "2.999.4294967295", "\x88\x37\x8f\xff\xff\xff\x7f", 7,
		    "2.999.4294967295" },
		{ "0.0", "\0", 1, "0.0" },
		{ "1.03", "\x2b", 1, "1.3" },
	};
	struct buffer b = BUFFER_INIT;
	struct oid oid;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].text, &oid, NULL), 0);
		assert_int_equal(oid.size, cases[i].size);
		assert_memory_equal(oid.bytes, cases[i].bytes, oid.size);
		buffer_clear(&b);
		oid_print(&b, oid_bytes(&oid));
		assert_string_equal(buffer_text(&b), cases[i].printed);
	}
	buffer_free(&b);
}

static void
test_refused(void **state)
{
#define SHAPE "numbers with dots between them are expected"
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "", SHAPE },
		{ ".", SHAPE },
		{ "1.3.", SHAPE },
		{ "1..3", SHAPE },
		{ "1.3.6x", SHAPE },
		{ "-1.3", SHAPE },
		{ " 1.3", SHAPE },
		{ "1", "it has one number only" },
		{ "3.1", "none begins like that" },
		{ "1.40", "none begins like that" },
		{ "1.3.4294967296", "a number is above 4294967295" },
		{ "1.3.99999999999999999999999", "a number is above "
						 "4294967295" },
	};
	struct oid oid = { .size = 7 };
	struct error err;
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].text, &oid, &err), -1);
		snprintf(want, sizeof(want), "\"%s\" is no OID: %s",
		    cases[i].text, cases[i].why);
		assert_string_equal(err.text, want);
		assert_int_equal(oid.size, 7);
	}
}

static void
test_as_long_as_it_gets(void **state)
{
	struct buffer b = BUFFER_INIT, back = BUFFER_INIT;
	struct error err;
	struct oid oid;
	size_t i;

	(void)state;
	buffer_puts(&b, "2.4294967295");
	for (i = 2; i < BER_OID_MAX; i++)
		buffer_puts(&b, ".4294967295");
	assert_int_equal(oid_parse(buffer_text(&b), &oid, &err), 0);
	oid_print(&back, oid_bytes(&oid));
	assert_string_equal(buffer_text(&b), buffer_text(&back));
	buffer_puts(&b, ".1");
	assert_int_equal(oid_parse(buffer_text(&b), &oid, &err), -1);
	assert_non_null(strstr(err.text, "2.4294967295.4294967295"));
	buffer_free(&b);
	buffer_free(&back);
}

static void
test_below(void **state)
{
	static const struct {
		const char *oid;
		const char *root;
		const char *below;
	} cases[] = {
		{ "1.3.6.1.2.1.2.2.1.10.5", "1.3.6.1.2.1.2.2.1.10", "5" },
		{ "1.3.6.1.2.1.4.20.1.1.10.0.0.200", "1.3.6.1.2.1.4.20.1.1",
		    "10.0.0.200" },
		{ "1.3.6.1", "1.3.6.1", "" },
	};
	struct buffer b = BUFFER_INIT;
	struct oid oid, root;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].oid, &oid, NULL), 0);
		assert_int_equal(oid_parse(cases[i].root, &root, NULL), 0);
		buffer_clear(&b);
		oid_print_below(&b, oid_bytes(&oid), oid_bytes(&root));
		assert_string_equal(buffer_text(&b), cases[i].below);
	}
	buffer_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_as_long_as_it_gets),
		cmocka_unit_test(test_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
