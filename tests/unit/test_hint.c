/* DISPLAY-HINT: RFC 2579 3.1, with the hints of textual conventions in use. */
#include "hint.h"

#include <stdlib.h>
#include <string.h>

#include <farm/result.h>

#include "hex.h"

#define DATE_AND_TIME "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"

static void
test_octets(void **state)
{
	static const struct {
		const char *hint;
		const char *octets;
		const char *want; /* NULL: refused */
	} cases[] = {
		{ "1x:", "0011aabbcc0d", "00:11:aa:bb:cc:0d" },
		{ "1x:", "", "" },
		{ "1x:", "05", "05" },
		{ "1x-", "0102", "01-02" },
		/* The example of RFC 2579's DateAndTime */
		{ DATE_AND_TIME, "07c8051a0d1e0f002d0400",
		    "1992-5-26,13:30:15.0,-4:0" },
		{ DATE_AND_TIME, "07c8051a0d1e0f00", "1992-5-26,13:30:15.0" },
		{ "255a", "657468", "eth" },
		{ "255t", "c3a4c3b6", "\xc3\xa4\xc3\xb6" },
		{ "1t", "c3a4", "\xc3\xa4" },
		/* InetAddressIPv4, IPv6, with zone; TransportAddress */
		{ "1d.1d.1d.1d", "0a000001", "10.0.0.1" },
		{ "2x:2x:2x:2x:2x:2x:2x:2x%4d",
		    "fe80000000000000000000000000000100000003",
		    "fe80:0000:0000:0000:0000:0000:0000:0001%3" },
		{ "0a[2x:2x:2x:2x:2x:2x:2x:2x]0a:2d",
		    "2001000000000000000000000000000100a1",
		    "[2001:0000:0000:0000:0000:0000:0000:0001]:161" },
		{ "0a[1d]", "05", "[5" },
		/* Repeats, with and without a terminator */
		{ "*1x:/1x:", "020a0b0c0d", "0a:0b/0c:0d" },
		{ "*1x:1x-", "020a0b0c0d", "0a:0b:0c-0d" },
		{ "*1x:/1x:", "000c", "/0c" },
		{ "1d,*1x:/1x:", "07000c", "7,/0c" },
		{ "*1x:/", "020a0b020c0d", "0a:0b/0c:0d" },
		{ "*1x:/", "090a", "0a" },
		{ "*1d.", "00", "" },
		/* Numbers of more octets; too few of them */
		{ "4d", "00010203", "66051" },
		{ "8d", "ffffffffffffffff", "18446744073709551615" },
		{ "2o", "0200", "1000" },
		{ "4d", "0102", "258" },
		{ "3x", "000102", "000102" },
		{ "20x", "0102030405060708090a", "0102030405060708090a" },
		{ "9d", "010203040506070809", NULL },
		/* The last one takes what is left; what is too much does not */
		{ "1d.2x:", "0a0b0c0d0e", "10.0b0c:0d0e" },
		{ "1d.1d.1d", "01", "1" },
		{ "99999999999999999999a", "6162", "ab" },
		/* Wrong ones */
		{ "", "01", NULL },
		{ "d", "01", NULL },
		{ "d-2", "01", NULL },
		{ "x", "01", NULL },
		{ "1", "01", NULL },
		{ "1q", "01", NULL },
		{ "*", "01", NULL },
		{ "1d.?", "0102", NULL },
		{ "0a", "01", NULL },
		{ "1d0a", "0102", NULL },
	};
	struct buffer b = BUFFER_INIT;
	struct ber_bytes octets;
	uint8_t *bytes;
	size_t i;
	int result;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = hex_bytes(cases[i].octets, &octets.size);
		octets.data = bytes;
		buffer_clear(&b);
		result = hint_print(&b, cases[i].hint, octets);
		assert_int_equal(result, cases[i].want == NULL ? -1 : 0);
		if (cases[i].want != NULL)
			assert_string_equal(buffer_text(&b), cases[i].want);
		free(bytes);
	}
	buffer_free(&b);
}

/* An octet may ask for 255 separators, or a hint for a dozen characters. */
static void
test_bounded(void **state)
{
	static const char *const hints[] = { "*0x-", "1o:", "1x::", "255a",
		"*1d:/" };
	struct buffer b = BUFFER_INIT;
	struct ber_bytes octets = { .size = 65535 };
	uint8_t *bytes = malloc(octets.size);
	size_t i;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 0xff, octets.size);
	octets.data = bytes;
	for (i = 0; i < COUNT(hints); i++) {
		buffer_clear(&b);
		if (hint_print(&b, hints[i], octets) == 0)
			assert_true(b.size <= FARM_TEXT_MAX);
		assert_true(b.size < 3 * FARM_TEXT_MAX);
	}
	free(bytes);
	buffer_free(&b);
}

static void
test_decimals(void **state)
{
	static const struct {
		const char *hint;
		int want;
	} cases[] = {
		{ "d-2", 2 },
		{ "d-9", 9 },
		{ "d-12", 12 },
		{ "d-20", 0 },
		{ "d-", 0 },
		{ "d", 0 },
		{ "x", 0 },
		{ "d-2x", 0 },
		{ "1d-2", 0 },
		{ "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(hint_decimals(cases[i].hint), cases[i].want);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_decimals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
