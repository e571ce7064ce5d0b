#include "timer.h"

#include <stdlib.h>

#include "unit.h"

/* Random sets and clears: the first is always the earliest of all. */
static void
test_the_first_is_the_earliest(void **state)
{
	enum { N = 60 };
	static struct timer timers[N];
	struct timers heap = { .items = NULL };
	struct timer *earliest;
	unsigned step, i;

	(void)state;
	srandom(7);
	assert_int_equal(timers_reserve(&heap, N), 0);
	for (step = 0; step < 20000; step++) {
		i = (unsigned)random() % N;
		if (random() % 3 == 0)
			timers_clear(&heap, &timers[i]);
		else
			timers_set(&heap, &timers[i], random() % 100);
		earliest = NULL;
		for (i = 0; i < N; i++)
			if (timers[i].index != 0 &&
			    (earliest == NULL ||
				timers[i].at_mono_ns < earliest->at_mono_ns))
				earliest = &timers[i];
		if (earliest == NULL)
			assert_null(timers_first(&heap));
		else
			assert_int_equal(timers_first(&heap)->at_mono_ns,
			    earliest->at_mono_ns);
	}
	timers_free(&heap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_is_the_earliest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
