#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

/* What a single duration comes back as is within 9 % of it. */
static void
test_histogram_is_within_9_percent(void **state)
{
	struct histogram *h;
	int64_t ns, got;

	(void)state;
	for (ns = NS_PER_US; ns < 3600 * NS_PER_S; ns += ns / 37 + 1) {
		h = calloc(1, sizeof(*h));
		assert_non_null(h);
		histogram_add(h, ns);
		got = histogram_quantile(h, 0.5);
		assert_true(llabs(got - ns) <= ns * 9 / 100);
		free(h);
	}
}

static void
test_histogram_ends(void **state)
{
	struct histogram h = { { 0 } };

	(void)state;
	assert_int_equal(histogram_quantile(&h, 0.99), 0);
	histogram_add(&h, -5);
	histogram_add(&h, 0);
	assert_true(histogram_quantile(&h, 1) < 2 * NS_PER_US);
	histogram_add(&h, INT64_MAX);
	assert_true(histogram_quantile(&h, 1) > 3600 * NS_PER_S);
	assert_true(histogram_quantile(&h, 0) < 2 * NS_PER_US);
}

static void
test_histogram_quantiles(void **state)
{
	static const double quantiles[] = { 0.01, 0.5, 0.9, 0.99, 1 };
	struct histogram h = { { 0 } };
	double want, got;
	unsigned i;
	int ms;

	(void)state;
	for (ms = 1; ms <= 1000; ms++)
		histogram_add(&h, ms * NS_PER_MS);
	for (i = 0; i < COUNT(quantiles); i++) {
		want = quantiles[i] * 1000;
		got = (double)histogram_quantile(&h, quantiles[i]) / NS_PER_MS;
		assert_true(got > want * 0.91 && got < want * 1.09);
	}
}

static void
test_reasons(void **state)
{
	unsigned i, j;

	(void)state;
	assert_string_equal(drop_reason_name(DROP_QUEUE_FULL), "queue_full");
	assert_string_equal(drop_reason_name(DROP_MEMORY), "memory");
	for (i = 0; i < DROP_REASONS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    drop_reason_name(i), drop_reason_name(j));
}

static void
test_json(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct ledger l;

	(void)state;
	ledger_init(&l);
	ledger_json(&b, &l);
	assert_string_equal(buffer_text(&b),
	    "\"runs\":0,\"failures\":0,\"skipped\":0,\"overruns\":0,"
	    "\"values\":0,\"cpu_ns\":0,\"wall_p50_ns\":0,\"wall_p99_ns\":0,"
	    "\"lateness_p99_ns\":0,\"dropped\":{\"queue_full\":0,\"name\":0,"
	    "\"series\":0,\"late\":0,\"handle\":0,\"behind\":0,"
	    "\"refused\":0,\"memory\":0,\"unreadable\":0},"
	    "\"last_run\":null,"
	    "\"last_good\":null,\"last_error_time\":null,"
	    "\"last_error\":null");

	l.runs = 3;
	ledger_drop(&l, DROP_LATE, 7);
	ledger_error(&l, 4, "first");
	ledger_error(&l, 5, "/a \"b\": gone");
	buffer_clear(&b);
	ledger_json(&b, &l);
	assert_non_null(strstr(buffer_text(&b), "\"runs\":3,"));
	assert_non_null(strstr(buffer_text(&b), "\"late\":7,"));
	assert_non_null(strstr(buffer_text(&b),
	    "\"last_error_time\":\"1970-01-01T00:00:00.000000005Z\","
	    "\"last_error\":\"/a \\\"b\\\": gone\""));
	buffer_free(&b);
	ledger_destroy(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histogram_is_within_9_percent),
		cmocka_unit_test(test_histogram_ends),
		cmocka_unit_test(test_histogram_quantiles),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
