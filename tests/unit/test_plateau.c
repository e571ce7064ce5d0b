/* The filter plateau: numbers that have gone to another level. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/*
 * Numbers from `text', one a minute: each letter is a level (a = 100, b = 90,
 * c = 50, ...), to and fro by 1.  What was told, as "MINUTE:FROM-TO ".
 */
static const char *
told(struct fake_host *fake, const char *text)
{
	static const double levels[] = { 100, 90, 50, 30, 200 };
	static char events[256];
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	double from, to;
	size_t i;

	events[0] = '\0';
	for (i = 0; text[i] != '\0'; i++) {
		filtering_number(fake, (int64_t)i * 60, series,
		    levels[text[i] - 'a'] + (i % 2 ? 1 : -1));
		if (fake->n_records == 0)
			continue;
		assert_int_equal(
		    sscanf(strstr(fake->records[0].payload, "from"),
			"from %lf to %lf", &from, &to),
		    2);
		sprintf(events + strlen(events), "%zu:%.0f-%.0f ", i, from, to);
	}
	return events;
}

static const struct {
	const char *direction, *change;
	const char *numbers;
	const char *told;
} cases[] = {
	/* A lasting fall is told once, five minutes after it began. */
	{ "down", "40", "aaaaaaaaaacccccccccccccccc", "15:100-50 " },
	/* A dip that passes is not. */
	{ "down", "40", "aaaaaaaaaaccaaaaaaccaaaaaaccaaaaaa", "" },
	/* Nor is one that is not deep enough. */
	{ "down", "40", "aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbb", "" },
	{ "down", "5", "aaaaaaaaaabbbbbbbbbbbbbb", "15:100-90 " },
	/* The other way is not looked at. */
	{ "down", "40", "aaaaaaaaaaeeeeeeeeeeeeeeeeeeee", "" },
	{ "up", "40", "aaaaaaaaaaeeeeeeeeeeee", "15:100-200 " },
	/* From the new level on. */
	{ "down", "35", "aaaaaaaaaaccccccccccccccdddddddddd",
	    "15:100-50 29:50-30 " },
};

static void
test_levels(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, "trigger", "5m", "samples", "5", "direction",
		    cases[i].direction, "change", cases[i].change, NULL);
		assert_int_equal(fake_open(fake), 0);
		assert_string_equal(
		    told(fake, cases[i].numbers), cases[i].told);
		fake_free(fake);
	}
}

/* However long the history, so many numbers and no more. */
static void
test_bounded(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	int64_t s;

	(void)state;
	fake_options(
	    fake, "most", "10", "direction", "up", "sensitivity", "1000", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (s = 0; s < 100; s++)
		filtering_number(fake, s, series, (double)s);
	assert_true(fabs(fake_value(fake, "n", "p_level") - 94.5) < 1e-9);
	fake_forget(fake, series);
	fake_free(fake);
}

static void
test_beside(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "By/s");

	(void)state;
	fake_options(fake, "samples", "2", "history", "3s", NULL);
	assert_int_equal(fake_open(fake), 0);
	assert_string_equal(
	    filtering_number(fake, 0, series, 4), "n/p By/s=4@0");
	assert_string_equal(filtering_number(fake, 1, series, 4),
	    "n/p By/s=4@1 n/p_level By/s=4@1 n/p_level_sigma By/s=0@1 "
	    "n/p_plateaus 1=0@1");
	/* The oldest leaves the history. */
	filtering_number(fake, 4, series, 7);
	assert_true(fake_value(fake, "n", "p_level") == 5.5);
	fake_forget(fake, series);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
