/* The filter summary: means of slots of time. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

static struct fake_host *
new_summary(const char *over, const char *grace, const char *compat)
{
	struct fake_host *fake = fake_new(&farm_module);

	fake_options(fake, "over", over, "grace", grace, "compat", compat,
	    "replace", "true", NULL);
	assert_int_equal(fake_open(fake), 0);
	fake->now_ns = 0;
	return fake;
}

/* The slot that ends at second s held the ramp from `first' to `last'. */
static void
check_slot(struct fake_host *fake, const char *length, int64_t s, double first,
    double last)
{
	static const char *const names[] = { "avg", "min", "max" };
	const double expected[] = { (first + last) / 2, first, last };
	const struct fake_value *v;
	char name[64];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "p_%s_%s", names[i], length);
		v = fake_find(fake, "n", name);
		assert_non_null(v);
		assert_int_equal(v->time_ns, (1000 + s) * NS_PER_S);
		assert_string_equal(v->unit, "%");
		assert_true(fabs(v->value.number - expected[i]) < 1e-9);
	}
}

/* 1 Hz, 0, 1, 2, ...: each in force for a second. */
static void
test_ramp(void **state)
{
	struct fake_host *fake = new_summary("[1m, 10m]", "0s", "false");
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "%");
	int64_t s;

	(void)state;
	/* 1000 s is 20 s before a full minute and 200 s before ten. */
	for (s = 20; s <= 3800; s++) {
		size_t expected = 0;

		filtering_number(fake, s, series, (double)(s - 20));
		if (s > 20 && (s - 20) % 60 == 0) {
			check_slot(
			    fake, "1m", s, (double)(s - 80), (double)(s - 21));
			expected += 3;
		}
		if (s % 600 == 200) {
			check_slot(fake, "10m", s,
			    s == 200 ? 0 : (double)(s - 620), (double)(s - 21));
			expected += 3;
		}
		assert_int_equal(fake->n_values, expected);
	}
	fake_forget(fake, series);
	fake_free(fake);
}

/* Late within the grace: as if it had come in time; later: counted. */
static void
test_grace(void **state)
{
	struct fake_host *fake = new_summary("10s", "5s", "false");
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");

	(void)state;
	filtering_number(fake, 0, series, 10);
	filtering_number(fake, 8, series, 30);
	filtering_number(fake, 4, series, 20); /* late */
	filtering_number(fake, 12, series, 0);
	assert_string_equal(filtering_number(fake, 15, series, 0),
	    "n/p_avg_10s=18@10 n/p_min_10s=10@10 n/p_max_10s=30@10");
	filtering_number(fake, 9, series, 1000); /* too late */
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_logs, 1);
	assert_string_equal(fake->logs[0].text,
	    "1 values came more than the grace late and are in no mean");
	fake_forget(fake, series);
	fake_free(fake);
}

/* A slot is closed without a further value, grace after its end. */
static void
test_silence(void **state)
{
	struct fake_host *fake = new_summary("10s", "2s", "false");
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");

	(void)state;
	fake->now_ns = 5000 * NS_PER_S; /* values come an hour late */
	filtering_number(fake, 7, series, 4);
	fake_clear(fake);
	fake->now_ns += 4 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_values, 0);
	fake->now_ns += NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_values, 3);
	assert_true(fake_value(fake, "n", "p_avg_10s") == 4);
	assert_int_equal(fake->values[0].time_ns, 1010 * NS_PER_S);
	fake_clear(fake);
	fake->now_ns += 100 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_values, 0);
	fake_forget(fake, series);
	fake_free(fake);
}

/* MonALISA's: 1000:10, 1030:20, 1060:30, 1090:40, 1120:50, 1180:50. */
static void
test_compat(void **state)
{
	static const struct {
		int64_t s;
		double number;
		const char *out;
	} steps[] = {
		{ 0, 10,
		    "n/p_avg_1m=10@-30 n/p_min_1m=10@-30 "
		    "n/p_max_1m=10@-30" },
		{ 30, 20, "" },
		{ 60, 30,
		    "n/p_avg_1m=20@30 n/p_min_1m=10@30 n/p_max_1m=30@30" },
		{ 90, 40, "" },
		{ 120, 50,
		    "n/p_avg_1m=40@90 n/p_min_1m=30@90 n/p_max_1m=50@90" },
		{ 180, 50,
		    "n/p_avg_1m=50@150 n/p_min_1m=50@150 n/p_max_1m=50@150" },
	};
	struct fake_host *fake = new_summary("1m", "0s", "true");
	uint32_t series = filtering_series(fake, "n", "p", FARM_GAUGE, "");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		assert_string_equal(
		    filtering_number(fake, steps[i].s, series, steps[i].number),
		    steps[i].out);
	fake_forget(fake, series);
	fake_free(fake);
}

/* What comes once an hour is not gone before the next one, and lives no
   shorter than what it is made of. */
static void
test_lifetimes(void **state)
{
	static const struct {
		int64_t source_s;
		int64_t minute_s;
		int64_t hour_s;
	} cases[] = {
		{ 0, -120, -7200 },
		{ 30, 120, 7200 },
		{ 900, 900, 7200 },
		{ 86400, 86400, 86400 },
		{ -300, -300, -7200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = new_summary("[1m, 1h]", "0s", "false");
		uint32_t series = farm_series(&fake->host, NULL,
		    .farm = FAKE_FARM, .cluster = "c", .node = "n",
		    .parameter = "p",
		    .lifetime_ns = cases[i].source_s * NS_PER_S);

		for (int64_t s = 0; s <= 2600; s += 20)
			filtering_number(fake, s, series, 1);
		assert_int_equal(fake_find(fake, "n", "p_avg_1m")->lifetime_ns,
		    cases[i].minute_s * NS_PER_S);
		assert_int_equal(fake_find(fake, "n", "p_max_1h")->lifetime_ns,
		    cases[i].hour_s * NS_PER_S);
		fake_free(fake);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *over, *error;
	} cases[] = {
		{ "[1m, 2m, 3m, 4m, 5m]", "over: one to 4 lengths, not 5" },
		{ "soon", "over: \"soon\" is not a duration such as 500ms, 10s "
			  "or 1h30m" },
		{ "10ms", "over: 10ms is not between a second and a day" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, "over", cases[i].over, NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), cases[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ramp),
		cmocka_unit_test(test_grace),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_compat),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
