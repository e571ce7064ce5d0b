/* The filter unit: numbers in another unit. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static const struct {
	const char *from, *to, *factor;
	struct farm_value value;
	const char *out;
} cases[] = {
	{ "KiBy", "By", NULL, { .type = FARM_UINT64, .uint64 = 3 },
	    "n/p By=3072@0" },
	{ "kB", "By", NULL, { .type = FARM_INT64, .int64 = -3 },
	    "n/p By=-3000@0" },
	{ "KiBy", "By", NULL, { .type = FARM_UINT64, .uint64 = UINT64_MAX },
	    "n/p By=1.888946593147858e+22@0" },
	{ "By", "KiBy", NULL, { .type = FARM_UINT64, .uint64 = 1536 },
	    "n/p KiBy=1.5@0" },
	{ "By/s", "Mbit/s", NULL, { .type = FARM_DOUBLE, .number = 125000 },
	    "n/p Mbit/s=1@0" },
	{ "%", "1", NULL, { .type = FARM_DOUBLE, .number = 50 },
	    "n/p 1=0.5@0" },
	{ "K", "Cel", NULL, { .type = FARM_DOUBLE, .number = 273.15 },
	    "n/p Cel=0@0" },
	{ "Cel", "[degF]", NULL, { .type = FARM_DOUBLE, .number = 0 },
	    "n/p [degF]=32@0" },
	{ "rpm", "Hz", "0.5", { .type = FARM_UINT64, .uint64 = 3 },
	    "n/p Hz=1.5@0" },
	{ "s", "By", NULL, { .type = FARM_DOUBLE, .number = 2 }, "n/p s=2@0" },
	{ "odd", "By", NULL, { .type = FARM_DOUBLE, .number = 2 },
	    "n/p odd=2@0" },
	{ "KiBy", "By", NULL, { .type = FARM_TEXT, .length = 1, .text = "x" },
	    "n/p By=x@0" },
};

static void
test_conversions(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		struct farm_value v = cases[i].value;

		fake_options(fake, "to", cases[i].to, NULL);
		if (cases[i].factor != NULL)
			fake_options(fake, "factor", cases[i].factor, NULL);
		assert_int_equal(fake_open(fake), 0);
		v.series = filtering_series(
		    fake, "n", "p", FARM_GAUGE, cases[i].from);
		assert_string_equal(
		    filtering_apply(fake, 0, &v, 1), cases[i].out);
		fake_free(fake);
	}
}

static void
test_counters_stay(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s;

	(void)state;
	fake_options(fake, "to", "By", NULL);
	assert_int_equal(fake_open(fake), 0);
	s = filtering_series(fake, "n", "p", FARM_COUNTER32, "KiBy");
	assert_string_equal(filtering_number(fake, 0, s, 1), "n/p KiBy=1@0");
	assert_int_equal(fake->n_logs, 1);
	assert_string_equal(fake->logs[0].text,
	    "p of n is a counter and stays in KiBy: make a rate of it first");
	fake_free(fake);
}

static const struct {
	const char *to, *from, *offset, *error;
} bad[] = {
	{ "apples", "", "0",
	    "to: nothing is known of the unit \"apples\": give "
	    "a factor" },
	{ "By", "s", "0",
	    "from: no way is known from \"s\" to \"By\": give a "
	    "factor" },
	{ "By", "", "2", "offset: only with factor" },
};

static void
test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, "to", bad[i].to, "from", bad[i].from,
		    "offset", bad[i].offset, NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), bad[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_counters_stay),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
