/* Values as JSON, an object on each line. */
#include "json_lines.h"

#include "buffer.h"
#include "unit.h"
#include "words.h"

static const struct {
	const char *text;
	const char *want; /* cluster/node/parameter kind type value [unit]
			     @time label=value; or !reason; */
} cases[] = {
	{ "", "" },
	{ "\n \r\n", "" },
	{ "{\"parameter\":\"a\",\"value\":1.5}\n",
	    "-/-/a gauge double 1.5 [];" },
	{ "{\"parameter\":\"a\",\"value\":-3}", "-/-/a gauge int64 -3 [];" },
	{ "{\"parameter\":\"a\",\"value\":true}",
	    "-/-/a gauge boolean true [];" },
	{ "{\"parameter\":\"a\",\"value\":\"x y\"}",
	    "-/-/a gauge text x y [];" },
	{ "{\"parameter\":\"a\",\"value\":null}", "-/-/a gauge none null [];" },
	{ "{\"cluster\":\"c\",\"node\":\"n\",\"parameter\":\"a\",\"unit\":"
	  "\"ms\",\"kind\":\"counter64\",\"labels\":{\"to\":\"x\"},\"time\":"
	  "\"2023-11-14T22:13:20Z\",\"type\":\"double\",\"value\":2}",
	    "c/n/a counter64 double 2 [ms] @1700000000000000000 to=x;" },
	{ "{\"parameter\":\"a\",\"value\":1,\"time\":1700000000}",
	    "-/-/a gauge int64 1 [] @1700000000000000000;" },
	{ "{\"parameter\":\"a\",\"type\":\"uint64\",\"value\":"
	  "\"18446744073709551615\"}",
	    "-/-/a gauge uint64 18446744073709551615 [];" },
	{ "{\"parameter\":\"a\",\"type\":\"double\",\"value\":\"NaN\"}",
	    "-/-/a gauge none null [];" },
	{ "{\"parameter\":\"a\",\"type\":\"int64\",\"value\":\"1x\"}",
	    "!\"a\": the value is no int64;" },
	{ "{\"parameter\":\"a\"}", "!\"a\" has no value;" },
	{ "{\"parameter\":\"a\",\"value\":[1]}", "!\"a\" has no value;" },
	{ "{\"value\":1}", "!a line without \"parameter\";" },
	{ "{\"parameter\":7,\"value\":1}", "!\"parameter\" is no text;" },
	{ "{\"parameter\":\"a\",\"value\":1,\"kind\":\"x\"}",
	    "!no kind \"x\";" },
	{ "{\"parameter\":\"a\",\"value\":1,\"time\":1e30}",
	    "!\"time\" is none;" },
	{ "{\"parameter\":\"a\",\"value\":1,\"labels\":[]}",
	    "!\"labels\" is no object of at most 16;" },
	{ "{\"parameter\":\"a\",\"value\":1,\"labels\":{\"x\":1}}",
	    "!the label \"x\" is no text;" },
	{ "[1]\n{\"parameter\":\"a\",\"value\":1}",
	    "!a line is no object;-/-/a gauge int64 1 [];" },
};

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static void
show_line(struct buffer *b, const struct json_line *l)
{
	uint32_t i;

	buffer_printf(b, "%s/%s/%s %s %s ", or_none(l->cluster),
	    or_none(l->node), l->parameter, kind_word(l->kind),
	    type_word(l->value.type));
	if (l->value.type == FARM_NONE)
		buffer_puts(b, "null");
	else
		buffer_value(b, &l->value);
	buffer_printf(b, " [%s]", l->unit);
	if (l->time_ns != 0)
		buffer_printf(b, " @%lld", (long long)l->time_ns);
	for (i = 0; i < l->n_labels; i++)
		buffer_printf(
		    b, " %s=%s", l->labels[i].name, l->labels[i].value);
	buffer_putc(b, ';');
}

static void
test_lines(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct json_line l;
	struct error err;
	size_t i;
	int got;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct slice rest = { cases[i].text, strlen(cases[i].text) };

		buffer_clear(&b);
		while ((got = json_line_parse(&rest, &l, &err)) != 0) {
			if (got < 0) {
				buffer_printf(&b, "!%s;", err.text);
				continue;
			}
			show_line(&b, &l);
			json_line_free(&l);
		}
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

/* Why is the library's affair; that it goes on behind it is ours. */
static void
test_broken(void **unused)
{
	static const char text[] = "{\"a\n{\"parameter\":\"a\",\"value\":1}";
	struct slice rest = { text, sizeof(text) - 1 };
	struct json_line l;
	struct error err;

	(void)unused;
	assert_int_equal(json_line_parse(&rest, &l, &err), -1);
	assert_memory_equal(err.text, "no JSON: ", 9);
	assert_int_equal(json_line_parse(&rest, &l, &err), 1);
	json_line_free(&l);
	assert_int_equal(json_line_parse(&rest, &l, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
