/* The filter threshold: crossings, and what has gone far. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static const struct {
	const char *what;
	const char *options[9]; /* names and values */
	double numbers[8];
	const char *passes; /* x: goes on */
} cases[] = {
	{ "up", { "above", "50" }, { 10, 49, 51, 60, 40, 55, 50, 50.1 },
	    "..x..x.x" },
	{ "and back", { "above", "50", "back", "true" },
	    { 10, 49, 51, 60, 40, 55, 55, 55 }, "..x.xx.." },
	{ "not before it has come back", { "above", "50", "hysteresis", "5" },
	    { 51, 49, 51, 45.5, 51, 44, 51, 52 }, "x.....x." },
	{ "both sides", { "above", "50", "below", "10", "back", "true" },
	    { 30, 60, 5, 5, 30, 9, 51, 49 }, ".xx.xxxx" },
	{ "further than a share", { "percent", "20" },
	    { 100, 110, 121, 130, 146, 146, 100, 100 }, "x.x.x.x." },
	{ "further than so much", { "delta", "5" },
	    { 0, 5, 5.1, 10, 11, 5, 5, 5 }, "x.x.xx.." },
};

static void
test_cases(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
		const char *const *o = cases[i].options;
		char passes[9] = "";

		for (; *o != NULL; o += 2)
			fake_options(fake, o[0], o[1], NULL);
		assert_int_equal(fake_open(fake), 0);
		for (k = 0; k < 8; k++)
			strcat(passes, filtering_number(fake, (int64_t)k, s,
					   cases[i].numbers[k])[0] != '\0'
					   ? "x"
					   : ".");
		assert_string_equal(passes, cases[i].passes);
		fake_free(fake);
	}
}

static const struct {
	const char *options[7];
	const char *error;
} bad[] = {
	{ { NULL }, "needs one of above, below, delta and percent: what is "
		    "looked for" },
	{ { "above", "1", "below", "1" },
	    "below: 1 is not less than above: 1" },
	{ { "above", "5", "below", "1", "hysteresis", "4" },
	    "hysteresis: 4 is all the way from above to below" },
};

static void
test_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		const char *const *o = bad[i].options;

		for (; *o != NULL; o += 2)
			fake_options(fake, o[0], o[1], NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), bad[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
