/* Many numbers in a few: the same however they were divided. */
#include "tally.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

#define NUMBERS 1000
#define PARTS 9

static double
sum_of(const double *numbers, size_t n)
{
	struct exact e = { .pending = 0 };

	for (size_t i = 0; i < n; i++)
		exact_add(&e, numbers[i]);
	return exact_sum(&e);
}

#define SUM(...)                                                               \
	sum_of((const double[]){ __VA_ARGS__ },                                \
	    sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))

static void
test_sums(void **state)
{
	(void)state;
	assert_true(SUM(0) == 0);
	assert_true(SUM(-0.0) == 0 && !signbit(SUM(-0.0)));
	assert_true(SUM(1) == 1);
	assert_true(SUM(-1.5) == -1.5);
	assert_true(SUM(1, 2, 3, -6) == 0);
	assert_true(SUM(1e308, 1, -1e308) == 1);
	assert_true(SUM(DBL_MAX, DBL_MAX, -DBL_MAX) == DBL_MAX);
	assert_true(SUM(DBL_MAX, DBL_MAX) == INFINITY);
	assert_true(SUM(-DBL_MAX, -DBL_MAX) == -INFINITY);
	assert_true(SUM(DBL_TRUE_MIN, DBL_TRUE_MIN) == 2 * DBL_TRUE_MIN);
	assert_true(SUM(-DBL_TRUE_MIN, DBL_MIN) == DBL_MIN - DBL_TRUE_MIN);
	assert_true(SUM(.1, .1, .1, .1, .1, .1, .1, .1, .1, .1) == 1);
}

/* Half way between two doubles: to the even one; the least more: up. */
static void
test_rounding(void **state)
{
	const double half = DBL_EPSILON / 2;

	(void)state;
	assert_true(SUM(1, half) == 1);
	assert_true(SUM(1, half, DBL_TRUE_MIN) == 1 + DBL_EPSILON);
	assert_true(SUM(1, half, -DBL_TRUE_MIN) == 1);
	assert_true(SUM(1 + DBL_EPSILON, half) == 1 + 2 * DBL_EPSILON);
	assert_true(SUM(-1, -half, -DBL_TRUE_MIN) == -1 - DBL_EPSILON);
}

/* Anything from the smallest to the largest, of either sign. */
static double
any_number(uint64_t *seed)
{
	double number;

	do {
		*seed ^= *seed << 13;
		*seed ^= *seed >> 7;
		*seed ^= *seed << 17;
		memcpy(&number, seed, sizeof(number));
	} while (!isfinite(number));
	return number;
}

/* Of integers, against integers. */
static void
test_against_integers(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct exact e = { .pending = 0 };
		__int128 naive = 0;

		for (int i = 0; i < 500; i++) {
			int64_t n;

			any_number(&seed);
			n = (int64_t)seed >> seed % 50;
			n &= ~INT64_C(0x7ff); /* a double as it is */
			naive += n;
			exact_add(&e, (double)n);
		}
		assert_true(exact_sum(&e) == (double)naive);
	}
}

static void
assert_same(const struct tally *a, const struct tally *b)
{
	double sum = exact_sum(&a->sum), other = exact_sum(&b->sum);

	assert_int_equal(a->known, b->known);
	assert_int_equal(a->moments.n, b->moments.n);
	assert_memory_equal(&sum, &other, sizeof(sum));
	assert_memory_equal(&a->min, &b->min, sizeof(a->min));
	assert_memory_equal(&a->max, &b->max, sizeof(a->max));
}

/* Parts chosen at random, merged in a tree, are the whole. */
static void
test_parts(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct tally parts[PARTS], whole;

		tally_init(&whole);
		for (int i = 0; i < PARTS; i++)
			tally_init(&parts[i]);
		for (int i = 0; i < NUMBERS; i++) {
			double number = any_number(&seed);
			struct tally *part = &parts[seed / 7 % PARTS];

			part->known++;
			whole.known++;
			tally_add(part, number);
			tally_add(&whole, number);
		}
		for (int i = PARTS - 1; i > 0; i--)
			tally_merge(&parts[(i - 1) / 2], &parts[i]);
		assert_same(&parts[0], &whole);
	}
}

static void
test_variance(void **state)
{
	struct tally parts[PARTS], whole;
	double deviation;

	(void)state;
	tally_init(&whole);
	for (int i = 0; i < PARTS; i++)
		tally_init(&parts[i]);
	for (int i = 0; i < NUMBERS; i++) {
		tally_add(&parts[i % PARTS], 1e9 + i % 10);
		tally_add(&whole, 1e9 + i % 10);
	}
	for (int i = 1; i < PARTS; i++)
		tally_merge(&parts[0], &parts[i]);
	/* Of 0 to 9, a hundred times each. */
	deviation = sqrt(8.25 * NUMBERS / (NUMBERS - 1));
	assert_true(fabs(moments_deviation(&whole.moments) - deviation) < 1e-6);
	assert_true(
	    fabs(moments_deviation(&parts[0].moments) - deviation) < 1e-6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_against_integers),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_variance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
