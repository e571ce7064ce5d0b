/* What is remembered of series is what was said last, or nothing. */
#include "recall.h"

#include <stdlib.h>

#include "unit.h"

enum { SERIES = 3000, ROUNDS = 200000, MANY = 400000 };

static struct level_state
state_of(int64_t series, int64_t time_ns)
{
	return (struct level_state){ .any = true,
		.before_ns = time_ns - series,
		.value = (double)series };
}

static bool
is_remembered(const struct recall *r, int64_t series, int64_t time_ns)
{
	const struct level_state want = state_of(series, time_ns), *have;
	int64_t at_ns = 0;

	have = recall_find(r, series, &at_ns);
	if (have == NULL || at_ns != time_ns)
		return false;
	assert_int_equal(have->before_ns, want.before_ns);
	assert_true(have->any && have->value == want.value);
	return true;
}

static void
test_any_order(void **state)
{
	static int64_t times[SERIES + 1];
	struct recall r = { .n = 0 };
	unsigned seed = 5;

	(void)state;
	for (int64_t now = 1; now <= ROUNDS; now++) {
		int64_t series = 1 + rand_r(&seed) % SERIES, old;
		struct level_state s = state_of(series, now);

		if (rand_r(&seed) % 10 == 0) {
			if (recall_find(&r, series, &old) != NULL)
				recall_forget(&r, series);
			times[series] = 0;
		} else {
			recall_keep(&r, series, now, &s, now - ROUNDS / 10);
			times[series] = now;
		}
		series = 1 + rand_r(&seed) % SERIES;
		if (times[series] == 0)
			assert_false(
			    recall_find(&r, series, &old) != NULL && old > 0);
		else if (times[series] > now - ROUNDS / 10)
			assert_true(is_remembered(&r, series, times[series]));
	}
	recall_free(&r);
}

/* Memory has a bound; there is room again once something is too old. */
static void
test_many(void **state)
{
	struct recall r = { .n = 0 };
	size_t capacity;

	(void)state;
	for (int64_t time_ns = 1; time_ns <= 2; time_ns++) {
		for (int64_t i = 1; i <= MANY; i++) {
			struct level_state s = state_of(
			    i + time_ns * MANY, time_ns);

			recall_keep(
			    &r, i + time_ns * MANY, time_ns, &s, time_ns);
		}
		capacity = r.capacity;
		assert_in_range(capacity, MANY / 2, MANY);
		assert_in_range(r.n, capacity / 2, capacity * 3 / 4);
		assert_true(is_remembered(&r, 1 + time_ns * MANY, time_ns));
		assert_false(is_remembered(&r, MANY + time_ns * MANY, time_ns));
	}
	recall_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
