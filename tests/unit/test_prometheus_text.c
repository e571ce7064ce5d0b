/* What Prometheus' exporters say. */
#include "prometheus_text.h"

#include <stdlib.h>

#include "buffer.h"
#include "unit.h"

static const struct {
	const char *text;
	const char *want; /* name [label|value] value @time c unit; or
			     !reason; */
	bool open;
} cases[] = {
	{ "", "" },
	{ "# HELP a b c\n\n# TYPE b gauge\nb 1.5\n", "b 1.5;" },
	{ "# TYPE a counter\na 3\nab 4\n# TYPE b gauge\na 5",
	    "a 3 c;ab 4;a 5;" },
	{ "a{x=\"1\",y=\"a\\\"}\\\\b\\nc\"} 2 1395066363000\r\n",
	    "a [x|1] [y|a\"}\\b\nc] 2 @1395066363000000000;" },
	{ "a{} 1\na { x = \"1\" , } 1e3", "a 1;a [x|1] 1000;" },
	{ "a NaN\nb +Inf\nc -Inf", "a none;b none;c none;" },
	{ "a 1 -5", "a 1 @-5000000;" },
	{ "{x=\"1\"} 2", "!a line without a name;" },
	{ "a{x=1} 2\nb 3", "!\"a\": a label is not NAME=\"VALUE\";b 3;" },
	{ "a{x=\"1} 2", "!\"a\": a label is not NAME=\"VALUE\";" },
	{ "a{x=\"1\"", "!\"a\": a label is not NAME=\"VALUE\";" },
	{ "a{=\"1\"} 2", "!\"a\": a label is not NAME=\"VALUE\";" },
	{ "a", "!\"a\": the value is no number;" },
	{ "a 0x1", "!\"a\": the value is no number;" },
	{ "a 1 x", "!\"a\": the time is no number;" },
	{ "a 1 1e13", "!\"a\": the time is no number;" },
	{ "a 1 2 3", "!\"a\": something behind the time;" },
	{ "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_sum 1.5\na_count 2\n"
	  "a_max 1\na 5\nab_count 2",
	    "a_bucket [le|1] 2 c;a_sum 1.5 c;a_count 2 c;a_max 1;a 5;"
	    "ab_count 2;" },
	{ "# TYPE a summary\na{quantile=\"0.5\"} 2\na_sum 3\na_count 2",
	    "a [quantile|0.5] 2;a_sum 3 c;a_count 2 c;" },
	{ "a 1 # {t=\"1\"} 1", "!\"a\": the time is no number;" },
	{ "# EOF\na 1", "a 1;" },
	/* OpenMetrics. */
	{ "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n"
	  "a_seconds_total{x=\"#\\\"#\"} 2 1.5 # {t=\"}\"} 1 2\n"
	  "a_seconds_created 1e9\nb 1 # {}\n# EOF\nc 1\n",
	    "a_seconds_total [x|#\"#] 2 @1500000000 c seconds;"
	    "a_seconds_created 1000000000 seconds;b 1;",
	    true },
	{ "a 1 9.3e9", "!\"a\": the time is no number;", true },
	{ "a 1 -0.25", "a 1 @-250000000;", true },
};

static void
show_sample(struct buffer *b, struct prometheus_sample *s)
{
	struct slice name, value;
	char *copy;

	buffer_put(b, s->name.text, s->name.length);
	while (prometheus_next_label(s, &name, &value)) {
		copy = malloc(value.length + 1);
		assert_non_null(copy);
		copy[prometheus_unescape(copy, value)] = '\0';
		buffer_printf(
		    b, " [%.*s|%s]", (int)name.length, name.text, copy);
		free(copy);
	}
	if (s->value.type == FARM_NONE)
		buffer_puts(b, " none");
	else
		buffer_printf(b, " %.17g", s->value.number);
	if (s->time_ns != 0)
		buffer_printf(b, " @%lld", (long long)s->time_ns);
	buffer_puts(b, s->counter ? " c" : "");
	if (s->unit.length > 0)
		buffer_printf(b, " %.*s", (int)s->unit.length, s->unit.text);
	buffer_puts(b, ";");
}

static void
test_samples(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct prometheus_sample s;
	struct error err;
	size_t i, length;
	char *exact;
	int got;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct prometheus_text t = { .open = cases[i].open };

		length = strlen(cases[i].text);
		exact = malloc(length + (length == 0));
		assert_non_null(exact);
		memcpy(exact, cases[i].text, length);
		t.rest = (struct slice){ exact, length };
		buffer_clear(&b);
		while ((got = prometheus_parse(&t, &s, &err)) != 0)
			if (got < 0)
				buffer_printf(&b, "!%s;", err.text);
			else
				show_sample(&b, &s);
		assert_string_equal(buffer_text(&b), cases[i].want);
		free(exact);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_samples) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
