/* The filter forecast: the next number, told in the way that was best. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

static struct fake_host *
new_forecast(const char *ways, const char *window)
{
	struct fake_host *fake = fake_new(&farm_module);

	fake_options(fake, "ways", ways, "window", window, "by", "yes",
	    "replace", "yes", NULL);
	assert_int_equal(fake_open(fake), 0);
	return fake;
}

/* The example of the module's page. */
static void
test_line(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s = filtering_series(fake, "n", "rtt", FARM_GAUGE, "ms");

	(void)state;
	fake_options(fake, "by", "yes", NULL);
	assert_int_equal(fake_open(fake), 0);
	assert_string_equal(filtering_number(fake, 0, s, 1), "n/rtt ms=1@0");
	assert_string_equal(filtering_number(fake, 60, s, 2), "n/rtt ms=2@60");
	assert_string_equal(filtering_number(fake, 120, s, 3),
	    "n/rtt ms=3@120 n/rtt_forecast ms=4@120 "
	    "n/rtt_forecast_error ms=0.5@120 n/rtt_forecast_by=trend@120");
	filtering_number(fake, 180, s, 4);
	assert_true(fabs(fake_value(fake, "n", "rtt_forecast") - 5) < 1e-12);
	assert_true(
	    fabs(fake_value(fake, "n", "rtt_forecast_error") - 1 / 3.) < 1e-12);
	/* Not newer, and no number: as it is. */
	assert_string_equal(
	    filtering_number(fake, 180, s, 9), "n/rtt ms=9@180");
	assert_string_equal(
	    filtering_number(fake, 240, s, INFINITY), "n/rtt ms=+Inf@240");
	fake_free(fake);
}

/* Which way is best for what, once it has been seen for long. */
static void
test_ways(void **state)
{
	static const char *const all = "[last, mean, median, trend, ewma]";
	static const struct {
		const char *what;
		double period[6];
		int n;
		double slope;
		double next;
		const char *by;
	} cases[] = {
		{ "nothing changes", { 7 }, 1, 0, 7, "last" },
		{ "a line", { 0 }, 1, 2, 2 * 600, "trend" },
		{ "to and fro", { 1, -1 }, 2, 0, 0, "mean" },
		{ "one in six is far off", { 5, 5, 5, 5, 5, 95 }, 6, 0, 5,
		    "median" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = new_forecast(all, "30");
		uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
		double next;

		for (int k = 0; k < 600; k++)
			filtering_number(fake, k, s,
			    cases[i].period[k % cases[i].n] +
				k * cases[i].slope);
		next = fake_value(fake, "n", "p_forecast");
		if (fabs(next - cases[i].next) > 1e-6 ||
		    strcmp(fake_text(fake, "n", "p_forecast_by"),
			cases[i].by) != 0)
			fail_msg("%s: %g by %s", cases[i].what, next,
			    fake_text(fake, "n", "p_forecast_by"));
		fake_free(fake);
	}
}

/* A level that wanders among noise: a weight between 0 and 1 is best, and what
   is said of the error is what it was off by. */
static void
test_wandering(void **state)
{
	struct fake_host *fake = new_forecast(
	    "[last, mean, median, trend, ewma]", "250");
	uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	double level = 0, next = 0, off = 0;
	unsigned seed = 5;
	int counted = 0;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		double number;

		level += (rand_r(&seed) % 2001 - 1000) / 1000.0;
		number = level + (rand_r(&seed) % 2001 - 1000) / 1000.0;
		filtering_number(fake, i, s, number);
		if (i > 4000) {
			off += fabs(next - number);
			counted++;
		}
		if (i > 3)
			next = fake_value(fake, "n", "p_forecast");
	}
	assert_int_equal(
	    strncmp(fake_text(fake, "n", "p_forecast_by"), "ewma_", 5), 0);
	off /= counted;
	assert_true(
	    fabs(fake_value(fake, "n", "p_forecast_error") / off - 1) < 0.2);
	fake_free(fake);
}

/* ---------------------------------------------- against the plain way -- */

enum { N = 400, WINDOW = 7, WAYS = 6 };

static const char *const names[WAYS] = { "last", "mean", "median", "trend",
	"ewma_0.25", "ewma_1" };

struct plain {
	double times[N];
	double numbers[N];
	double smooth;
	double errors[WAYS];
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
plain_line(const double *times, const double *numbers, int n, double at)
{
	double st = 0, sx = 0, stt = 0, stx = 0, slope;

	for (int i = 0; i < n; i++) {
		st += times[i];
		sx += numbers[i];
		stt += times[i] * times[i];
		stx += times[i] * numbers[i];
	}
	if (n == 1)
		return sx;
	slope = (n * stx - st * sx) / (n * stt - st * st);
	return sx / n + slope * (at - st / n);
}

/* What each way says of time `at' after the first n. */
static void
plain_tell(const struct plain *p, int n, double at, double ret[WAYS])
{
	int k = n < WINDOW ? n : WINDOW;
	const double *numbers = p->numbers + n - k;
	double sorted[WINDOW];

	ret[0] = p->numbers[n - 1];
	ret[1] = 0;
	for (int i = 0; i < k; i++)
		ret[1] += numbers[i] / k;
	memcpy(sorted, numbers, sizeof(double) * (size_t)k);
	qsort(sorted, (size_t)k, sizeof(double), compare);
	ret[2] = (sorted[k / 2] + sorted[(k - 1) / 2]) / 2;
	ret[3] = plain_line(p->times + n - k, numbers, k, at);
	ret[4] = p->smooth;
	ret[5] = p->numbers[n - 1];
}

static void
plain_add(struct plain *p, int n, double time, double number)
{
	double told[WAYS];

	if (n > 0) {
		double parts = n < WINDOW ? n : WINDOW;

		plain_tell(p, n, time, told);
		for (int i = 0; i < WAYS; i++)
			p->errors[i] = p->errors[i] * (1 - 1 / parts) +
				       fabs(told[i] - number) / parts;
	}
	p->times[n] = time;
	p->numbers[n] = number;
	p->smooth = n == 0 ? number : 0.75 * p->smooth + 0.25 * number;
}

static void
check(struct fake_host *fake, const struct plain *p, int n)
{
	int k = n < WINDOW ? n : WINDOW;
	double last = p->times[n - 1];
	double step = (last - p->times[n - k]) / (k - 1);
	const char *by = fake_text(fake, "n", "p_forecast_by");
	double told[WAYS], least = INFINITY;
	int way = 0;

	while (strcmp(names[way], by) != 0)
		assert_true(++way < WAYS);
	for (int i = 0; i < WAYS; i++)
		least = fmin(least, p->errors[i]);
	plain_tell(p, n, last + step, told);
	assert_true(p->errors[way] - least < 1e-8);
	assert_true(fabs(fake_value(fake, "n", "p_forecast_error") -
			 p->errors[way]) < 1e-8);
	assert_true(
	    fabs(fake_value(fake, "n", "p_forecast") - told[way]) < 1e-8);
}

static void
test_against_the_plain_way(void **state)
{
	unsigned seed = 11;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct fake_host *fake = fake_new(&farm_module);
		uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");
		struct plain plain = { .smooth = 0 };
		int time = 0;

		fake_options(fake, "weights", "[0.25, 1]", "window", "7",
		    "samples", "2", "by", "yes", NULL);
		assert_int_equal(fake_open(fake), 0);
		for (int i = 0; i < N; i++) {
			double number = rand_r(&seed) % (1 + 7 * round) + i;

			time += 1 + rand_r(&seed) % 3;
			filtering_number(fake, time, s, number);
			plain_add(&plain, i, time, number);
			if (i > 0)
				check(fake, &plain, i + 1);
		}
		fake_free(fake);
	}
}

/* Numbers at the ends of what there is: nothing that is no number. */
static void
test_ends(void **state)
{
	struct fake_host *fake = new_forecast(
	    "[last, mean, median, trend, ewma]", "4");
	uint32_t s = filtering_series(fake, "n", "p", FARM_GAUGE, "");

	(void)state;
	for (int i = 0; i < 40; i++) {
		filtering_number(fake, i, s, i % 3 == 0 ? 1.7e308 : -1.7e308);
		for (size_t k = 0; k < fake->n_values; k++)
			assert_true(fake->values[k].value.type == FARM_TEXT ||
				    isfinite(fake->values[k].value.number));
	}
	fake_forget(fake, s);
	assert_string_equal(filtering_number(fake, 50, s, 1), "");
	fake_free(fake);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *option, *text, *error;
	} cases[] = {
		{ "ways", "[]", "ways: there is none" },
		{ "ways", "[last, next]",
		    "ways: \"next\" is none of last, mean, median, trend, "
		    "ewma" },
		{ "ways", "[last, mean, last]",
		    "ways: last stands there twice" },
		{ "weights", "[0.5, 0]",
		    "weights: \"0\" is no number above 0 to 1" },
		{ "weights", "[0.5, 0.50]",
		    "weights: ewma_0.5 stands there twice" },
		{ "weights",
		    "[.01, .02, .03, .04, .05, .06, .07, .08, .09, .1, .11, "
		    ".12, .13, .14, .15, .16, .17, .18, .19, .2, .21]",
		    "weights: more than 24 ways in all" },
		{ "suffix", "",
		    "suffix: without one a number and what is told have one "
		    "name, which is for replace only" },
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
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_wandering),
		cmocka_unit_test(test_against_the_plain_way),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
