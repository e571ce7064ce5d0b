#include "handles.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

/* Random definitions and releases: each series lives as long as it is held. */
static void
test_each_is_pinned_once(void **state)
{
	enum { N = 200 };
	struct series_table *table = series_table_new(100000);
	struct farm_series names = { .farm = "f", .cluster = "c", .node = "n" };
	static uint32_t held[N];
	struct handles h;
	char name[16];
	uint32_t n = 0, series;
	unsigned step, i;

	(void)state;
	srandom(11);
	handles_init(&h);
	for (step = 0; step < 20000; step++) {
		i = (unsigned)random() % N;
		snprintf(name, sizeof(name), "p%u", i);
		names.parameter = name;
		if (random() % 2 == 0) {
			series = handles_define(&h, table, &names, NULL);
			assert_int_not_equal(series, 0);
			if (held[i] != 0)
				assert_int_equal(series, held[i]);
			n += held[i] == 0;
			held[i] = series;
		} else {
			handles_release(&h, table, held[i]);
			n -= held[i] != 0;
			held[i] = 0;
		}
		assert_int_equal(series_count(table), n);
	}
	handles_clear(&h, table);
	assert_int_equal(series_count(table), 0);
	handles_destroy(&h);
	series_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_pinned_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
