/* The filter match: only what is named goes on. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static void
test_only(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t load, mem;
	struct farm_value rows[2];

	(void)state;
	fake_options(fake, "only", "[\"*/c/*/Load*>2\", \"*/c/n2\"]", NULL);
	assert_int_equal(fake_open(fake), 0);
	load = filtering_series(fake, "n1", "Load1", FARM_GAUGE, "");
	mem = filtering_series(fake, "n1", "mem", FARM_GAUGE, "");
	rows[0] = farm_double(3);
	rows[0].series = load;
	rows[1] = farm_text("x", 1);
	rows[1].series = mem;
	assert_string_equal(filtering_apply(fake, 0, rows, 2), "n1/Load1=3@0");
	assert_string_equal(filtering_number(fake, 1, load, 2), "");
	assert_string_equal(
	    filtering_number(fake, 2, load, 2.5), "n1/Load1=2.5@2");
	mem = filtering_series(fake, "n2", "mem", FARM_GAUGE, "By");
	assert_string_equal(filtering_number(fake, 3, mem, 1), "n2/mem By=1@3");
	fake_free(fake);
}

static void
test_refused(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "only", "[\"*/*/*/a\", \"*/*/*/Load>\"]", NULL);
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "only: \"*/*/*/Load>\": byte 12: a number is missing");
	fake_free(fake);
	fake = fake_new(&farm_module);
	fake_options(fake, "only", "[\"*/*/*/avg(Load,5m)>4\"]", NULL);
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "only: avg() and the like over a window mean nothing here, "
	    "where each value is looked at by itself");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
