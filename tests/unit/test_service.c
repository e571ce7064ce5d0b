/* When the watchdog is fed, and when not. */
#include <string.h>

#include "clock.h"
#include "service.h"
#include "unit.h"

/* With a watchdog of 30 s; times in seconds since the start. */
static void
test_judge(void **state)
{
	static const struct {
		int at;
		int router;
		unsigned runs;
		int waiting;
		int longest;
		const char *want; /* NULL: all gets on */
	} cases[] = {
		{ 10, 9, 0, 0, 10, NULL },
		{ 25, 10, 0, 0, 10, NULL },
		{ 26, 10, 0, 0, 10, "the router stands still" },
		{ 27, 27, 0, 0, 10, NULL },
		/* Nobody waits: a farm without work is fine. */
		{ 1000, 1000, 0, 0, 10, NULL },
		/* They wait, and runs end all the while. */
		{ 1020, 1020, 5, 9, 10, NULL },
		{ 1040, 1040, 6, 9, 10, NULL },
		/* They wait, and none ends. */
		{ 1070, 1070, 6, 9, 10, NULL },
		{ 1071, 1071, 6, 9, 10,
		    "collectors wait for a thread and none comes back" },
		/* A collector may take so long. */
		{ 1071, 1071, 6, 9, 60, NULL },
		{ 1161, 1161, 6, 9, 60,
		    "collectors wait for a thread and none comes back" },
		{ 1162, 1162, 7, 9, 60, NULL },
	};
	struct service s = { .patience_ns = 15 * NS_PER_S };
	const char *seen;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct service_signs signs = {
			.now_mono_ns = cases[i].at * NS_PER_S,
			.router_mono_ns = cases[i].router * NS_PER_S,
			.runs = cases[i].runs,
			.waiting = cases[i].waiting,
			.longest_ns = cases[i].longest * NS_PER_S,
		};

		seen = service_judge(&s, &signs);
		if (cases[i].want == NULL)
			assert_null(seen);
		else
			assert_string_equal(seen, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
