/* Quantiles within their error, of the whole and of parts. */
#include "sketch.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define NUMBERS 2000
#define PARTS 7

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
uniform(unsigned *seed)
{
	return ((double)rand_r(seed) + 1) / ((double)RAND_MAX + 2);
}

/* Of a few shapes: even, with a long tail, with zeros and both signs. */
static double
number_of(int shape, unsigned *seed)
{
	double u = uniform(seed);

	switch (shape) {
	case 0:
		return u;
	case 1:
		return 1e-6 * pow(u, -2);
	case 2:
		return rint(20 * u) - 10;
	default:
		return -1e200 * exp(30 * u);
	}
}

static void
check_quantiles(const struct sketch *s, double *numbers, size_t n)
{
	qsort(numbers, n, sizeof(*numbers), compare);
	for (int q = 0; q <= 1000; q++) {
		double exact = numbers[(size_t)(q / 1000.0 * (double)(n - 1))];
		double got = sketch_quantile(s, q / 1000.0);

		/* Logarithms are rounded, too. */
		assert_true(
		    fabs(got - exact) <= (SKETCH_ERROR + 1e-9) * fabs(exact));
	}
}

static void
assert_same_side(const struct sketch_side *a, const struct sketch_side *b)
{
	assert_int_equal(a->depth, b->depth);
	if (a->depth == 0)
		return;
	assert_int_equal(a->top, b->top);
	assert_memory_equal(a->counts, b->counts, sizeof(a->counts));
}

static void
test_error(void **state)
{
	static struct sketch parts[PARTS], whole;
	double numbers[NUMBERS];
	unsigned seed = 5;

	(void)state;
	for (int shape = 0; shape < 4; shape++) {
		sketch_clear(&whole);
		for (int i = 0; i < PARTS; i++)
			sketch_clear(&parts[i]);
		for (int i = 0; i < NUMBERS; i++) {
			numbers[i] = number_of(shape, &seed);
			sketch_add(&whole, numbers[i]);
			sketch_add(&parts[rand_r(&seed) % PARTS], numbers[i]);
		}
		for (int i = 1; i < PARTS; i++)
			sketch_merge(&parts[0], &parts[i]);
		check_quantiles(&whole, numbers, NUMBERS);
		assert_int_equal(whole.n, parts[0].n);
		assert_int_equal(whole.zeros, parts[0].zeros);
		assert_same_side(&whole.negative, &parts[0].negative);
		assert_same_side(&whole.positive, &parts[0].positive);
	}
}

/* All that doubles can be: the large ones keep their bins, whatever came
   first, and parts still merge to the whole. */
static void
test_bounded(void **state)
{
	static const double numbers[] = { DBL_TRUE_MIN, 1e-300, 1, 2, 1e100,
		DBL_MAX, -1, -DBL_MAX, 1e-5, 5e307, 1e308, 1e291 };
	static struct sketch rising, falling, halves[2];

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		sketch_add(&rising, numbers[i]);
		sketch_add(&falling, numbers[COUNT(numbers) - 1 - i]);
		sketch_add(&halves[i % 2], numbers[i]);
	}
	sketch_merge(&halves[1], &halves[0]);
	assert_same_side(&rising.positive, &falling.positive);
	assert_same_side(&rising.negative, &falling.negative);
	assert_same_side(&rising.positive, &halves[1].positive);
	assert_same_side(&rising.negative, &halves[1].negative);
	assert_int_equal(rising.positive.depth, SKETCH_BINS);
	assert_int_equal(rising.positive.counts[SKETCH_BINS - 1], 6);
	assert_true(fabs(sketch_quantile(&rising, 0.92) - 1e308) < 1.01e306);
	assert_true(sketch_quantile(&rising, 0) < -1.7e308);
}

static void
test_few(void **state)
{
	static struct sketch s;

	(void)state;
	sketch_add(&s, 0);
	assert_true(sketch_quantile(&s, 0.5) == 0);
	sketch_add(&s, -3);
	assert_true(sketch_quantile(&s, 1) == 0);
	assert_true(fabs(sketch_quantile(&s, 0) + 3) <= 0.03);
	sketch_clear(&s);
	sketch_add(&s, 7);
	assert_true(fabs(sketch_quantile(&s, 0) - 7) <= 0.07);
	assert_true(fabs(sketch_quantile(&s, 1) - 7) <= 0.07);
}

static void
test_times(void **state)
{
	static const double numbers[] = { 7, 0, -3 };
	static struct sketch at_once, one_by_one;

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		sketch_add_times(&at_once, numbers[i], 100 + i);
		for (size_t k = 0; k < 100 + i; k++)
			sketch_add(&one_by_one, numbers[i]);
	}
	assert_int_equal(at_once.n, 303);
	assert_int_equal(at_once.n, one_by_one.n);
	assert_int_equal(at_once.zeros, one_by_one.zeros);
	assert_same_side(&at_once.negative, &one_by_one.negative);
	assert_same_side(&at_once.positive, &one_by_one.positive);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
