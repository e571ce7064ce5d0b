/* The filter rate: readings of a counter in, rates out. */
#include "fake_host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

#define READINGS_MAX 6

/* The fields of the filter's options, by name. */
static void *
option(struct fake_host *fake, const char *name)
{
	const struct farm_option *o = farm_module.descriptor->options;

	for (; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return (char *)fake_state(fake) + o->offset;
	fail_msg("no option %s", name);
	return NULL;
}

static struct fake_host *
open_rate(const char *suffix, bool keep, int64_t gap_ns, double max)
{
	struct fake_host *fake = fake_new(&farm_module);

	*(const char **)option(fake, "suffix") = suffix;
	*(bool *)option(fake, "keep_counters") = keep;
	*(int64_t *)option(fake, "gap") = gap_ns;
	*(double *)option(fake, "max") = max;
	return fake;
}

static uint32_t
define(struct fake_host *fake, const char *parameter, uint32_t kind,
    const char *unit)
{
	return farm_series(&fake->host, NULL, .farm = FAKE_FARM, .cluster = "c",
	    .node = "n", .parameter = parameter, .kind = kind, .unit = unit);
}

/* Pass one value through; the test looks at what the fake has after. */
static int
apply(struct fake_host *fake, uint32_t series, int64_t time_ns,
    struct farm_value value)
{
	struct farm_record record = { .type = FARM_RESULT, .n_values = 1 };

	value.series = series;
	record.time_ns = time_ns;
	record.values = &value;
	fake_clear(fake);
	return farm_module.descriptor->filter.apply(
	    &fake->host, fake_state(fake), &record);
}

/* Readings at whole seconds; a rate of NAN: none is given. */
struct reading {
	int64_t s;
	uint64_t count;
	double rate;
};

static const struct {
	const char *what;
	uint32_t kind;
	int64_t gap_s;
	double max;
	struct reading readings[READINGS_MAX]; /* the rest is zero */
} cases[] = {
	{ "the first gives none", FARM_COUNTER64, 0, 0,
	    { { 10, 1000, NAN }, { 20, 1500, 50 }, { 25, 1500, 0 } } },
	{ "a wrap of 32 bits", FARM_COUNTER32, 0, 0,
	    { { 10, UINT32_MAX - 99, NAN }, { 20, 400, 50 } } },
	{ "the longest wrap of 32 bits", FARM_COUNTER32, 0, 0,
	    { { 1, UINT32_MAX, NAN }, { 2, 0x7ffffffe, 0x7fffffff } } },
	{ "one more is a restart", FARM_COUNTER32, 0, 0,
	    { { 1, UINT32_MAX, NAN }, { 2, 0x7fffffff, NAN } } },
	{ "a wrap of 64 bits", FARM_COUNTER64, 0, 0,
	    { { 10, UINT64_MAX - 9, NAN }, { 20, 90, 10 } } },
	{ "32 bits do not wrap a counter of 64", FARM_COUNTER64, 0, 0,
	    { { 10, UINT32_MAX, NAN }, { 20, 90, NAN }, { 30, 190, 10 } } },
	{ "exact beyond 2^53", FARM_COUNTER64, 0, 0,
	    { { 1, (UINT64_C(1) << 63) + 1, NAN },
		{ 2, (UINT64_C(1) << 63) + 2, 1 } } },
	{ "steps of more than half the range", FARM_COUNTER32, 0, 0,
	    { { 1, 5, NAN }, { 2, UINT32_MAX, 4294967290.0 } } },
	{ "a restart starts anew", FARM_COUNTER32, 0, 0,
	    { { 10, 5000, NAN }, { 20, 10, NAN }, { 30, 30, 2 } } },
	{ "an equal time changes nothing", FARM_COUNTER64, 0, 0,
	    { { 10, 100, NAN }, { 10, 150, NAN }, { 20, 200, 10 } } },
	{ "an older time changes nothing", FARM_COUNTER64, 0, 0,
	    { { 10, 100, NAN }, { 5, 50, NAN }, { 20, 200, 10 } } },
	{ "a gap gives none", FARM_COUNTER64, 60, 0,
	    { { 10, 100, NAN }, { 70, 160, 1 }, { 131, 200, NAN },
		{ 141, 300, 10 } } },
	{ "more than max gives none", FARM_COUNTER32, 0, 100,
	    { { 10, UINT32_MAX, NAN }, { 20, 999, 100 }, { 30, 2000, NAN },
		{ 40, 2100, 10 } } },
};

static void
check_reading(struct fake_host *fake, const char *what, const struct reading *r)
{
	if (isnan(r->rate) ? fake->n_values != 0 : fake->n_values != 1)
		fail_msg("%s: %zu values at %lld s", what, fake->n_values,
		    (long long)r->s);
	if (isnan(r->rate))
		return;
	if (fake_value(fake, "n", "x") != r->rate)
		fail_msg("%s: %.17g at %lld s, not %.17g", what,
		    fake_value(fake, "n", "x"), (long long)r->s, r->rate);
	assert_int_equal(fake->values[0].time_ns, r->s * NS_PER_S);
	assert_int_equal(fake->values[0].kind, FARM_GAUGE);
	assert_string_equal(fake->values[0].unit, "By/s");
}

static void
test_counters(void **unused)
{
	struct fake_host *fake;
	const struct reading *r;
	uint32_t series;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		fake = open_rate(
		    "", false, cases[i].gap_s * NS_PER_S, cases[i].max);
		assert_int_equal(fake_open(fake), 0);
		series = define(fake, "x", cases[i].kind, "By");
		for (r = cases[i].readings; r->s != 0; r++) {
			assert_int_equal(apply(fake, series, r->s * NS_PER_S,
					     farm_uint64(r->count)),
			    0);
			check_reading(fake, cases[i].what, r);
		}
		fake_free(fake);
	}
}

static void
test_others_pass_unchanged(void **unused)
{
	const struct {
		uint32_t kind;
		struct farm_value value;
	} others[] = {
		{ FARM_GAUGE, farm_double(1.5) },
		{ FARM_GAUGE, farm_uint64(7) },
		{ FARM_STATE, farm_text("up", 2) },
		{ FARM_COUNTER64, farm_double(7) },
		{ FARM_COUNTER64, farm_int64(-7) },
		{ FARM_COUNTER32, farm_uint64(UINT64_C(1) << 32) },
		{ FARM_COUNTER32, farm_boolean(true) },
	};
	struct fake_host *fake = open_rate("_rate", true, 0, 0);
	const struct farm_value *out;
	uint32_t series;
	size_t i, n;

	(void)unused;
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < COUNT(others); i++)
		for (n = 1; n <= 2; n++) {
			series = define(fake, "x", others[i].kind, "m");
			assert_int_equal(
			    apply(fake, series, (int64_t)n * NS_PER_S,
				others[i].value),
			    0);
			assert_int_equal(fake->n_values, 1);
			out = &fake->values[0].value;
			assert_int_equal(out->series, series);
			assert_int_equal(out->type, others[i].value.type);
			if (out->type == FARM_TEXT)
				assert_memory_equal(out->text, "up", 2);
			else
				assert_int_equal(
				    out->uint64, others[i].value.uint64);
		}
	fake_free(fake);
}

static void
test_names_and_handles(void **unused)
{
	struct fake_host *fake = open_rate("_rate", true, 0, 0);
	uint32_t series, output;

	(void)unused;
	assert_int_equal(fake_open(fake), 0);
	series = define(fake, "in", FARM_COUNTER64, NULL);
	assert_int_equal(apply(fake, series, 1, farm_uint64(0)), 0);
	assert_int_equal(fake->n_values, 1);
	assert_int_equal(apply(fake, series, 1 + NS_PER_S, farm_uint64(9)), 0);
	assert_int_equal(fake->n_values, 2);
	assert_int_equal(fake_find(fake, "n", "in")->value.uint64, 9);
	assert_true(fake_value(fake, "n", "in_rate") == 9);
	assert_string_equal(fake_find(fake, "n", "in_rate")->unit, "1/s");
	output = fake->values[1].value.series;
	assert_int_equal(fake->values[0].call, fake->values[1].call);
	assert_false(fake->series[output - 1].released);
	fake_forget(fake, series);
	assert_true(fake->series[output - 1].released);
	fake_free(fake);
}

/* What the host passes on does not go out a second time. */
static void
test_passed_on_by_the_host(void **unused)
{
	struct fake_host *fake = open_rate("_rate", false, 0, 0);
	uint32_t counter, gauge;

	(void)unused;
	*(bool *)option(fake, "keep") = true;
	assert_int_equal(fake_open(fake), 0);
	counter = define(fake, "in", FARM_COUNTER64, NULL);
	gauge = define(fake, "level", FARM_GAUGE, NULL);
	assert_int_equal(apply(fake, gauge, 1, farm_double(3)), 0);
	assert_int_equal(fake->n_values, 0);
	assert_int_equal(apply(fake, counter, 1, farm_uint64(0)), 0);
	assert_int_equal(fake->n_values, 0);
	assert_int_equal(apply(fake, counter, 1 + NS_PER_S, farm_uint64(9)), 0);
	assert_int_equal(fake->n_values, 1);
	assert_true(fake_value(fake, "n", "in_rate") == 9);
	fake_free(fake);
}

/* A rate lives as long as its counter. */
static void
test_lifetime(void **unused)
{
	struct fake_host *fake = open_rate("_rate", false, 0, 0);
	uint32_t counter;

	(void)unused;
	assert_int_equal(fake_open(fake), 0);
	counter = farm_series(&fake->host, NULL, .cluster = "c", .node = "n",
	    .parameter = "in", .kind = FARM_COUNTER64,
	    .lifetime_ns = 7 * NS_PER_S);
	assert_int_equal(apply(fake, counter, 1, farm_uint64(0)), 0);
	assert_int_equal(apply(fake, counter, 1 + NS_PER_S, farm_uint64(9)), 0);
	assert_int_equal(fake->n_values, 1);
	assert_int_equal(
	    fake->series[fake->values[0].value.series - 1].lifetime_ns,
	    7 * NS_PER_S);
	fake_free(fake);
}

static void
test_errors(void **unused)
{
	struct fake_host *fake = open_rate("", true, 0, 0);
	char suffix[FARM_NAME_MAX + 1];
	uint32_t series;

	(void)unused;
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "keep_counters: needs a suffix, or counter and rate would have "
	    "one name");
	fake_free(fake);
	fake = open_rate("", false, 0, 0);
	*(bool *)option(fake, "keep") = true;
	assert_int_equal(fake_open(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "keep: needs a suffix, or counter and rate would have one name");
	fake_free(fake);

	memset(suffix, 'x', sizeof(suffix));
	suffix[FARM_NAME_MAX] = '\0';
	fake = open_rate(suffix, false, 0, 0);
	assert_int_equal(fake_open(fake), 0);
	series = define(fake, "in", FARM_COUNTER64, NULL);
	assert_int_equal(apply(fake, series, 1, farm_uint64(0)), 0);
	assert_int_equal(apply(fake, series, 2, farm_uint64(0)), -1);
	assert_non_null(strstr(fake_failure(fake), "inxxx"));
	fake_free(fake);
}

/* A monotonic count, seen through a register of 32 or 64 bits. */
static void
test_random_walks_are_exact(void **unused)
{
	uint64_t count, step, top, reading;
	struct fake_host *fake;
	uint32_t series;
	int64_t time_ns, wait_ns;
	double want;
	int walk, i;

	(void)unused;
	srand48(1);
	for (walk = 0; walk < 200; walk++) {
		fake = open_rate("", false, 0, 0);
		assert_int_equal(fake_open(fake), 0);
		series = define(fake, "x",
		    walk % 2 ? FARM_COUNTER32 : FARM_COUNTER64, "By");
		top = walk % 2 ? UINT32_MAX : UINT64_MAX;
		count = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();
		time_ns = mrand48();
		apply(fake, series, time_ns, farm_uint64(count & top));
		for (i = 0; i < 50; i++) {
			step = (uint64_t)mrand48() << 32 ^ (uint64_t)mrand48();
			step = (step & top) >> (1 + lrand48() % 31);
			wait_ns = 1 + lrand48();
			count += step;
			time_ns += wait_ns;
			reading = count & top;
			apply(fake, series, time_ns, farm_uint64(reading));
			want = (double)step / ((double)wait_ns / 1e9);
			assert_true(fake_value(fake, "n", "x") == want);
		}
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_others_pass_unchanged),
		cmocka_unit_test(test_names_and_handles),
		cmocka_unit_test(test_passed_on_by_the_host),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_random_walks_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
