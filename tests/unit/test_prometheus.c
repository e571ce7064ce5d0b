/* Metrics as Prometheus reads them: names, units, heads, samples. */
#include "prometheus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static struct farm_series
series(const char *parameter, const char *unit, uint32_t kind)
{
	return (struct farm_series){
		.farm = "f",
		.cluster = "c",
		.node = "n",
		.parameter = parameter,
		.unit = unit,
		.kind = kind,
	};
}

static void
test_units(void **state)
{
	static const struct {
		const char *unit;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "1", "" },
		{ "s", "seconds" },
		{ "ms", "milliseconds" },
		{ "%", "percent" },
		{ "By", "bytes" },
		{ "By/s", "bytes_per_second" },
		{ "KiBy/s", "kibibytes_per_second" },
		{ "1/s", "per_second" },
		{ "Mb/s", "Mb_per_second" },
		{ "{packets}/s", "packets_per_second" },
		{ "m/s2", "m_per_s2" },
		{ "1/{}", "" },
		{ "{}", "" },
		{ "/", "" },
		{ "a/b/c", "a_per_bc" },
		{ "\xc2\xb5s", "s" },
	};
	struct buffer b = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		buffer_puts(&b, "before ");
		prometheus_unit(&b, cases[i].unit);
		assert_string_equal(buffer_text(&b) + 7, cases[i].want);
	}
	buffer_free(&b);
}

static void
test_names(void **state)
{
	static const struct {
		const char *parameter;
		const char *unit;
		uint32_t kind;
		const char *want;
		bool plain;
	} cases[] = {
		{ "Load5", "1", FARM_GAUGE, "farm_Load5", true },
		{ "up", "", FARM_STATE, "farm_up", true },
		{ "uptime", "s", FARM_GAUGE, "farm_uptime_seconds", true },
		{ "uptime_seconds", "s", FARM_GAUGE, "farm_uptime_seconds",
		    true },
		{ "uptime_seconds", "", FARM_GAUGE, "farm_uptime_seconds",
		    true },
		{ "useconds", "s", FARM_GAUGE, "farm_useconds_seconds", true },
		{ "seconds", "s", FARM_GAUGE, "farm_seconds", true },
		{ "runs", "1", FARM_COUNTER32, "farm_runs_total", true },
		{ "runs_total", "1", FARM_COUNTER64, "farm_runs_total", true },
		{ "total", "", FARM_COUNTER64, "farm_total", true },
		{ "in", "By", FARM_COUNTER64, "farm_in_bytes_total", true },
		{ "in_total", "By", FARM_COUNTER64, "farm_in_bytes_total",
		    true },
		{ "in_bytes_total", "By", FARM_COUNTER64, "farm_in_bytes_total",
		    true },
		{ "Gi1/0/1", "", FARM_GAUGE, "farm_Gi1_0_1", false },
		{ "a:b", "", FARM_GAUGE, "farm_a_b", false },
		{ "1st", "", FARM_GAUGE, "farm_1st", true },
		{ "\xc3\xa9", "", FARM_GAUGE, "farm___", false },
	};
	struct buffer b = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct farm_series s = series(
		    cases[i].parameter, cases[i].unit, cases[i].kind);

		buffer_clear(&b);
		assert_int_equal(prometheus_name(&b, &s), cases[i].plain);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

static void
test_heads(void **state)
{
	static const struct {
		struct prometheus_head head;
		bool open;
		const char *want;
	} cases[] = {
		{ { "farm_x_bytes_total", "bytes", "what \"x\"\n\\is",
		      PROMETHEUS_COUNTER },
		    false,
		    "# HELP farm_x_bytes_total what \"x\"\\n\\\\is\n"
		    "# TYPE farm_x_bytes_total counter\n"
		    "# UNIT farm_x_bytes_total bytes\n" },
		{ { "farm_x_bytes_total", "bytes", "what \"x\"\n\\is",
		      PROMETHEUS_COUNTER },
		    true,
		    "# HELP farm_x_bytes what \\\"x\\\"\\n\\\\is\n"
		    "# TYPE farm_x_bytes counter\n"
		    "# UNIT farm_x_bytes bytes\n" },
		{ { "farm_y", "", "h", PROMETHEUS_GAUGE }, true,
		    "# HELP farm_y h\n# TYPE farm_y gauge\n" },
		{ { "farm_y", "", "h", PROMETHEUS_UNKNOWN }, true,
		    "# HELP farm_y h\n# TYPE farm_y unknown\n" },
		{ { "farm_y", "", "h", PROMETHEUS_UNKNOWN }, false,
		    "# HELP farm_y h\n# TYPE farm_y untyped\n" },
	};
	struct buffer b = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		prometheus_put_head(&b, &cases[i].head, cases[i].open);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

/* One sample of a series, as text. */
static const char *
sample(struct buffer *b, const struct farm_series *s, struct farm_value v,
    int64_t time_ns, bool open)
{
	buffer_clear(b);
	prometheus_put_sample(b, "m", s, false, &v, time_ns, open);
	return buffer_text(b);
}

#define NAMES "m{farm=\"f\",cluster=\"c\",node=\"n\"} "

static void
test_values(void **state)
{
	const struct farm_series s = series("p", "", FARM_GAUGE);
	struct buffer b = BUFFER_INIT;

	(void)state;
	assert_string_equal(
	    sample(&b, &s, farm_double(0.1), 0, false), NAMES "0.1\n");
	assert_string_equal(
	    sample(&b, &s, farm_double(NAN), 0, false), NAMES "NaN\n");
	assert_string_equal(
	    sample(&b, &s, farm_double(-NAN), 0, true), NAMES "NaN\n");
	assert_string_equal(
	    sample(&b, &s, farm_double(INFINITY), 0, false), NAMES "+Inf\n");
	assert_string_equal(
	    sample(&b, &s, farm_double(-INFINITY), 0, false), NAMES "-Inf\n");
	assert_string_equal(
	    sample(&b, &s, farm_double(1e300), 0, false), NAMES "1e+300\n");
	assert_string_equal(
	    sample(&b, &s, farm_boolean(true), 0, false), NAMES "1\n");
	assert_string_equal(
	    sample(&b, &s, farm_boolean(false), 0, false), NAMES "0\n");
	assert_string_equal(sample(&b, &s, farm_int64(INT64_MIN), 0, false),
	    NAMES "-9223372036854775808\n");
	assert_string_equal(sample(&b, &s, farm_uint64(UINT64_MAX), 0, false),
	    NAMES "18446744073709551615\n");
	assert_string_equal(
	    sample(&b, &s, farm_int64(7), INT64_C(1700000000123456789), false),
	    NAMES "7 1700000000123\n");
	assert_string_equal(
	    sample(&b, &s, farm_int64(7), INT64_C(1700000000023456789), true),
	    NAMES "7 1700000000.023\n");
	buffer_free(&b);
}

static void
test_labels(void **state)
{
	static const struct farm_label labels[] = {
		{ "rack", "a\\b\"c\nd" },
		{ "node", "other" },
		{ "a.b", "1" },
		{ "a-b", "2,a_b=\"" },
		{ "a_b_2", "3" },
		{ "empty", "" },
		{ "__name__", "x" },
		{ "0", "y" },
		{ "\xc3\xa9", "\xc3\xa9" },
	};
	struct farm_series s = series("p.q", "", FARM_GAUGE);
	struct farm_value v = farm_int64(1);
	struct buffer b = BUFFER_INIT;

	(void)state;
	s.farm = "a\"b\\";
	s.labels = labels;
	s.n_labels = COUNT(labels);
	prometheus_put_sample(&b, "m", &s, true, &v, 0, false);
	assert_string_equal(buffer_text(&b),
	    "m{farm=\"a\\\"b\\\\\",cluster=\"c\",node=\"n\","
	    "parameter=\"p.q\",rack=\"a\\\\b\\\"c\\nd\",node_2=\"other\","
	    "a_b=\"1\",a_b_2=\"2,a_b=\\\"\",a_b_2_2=\"3\","
	    "label__name__=\"x\",_0=\"y\",__=\"\xc3\xa9\"} 1\n");
	buffer_free(&b);
}

/* Whatever labels a series has, no two of a sample have one name. */
static void
test_random_labels(void **state)
{
	static const char letters[] = "a_.2";
	struct farm_label labels[FARM_LABELS_MAX];
	char room[FARM_LABELS_MAX][4];
	struct farm_series s = series("p", "", FARM_GAUGE);
	struct farm_value v = farm_int64(1);
	struct buffer b = BUFFER_INIT;
	unsigned seed = 7;

	(void)state;
	s.labels = labels;
	s.n_labels = FARM_LABELS_MAX;
	for (int round = 0; round < 2000; round++) {
		char *names[FARM_LABELS_MAX + 3], *rest, *label;
		size_t n = 0;

		for (size_t i = 0; i < FARM_LABELS_MAX; i++) {
			for (size_t k = 0; k < 3; k++) {
				seed = seed * 1103515245u + 12345u;
				room[i][k] = letters[seed >> 24 & 3];
			}
			room[i][1 + (seed >> 20) % 3] = '\0';
			labels[i] = (struct farm_label){ room[i], "x" };
		}
		buffer_clear(&b);
		prometheus_put_sample(&b, "m", &s, false, &v, 0, false);
		assert_false(buffer_failed(&b));
		for (label = strtok_r(b.data + 2, ",}", &rest);
		     strchr(label, '=') != NULL;
		     label = strtok_r(NULL, ",}", &rest)) {
			*strchr(label, '=') = '\0';
			for (size_t i = 0; i < n; i++)
				assert_string_not_equal(names[i], label);
			names[n++] = label;
		}
		assert_int_equal(n, COUNT(names));
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_random_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
