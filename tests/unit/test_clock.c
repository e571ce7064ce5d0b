#include "clock.h"

#include <stdlib.h>
#include <time.h>

#include "unit.h"

#define HOUR (3600 * NS_PER_S)
#define DAY (24 * HOUR)

static void
test_clocks(void **state)
{
	int64_t wall = clock_wall_ns(), mono = clock_mono_ns();
	int64_t cpu = clock_thread_cpu_ns();

	(void)state;
	assert_true(wall > INT64_C(1600000000) * NS_PER_S);
	assert_true(clock_mono_ns() >= mono);
	assert_true(clock_thread_cpu_ns() >= cpu);
	clock_both_ns(&mono, &wall);
	assert_true(clock_mono_ns() >= mono && clock_wall_ns() >= wall);
}

#define NO_DURATION " is not a duration such as 500ms, 10s or 1h30m"

static void
test_duration_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
		const char *error; /* NULL: none */
	} cases[] = {
		{ "10s", 10 * NS_PER_S, NULL },
		{ "10", 10 * NS_PER_S, NULL },
		{ "0.25", 250 * NS_PER_MS, NULL },
		{ "1.5h", HOUR + HOUR / 2, NULL },
		{ "1h30m", HOUR + HOUR / 2, NULL },
		{ "-1h30m", -HOUR - HOUR / 2, NULL },
		{ "7ns", 7, NULL },
		{ "3us", 3000, NULL },
		{ "2w", 14 * DAY, NULL },
		{ "1y", 365 * DAY, NULL },
		{ "0", 0, NULL },
		{ "0.0000000001234567890123456789y", 3893333, NULL },
		{ "9223372036854775807ns", INT64_MAX, NULL },
		{ "-9223372036854775808ns", INT64_MIN, NULL },
		{ "9223372036854775808ns", 0,
		    "\"9223372036854775808ns\" is "
		    "longer than 292 years" },
		{ "293y", 0, "\"293y\" is longer than 292 years" },
		{ "600y", 0, "\"600y\" is longer than 292 years" },
		{ "99999999999999999999", 0,
		    "\"99999999999999999999\" is longer than 292 years" },
		{ "", 0, "\"\"" NO_DURATION },
		{ "-", 0, "\"-\"" NO_DURATION },
		{ "--1s", 0, "\"--1s\"" NO_DURATION },
		{ "s", 0, "\"s\"" NO_DURATION },
		{ "10x", 0, "\"10x\"" NO_DURATION },
		{ "10 s", 0, "\"10 s\"" NO_DURATION },
		{ "1h30", 0, "\"1h30\"" NO_DURATION },
		{ "1.s", 0, "\"1.s\"" NO_DURATION },
		{ ".5s", 0, "\".5s\"" NO_DURATION },
		{ "1e3", 0, "\"1e3\"" NO_DURATION },
		{ "1S", 0, "\"1S\"" NO_DURATION },
	};
	struct error err;
	int64_t got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		got = 0;
		err.text[0] = '\0';
		if (duration_parse(cases[i].text, &got, &err) == 0)
			assert_null(cases[i].error);
		else
			assert_string_equal(err.text, cases[i].error);
		assert_int_equal(got, cases[i].want);
	}
}

static void
test_duration_print(void **state)
{
	static const struct {
		int64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "0s" },
		{ 10 * NS_PER_S, "10s" },
		{ HOUR + HOUR / 2, "1h30m" },
		{ 90 * NS_PER_S, "1m30s" },
		{ 1500 * NS_PER_MS, "1.5s" },
		{ 500 * NS_PER_MS, "500ms" },
		{ 1234567, "1.234567ms" },
		{ 20050, "20.05us" },
		{ 999, "999ns" },
		{ DAY, "1d" },
		{ 30 * DAY, "30d" },
		{ 5 * 365 * DAY, "5y" },
		{ -HOUR, "-1h" },
		{ HOUR + 1, "1h0.000000001s" },
	};
	struct buffer b = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		duration_print(&b, cases[i].ns);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

static int64_t
random_int64(void)
{
	uint64_t bits = ((uint64_t)rand() << 42) ^ ((uint64_t)rand() << 21) ^
			(uint64_t)rand();

	return (int64_t)(bits >> (rand() % 64));
}

static void
test_printed_reads_back(void **state)
{
	struct buffer b = BUFFER_INIT;
	int64_t want, got;
	int i;

	(void)state;
	srand(4);
	for (i = 0; i < 20000; i++) {
		want = i == 0 ? INT64_MIN : random_int64();
		buffer_clear(&b);
		duration_print(&b, want);
		assert_int_equal(
		    duration_parse(buffer_text(&b), &got, NULL), 0);
		assert_int_equal(got, want);
		buffer_clear(&b);
		time_print(&b, want, 9);
		assert_int_equal(time_parse(buffer_text(&b), 0, &got, NULL), 0);
		assert_int_equal(got, want);
		if (want < 0)
			continue;
		buffer_clear(&b);
		size_print(&b, want);
		assert_int_equal(size_parse(buffer_text(&b), &got, NULL), 0);
		assert_int_equal(got, want);
	}
	buffer_free(&b);
}

static void
test_size(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
		const char *print; /* or the error */
	} cases[] = {
		{ "0", 0, "0B" },
		{ "4096", 4096, "4KiB" },
		{ "64KiB", 65536, "64KiB" },
		{ "1MB", 1000000, "1MB" },
		{ "1.5KiB", 1536, "1536B" },
		{ "1500B", 1500, "1500B" },
		{ "2TiB", INT64_C(2) << 40, "2TiB" },
		{ "3kB", 3000, "3kB" },
		{ "8388607TiB", INT64_C(8388607) << 40, "8388607TiB" },
		{ "8388608TiB", -1, "\"8388608TiB\" is more than 2^63 bytes" },
		{ "-1", -1, "\"-1\" is not a size such as 4096, 64KiB or 1MB" },
		{ "64kb", -1,
		    "\"64kb\" is not a size such as 4096, 64KiB or 1MB" },
		{ "1MB5kB", -1,
		    "\"1MB5kB\" is not a size such as 4096, 64KiB or 1MB" },
	};
	struct buffer b = BUFFER_INIT;
	struct error err;
	int64_t got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		got = -1;
		buffer_clear(&b);
		if (size_parse(cases[i].text, &got, &err) == 0)
			size_print(&b, got);
		else
			buffer_puts(&b, err.text);
		assert_int_equal(got, cases[i].want);
		assert_string_equal(buffer_text(&b), cases[i].print);
	}
	buffer_free(&b);
}

#define NO_TIME                                                                \
	" is not a time such as now, -1h, 2026-01-31T10:00:00Z or seconds "    \
	"since 1970"

static void
test_time(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* or the error */
	} cases[] = {
		{ "now", "2026-01-01T00:00:00.000Z" },
		{ "-1h", "2025-12-31T23:00:00.000Z" },
		{ "-5", "2025-12-31T23:59:55.000Z" },
		{ "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z" },
		{ "2026-01-31t10:00:00.1234z", "2026-01-31T10:00:00.123Z" },
		{ "2026-01-31 10:00:00+02:30", "2026-01-31T07:30:00.000Z" },
		{ "2026-01-31T10:00-01:00", "2026-01-31T11:00:00.000Z" },
		{ "2026-01-31T10:00", "2026-01-31T09:00:00.000Z" },
		{ "2026-07-31T10:00", "2026-07-31T08:00:00.000Z" },
		{ "2026-01-31", "2026-01-30T23:00:00.000Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
		{ "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z" },
		{ "1700000000.25", "2023-11-14T22:13:20.250Z" },
		{ "2026-02-29", "\"2026-02-29\"" NO_TIME },
		{ "2026-13-01", "\"2026-13-01\"" NO_TIME },
		{ "2026-01-31T24:00:00Z", "\"2026-01-31T24:00:00Z\"" NO_TIME },
		{ "2026-01-31T10", "\"2026-01-31T10\"" NO_TIME },
		{ "2026-01-31T10:00:00+2",
		    "\"2026-01-31T10:00:00+2\"" NO_TIME },
		{ "2026-01-31T10:00:00Zx",
		    "\"2026-01-31T10:00:00Zx\"" NO_TIME },
		{ "2026-01-31T10:00:00.Z",
		    "\"2026-01-31T10:00:00.Z\"" NO_TIME },
		{ "", "\"\"" NO_TIME },
		{ "tomorrow", "\"tomorrow\"" NO_TIME },
		{ "12x", "\"12x\"" NO_TIME },
		{ "9999-01-01T00:00:00Z", "\"9999-01-01T00:00:00Z\" is not "
					  "between the years 1678 and 2261" },
		{ "99999999999", "\"99999999999\" is not between the years "
				 "1678 and 2261" },
	};
	struct buffer b = BUFFER_INIT;
	struct error err;
	int64_t now, got;
	size_t i;

	(void)state;
	/* An hour east of UTC, two in summer, without any zone file. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(time_parse("2026-01-01T00:00:00Z", 0, &now, NULL), 0);
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		if (time_parse(cases[i].text, now, &got, &err) == 0)
			time_print(&b, got, 3);
		else
			buffer_puts(&b, err.text);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_clear(&b);
	time_print(&b, -1, 0);
	assert_string_equal(buffer_text(&b), "1969-12-31T23:59:59Z");
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_duration_parse),
		cmocka_unit_test(test_duration_print),
		cmocka_unit_test(test_printed_reads_back),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
