/* The filter rename: series under other names. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static void
test_names(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t in, other, again;

	(void)state;
	fake_options(fake, "pattern", "(eth[0-9]+)_(IN|OUT)", "node",
	    "{node}:{1}", "parameter", "{2}{{{cluster}}}", NULL);
	assert_int_equal(fake_open(fake), 0);
	in = filtering_series(fake, "n1", "eth0_IN", FARM_COUNTER64, "By");
	other = filtering_series(fake, "n1", "eth0_IN2", FARM_GAUGE, "");
	assert_string_equal(
	    filtering_number(fake, 0, in, 1), "n1:eth0/IN{c} By=1@0");
	assert_int_equal(fake->values[0].kind, FARM_COUNTER64);
	assert_string_equal(
	    filtering_number(fake, 1, other, 2), "n1/eth0_IN2=2@1");
	/* Another series of the same name: two uses of one. */
	again = filtering_series(fake, "n1", "eth0_IN", FARM_GAUGE, "By");
	assert_string_equal(
	    filtering_number(fake, 2, again, 3), "n1:eth0/IN{c} By=3@2");
	fake_free(fake);
}

/* A series that two lead to is given back with the second. */
static void
test_two_to_one(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t a, b, to;

	(void)state;
	fake_options(fake, "of", "node", "pattern", "n[12]", "node", "n", NULL);
	assert_int_equal(fake_open(fake), 0);
	a = filtering_series(fake, "n1", "p", FARM_GAUGE, "");
	b = filtering_series(fake, "n2", "p", FARM_GAUGE, "");
	assert_string_equal(filtering_number(fake, 0, a, 1), "n/p=1@0");
	to = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	assert_string_equal(filtering_number(fake, 1, b, 2), "n/p=2@1");
	fake_forget(fake, a);
	assert_false(fake->series[to - 1].released);
	assert_string_equal(filtering_number(fake, 2, b, 3), "n/p=3@2");
	fake_forget(fake, b);
	assert_true(fake->series[to - 1].released);
	fake_free(fake);
}

static const struct {
	const char *option, *value, *error;
} bad[] = {
	{ "pattern", "a(b", "pattern: \"a(b\": Unmatched ( or \\(" },
	{ "node", "{1}",
	    "node: \"{1}\": byte 1: there is no group 1: 0 in all" },
	{ "pattern", "",
	    "needs one of parameter, node, cluster and farm: what "
	    "is renamed" },
};

static void
test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, bad[i].option, bad[i].value, NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), bad[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_two_to_one),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
