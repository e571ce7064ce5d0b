/* The filter drop: what matches goes no further. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static void
test_all(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s = filtering_series(fake, "n1", "p", FARM_GAUGE, "");

	(void)state;
	assert_int_equal(fake_open(fake), 0);
	assert_string_equal(filtering_number(fake, 0, s, 1), "");
	fake_free(fake);
}

static void
test_except(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t p, q;

	(void)state;
	fake_options(fake, "except", "*/*/*/p<5", NULL);
	assert_int_equal(fake_open(fake), 0);
	p = filtering_series(fake, "n1", "p", FARM_GAUGE, "");
	q = filtering_series(fake, "n1", "q", FARM_GAUGE, "");
	assert_string_equal(filtering_number(fake, 0, p, 4), "n1/p=4@0");
	assert_string_equal(filtering_number(fake, 1, p, 5), "");
	assert_string_equal(filtering_number(fake, 2, q, 4), "");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_except),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
