/* The filter ewma: numbers smoothed. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

static void
test_half_life(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "ms");

	(void)state;
	fake_options(fake, "half_life", "10s", NULL);
	assert_int_equal(fake_open(fake), 0);
	assert_string_equal(
	    filtering_number(fake, 0, s, 8), "n/p ms=8@0 n/p_ewma ms=8@0");
	assert_string_equal(
	    filtering_number(fake, 10, s, 0), "n/p ms=0@10 n/p_ewma ms=4@10");
	assert_string_equal(
	    filtering_number(fake, 30, s, 0), "n/p ms=0@30 n/p_ewma ms=1@30");
	/* Not newer, and no number: as it is. */
	assert_string_equal(filtering_number(fake, 30, s, 5), "n/p ms=5@30");
	assert_string_equal(
	    filtering_number(fake, 40, s, INFINITY), "n/p ms=+Inf@40");
	assert_string_equal(
	    filtering_number(fake, 40, s, 2), "n/p ms=2@40 n/p_ewma ms=1.5@40");
	fake_free(fake);
}

/* How often one looks makes no difference to what is seen. */
static void
test_any_rhythm(void **state)
{
	struct fake_host *often = fake_new(&farm_module);
	struct fake_host *rarely = fake_new(&farm_module);
	uint32_t a = filtering_series(often, "n", "p", FARM_GAUGE, "");
	uint32_t b = filtering_series(rarely, "n", "p", FARM_GAUGE, "");
	int64_t s;

	(void)state;
	assert_int_equal(fake_open(often), 0);
	assert_int_equal(fake_open(rarely), 0);
	filtering_number(often, 0, a, 1);
	filtering_number(rarely, 0, b, 1);
	for (s = 1; s <= 600; s++) {
		filtering_number(often, s, a, 0);
		if (s % 60 != 0)
			continue;
		filtering_number(rarely, s, b, 0);
		assert_true(fabs(fake_value(often, "n", "p_ewma") -
				 fake_value(rarely, "n", "p_ewma")) < 1e-12);
	}
	fake_free(often);
	fake_free(rarely);
}

static void
test_refused(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "suffix", "", NULL);
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "suffix: without one a number and its mean have one name, which "
	    "is for replace only");
	fake_options(fake, "replace", "true", NULL);
	assert_int_equal(fake_open(fake), 0);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_life),
		cmocka_unit_test(test_any_rhythm),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
