/* Samples in the order of their keys, however they come. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { RECORDS = 40, VALUES = 25, SAMPLES = RECORDS * VALUES };

struct batch {
	struct farm_value values[SAMPLES];
	struct farm_record records[RECORDS];
	struct sample samples[SAMPLES];
};

static int
compare(const struct sample *a, const struct sample *b)
{
	const int64_t x[] = { a->series, a->record->time_ns,
		(int64_t)a->record->position, (int64_t)sample_item(a) };
	const int64_t y[] = { b->series, b->record->time_ns,
		(int64_t)b->record->position, (int64_t)sample_item(b) };

	for (size_t i = 0; i < COUNT(x); i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	}
	return 0;
}

/* Ids from `first' on, `step' apart; times that go on, or do not. */
static void
make(struct batch *b, unsigned *seed, int64_t first, int64_t step, bool late)
{
	for (size_t i = 0; i < RECORDS; i++) {
		b->records[i] = (struct farm_record){ .position = i + 1,
			.time_ns = late ? rand_r(seed) % 5 : (int)i / 3,
			.values = &b->values[i * VALUES],
			.n_values = VALUES };
		for (size_t k = 0; k < VALUES; k++)
			b->samples[i * VALUES + k] = (struct sample){
				.series = first + step * (rand_r(seed) % 60),
				.record = &b->records[i],
				.value = &b->values[i * VALUES + k]
			};
	}
}

static void
assert_sorted(struct batch *b, size_t n)
{
	struct load l = { .samples = b->samples, .n_samples = n };
	bool seen[SAMPLES] = { false };

	store_sort(&l);
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &b->samples[i];
		size_t value = (size_t)(s->value - b->values);

		assert_true(i == 0 || compare(s - 1, s) < 0);
		assert_ptr_equal(s->record, &b->records[value / VALUES]);
		assert_false(seen[value]);
		seen[value] = true;
	}
	for (size_t i = 0; i < n; i++)
		assert_true(seen[i]);
}

static void
test_sort(void **state)
{
	static const struct {
		int64_t first, step;
	} ids[] = { { 1, 1 }, { 7000000, 3 }, { 1, 1000000 },
		{ INT64_MAX - 59, 1 }, { 5, INT64_MAX / 60 }, { 9, 0 } };
	static struct batch b;
	unsigned seed = 11;

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		for (int late = 0; late < 2; late++) {
			make(&b, &seed, ids[i].first, ids[i].step, late == 1);
			assert_sorted(&b, SAMPLES);
			make(&b, &seed, ids[i].first, ids[i].step, late == 1);
			assert_sorted(&b, 1);
			assert_sorted(&b, 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sort) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
