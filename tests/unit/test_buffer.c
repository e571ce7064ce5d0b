#include "buffer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
test_put(void **state)
{
	struct buffer b = BUFFER_INIT;
	char *text;
	size_t size;

	(void)state;
	assert_string_equal(buffer_text(&b), "");
	buffer_put(&b, "", 0);
	buffer_puts(&b, "one ");
	buffer_putc(&b, '2');
	buffer_printf(&b, " %0200d", 3);
	assert_int_equal(b.size, 206);
	assert_memory_equal(buffer_text(&b), "one 2 000", 9);
	text = buffer_take(&b, &size);
	assert_int_equal(size, 206);
	assert_int_equal(strlen(text), 206);
	free(text);
	assert_string_equal(buffer_text(&b), "");

	text = buffer_take(&b, NULL);
	assert_string_equal(text, "");
	free(text);
	buffer_free(&b);
}

static void
test_limit(void **state)
{
	struct buffer b = { .limit = 5 };

	(void)state;
	buffer_puts(&b, "12345");
	assert_false(buffer_failed(&b));
	buffer_puts(&b, "6");
	assert_true(buffer_failed(&b));
	buffer_putc(&b, '7');
	buffer_printf(&b, "%d", 8);
	assert_null(buffer_room(&b, 0));
	assert_string_equal(buffer_text(&b), "12345");
	buffer_clear(&b);
	assert_false(buffer_failed(&b));
	buffer_puts(&b, "123456");
	assert_true(buffer_failed(&b));
	assert_null(buffer_take(&b, NULL));
	assert_null(b.data);
	assert_null(buffer_room(&b, SIZE_MAX));
	buffer_free(&b);
}

static void
test_room(void **state)
{
	struct buffer b = BUFFER_INIT;
	char *room;

	(void)state;
	buffer_puts(&b, "ab");
	room = buffer_room(&b, 100);
	memcpy(room, "cd", 2);
	buffer_added(&b, 2);
	assert_string_equal(buffer_text(&b), "abcd");
	buffer_free(&b);
}

#define BAD "\xef\xbf\xbd"

static void
test_json_string(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *want;
	} cases[] = {
		{ "", 0, "\"\"" },
		{ "Gi1/0/1", 7, "\"Gi1/0/1\"" },
		{ "a\"b\\c", 5, "\"a\\\"b\\\\c\"" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a\xff"
		  "b\xc3",
		    4, "\"a" BAD "b" BAD "\"" },
		{ "\xc0\x80", 2, "\"" BAD BAD "\"" },
		{ "\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"" },
		{ "\xf4\x90\x80\x80", 4, "\"" BAD BAD BAD BAD "\"" },
	};
	struct buffer b = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		buffer_json_string(&b, cases[i].text, cases[i].length);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_clear(&b);
	buffer_json_text(&b, "x");
	assert_string_equal(buffer_text(&b), "\"x\"");
	buffer_free(&b);
}

static void
test_value(void **state)
{
	const struct {
		struct farm_value value;
		const char *text;
		const char *json; /* NULL: the same */
	} cases[] = {
		{ farm_double(0), "0", NULL },
		{ farm_double(-0.0), "-0", NULL },
		{ farm_double(0.1), "0.1", NULL },
		{ farm_double(0.1 + 0.2), "0.30000000000000004", NULL },
		{ farm_double(1.0 / 3), "0.3333333333333333", NULL },
		{ farm_double(1e22), "1e+22", NULL },
		{ farm_double(5e-324), "4.94065645841247e-324", NULL },
		{ farm_double(NAN), "NaN", "\"NaN\"" },
		{ farm_double(INFINITY), "+Inf", "\"+Inf\"" },
		{ farm_double(-INFINITY), "-Inf", "\"-Inf\"" },
		{ farm_int64(-7), "-7", NULL },
		{ farm_int64(INT64_C(9007199254740992)), "9007199254740992",
		    NULL },
		{ farm_int64(INT64_C(9007199254740993)), "9007199254740993",
		    "\"9007199254740993\"" },
		{ farm_int64(INT64_MIN), "-9223372036854775808",
		    "\"-9223372036854775808\"" },
		{ farm_uint64(UINT64_MAX), "18446744073709551615",
		    "\"18446744073709551615\"" },
		{ farm_uint64(UINT64_C(9007199254740992)), "9007199254740992",
		    NULL },
		{ farm_boolean(true), "true", NULL },
		{ farm_boolean(false), "false", NULL },
		{ farm_text("a\"b", 3), "a\"b", "\"a\\\"b\"" },
		{ { .type = FARM_NONE }, "", "null" },
	};
	struct buffer b = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		buffer_value(&b, &cases[i].value);
		assert_string_equal(buffer_text(&b), cases[i].text);
		buffer_clear(&b);
		buffer_json_value(&b, &cases[i].value);
		assert_string_equal(buffer_text(&b),
		    cases[i].json == NULL ? cases[i].text : cases[i].json);
	}
	buffer_free(&b);
}

/* Whatever the bits, what is printed reads back as the same bits. */
static void
test_doubles_read_back(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct farm_value v;
	uint64_t bits;
	double back;
	int i;

	(void)state;
	srand(2);
	for (i = 0; i < 20000; i++) {
		bits = ((uint64_t)rand() << 42) ^ ((uint64_t)rand() << 21) ^
		       (uint64_t)rand();
		v = farm_double(0);
		memcpy(&v.number, &bits, sizeof(bits));
		if (isnan(v.number))
			continue;
		buffer_clear(&b);
		buffer_value(&b, &v);
		back = strtod(buffer_text(&b), NULL);
		assert_memory_equal(&back, &v.number, sizeof(back));
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_json_string),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_doubles_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
