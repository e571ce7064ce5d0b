#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
test_pieces_are_apart(void **state)
{
	unsigned char *pieces[500];
	size_t sizes[500], i, j;
	struct arena *a;

	(void)state;
	srand(1);
	a = arena_new(16);
	for (i = 0; i < COUNT(pieces); i++) {
		sizes[i] = (size_t)rand() % 300;
		pieces[i] = arena_alloc(a, sizes[i]);
		assert_non_null(pieces[i]);
		assert_int_equal(
		    (uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i, sizes[i]);
	}
	for (i = 0; i < COUNT(pieces); i++)
		for (j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
	arena_free(a);
}

static void
test_bounds(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	assert_null(arena_strndup(a, "x", SIZE_MAX));
	assert_null(arena_new(SIZE_MAX));
	assert_non_null(arena_alloc(a, 0));
	assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
	assert_non_null(arena_array(a, 0, 8));
	arena_free(a);
	arena_free(NULL);
}

static void
test_grow(void **state)
{
	struct arena *a = arena_new(256);
	char *p, *q, *other;

	(void)state;
	p = arena_grow(a, NULL, 0, 10);
	memcpy(p, "123456789", 10);
	q = arena_grow(a, p, 10, 100);
	assert_ptr_equal(p, q);
	assert_int_equal(q[99], 0);
	assert_ptr_equal(arena_grow(a, q, 100, 50), q);

	/* Not the last any more: a copy. */
	other = arena_alloc(a, 1);
	p = arena_grow(a, q, 100, 120);
	assert_ptr_not_equal(p, q);
	assert_string_equal(p, "123456789");
	assert_int_equal(*other, 0);

	/* Too big for the block: a copy. */
	q = arena_grow(a, p, 120, 100000);
	assert_ptr_not_equal(p, q);
	assert_string_equal(q, "123456789");
	assert_int_equal(q[120], 0);
	assert_int_equal(q[99999], 0);
	assert_null(arena_grow(a, q, 100000, SIZE_MAX));
	arena_free(a);
}

static void
test_copy(void **state)
{
	static const int items[] = { 1, 2, 3 };
	struct arena *a = arena_new(256);
	size_t used = arena_used(a);
	int *copy;

	(void)state;
	copy = arena_copy(a, items, 3, sizeof(*items));
	assert_memory_equal(copy, items, sizeof(items));
	assert_true(arena_used(a) >= used + sizeof(items));
	assert_non_null(arena_copy(a, NULL, 0, sizeof(*items)));
	assert_null(arena_copy(a, items, SIZE_MAX / 2, sizeof(*items)));
	arena_free(a);
}

static void
test_text(void **state)
{
	struct arena *a = arena_new(0);
	char *large;

	(void)state;
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_strndup(a, "text", 2), "te");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%s-%d", "n", 7), "n-7");
	large = arena_printf(a, "%05000d", 1);
	assert_int_equal(strlen(large), 5000);
	arena_free(a);
}

static void
test_bytes(void **state)
{
	struct arena *a = arena_new(0);
	size_t before = arena_bytes(a);

	(void)state;
	assert_true(before >= 4096);
	arena_alloc(a, 100);
	assert_int_equal(arena_bytes(a), before);
	arena_alloc(a, 100000);
	assert_true(arena_bytes(a) >= before + 100000);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
