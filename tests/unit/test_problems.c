#include "problems.h"

#include "unit.h"

static void
test_order(void **state)
{
	static const char *const want[] = { "nowhere", "first", "again",
		"second", "third 3", "other file" };
	struct problems list = PROBLEMS_INIT;
	struct farm_tree place = { .file = "a.yaml", .line = 2, .column = 5 };
	size_t i;

	(void)state;
	assert_int_equal(problem_in(&list, "b.yaml", 1, 1, "other file"), -1);
	assert_int_equal(problem_at(&list, &place, "first"), -1);
	warning_at(&list, &place, "again");
	problem_in(&list, "a.yaml", 10, 1, "third %d", 3);
	problem_in(&list, "a.yaml", 2, 6, "second");
	problem_at(&list, NULL, "nowhere");
	assert_int_equal(list.n, 6);
	assert_int_equal(list.n_errors, 5);
	problems_sort(&list);
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(list.items[i].text, want[i]);
	assert_null(list.items[0].file);
	assert_string_equal(list.items[1].file, "a.yaml");
	assert_ptr_not_equal(list.items[1].file, place.file);
	assert_int_equal(list.items[1].line, 2);
	assert_int_equal(list.items[1].column, 5);
	assert_true(list.items[2].warning);
	problems_free(&list);
	assert_int_equal(list.n, 0);
	problems_free(&list);
}

static void
test_bound(void **state)
{
	struct problems list = PROBLEMS_INIT;
	int i;

	(void)state;
	for (i = 0; i < 1500; i++)
		problem_in(&list, "a.yaml", 1, 1, "%d", i);
	assert_int_equal(list.n, 1000);
	assert_int_equal(list.n_errors, 1500);
	problems_free(&list);
}

/* What is wrong is said, however much else is not quite right. */
static void
test_room_for_errors(void **state)
{
	struct problems list = PROBLEMS_INIT;
	int i;

	(void)state;
	for (i = 0; i < 1500; i++)
		warning_in(&list, "a.yaml", 1, 1, "%d", i);
	assert_int_equal(list.n, 500);
	problem_at(&list, NULL, "wrong");
	assert_int_equal(list.n, 501);
	assert_int_equal(list.n_errors, 1);
	assert_string_equal(list.items[500].text, "wrong");
	problems_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_room_for_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
