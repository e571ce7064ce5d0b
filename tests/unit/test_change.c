/* The filter change: a value goes on only if it is another one. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

#include <math.h>

static const struct {
	const char *what, *deadband, *percent, *resend;
	double numbers[8];
	const char *passes; /* x: goes on */
} cases[] = {
	{ "another one", "0", "0", "0s", { 1, 1, 2, 2, 1, NAN, NAN, 1 },
	    "x.x.xx.x" },
	{ "no drifting past a band", "1", "0", "0s",
	    { 0, 0.6, 1, 1.2, 1.8, 2.3, -5, -5 }, "x..x.xx." },
	{ "percent", "0", "10", "0s", { 100, 109, 110, 111, 120, 123, 0, 1 },
	    "x..x.xxx" },
	{ "said again", "0", "0", "3s", { 1, 1, 1, 1, 1, 1, 1, 2 },
	    "x..x..xx" },
};

static void
test_numbers(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
		char passes[9] = "";

		fake_options(fake, "deadband", cases[i].deadband, "percent",
		    cases[i].percent, "resend", cases[i].resend, NULL);
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

static const char *
pass(struct fake_host *fake, uint32_t series, struct farm_value v)
{
	v.series = series;
	return filtering_apply(fake, 0, &v, 1);
}

static void
test_other_types(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s = filtering_series(fake, "n", "p", FARM_STATE, "");

	(void)state;
	assert_int_equal(fake_open(fake), 0);
	assert_string_equal(pass(fake, s, farm_text("up", 2)), "n/p=up@0");
	assert_string_equal(pass(fake, s, farm_text("up", 2)), "");
	assert_string_equal(pass(fake, s, farm_text("down", 4)), "n/p=down@0");
	assert_string_equal(pass(fake, s, farm_boolean(true)), "n/p=true@0");
	assert_string_equal(pass(fake, s, farm_boolean(true)), "");
	/* Exactly: no double tells these apart. */
	assert_string_equal(pass(fake, s, farm_uint64(UINT64_MAX - 1)),
	    "n/p=18446744073709551614@0");
	assert_string_equal(pass(fake, s, farm_uint64(UINT64_MAX)),
	    "n/p=18446744073709551615@0");
	assert_string_equal(pass(fake, s, farm_uint64(UINT64_MAX)), "");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_other_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
