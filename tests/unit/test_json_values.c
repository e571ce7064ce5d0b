/* Values out of JSON documents. */
#include "json_values.h"

#include "buffer.h"
#include "fake_host.h"
#include "unit.h"
#include "value.h"

static const char *const counters[] = { "all", "n_*" };

static const struct {
	const char *document;
	const char *paths[6]; /* parameter and path, by turns */
	const char *want;     /* parameters, values, units; "c": a counter */
	const char *why;
} cases[] = {
	{ "{\"a\": 1, \"b\": [true, {\"c d\": 2.5}], \"e\": \"text\", "
	  "\"f\": null}",
	    { NULL }, "a=1 b_0=true b_1_c d=2.5 ", "" },
	{ "[1, [2], []]", { NULL }, "0=1 1_0=2 ", "" },
	{ "{\"mem\": {\"used\": 7}, \"all\": 9, \"state\": \"up\"}",
	    { "used", "/mem/used", "all", "/all", "state", "/state" },
	    "used=7[By] all=9c state=up ", "" },
	{ "{\"a/b\": {\"c~d\": [10, 11]}}", { "x", "/a~1b/c~0d/1" }, "x=11 ",
	    "" },
	{ "{\"d\": {\"sda\": {\"n\": 1}, \"sdb\": {\"n\": 2}, \"sdc\": {}}}",
	    { "n_*", "/d/*/n" }, "n_sda=1c n_sdb=2c ", "" },
	{ "[[1, 2], [3]]", { "*.*", "/*/*" }, "0.0=1 0.1=2 1.0=3 ", "" },
	{ "{\"d\": {}}", { "n_*", "/d/*" }, "", "" },
	{ "{\"a\": null}", { "x", "/a" }, "", "" },
	{ "{\"\": 3}", { "x", "/" }, "x=3 ", "" },
	/* What is not there. */
	{ "{\"a\": 1}", { "x", "/b", "a", "/a" }, "a=1 ", "/b: leads nowhere" },
	{ "{\"a\": [1]}", { "x", "/a/1" }, "", "/a/1: leads nowhere" },
	{ "{\"a\": [1]}", { "x", "/a/0x" }, "", "/a/0x: leads nowhere" },
	{ "{\"a\": [1]}", { "x", "/a/-1" }, "", "/a/-1: leads nowhere" },
	{ "{\"a\": [1]}", { "x", "/a" }, "", "x: is no value, but holds some" },
	{ "{\"a\": 1}", { "x", "/a/b" }, "", "/a/b: leads nowhere" },
	{ "<html>", { NULL }, "", "no JSON: '[' or '{' expected near '<'" },
	{ "{\"a\": 1", { NULL }, "", "no JSON: '}' expected near end of file" },
	{ "", { NULL }, "", "no JSON: '[' or '{' expected near end of file" },
};

static const struct farm_pair unit = { "used", "By" };

static struct farm_map
map_of(struct farm_pair to[3], const char *const paths[6])
{
	size_t n;

	for (n = 0; n < 3 && paths[2 * n] != NULL; n++)
		to[n] = (struct farm_pair){ paths[2 * n], paths[2 * n + 1] };
	return (struct farm_map){ to, n };
}

static void
show(struct buffer *b, const struct fake_host *fake)
{
	for (size_t i = 0; i < fake->n_values; i++) {
		const struct fake_value *v = &fake->values[i];

		buffer_printf(b, "%s=", v->parameter);
		buffer_value(b, &v->value);
		if (v->unit[0] != '\0')
			buffer_printf(b, "[%s]", v->unit);
		buffer_puts(b, v->kind == FARM_COUNTER64 ? "c " : " ");
	}
}

static void
read_document(const char *document, size_t length,
    const struct json_values *values, struct buffer *said, struct error *why)
{
	struct fake_host *fake = fake_new(NULL);
	struct sink s = { .host = &fake->host,
		.target = fake_target(fake, "c", "n", ""),
		.arena = arena_new(0),
		.prefix = "" };

	why->text[0] = '\0';
	json_values_read(&s, (struct slice){ document, length }, values);
	show(said, fake);
	if (s.n_bad > 0)
		*why = s.first;
	arena_free(s.arena);
	fake_free(fake);
}

static void
test_documents(void **unused)
{
	struct buffer said = BUFFER_INIT;
	struct farm_pair pairs[3];
	struct error why;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		const struct json_values values = {
			.paths = map_of(pairs, cases[i].paths),
			.units = { &unit, 1 },
			.counters = { counters, COUNT(counters) },
		};

		buffer_clear(&said);
		read_document(cases[i].document, strlen(cases[i].document),
		    &values, &said, &why);
		assert_string_equal(buffer_text(&said), cases[i].want);
		assert_string_equal(why.text, cases[i].why);
	}
	buffer_free(&said);
}

/* As deep as is looked into, and one deeper. */
static void
test_depth(void **unused)
{
	const struct json_values values = { .paths = { 0 } };
	struct buffer document = BUFFER_INIT, said = BUFFER_INIT;
	struct error why;
	int depth, i;

	(void)unused;
	for (depth = JSON_VALUES_DEPTH; depth < JSON_VALUES_DEPTH + 2;
	     depth++) {
		buffer_clear(&document);
		buffer_clear(&said);
		for (i = 0; i < depth; i++)
			buffer_putc(&document, '[');
		buffer_putc(&document, '1');
		for (i = 0; i < depth; i++)
			buffer_putc(&document, ']');
		read_document(buffer_text(&document), document.size, &values,
		    &said, &why);
		assert_true((said.size > 0) == (depth == JSON_VALUES_DEPTH));
		assert_true(
		    (why.text[0] == '\0') == (depth == JSON_VALUES_DEPTH));
	}
	buffer_free(&document);
	buffer_free(&said);
}

/* How much is refused, and how long the longest name is that is taken. */
static size_t
read_long(size_t length, const struct json_values *values, size_t *ret_longest)
{
	struct fake_host *fake = fake_new(NULL);
	struct sink s = { .host = &fake->host,
		.target = fake_target(fake, "c", "n", ""),
		.arena = arena_new(0),
		.prefix = "" };
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, "{\"");
	while (length-- > 0)
		buffer_putc(&b, 'k');
	buffer_puts(&b, "\": [1, 2, 3]}");
	json_values_read(&s, (struct slice){ buffer_text(&b), b.size }, values);
	*ret_longest = fake->n_values > 0 ? strlen(fake->values[0].parameter)
					  : 0;
	buffer_free(&b);
	arena_free(s.arena);
	fake_free(fake);
	return s.n_bad;
}

/* Of a name that is too long the values are not looked at one by one. */
static void
test_long_names(void **unused)
{
	struct farm_pair path = { "*_*", "/*/*" };
	const struct json_values all = { .paths = { 0 } };
	const struct json_values by_path = { .paths = { &path, 1 } };
	size_t longest;

	(void)unused;
	assert_int_equal(read_long(FARM_NAME_MAX - 2, &all, &longest), 0);
	assert_int_equal(longest, FARM_NAME_MAX);
	assert_int_equal(read_long(FARM_NAME_MAX - 1, &all, &longest), 3);
	assert_int_equal(longest, 0);
	assert_int_equal(read_long(FARM_NAME_MAX + 1, &all, &longest), 1);
	assert_int_equal(read_long(FARM_NAME_MAX - 2, &by_path, &longest), 0);
	assert_int_equal(longest, FARM_NAME_MAX);
	assert_int_equal(read_long(FARM_NAME_MAX - 1, &by_path, &longest), 3);
	assert_int_equal(read_long(2 * FARM_NAME_MAX, &by_path, &longest), 1);
}

static void
test_refused(void **unused)
{
	static const struct {
		const char *paths[6];
		const char *want;
	} bad[] = {
		{ { "a", "b" },
		    "values[0]: \"b\" does not begin with a \"/\"" },
		{ { "a", "/b", "x", "/b/*" },
		    "values[1]: \"x\" has not as many \"*\" as \"/b/*\"" },
		{ { "x_*", "/b*" },
		    "values[0]: \"x_*\" has not as many \"*\" as \"/b*\"" },
		{ { "*", "/*/*" },
		    "values[0]: \"*\" has not as many \"*\" as \"/*/*\"" },
	};
	struct farm_pair pairs[3];
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++) {
		const struct json_values values = { .paths = map_of(
							pairs, bad[i].paths) };

		assert_int_equal(json_values_check(&values, &err), -1);
		assert_string_equal(err.text, bad[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
