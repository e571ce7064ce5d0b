#include "breaker.h"

#include "clock.h"
#include "unit.h"

/* The wait after each failure in a row, with failures all at time 0. */
static void
test_waits(void **state)
{
	static const struct {
		int64_t interval_s;
		unsigned failures;
		int64_t want_s; /* 0: closed */
	} cases[] = {
		{ 10, 0, 0 },
		{ 10, 1, 0 },
		{ 10, 2, 0 },
		{ 10, 3, 20 },
		{ 10, 4, 40 },
		{ 10, 6, 160 },
		{ 10, 7, 300 },
		{ 10, 1000, 300 },
		{ 1, 3, 2 },
		{ 1, 11, 300 },
		{ 600, 3, 600 },
		{ 600, 100, 600 },
	};
	struct breaker b;
	unsigned i, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		b = (struct breaker){ .failures = 0 };
		for (n = 0; n < cases[i].failures; n++)
			breaker_failure(&b, 0, cases[i].interval_s * NS_PER_S);
		assert_int_equal(b.until_mono_ns, cases[i].want_s * NS_PER_S);
	}
}

static void
test_opens_and_closes(void **state)
{
	struct breaker b = { .failures = 0 };
	int64_t now = 1000 * NS_PER_S;
	unsigned i;

	(void)state;
	assert_false(breaker_is_open(&b, now));
	for (i = 0; i < BREAKER_TOLERANCE; i++)
		breaker_failure(&b, now, NS_PER_S);
	assert_true(breaker_is_open(&b, now));
	assert_true(breaker_is_open(&b, now + 2 * NS_PER_S - 1));
	assert_false(breaker_is_open(&b, now + 2 * NS_PER_S));
	breaker_success(&b);
	assert_false(breaker_is_open(&b, now));
	assert_int_equal(b.failures, 0);
	breaker_failure(&b, now, NS_PER_S);
	assert_false(breaker_is_open(&b, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_opens_and_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
