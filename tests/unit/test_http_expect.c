/* What a good answer to a probe is. */
#include "expect.h"

#include "unit.h"

#define LIST(...)                                                              \
	{                                                                      \
		(const char *const[]){ __VA_ARGS__ },                          \
		    sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)   \
	}

static const struct {
	struct farm_list statuses;
	struct farm_list matches;
	struct farm_list excludes;
	long status;
	const char *body;
	const char *want; /* "" or why not */
} cases[] = {
	{ LIST("2xx"), { 0 }, { 0 }, 200, "", "" },
	{ LIST("2xx"), { 0 }, { 0 }, 299, "", "" },
	{ LIST("2xx"), { 0 }, { 0 }, 300, "", "HTTP status 300" },
	{ LIST("2xx"), { 0 }, { 0 }, 199, "", "HTTP status 199" },
	{ LIST("404", "500-502"), { 0 }, { 0 }, 404, "", "" },
	{ LIST("404", "500-502"), { 0 }, { 0 }, 502, "", "" },
	{ LIST("404", "500-502"), { 0 }, { 0 }, 503, "", "HTTP status 503" },
	{ LIST("200"), LIST("a+", "^b$"), { 0 }, 200, "caat\nb\n", "" },
	{ LIST("200"), LIST("a+", "^b$"), { 0 }, 200, "caat\nbb\n",
	    "the answer does not match \"^b$\"" },
	{ LIST("200"), { 0 }, LIST("x"), 200, "abc", "" },
	{ LIST("200"), { 0 }, LIST("b"), 200, "abc",
	    "the answer matches \"b\"" },
	/* Refused. */
	{ LIST("200", "2x"), { 0 }, { 0 }, 0, NULL,
	    "status[1]: \"2x\" is none of 404, 2xx, 200-299" },
	{ LIST("0xx"), { 0 }, { 0 }, 0, NULL,
	    "status[0]: \"0xx\" is none of 404, 2xx, 200-299" },
	{ LIST("200-"), { 0 }, { 0 }, 0, NULL,
	    "status[0]: \"200-\" is none of 404, 2xx, 200-299" },
	{ LIST("300-200"), { 0 }, { 0 }, 0, NULL,
	    "status[0]: \"300-200\" is none of 404, 2xx, 200-299" },
	{ LIST("200 "), { 0 }, { 0 }, 0, NULL,
	    "status[0]: \"200 \" is none of 404, 2xx, 200-299" },
	{ LIST("99"), { 0 }, { 0 }, 0, NULL,
	    "status[0]: \"99\" is none of 404, 2xx, 200-299" },
	{ LIST("200"), LIST("a", "[b"), { 0 }, 0, NULL,
	    "match[1]: \"[b\": Unmatched [, [^, [:, [., or [=" },
	{ LIST("200"), { 0 }, LIST("a("), 0, NULL,
	    "match_not[0]: \"a(\": Unmatched ( or \\(" },
};

static void
test_cases(void **unused)
{
	struct expect *e;
	struct error err;
	size_t i;
	int rc;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		err.text[0] = '\0';
		rc = expect_new(&e, &cases[i].statuses, &cases[i].matches,
		    &cases[i].excludes, &err);
		if (cases[i].body != NULL) {
			assert_int_equal(rc, 0);
			rc = expect_judge(e, cases[i].status,
			    (struct slice){
				cases[i].body, strlen(cases[i].body) },
			    &err);
			expect_free(e);
		}
		assert_int_equal(rc, cases[i].want[0] == '\0' ? 0 : -1);
		assert_string_equal(err.text, cases[i].want);
	}
}

/* A NUL ends nothing. */
static void
test_bytes(void **unused)
{
	const struct farm_list statuses = LIST("200"), matches = LIST("end");
	const struct farm_list none = { 0 };
	static const char body[] = "begin\0\xff end";
	struct expect *e;
	struct error err;

	(void)unused;
	assert_int_equal(expect_new(&e, &statuses, &matches, &none, &err), 0);
	assert_int_equal(expect_judge(e, 200,
			     (struct slice){ body, sizeof(body) - 1 }, &err),
	    0);
	assert_int_equal(expect_judge(e, 200,
			     (struct slice){ body, sizeof(body) - 2 }, &err),
	    -1);
	expect_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
