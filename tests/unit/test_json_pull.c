/* JSON in pieces, beside what a library makes of the same. */
#include "json_pull.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static enum json_piece
run(const char *text, size_t size)
{
	struct json_pull p = { .rest = { text, size } };
	enum json_piece piece;

	while ((piece = json_pull(&p)) > JSON_PULL_BAD)
		;
	return piece;
}

static void
test_pieces(void **unused)
{
	static const char text[] =
	    " {\"a\": [1, \"x\\\"y\", {}], \"b\":{\"c\":null}, \"d\":-1.5e+3}";
	static const struct {
		enum json_piece piece;
		uint32_t depth;
		const char *key, *value;
	} want[] = {
		{ JSON_PULL_OBJECT, 1, "", "" },
		{ JSON_PULL_ARRAY, 2, "a", "" },
		{ JSON_PULL_VALUE, 2, "", "1" },
		{ JSON_PULL_VALUE, 2, "", "x\\\"y" },
		{ JSON_PULL_OBJECT, 3, "", "" },
		{ JSON_PULL_OBJECT_END, 2, "", "" },
		{ JSON_PULL_ARRAY_END, 1, "", "" },
		{ JSON_PULL_OBJECT, 2, "b", "" },
		{ JSON_PULL_VALUE, 2, "c", "null" },
		{ JSON_PULL_OBJECT_END, 1, "", "" },
		{ JSON_PULL_VALUE, 1, "d", "-1.5e+3" },
		{ JSON_PULL_OBJECT_END, 0, "", "" },
		{ JSON_PULL_END, 0, "", "" },
	};
	struct json_pull p = { .rest = { text, sizeof(text) - 1 } };
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(want); i++) {
		assert_int_equal(json_pull(&p), want[i].piece);
		assert_int_equal(p.depth, want[i].depth);
		assert_true(slice_is(p.key, want[i].key));
		if (want[i].piece == JSON_PULL_VALUE)
			assert_true(slice_is(p.value, want[i].value));
	}
}

/* Whatever is done to a text, both agree on whether it is JSON. */
static void
test_like_jansson(void **unused)
{
	static const char good[] = "{\"a\":[1,-2.53,true,null],\"b\":{\"c\":"
				   "\"x\\\\y\\n\"},\"d\":[],\"e\":{}}";
	static const char bytes[] = "{}[],:\"\\ 0123456789.-+eEtrufalsn\n";
	char text[sizeof(good)];
	size_t i, n = sizeof(good) - 1;
	json_t *whole;
	unsigned k;

	(void)unused;
	srandom(1);
	for (i = 0; i < 200000; i++) {
		memcpy(text, good, sizeof(good));
		for (k = (unsigned)random() % 4; k > 0; k--)
			text[(size_t)random() % n] =
			    bytes[(size_t)random() % (sizeof(bytes) - 1)];
		whole = json_loadb(text, n, JSON_DECODE_ANY, NULL);
		if ((whole != NULL) != (run(text, n) == JSON_PULL_END))
			fail_msg("%s", text);
		json_decref(whole);
	}
}

static void
test_too_deep(void **unused)
{
	char text[2 * JSON_PULL_DEPTH + 2];

	(void)unused;
	memset(text, '[', JSON_PULL_DEPTH + 1);
	memset(text + JSON_PULL_DEPTH + 1, ']', JSON_PULL_DEPTH + 1);
	assert_int_equal(run(text, 2 * JSON_PULL_DEPTH + 2), JSON_PULL_BAD);
	assert_int_equal(run(text + 1, 2 * JSON_PULL_DEPTH), JSON_PULL_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_like_jansson),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
