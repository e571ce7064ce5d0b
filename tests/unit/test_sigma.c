/* The filter sigma: numbers that are far from what they used to be. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

#define WINDOW_S 600
#define PART_S (WINDOW_S / 60)

/* What one value brought; NAN if it is not there. */
static double
now(const struct fake_host *fake, const char *parameter)
{
	const struct fake_value *v = fake_find(fake, "n", parameter);

	if (v == NULL)
		return NAN;
	return v->value.type == FARM_INT64 ? (double)v->value.int64
					   : v->value.number;
}

/* Mean and deviation of those within the window, in two passes. */
static size_t
naive(const int64_t *times, const double *numbers, size_t n, int64_t s,
    double *ret_mean, double *ret_deviation)
{
	int64_t first = ((1000 + s) / PART_S - 60) * PART_S - 1000;
	double sum = 0, squares = 0;
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		if (times[i] >= first) {
			sum += numbers[i];
			count++;
		}
	*ret_mean = sum / (double)count;
	for (i = 0; i < n; i++)
		if (times[i] >= first)
			squares += pow(numbers[i] - *ret_mean, 2);
	*ret_deviation = count > 1 ? sqrt(squares / (double)(count - 1)) : 0;
	return count;
}

static void
test_against_naive(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "ms");
	static int64_t times[2000];
	static double numbers[2000];
	double mean, deviation;
	size_t i, count;
	int64_t s = 0;

	(void)state;
	srand(7);
	fake_options(fake, "window", "10m", "samples", "5", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < 2000; i++) {
		s += 1 + rand() % (i % 500 == 499 ? 2000 : 20);
		times[i] = s;
		numbers[i] = 1e9 + rand() % 1000;
		filtering_number(fake, s, series, numbers[i]);
		count = naive(times, numbers, i, s, &mean, &deviation);
		if (count < 5) {
			assert_true(isnan(now(fake, "p_mean")));
			continue;
		}
		assert_true(fabs(now(fake, "p_mean") - mean) < 1e-5);
		assert_true(fabs(now(fake, "p_sigma") - deviation) < 1e-5);
		assert_true(
		    now(fake, "p_far") == (numbers[i] > mean + deviation));
	}
	fake_free(fake);
}

/* Events, as "STATE@SECOND ", of a number each second. */
static void
test_hold_and_recover(void **state)
{
	static const double numbers[] = { 10, 12, 10, 12, 20, 11, 20, 20, 20,
		11, 20, 11, 11, 11 };
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	char events[256] = "", one[64];
	size_t i;

	(void)state;
	fake_options(fake, "samples", "4", "k", "1", "hold", "2s", "recover",
	    "2s", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		filtering_number(fake, (int64_t)i, series, numbers[i]);
		if (fake->n_records == 0)
			continue;
		assert_int_equal(fake->n_records, 1);
		assert_int_equal(fake->records[0].type, FARM_EVENT);
		snprintf(one, sizeof(one), "%s@%zu ",
		    strstr(fake->records[0].payload, "\"raised\"") ? "raised"
								   : "over",
		    i);
		strcat(events, one);
	}
	assert_string_equal(events, "raised@8 over@13 ");
	fake_free(fake);
}

static void
test_lost(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");

	(void)state;
	fake_options(fake, "lost", "5s", NULL);
	assert_int_equal(fake_open(fake), 0);
	fake->now_ns = 1000 * NS_PER_S;
	filtering_number(fake, 0, series, 1);
	fake_clear(fake);
	fake->now_ns += 4 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_records, 0);
	fake->now_ns += NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_records, 1);
	assert_string_equal(fake->records[0].payload,
	    "{\"event\":\"sigma\",\"state\":\"raised\",\"text\":\"nothing for "
	    "5 s\",\"farm\":\"testfarm\",\"cluster\":\"c\",\"node\":\"n\","
	    "\"parameter\":\"p\"}");
	assert_true(now(fake, "p_far") == 1);
	fake_clear(fake);
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_records, 0);
	fake_forget(fake, series);
	fake->now_ns += 100 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive),
		cmocka_unit_test(test_hold_and_recover),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
