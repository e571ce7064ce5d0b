/* StatsD: what lines say, in each dialect. */
#include "statsd.h"

#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"
#include "unit.h"

static const struct {
	const char *text;
	const char
	    *want; /* name [tags] type:value[r][@rate], or !reason; ";" */
} cases[] = {
	{ "", "" },
	{ "\n\r\n", "" },
	{ "a:1|c", "a 1:1;" },
	{ "a.b:-2.5|c|@0.1\n", "a.b 1:-2.5@0.1;" },
	{ "g:7|g\ng:+3|g\r\ng:-4|g", "g 2:7;g 2:3r;g 2:-4r;" },
	{ "t:320|ms|@0.5", "t 3:320@0.5;" },
	{ "u:alice bob|s", "u 4:alice bob;" },
	{ "h:1.5e3|h", "h 5:1500;" },
	{ "d:1|d", "d 6:1;" },
	{ "a:1:2:3|ms|@0.5", "a 3:1@0.5 3:2@0.5 3:3@0.5;" },
	{ "a:1|c:2|g:+3|g", "a 1:1 2:2 2:3r;" },
	{ "a:1|c|#env:prod,host:a:b,flag", "a [env|prod] [host|a:b] [flag|] "
					   "1:1;" },
	{ "a:1|c|@0.5|#x:1|c:id|T1700000000", "a [x|1] 1:1@0.5;" },
	{ "a:1|c|#", "a 1:1;" },
	{ "a:1|c|T17", "a 1:1;" },
	{ "a,x=1,y=b:1|c", "a [x|1] [y|b] 1:1;" },
	{ "a;x=1;y=b,c:1|c", "a [x|1] [y|b,c] 1:1;" },
	{ "a[x=1,y=b]:1|c", "a [x|1] [y|b] 1:1;" },
	{ "bad\na:1|c", "!\"bad\": value 1 is wrong;a 1:1;" },
	{ ":1|c", "!a line without a name;" },
	{ ",x=1:1|c", "!a line without a name;" },
	{ "a:1", "!\"a\": value 1 is wrong;" },
	{ "a:|c", "!\"a\": value 1 is wrong;" },
	{ "a:1|", "!\"a\": value 1 is wrong;" },
	{ "a:1|x", "!\"a\": value 1 is wrong;" },
	{ "a:1|cc", "!\"a\": value 1 is wrong;" },
	{ "a:x|c", "!\"a\": value 1 is wrong;" },
	{ "a:nan|g", "!\"a\": value 1 is wrong;" },
	{ "a:|s", "!\"a\": value 1 is wrong;" },
	{ "a:1|c|@0", "!\"a\": value 1 is wrong;" },
	{ "a:1|c|@1.5", "!\"a\": value 1 is wrong;" },
	{ "a:1|c|@", "!\"a\": value 1 is wrong;" },
	{ "a:1|c:x|c", "!\"a\": value 2 is wrong;" },
	{ "a:1|c:2", "!\"a\": value 2 is wrong;" },
	{ "a:1::2|c", "!\"a\": value 2 is wrong;" },
};

static void
show_metric(struct buffer *b, struct statsd_metric m)
{
	struct slice name, value;
	struct statsd_sample s;
	size_t n = 0;

	buffer_put(b, m.name.text, m.name.length);
	while (statsd_next_tag(&m, &name, &value))
		buffer_printf(b, " [%.*s|%.*s]", (int)name.length, name.text,
		    (int)value.length, value.text);
	for (; statsd_next(&m, &s); n++) {
		if (s.type == STATSD_SET)
			buffer_printf(
			    b, " 4:%.*s", (int)s.text.length, s.text.text);
		else
			buffer_printf(b, " %d:%.17g%s", (int)s.type, s.value,
			    s.relative ? "r" : "");
		if (s.rate < 1)
			buffer_printf(b, "@%g", s.rate);
	}
	assert_int_equal(n, m.n_samples);
}

static void
show(struct buffer *b, struct slice rest)
{
	struct statsd_metric m;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = statsd_parse(&rest, &m, &err)) != 0) {
		if (got > 0)
			show_metric(b, m);
		else
			buffer_printf(b, "!%s", err.text);
		buffer_putc(b, ';');
	}
}

static char *
copy_of(const char *text, size_t length)
{
	char *copy = malloc(length + (length == 0));

	assert_non_null(copy);
	memcpy(copy, text, length);
	return copy;
}

static void
test_cases(void **unused)
{
	struct buffer b = BUFFER_INIT;
	char *copy;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		copy = copy_of(cases[i].text, strlen(cases[i].text));
		show(&b, (struct slice){ copy, strlen(cases[i].text) });
		if (strcmp(buffer_text(&b), cases[i].want) != 0)
			fail_msg("%s: %s instead of %s", cases[i].text,
			    buffer_text(&b), cases[i].want);
		free(copy);
	}
	buffer_free(&b);
}

/* So many values share a type, no more. */
static void
test_shared(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct statsd_metric m;
	struct error err;
	struct slice rest;
	int i;

	(void)unused;
	buffer_puts(&b, "a:1");
	for (i = 0; i < 1000; i++)
		buffer_puts(&b, ":1");
	buffer_puts(&b, "|c");
	rest = (struct slice){ b.data, b.size };
	assert_int_equal(statsd_parse(&rest, &m, &err), 1);
	assert_int_equal(m.n_samples, 1001);
	b.size -= 2;
	buffer_puts(&b, ":1|c");
	rest = (struct slice){ b.data, b.size };
	assert_int_equal(statsd_parse(&rest, &m, &err), -1);
	buffer_free(&b);
}

static void
test_mutations(void **unused)
{
	static const char seed[] =
	    "a.b:1|c|@0.5|#x:1,y\ng,k=v:+3|g\nt:1:2:3|ms\nu[a=b]:x|s\n";
	struct buffer b = BUFFER_INIT;
	uint32_t state = 5;
	size_t round, length, k;
	char *copy;

	(void)unused;
	for (round = 0; round < 20000; round++) {
		state = state * 1664525 + 1013904223;
		length = 1 + (state >> 8) % (sizeof(seed) - 1);
		copy = copy_of(seed, length);
		for (k = 0; k < round % 4; k++) {
			state = state * 1664525 + 1013904223;
			copy[(state >> 8) % length] = (char)(state >> 20);
		}
		show(&b, (struct slice){ copy, length });
		free(copy);
	}
	buffer_free(&b);
}

/* What is written is read again, and a gauge comes to its value. */
static void
test_written(void **unused)
{
	static const struct {
		struct farm_value value;
		const char *want; /* NULL: has no form */
	} written[] = {
		{ { .type = FARM_INT64, .int64 = 5 },
		    "c_d.p:5|g|#host:h.x:1\n" },
		{ { .type = FARM_DOUBLE, .number = -1.5 },
		    "c_d.p:0|g|#host:h.x:1\nc_d.p:-1.5|g|#host:h.x:1\n" },
		{ { .type = FARM_UINT64, .uint64 = UINT64_MAX },
		    "c_d.p:18446744073709551615|g|#host:h.x:1\n" },
		{ { .type = FARM_BOOLEAN, .boolean = true },
		    "c_d.p:1|g|#host:h.x:1\n" },
		{ { .type = FARM_DOUBLE, .number = 0.0 / 0.0 }, NULL },
		{ { .type = FARM_TEXT, .length = 1, .text = "x" }, NULL },
		{ { .type = FARM_NONE }, NULL },
	};
	struct slice parts[] = { { "c:d", 3 }, { "p", 1 } };
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(written); i++) {
		buffer_clear(&b);
		assert_int_equal(
		    statsd_put(&b, parts, 2, (struct slice){ "h.x:1", 5 },
			&written[i].value, &err),
		    written[i].want != NULL);
		assert_string_equal(buffer_text(&b),
		    written[i].want == NULL ? "" : written[i].want);
	}
	buffer_clear(&b);
	parts[1].length = 0;
	assert_int_equal(statsd_put(&b, parts, 2, (struct slice){ "", 0 },
			     &written[0].value, &err),
	    -1);
	assert_string_equal(err.text, "part 2 of a name is empty");
	assert_int_equal(b.size, 0);
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
