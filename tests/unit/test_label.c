/* The filter label: labels put on series, and taken off. */
#include "filtering.h"

#include <string.h>

#include "unit.h"

extern const struct farm_entry farm_module;

/* A value of a series with labels a=1 and b=2; what labels it has after. */
static void
check(struct fake_host *fake, const char *node, const char *expected)
{
	static const struct farm_label labels[] = { { "a", "1" },
		{ "b", "2" } };
	struct farm_value v = farm_double(1);
	const struct farm_series *s;
	char text[256] = "";
	uint32_t i;

	v.series = farm_series(&fake->host, NULL, .farm = FAKE_FARM,
	    .cluster = "c", .node = node, .parameter = "p", .labels = labels,
	    .n_labels = 2);
	filtering_apply(fake, 0, &v, 1);
	assert_int_equal(fake->n_values, 1);
	s = &fake->series[fake->values[0].value.series - 1].names;
	for (i = 0; i < s->n_labels; i++) {
		strcat(text, s->labels[i].name);
		strcat(text, "=");
		strcat(text, s->labels[i].value);
		strcat(text, ";");
	}
	assert_string_equal(text, expected);
}

static void
test_labels(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "of", "node", "pattern", "r([0-9]+)n.*", "set",
	    "{rack: \"{1}\", b: \"{cluster}/{parameter}\"}", "remove", "a",
	    NULL);
	assert_int_equal(fake_open(fake), 0);
	check(fake, "r07n1", "rack=07;b=c/p;");
	check(fake, "x", "a=1;b=2;");
	fake_free(fake);
	fake = fake_new(&farm_module);
	fake_options(fake, "remove", "*", NULL);
	assert_int_equal(fake_open(fake), 0);
	check(fake, "x", "");
	fake_free(fake);
}

static void
test_refused(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(
	    fake_failure(fake), "needs set or remove: what changes");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
