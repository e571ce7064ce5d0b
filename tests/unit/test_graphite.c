/* Graphite: lines in, lines out. */
#include "graphite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define TEXT(S) ((struct slice){ S, sizeof(S) - 1 })

static const struct {
	const char *text;
	const char *want; /* path [tags] value @time, or !reason; ";" */
} cases[] = {
	{ "", "" },
	{ "\n \r\n", "" },
	{ "a.b.c 1.5 1700000000\n", "a.b.c 1.5 @1700000000000000000;" },
	{ "a 1 1700000000.25\r\nb -2e3 -1",
	    "a 1 @1700000000250000000;b -2000;" },
	{ "\ta\t 1\t 5 \t", "a 1 @5000000000;" },
	{ "a;x=1;y=b=c 1 5", "a [x|1] [y|b=c] 1 @5000000000;" },
	{ "a 1 -2.5", "a 1 @-2500000000;" },
	{ "bad\nb 2 5", "!\"bad\": the value is no number;b 2 @5000000000;" },
	{ ";x=1 1 5", "!a line without a path;" },
	{ "a;x 1 5", "!\"a\": a tag is not NAME=VALUE;" },
	{ "a;x= 1 5", "!\"a\": a tag is not NAME=VALUE;" },
	{ "a;=x 1 5", "!\"a\": a tag is not NAME=VALUE;" },
	{ "a nan 5", "!\"a\": the value is no number;" },
	{ "a 0x10 5", "!\"a\": the value is no number;" },
	{ "a 1e999 5", "!\"a\": the value is no number;" },
	{ "a 1", "!\"a\": the time is no number;" },
	{ "a 1 N", "!\"a\": the time is no number;" },
	{ "a 1 1e10", "!\"a\": the time is no number;" },
	{ "a 1 5 6", "!\"a\": more than three words;" },
};

static void
show(struct buffer *b, struct slice rest)
{
	struct graphite_line l;
	struct slice name, value;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = graphite_parse(&rest, &l, &err)) != 0) {
		if (got < 0) {
			buffer_printf(b, "!%s;", err.text);
			continue;
		}
		buffer_put(b, l.path.text, l.path.length);
		while (graphite_next_tag(&l, &name, &value))
			buffer_printf(b, " [%.*s|%.*s]", (int)name.length,
			    name.text, (int)value.length, value.text);
		buffer_printf(b, " %.17g", l.value);
		if (l.timed)
			buffer_printf(b, " @%lld", (long long)l.time_ns);
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

static void
test_put(void **unused)
{
	const struct slice parts[] = { TEXT("farm"), TEXT("a.b/c d;e"),
		TEXT("Gi1/0/1*\n\xc3\xa9") };
	const struct slice empty[] = { TEXT("farm"), TEXT("") };
	const struct {
		struct farm_value v;
		int64_t time_ns;
		const char *want;
	} values[] = {
		{ farm_double(0.1), INT64_C(1700000000999999999),
		    " 0.1 1700000000\n" },
		{ farm_int64(-5), -1, " -5 -1\n" },
		{ farm_uint64(UINT64_MAX), 0, " 18446744073709551615 0\n" },
		{ farm_boolean(true), 0, " 1 0\n" },
		{ farm_boolean(false), 0, " 0 0\n" },
		{ farm_double(NAN), 0, NULL },
		{ farm_double(INFINITY), 0, NULL },
		{ farm_text("1", 1), 0, NULL },
	};
	static const char path[] = "farm.a_b_c_d_e.Gi1_0_1__\xc3\xa9";
	struct buffer b = BUFFER_INIT;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(values); i++) {
		buffer_clear(&b);
		assert_int_equal(graphite_put(&b, parts, 3, &values[i].v,
				     values[i].time_ns, &err),
		    values[i].want != NULL);
		if (values[i].want == NULL) {
			assert_int_equal(b.size, 0);
			continue;
		}
		assert_memory_equal(b.data, path, sizeof(path) - 1);
		assert_string_equal(b.data + sizeof(path) - 1, values[i].want);
	}
	buffer_clear(&b);
	assert_int_equal(graphite_put(&b, empty, 2, &values[0].v, 0, &err), -1);
	assert_string_equal(err.text, "part 2 of a path is empty");
	assert_int_equal(b.size, 0);
	buffer_free(&b);
}

static uint32_t
random_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* What is written is read: as many parts, the same number. */
static void
test_round_trips(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct graphite_line l;
	struct farm_value v;
	struct slice parts[3], rest;
	char texts[3][8];
	uint32_t state = 9;
	struct error err;
	size_t round, i, k;

	(void)unused;
	for (round = 0; round < 20000; round++) {
		buffer_clear(&b);
		for (i = 0; i < 3; i++) {
			parts[i] = (struct slice){ texts[i],
				1 + random_number(&state) % 8 };
			for (k = 0; k < parts[i].length; k++)
				texts[i][k] = (char)random_number(&state);
		}
		v = farm_double((double)random_number(&state) / 7);
		graphite_put(
		    &b, parts, 3, &v, (int64_t)round * 1000000000, NULL);
		rest = (struct slice){ b.data, b.size };
		if (graphite_parse(&rest, &l, &err) != 1)
			fail_msg("%s: %s", b.data, err.text);
		assert_int_equal(rest.length, 0);
		assert_true(l.value == v.number);
		assert_int_equal(l.time_ns, (int64_t)round * 1000000000);
		for (i = 0; i < 3; i++)
			assert_int_equal(
			    slice_cut(&l.path, '.').length, parts[i].length);
		assert_int_equal(l.path.length, 0);
	}
	buffer_free(&b);
}

static void
test_mutations(void **unused)
{
	static const char seed[] = "a.b;x=1;y=2 1.5e3 1700000000.5\nc 1 -1\n";
	struct buffer b = BUFFER_INIT;
	uint32_t state = 5;
	size_t round, length, k;
	char *copy;

	(void)unused;
	for (round = 0; round < 20000; round++) {
		length = 1 + random_number(&state) % (sizeof(seed) - 1);
		copy = copy_of(seed, length);
		for (k = 0; k < round % 4; k++)
			copy[random_number(&state) % length] = (char)
			    random_number(&state);
		show(&b, (struct slice){ copy, length });
		free(copy);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
