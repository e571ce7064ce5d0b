#include "name.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
test_check(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *want; /* "" = a name */
	} cases[] = {
		{ "Gi1/0/1", 7, "" },
		{ "/boot", 5, "" },
		{ "caf\xc3\xa9", 5, "" },
		{ HUNDRED HUNDRED TEN TEN TEN TEN TEN, 250, "" },
		{ "\xc2\xa0", 2, "" },
		{ "", 0, "the name of a node is empty" },
		{ "a\nb", 3,
		    "the node name \"a\\x0ab\" holds a control character" },
		{ "a\0b", 3,
		    "the node name \"a\\x00b\" holds a control character" },
		{ "a\x7f", 2,
		    "the node name \"a\\x7f\" holds a control character" },
		{ "\xc2\x85", 2,
		    "the node name \"\\xc2\\x85\" holds a control character" },
		{ "a\xff", 2, "the node name \"a\\xff\" is not UTF-8" },
		{ "\xe2\x82", 2, "the node name \"\\xe2\\x82\" is not UTF-8" },
		{ HUNDRED HUNDRED TEN TEN TEN TEN TEN "x", 251,
		    "the node name \"" HUNDRED "...\" is 251 bytes long; "
		    "at most 250 fit" },
	};
	struct error err;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		err.text[0] = '\0';
		got = name_check("node", cases[i].text, cases[i].length, &err);
		assert_string_equal(err.text, cases[i].want);
		assert_int_equal(got, *cases[i].want == '\0' ? 0 : -1);
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "", true },
		{ "\x7f", true },
		{ "\x80", false },
		{ "\xc1\xbf", false },
		{ "\xc2\x80", true },
		{ "\xe0\x9f\xbf", false },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xed\xa0\x80", false },
		{ "\xef\xbf\xbf", true },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xf0\x90\x80"
		  "a",
		    false },
		{ "a\xc3", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    utf8_valid(cases[i].text, strlen(cases[i].text)),
		    cases[i].valid);
}

static void
test_escape(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "Gi1/0/1", "Gi1\\/0\\/1" },
		{ "/|,*%<>=\\", "\\/\\|\\,\\*\\%\\<\\>\\=\\\\" },
		{ "re:x", "\\re:x" },
		{ "are:x", "are:x" },
	};
	struct buffer b = BUFFER_INIT;
	char back[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		name_escape(&b, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buffer_text(&b), cases[i].want);
		n = name_unescape(back, buffer_text(&b), b.size);
		assert_int_equal(n, strlen(cases[i].text));
		assert_memory_equal(back, cases[i].text, n);
	}
	assert_int_equal(name_unescape(back, "a\\", 2), 2);
	assert_memory_equal(back, "a\\", 2);
	buffer_free(&b);
}

/* Any bytes at all come back from their escaped form. */
static void
test_escape_round(void **state)
{
	struct buffer b = BUFFER_INIT;
	char text[40];
	size_t length, j;
	int i;

	(void)state;
	srand(3);
	for (i = 0; i < 2000; i++) {
		length = (size_t)rand() % sizeof(text);
		for (j = 0; j < length; j++)
			text[j] = "re:/|,*%<>=\\x\0\xff"[rand() % 16];
		buffer_clear(&b);
		name_escape(&b, text, length);
		if (length == 0)
			continue;
		/* In place, too. */
		assert_int_equal(name_unescape(b.data, b.data, b.size), length);
		assert_memory_equal(b.data, text, length);
	}
	buffer_free(&b);
}

static void
test_suggest(void **state)
{
	static const char *const names[] = { "count", "every", "timeout",
		"node", "a" };
	static const struct {
		const char *text;
		const char *want; /* NULL: none */
	} cases[] = {
		{ "evry", "every" },
		{ "Every", "every" },
		{ "everyy", "every" },
		{ "eevryy", "every" },
		{ "evrey", "every" },
		{ "tmeot", "timeout" },
		{ "nodes", "node" },
		{ "ndoe", "node" },
		{ "every", "every" },
		{ "b", NULL },
		{ "no", NULL },
		{ "frequency", NULL },
		{ "", NULL },
	};
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		got = name_suggest(cases[i].text, names, COUNT(names));
		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
	assert_null(name_suggest("x", NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_round),
		cmocka_unit_test(test_suggest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
