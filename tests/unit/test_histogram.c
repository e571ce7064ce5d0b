/* The filter histogram: how the numbers of many series lie. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* These numbers, one of each node, then a tick. */
static const char *
told(const char *bins, const char *range, const double *numbers, size_t n)
{
	static char text[4096];
	struct fake_host *fake = fake_new(&farm_module);
	char node[32];

	fake_options(fake, "bins", bins, "range", range, NULL);
	filtering_open(fake, 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(node, sizeof(node), "n%zu", i);
		filtering_number(fake, 1,
		    filtering_series(fake, node, "used", FARM_GAUGE, "%"),
		    numbers[i]);
	}
	snprintf(text, sizeof(text), "%s", filtering_tick(fake, 20));
	fake_free(fake);
	return text;
}

#define TOLD(BINS, RANGE, ...)                                                 \
	told(BINS, RANGE, (const double[]){ __VA_ARGS__ },                     \
	    sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))

static void
test_range(void **state)
{
	(void)state;
	assert_string_equal(TOLD("4", "[0, 100]", 5, 42, 47, 93, 104),
	    "c/all/used_count 1=5@20 c/all/used_from %=0@20 "
	    "c/all/used_to %=100@20 c/all/used_below 1=0@20 "
	    "c/all/used_above 1=1@20 c/all/used_bin1 1=1@20 "
	    "c/all/used_bin2 1=2@20 c/all/used_bin3 1=0@20 "
	    "c/all/used_bin4 1=1@20");
	/* Ends of bins. */
	assert_string_equal(TOLD("2", "[-1, 1]", -1, 0, 1, -1.001, 1.001, -5),
	    "c/all/used_count 1=6@20 c/all/used_from %=-1@20 "
	    "c/all/used_to %=1@20 c/all/used_below 1=2@20 "
	    "c/all/used_above 1=1@20 c/all/used_bin1 1=1@20 "
	    "c/all/used_bin2 1=2@20");
}

static void
test_from_least_to_largest(void **state)
{
	(void)state;
	assert_string_equal(TOLD("3", "[]", 3, 9, 4, 5, 8),
	    "c/all/used_count 1=5@20 c/all/used_from %=3@20 "
	    "c/all/used_to %=9@20 c/all/used_bin1 1=2@20 "
	    "c/all/used_bin2 1=1@20 c/all/used_bin3 1=2@20");
	assert_string_equal(TOLD("2", "[]", 7, 7),
	    "c/all/used_count 1=2@20 c/all/used_from %=7@20 "
	    "c/all/used_to %=7@20 c/all/used_bin1 1=2@20 "
	    "c/all/used_bin2 1=0@20");
	assert_string_equal(TOLD("2", "[]", -1.7e308, 1.7e308),
	    "c/all/used_count 1=2@20 c/all/used_from %=-1.7e+308@20 "
	    "c/all/used_to %=1.7e+308@20 c/all/used_bin1 1=1@20 "
	    "c/all/used_bin2 1=1@20");
}

/* What is too old does not count; without any there are no ends to say. */
static void
test_silent(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t a = filtering_series(fake, "a", "p", FARM_GAUGE, "");
	uint32_t b = filtering_series(fake, "b", "p", FARM_GAUGE, "");

	(void)state;
	fake_options(
	    fake, "bins", "1", "expire", "30s", "replace", "yes", NULL);
	filtering_open(fake, 0);
	assert_string_equal(filtering_number(fake, 1, a, 1), "");
	assert_string_equal(filtering_number(fake, 11, b, 2), "");
	assert_string_equal(filtering_tick(fake, 40),
	    "c/all/p_count 1=1@40 c/all/p_from=2@40 c/all/p_to=2@40 "
	    "c/all/p_bin1 1=1@40");
	assert_string_equal(filtering_tick(fake, 60),
	    "c/all/p_count 1=0@60 c/all/p_bin1 1=0@60");
	fake_forget(fake, a);
	fake_forget(fake, b);
	assert_string_equal(filtering_tick(fake, 80), "");
	fake_free(fake);
}

/* Against counting in the plain way. */
static void
test_at_random(void **state)
{
	enum { BINS = 7, NODES = 40 };
	unsigned seed = 9;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct fake_host *fake = fake_new(&farm_module);
		int counts[BINS] = { 0 }, below = 0, above = 0;
		char name[32];

		fake_options(fake, "bins", "7", "range", "[-35, 35]", NULL);
		filtering_open(fake, 0);
		for (int i = 0; i < NODES; i++) {
			int number = rand_r(&seed) % 100 - 50;

			snprintf(name, sizeof(name), "n%d", i);
			filtering_number(fake, 1,
			    filtering_series(fake, name, "p", FARM_GAUGE, ""),
			    number);
			below += number < -35;
			above += number > 35;
			for (int b = 0; b < BINS; b++)
				counts[b] += number >= 10 * b - 35 &&
					     (number < 10 * b - 25 ||
						 (b == 6 && number == 35));
		}
		filtering_tick(fake, 20);
		assert_true(fake_value(fake, "all", "p_below") == below);
		assert_true(fake_value(fake, "all", "p_above") == above);
		for (int b = 0; b < BINS; b++) {
			snprintf(name, sizeof(name), "p_bin%d", b + 1);
			assert_true(fake_value(fake, "all", name) == counts[b]);
		}
		fake_free(fake);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *option, *text, *error;
	} cases[] = {
		{ "range", "[1]", "range: two numbers, not 1" },
		{ "range", "[1, 2, 3]", "range: two numbers, not 3" },
		{ "range", "[1, x]", "range: \"x\" is no number" },
		{ "range", "[1, 1.0]", "range: 1.0 is not above 1" },
		{ "by", "all",
		    "by: \"all\" is none of farm, cluster, node, parameter" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, cases[i].option, cases[i].text, NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), cases[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_from_least_to_largest),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_at_random),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
