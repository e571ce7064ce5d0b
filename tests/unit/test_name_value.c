/* Lines NAME VALUE [UNIT]. */
#include "name_value.h"

#include <stdlib.h>

#include "buffer.h"
#include "unit.h"
#include "words.h"

#define NOT_ONE ": the value is no number, true, false, U or text in quotes;"

static const struct {
	const char *text;
	const char *want; /* name type value [unit]; or !reason; */
} cases[] = {
	{ "", "" },
	{ "\n \r\n# a 1\n", "" },
	{ "load 0.5\nprocs 12 1\r\n",
	    "load double 0.5 [];procs int64 12 [1];" },
	{ "\t a \t-3  s ", "a int64 -3 [s];" },
	{ "\ra 1 s\r\r\n\r\r\nb 2\r", "a int64 1 [s];b int64 2 [];" },
	{ "up true\ndown false", "up boolean true [];down boolean false [];" },
	{ "s \"it \\\"is\\\" \\\\\"", "s text it \"is\" \\ [];" },
	{ "\"two words\" 1 \"By/s\"", "two words int64 1 [By/s];" },
	{ "a \"\"", "a text  [];" },
	{ "a U", "a none null [];" },
	{ "a 9223372036854775807", "a int64 9223372036854775807 [];" },
	{ "a 1e3", "a double 1000 [];" },
	{ "a\nb 2", "!\"a\"" NOT_ONE "b int64 2 [];" },
	{ "a nan", "!\"a\"" NOT_ONE },
	{ "a running", "!\"a\"" NOT_ONE },
	{ "a \"open", "!\"a\"" NOT_ONE },
	{ "a \"x\"y", "!\"a\"" NOT_ONE },
	{ "\"\" 1", "!a line without a name;" },
	{ "\"open 1", "!a line without a name;" },
	{ "a 1 \"s", "!\"a\": the unit does not end;" },
	{ "a 1 s x", "!\"a\": more than three words;" },
};

static void
put_plain(struct buffer *b, struct slice s)
{
	char *copy = malloc(s.length + 1);

	assert_non_null(copy);
	buffer_put(b, copy, name_value_unescape(copy, s));
	free(copy);
}

static void
show(struct buffer *b, struct slice rest)
{
	struct name_value l;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = name_value_parse(&rest, &l, &err)) != 0) {
		if (got < 0) {
			buffer_printf(b, "!%s;", err.text);
			continue;
		}
		put_plain(b, l.name);
		buffer_printf(b, " %s ", type_word(l.value.type));
		if (l.value.type == FARM_TEXT)
			put_plain(
			    b, (struct slice){ l.value.text, l.value.length });
		else if (l.value.type == FARM_NONE)
			buffer_puts(b, "null");
		else
			buffer_value(b, &l.value);
		buffer_printf(b, " [%.*s];", (int)l.unit.length, l.unit.text);
	}
}

static void
test_lines(void **unused)
{
	struct buffer b = BUFFER_INIT;
	size_t i, length;
	char *exact;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		length = strlen(cases[i].text);
		exact = malloc(length + (length == 0));
		assert_non_null(exact);
		memcpy(exact, cases[i].text, length);
		show(&b, (struct slice){ exact, length });
		assert_string_equal(buffer_text(&b), cases[i].want);
		free(exact);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
