/* Sequence numbers: a string of them, and what is counted in the end. */
#include "apmon_sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* First, Next, Gap, Late, Duplicate, Restart: in the order of the enum. */
static const char letters[] = "FNGLDR";

static const struct {
	const char *what;
	const char *numbers;
	const char *arrivals;
	unsigned lost;
	unsigned late;
	unsigned duplicates;
	unsigned restarts;
} cases[] = {
	{ "in order", "0 1 2 3", "FNNN", 0, 0, 0, 0 },
	{ "begins at one", "1 2 3", "FNN", 0, 0, 0, 0 },
	{ "we come late", "500 501", "FN", 0, 0, 0, 0 },
	{ "lost", "0 1 5 6", "FNGN", 3, 0, 0, 0 },
	{ "twice", "4 5 5 6 5", "FNDND", 0, 0, 2, 0 },
	{ "late", "4 5 7 6 8", "FNGLN", 0, 1, 0, 0 },
	{ "late and twice", "4 5 7 6 6", "FNGLD", 0, 1, 1, 0 },
	{ "before the first", "9 8 10", "FLN", 0, 1, 0, 0 },
	{ "late by 63", "10 73 10", "FGD", 62, 0, 1, 0 },
	{ "further back than is remembered", "100 164 100", "FGR", 63, 0, 0,
	    1 },
	{ "restart", "900 901 0 1", "FNRN", 0, 0, 0, 1 },
	{ "restart at one", "900 901 1 2", "FNRN", 0, 0, 0, 1 },
	{ "restart after a few", "0 1 2 3 0 1 2", "FNNNRNN", 0, 0, 0, 1 },
	{ "the first one twice", "0 0 1 0", "FDND", 0, 0, 2, 0 },
	{ "the largest gap", "0 1000001", "FG", 1000000, 0, 0, 0 },
	{ "no gap any more", "0 1000002", "FR", 0, 0, 0, 1 },
	{ "wraps to 0", "1999999998 1999999999 0 1", "FNNN", 0, 0, 0, 0 },
	{ "wraps to 1", "1999999999 1 2", "FNN", 0, 0, 0, 0 },
	{ "lost at the wrap", "1999999998 1", "FG", 2, 0, 0, 0 },
	{ "late at the wrap", "1999999998 0 1999999999", "FGL", 0, 1, 0, 0 },
	{ "no number of a client", "4294967295 294967296", "FN", 0, 0, 0, 0 },
};

static void
test_cases(void **unused)
{
	struct apmon_sequence s;
	char got[16];
	const char *p;
	size_t i, n;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&s, 0, sizeof(s));
		memset(got, 0, sizeof(got));
		p = cases[i].numbers;
		for (n = 0; *p != '\0'; n++)
			got[n] = letters[apmon_sequence_add(
			    &s, (uint32_t)strtoul(p, (char **)&p, 10))];
		if (strcmp(got, cases[i].arrivals) != 0)
			fail_msg("%s: %s instead of %s", cases[i].what, got,
			    cases[i].arrivals);
		if (s.received != n || s.lost != cases[i].lost ||
		    s.late != cases[i].late ||
		    s.duplicates != cases[i].duplicates ||
		    s.restarts != cases[i].restarts)
			fail_msg("%s: counted wrongly", cases[i].what);
	}
}

/* Whatever is lost, doubled or swapped with the next: the sum is right. */
static void
test_sums(void **unused)
{
	struct apmon_sequence s = { 0 };
	uint32_t state = 2463534242, i, number;
	uint64_t lost = 0, sent = 0, doubled = 0;

	(void)unused;
	apmon_sequence_add(&s, 1999990000);
	for (i = 1; i < 20000; i++) {
		number = (1999990000 + i) % APMON_SEQUENCE_WRAP;
		state = state * 1664525 + 1013904223;
		if (state >> 24 == 0 && i != 19999) {
			lost++;
			continue;
		}
		sent++;
		apmon_sequence_add(&s, number);
		if (state >> 24 == 1) {
			doubled++;
			apmon_sequence_add(&s, number);
		}
	}
	assert_true(lost > 0 && doubled > 0);
	assert_int_equal(s.lost, lost);
	assert_int_equal(s.duplicates, doubled);
	assert_int_equal(s.received, 1 + sent + doubled);
	assert_int_equal(s.restarts, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
