/* Names made of names. */
#include "template.h"

#include "unit.h"

static const struct farm_series names = {
	.farm = "F", .cluster = "C", .node = "N", .parameter = "P"
};

static void
test_printed(void **state)
{
	static const struct {
		const char *text, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "{farm}/{cluster}/{node}/{parameter}", "F/C/N/P" },
		{ "{{{node}}}", "{N}" },
		{ "a{1}b{2}c", "abbcc" },
		{ "{0}", "bc" },
		{ "", "" },
	};
	const regmatch_t groups[TEMPLATE_GROUPS] = { { 1, 3 }, { 1, 2 },
		{ 2, 3 }, { -1, -1 } };
	struct buffer b = BUFFER_INIT;
	struct template *t;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(template_new(&t, cases[i].text, 4, &err), 0);
		buffer_clear(&b);
		template_print(t, &b, &names, "abcd", groups);
		assert_string_equal(buffer_text(&b), cases[i].out);
		template_free(t);
	}
	buffer_free(&b);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "a{", "\"a{\": byte 2: a brace alone; {{ and }} stand for "
			"one" },
		{ "a}b", "\"a}b\": byte 2: a brace alone; {{ and }} stand for "
			 "one" },
		{ "{host}", "\"{host}\": byte 1: {host} is none of {farm}, "
			    "{cluster}, {node}, {parameter}, {0} to {9}" },
		{ "{2}", "\"{2}\": byte 1: there is no group 2: 1 in all" },
		{ "{12}", "\"{12}\": byte 1: {12} is none of {farm}, "
			  "{cluster}, {node}, {parameter}, {0} to {9}" },
	};
	struct template *t = NULL;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(template_new(&t, cases[i].text, 2, &err), -1);
		assert_string_equal(err.text, cases[i].error);
		assert_null(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printed),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
