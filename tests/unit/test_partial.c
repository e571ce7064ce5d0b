/* Partial aggregates as bytes: they come back as they were, and strangers'
   bytes are refused with a reason. */
#include "partial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const struct farm_series names = { .farm = "f",
	.cluster = "c",
	.node = "all",
	.parameter = "Load5",
	.unit = "1" };

static struct partial *
parsed(const struct buffer *b)
{
	struct partial *p = calloc(1, sizeof(*p));
	struct error err = { "" };

	if (partial_parse(p, b->data, b->size, &err) != 0)
		fail_msg("%s", err.text);
	return p;
}

/* The example of docs/aggregates.md. */
static void
test_example(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 1, 's', 1, 'f', 1, 'c', 3, 'a',
		'l', 'l', 5, 'L', 'o', 'a', 'd', '5', 1, '1', 4, 2, 0, 0, 0, 0,
		0, 0, 0xe0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0,
		0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 33, 1, 0x80,
		0x80, 0x20 };
	struct buffer b = BUFFER_INIT;
	struct tally t;
	struct partial *p;

	(void)state;
	tally_init(&t);
	t.known = 4;
	tally_add(&t, 0.5);
	tally_add(&t, 1.5);
	partial_put(&b, "s", &names, &t, NULL);
	assert_int_equal(b.size, sizeof(bytes));
	assert_memory_equal(b.data, bytes, sizeof(bytes));
	p = parsed(&b);
	assert_string_equal(p->texts[PARTIAL_SOURCE], "s");
	assert_string_equal(p->texts[PARTIAL_FARM], "f");
	assert_string_equal(p->texts[PARTIAL_CLUSTER], "c");
	assert_string_equal(p->texts[PARTIAL_NODE], "all");
	assert_string_equal(p->texts[PARTIAL_PARAMETER], "Load5");
	assert_string_equal(p->texts[PARTIAL_UNIT], "1");
	assert_int_equal(p->key_begin, 2);
	assert_int_equal(p->key_end, 18);
	assert_int_equal(p->tally.known, 4);
	assert_int_equal(p->tally.moments.n, 2);
	assert_true(exact_sum(&p->tally.sum) == 2);
	assert_false(p->sketched);
	free(p);
	buffer_free(&b);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *error;
	} cases[] = {
#define BYTES(TEXT) TEXT, sizeof(TEXT) - 1
#define NAMES "\1s\1f\1c\1n\1p\0"
		{ BYTES(""), "byte 0: version" },
		{ BYTES("\2\0"), "of version 2; known is 1" },
		{ BYTES("\1\2"), "byte 1: flags" },
		{ BYTES("\1\0"), "byte 2: source" },
		{ BYTES("\1\0\0"), "byte 3: the name of a source is empty" },
		{ BYTES("\1\0\1s\1f\1c\1\n"),
		    "byte 9: the node name \"\\x0a\" holds" },
		{ BYTES("\1\0\1s\1f\1c\2n"), "byte 9: node" },
		{ BYTES("\1\0\1s\xfb\1"), "byte 4: farm" },
		{ BYTES("\1\0" NAMES "\1"), "byte 14: count" },
		{ BYTES("\1\0" NAMES "\1\xff\xff\xff\xff\xff\xff\1"),
		    "byte 14: count" },
		{ BYTES("\1\0" NAMES "\1\1\0\0\0\0\0\0\xf0"),
		    "byte 15: least" },
		{ BYTES("\1\0" NAMES "\1\1\0\0\0\0\0\0\xf0\x7f"),
		    "byte 23: least" },
		{ BYTES("\1\0" NAMES "\1\1\0\0\0\0\0\0\xf0\x3f"
			"\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\xe0\x3f"
			"\0\0\0\0\0\0\0\0"),
		    "byte 47: least, largest and squares" },
		{ BYTES("\1\0" NAMES "\1\0x"),
		    "byte 15: nothing more was expected" },
		{ BYTES("\1\1" NAMES "\1\0"), "byte 15: zeros" },
		{ BYTES("\1\1" NAMES "\1\0\0\1\0\0\1"),
		    "byte 19: count of a bin" },
	};
	struct partial *p = calloc(1, sizeof(*p));
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    partial_parse(p, cases[i].bytes, cases[i].size, &err), -1);
		if (strstr(err.text, cases[i].error) == NULL)
			fail_msg("%zu: \"%s\", not \"%s\"", i, err.text,
			    cases[i].error);
	}
	assert_int_equal(partial_parse(p, p, PARTIAL_MAX + 1, &err), -1);
	assert_string_equal(
	    err.text, "a partial aggregate of 65537 bytes: 65536 at most");
	free(p);
}

/* Anything from the smallest to the largest, of either sign. */
static double
any_number(uint64_t *seed)
{
	double number;

	do {
		*seed ^= *seed << 13;
		*seed ^= *seed >> 7;
		*seed ^= *seed << 17;
		memcpy(&number, seed, sizeof(number));
	} while (!isfinite(number));
	return number;
}

static void
assert_same_sketch(const struct sketch *a, const struct sketch *b)
{
	static const double qs[] = { 0, 0.01, 0.3, 0.5, 0.9, 1 };

	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < COUNT(qs); i++)
		assert_true(
		    sketch_quantile(a, qs[i]) == sketch_quantile(b, qs[i]));
}

/* There and back again, and again the same bytes. */
static void
test_round_trip(void **state)
{
	struct sketch *s = calloc(1, sizeof(*s));
	uint64_t seed = 99;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct buffer first = BUFFER_INIT, second = BUFFER_INIT;
		struct tally t;
		struct partial *p;

		tally_init(&t);
		sketch_clear(s);
		t.known = 1000;
		for (int i = 0; i < round * 3; i++) {
			double number = any_number(&seed);

			if (round % 2 == 0)
				number = (double)((int64_t)seed % 1000);
			tally_add(&t, number);
			sketch_add(s, number);
		}
		partial_put(&first, "s", &names, &t, s);
		assert_true(first.size <= PARTIAL_MAX);
		p = parsed(&first);
		assert_true(p->sketched);
		assert_true(exact_sum(&p->tally.sum) == exact_sum(&t.sum));
		if (t.moments.n > 0)
			assert_same_sketch(&p->sketch, s);
		partial_put(&second, "s", &names, &p->tally, &p->sketch);
		assert_int_equal(first.size, second.size);
		assert_memory_equal(first.data, second.data, first.size);
		free(p);
		buffer_free(&first);
		buffer_free(&second);
	}
	free(s);
}

/* Whichever byte is another one, or missing: nothing worse than a reason. */
static void
test_spoilt(void **state)
{
	struct sketch *s = calloc(1, sizeof(*s));
	struct partial *p = calloc(1, sizeof(*p));
	struct buffer b = BUFFER_INIT;
	struct error err;
	struct tally t;

	(void)state;
	tally_init(&t);
	for (int i = -20; i < 20; i++) {
		tally_add(&t, i * 1.7);
		sketch_add(s, i * 1.7);
	}
	partial_put(&b, "s", &names, &t, s);
	for (size_t i = 0; i < b.size; i++) {
		assert_int_equal(partial_parse(p, b.data, i, &err), -1);
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			if (partial_parse(p, b.data, b.size, &err) == 0 &&
			    p->sketched)
				(void)sketch_quantile(&p->sketch, 0.5);
			b.data[i] ^= (char)(1 << bit);
		}
	}
	buffer_free(&b);
	free(p);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_spoilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
