/* The filter sample: each k-th value, and all around what matters. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

static void
test_turns(void **state)
{
	static const struct {
		const char *option, *value, *passes;
	} cases[] = { { "one_of", "3", "x..x..x..x" },
		{ "interval", "4s", "x...x...x." } };
	size_t i, k;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct fake_host *fake = fake_new(&farm_module);
		uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
		char passes[11] = "";

		fake_options(fake, cases[i].option, cases[i].value, NULL);
		assert_int_equal(fake_open(fake), 0);
		for (k = 0; k < 10; k++)
			strcat(passes,
			    filtering_number(fake, (int64_t)k, s, 1)[0] != '\0'
				? "x"
				: ".");
		assert_string_equal(passes, cases[i].passes);
		fake_free(fake);
	}
}

static void
test_around(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t load, mem, other;

	(void)state;
	fake_options(fake, "around", "*/*/*/load>5", "before", "2s", "after",
	    "2s", NULL);
	assert_int_equal(fake_open(fake), 0);
	load = filtering_series(fake, "n1", "load", FARM_GAUGE, "");
	mem = filtering_series(fake, "n1", "mem", FARM_GAUGE, "");
	other = filtering_series(fake, "n2", "mem", FARM_GAUGE, "");
	assert_string_equal(filtering_number(fake, 0, mem, 1), "");
	assert_string_equal(filtering_number(fake, 1, mem, 2), "");
	assert_string_equal(filtering_number(fake, 2, mem, 3), "");
	assert_string_equal(filtering_number(fake, 2, load, 4), "");
	assert_string_equal(filtering_number(fake, 2, other, 9), "");
	/* Those of the two seconds before come first, each result whole. */
	assert_string_equal(filtering_number(fake, 3, load, 6),
	    "n1/mem=2@1 n1/mem=3@2 n1/load=4@2 n1/load=6@3");
	assert_string_equal(filtering_number(fake, 5, mem, 5), "n1/mem=5@5");
	assert_string_equal(filtering_number(fake, 5, other, 5), "");
	assert_string_equal(filtering_number(fake, 6, mem, 6), "");
	/* Nothing goes on twice. */
	assert_string_equal(
	    filtering_number(fake, 7, load, 7), "n1/mem=6@6 n1/load=7@7");
	fake_free(fake);
}

/* What was held of a series that has expired is not there to go on. */
static void
test_forgotten(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t load, mem;

	(void)state;
	fake_options(fake, "around", "*/*/*/load>5", NULL);
	assert_int_equal(fake_open(fake), 0);
	load = filtering_series(fake, "n1", "load", FARM_GAUGE, "");
	mem = filtering_series(fake, "n1", "mem", FARM_GAUGE, "");
	assert_string_equal(filtering_number(fake, 0, mem, 1), "");
	assert_string_equal(filtering_number(fake, 0, load, 1), "");
	fake_forget(fake, mem);
	farm_release(&fake->host, mem);
	assert_string_equal(
	    filtering_number(fake, 1, load, 6), "n1/load=1@0 n1/load=6@1");
	fake_forget(fake, load);
	fake_free(fake);
}

static void
test_bounded(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t load;
	int64_t k;

	(void)state;
	fake_options(fake, "around", "*/*/*/load>5", "memory", "1KiB", NULL);
	assert_int_equal(fake_open(fake), 0);
	load = filtering_series(fake, "n1", "load", FARM_GAUGE, "");
	for (k = 0; k < 29; k++)
		assert_string_equal(filtering_number(fake, k, load, 1), "");
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_logs, 0);
	for (k = 0; k < 100; k++)
		assert_string_equal(filtering_number(fake, 29, load, 1), "");
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_logs, 1);
	assert_string_equal(fake->logs[0].text,
	    "memory: 97 values were not held, all 768 bytes are in use");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_around),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
