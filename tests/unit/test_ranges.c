#include "ranges.h"

#include <stdbool.h>
#include <stdlib.h>

#include "unit.h"

#define POSITIONS 2000

/* Against a set of flags, under random additions and removals. */
static void
equals_a_set_of_flags(void **state)
{
	bool in[POSITIONS] = { false };
	struct ranges r = { .items = NULL };
	unsigned seed = 4711;
	uint64_t next = 1;

	(void)state;
	while (next < POSITIONS - 30) {
		uint64_t first = next + (uint64_t)(rand_r(&seed) % 3);
		uint64_t last = first + (uint64_t)(rand_r(&seed) % 20);
		uint64_t from = (uint64_t)rand_r(&seed) % last + 1;
		uint64_t to = from + (uint64_t)(rand_r(&seed) % 15);
		size_t at = 0;

		assert_int_equal(0, ranges_add(&r, first, last));
		for (uint64_t i = first; i <= last; i++)
			in[i] = true;
		next = last + 1;
		assert_int_equal(0, ranges_remove(&r, from, to));
		for (uint64_t i = from; i <= to; i++)
			in[i] = false;
		for (uint64_t i = 1; i < POSITIONS; i++) {
			while (at < r.n && r.items[at].last < i)
				at++;
			assert_int_equal(
			    in[i], at < r.n && r.items[at].first <= i);
		}
	}
	assert_true(r.n > 5);
	ranges_free(&r);
}

static void
a_full_set_keeps_what_it_cannot_split(void **state)
{
	struct ranges r = { .items = NULL };

	(void)state;
	assert_int_equal(0, ranges_add(&r, 1, RANGES_MAX * 4));
	for (uint64_t i = 1; i < RANGES_MAX; i++)
		assert_int_equal(0, ranges_remove(&r, i * 2, i * 2));
	assert_int_equal(RANGES_MAX, r.n);
	assert_int_equal(-1, ranges_remove(&r, RANGES_MAX * 3, RANGES_MAX * 3));
	assert_int_equal(RANGES_MAX, r.n);
	assert_int_equal(0, ranges_remove(&r, 1, RANGES_MAX * 4));
	assert_int_equal(0, r.n);
	ranges_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_a_set_of_flags),
		cmocka_unit_test(a_full_set_keeps_what_it_cannot_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
