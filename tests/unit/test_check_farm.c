/* check_farm: what numbers mean, in the words that Nagios reads. */
#include <string.h>

#include "check.h"
#include "unit.h"

static struct bound
bound_of(const char *text)
{
	struct bound b = { .text = text };

	if (text[0] != '\0')
		assert_true(perfdata_range_parse(
		    (struct slice){ text, strlen(text) }, &b.range));
	return b;
}

#define ONE(NAME, NUMBER, UNIT, AGE)                                           \
	{                                                                      \
		.name = (char *)(NAME), .farm = 2, .unit = (char *)(UNIT),     \
		.min = (NUMBER), .max = (NUMBER), .sum = (NUMBER), .count = 1, \
		.last = (NUMBER), .age_s = (AGE)                               \
	}

static struct reading three[] = {
	ONE("f/c/n1/load", 1, "", 5),
	ONE("f/c/n2/load", 12.5, "", 5),
	ONE("f/c/n3/load", 3, "", 700),
};
static struct reading odd[] = {
	ONE("f/c/n 1/it's|x", 50, "%", 0),
	ONE("g/c/n1/y", 7, "B", 0),
};

static const struct {
	struct reading *items;
	size_t n;
	enum aggregate aggregate;
	const char *warning, *critical, *age_warning, *age_critical;
	enum state state;
	const char *want;
} cases[] = {
	{ three, 3, AGGREGATE_EACH, "", "", "", "", STATE_OK,
	    "FARM OK - 3 values | c/n1/load=1;; c/n2/load=12.5;; "
	    "c/n3/load=3;;\n" },
	{ three, 3, AGGREGATE_EACH, "2", "10", "", "", STATE_CRITICAL,
	    "FARM CRITICAL - 2 of 3 values: c/n2/load = 12.5, c/n3/load = 3 "
	    "| c/n1/load=1;2;10 c/n2/load=12.5;2;10 c/n3/load=3;2;10\n" },
	{ three, 1, AGGREGATE_EACH, "@0:1", "5:", "", "", STATE_CRITICAL,
	    "FARM CRITICAL - 1 of 1 values: c/n1/load = 1 | "
	    "c/n1/load=1;@0:1;5:\n" },
	{ three, 3, AGGREGATE_EACH, "", "", "60", "600", STATE_CRITICAL,
	    "FARM CRITICAL - 1 of 3 values: c/n3/load = 3 (11m40s old) | "
	    "c/n1/load=1;; c/n2/load=12.5;; c/n3/load=3;;\n" },
	{ three, 3, AGGREGATE_MAX, "10", "20", "", "", STATE_WARNING,
	    "FARM WARNING - max is 12.5 (c/n2/load) of 3 series | "
	    "max=12.5;10;20\n" },
	{ three, 3, AGGREGATE_MIN, "", "", "", "", STATE_OK,
	    "FARM OK - min is 1 (c/n1/load) of 3 series | min=1;;\n" },
	{ three, 3, AGGREGATE_AVG, "", "~:5", "", "", STATE_CRITICAL,
	    "FARM CRITICAL - avg is 5.5 of 3 series | avg=5.5;;~:5\n" },
	{ three, 3, AGGREGATE_SUM, "", "", "60", "", STATE_WARNING,
	    "FARM WARNING - sum is 16.5 of 3 series, the oldest value is of "
	    "11m40s ago | sum=16.5;; age=700s;60;\n" },
	{ three, 3, AGGREGATE_COUNT, "", "3:", "", "", STATE_OK,
	    "FARM OK - count is 3 of 3 series | count=3;;3:\n" },
	{ three, 0, AGGREGATE_COUNT, "", "1:", "", "", STATE_CRITICAL,
	    "FARM CRITICAL - count is 0 of 0 series | count=0;;1:\n" },
	{ three, 0, AGGREGATE_MAX, "", "", "", "", STATE_UNKNOWN,
	    "FARM UNKNOWN - nothing matches p_q\n" },
	/* Two farms; what would end the text, or the label. */
	{ odd, 2, AGGREGATE_EACH, "20", "", "", "", STATE_WARNING,
	    "FARM WARNING - 1 of 2 values: f/c/n 1/it's_x = 50% | "
	    "'f/c/n 1/it''s_x'=50%;20; g/c/n1/y=7B;20;\n" },
	{ odd, 2, AGGREGATE_SUM, "", "", "", "", STATE_OK,
	    "FARM OK - sum is 57 of 2 series | sum=57;;\n" },
};

static void
test_verdicts(void **unused)
{
	struct buffer out = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct question q = { .predicate = "p|q",
			.aggregate = cases[i].aggregate,
			.warning = bound_of(cases[i].warning),
			.critical = bound_of(cases[i].critical),
			.age_warning = bound_of(cases[i].age_warning),
			.age_critical = bound_of(cases[i].age_critical),
			.none = STATE_UNKNOWN };
		const struct readings r = { cases[i].items, cases[i].n, 0 };

		buffer_clear(&out);
		assert_int_equal(verdict(&out, &q, &r), cases[i].state);
		assert_string_equal(buffer_text(&out), cases[i].want);
	}
	buffer_free(&out);
}

/* However many: what Nagios reads has a bound, and what is left out is said. */
static void
test_many(void **unused)
{
	struct reading *many = calloc(5000, sizeof(*many));
	const struct question q = { .critical = bound_of("1"),
		.warning = bound_of(""),
		.age_warning = bound_of(""),
		.age_critical = bound_of("") };
	struct readings r = { many, 5000, 0 };
	struct buffer out = BUFFER_INIT;

	(void)unused;
	assert_non_null(many);
	for (size_t i = 0; i < r.n; i++)
		many[i] = (struct reading)ONE(
		    "f/cluster/node/parameter", 2, "ms", 0);
	assert_int_equal(verdict(&out, &q, &r), STATE_CRITICAL);
	assert_true(out.size < 8192);
	assert_non_null(strstr(buffer_text(&out), "5000 of 5000 values: "));
	assert_non_null(strstr(buffer_text(&out), "\nand 4960 more\n"));
	assert_non_null(strstr(
	    buffer_text(&out), " values are not in the performance data"));
	buffer_free(&out);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
