/* Which finished jobs were told. */
#include "job_window.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
add(struct job_window *w, uint64_t key, int64_t ended)
{
	assert_int_equal(job_window_add(w, key, ended), 0);
}

/* What there is afterwards, from its bytes; how many they are. */
static size_t
again(struct job_window *w, bool whole)
{
	struct job_window other = { .floor = 0 };
	struct buffer b = BUFFER_INIT;
	size_t size;

	assert_int_equal(job_window_place(w, &b), whole);
	assert_false(buffer_failed(&b));
	assert_int_equal(job_window_restore(&other, b.data, b.size), 0);
	assert_int_equal(other.floor, w->floor);
	assert_int_equal(other.n, w->n);
	if (w->n > 0)
		assert_memory_equal(
		    other.told, w->told, w->n * sizeof(*w->told));
	size = b.size;
	job_window_free(&other);
	buffer_free(&b);
	return size;
}

static void
test_told(void **unused)
{
	struct job_window w = { .floor = 1000 };

	(void)unused;
	again(&w, true);
	add(&w, 7, 1000);
	add(&w, 3, 1500);
	add(&w, JOB_WINDOW_KEY_MAX, 1200);
	assert_false(job_window_has(&w, 7));
	again(&w, true);
	assert_true(job_window_has(&w, 7));
	assert_true(job_window_has(&w, 3));
	assert_true(job_window_has(&w, JOB_WINDOW_KEY_MAX));
	assert_false(job_window_has(&w, 4));
	job_window_move(&w, 1200);
	again(&w, true);
	assert_false(job_window_has(&w, 7));
	assert_int_equal(w.n, 2);
	/* Not back. */
	job_window_move(&w, 10);
	assert_int_equal(w.floor, 1200);
	job_window_free(&w);
}

/* An array of 100,000 that was cancelled at once. */
static void
test_run(void **unused)
{
	struct job_window w = { .floor = 1000 };
	uint64_t i;

	(void)unused;
	for (i = 0; i < 100000; i++)
		add(&w, 5000 + i, 2000);
	assert_true(again(&w, true) < 20);
	assert_int_equal(w.n, 100000);
	job_window_free(&w);
}

/* As a busy farm has it: keys that nearly follow, ends within an hour. */
static void
test_room(void **unused)
{
	struct job_window w = { .floor = 1795298400 };
	uint64_t key = 1000000, i;

	(void)unused;
	srand(1);
	for (i = 0; i < 7000; i++) {
		key += 1 + (uint64_t)rand() % 8;
		add(&w, key, w.floor + rand() % 3600);
	}
	assert_true(again(&w, true) <= JOB_WINDOW_BYTES_MAX);
	assert_int_equal(w.n, 7000);
	for (i = 0; i < 50000; i++) {
		key += 1 + (uint64_t)rand() % 8;
		add(&w, key, w.floor + rand() % 3600);
	}
	/* Too many: what is kept is the newest, and all of it. */
	assert_true(again(&w, false) <= JOB_WINDOW_BYTES_MAX);
	assert_true(w.n > 5000);
	assert_true(w.floor > 1795298400);
	for (i = 0; i < w.n; i++)
		assert_true(w.told[i].ended >= w.floor);
	job_window_free(&w);
}

static void
test_bad(void **unused)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{ "", 0 },
		{ "1 2 3 ", 6 }, /* of a log */
		{ "w", 1 },
		{ "w\x81", 2 },
		{ "w\x01\x02", 3 },
		{ "w\x00\x02\x01", 4 }, /* before 1970 */
		{ "w\x01\x03\x02", 4 }, /* a run of nothing said */
		{ "w\x01\x03\x02\x00", 5 },
		{ "w\x01\x03\x02\xff\xff\xff\xff\x0f", 9 },
	};
	struct job_window w = { .floor = 5 };
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		w.floor = 5;
		if (job_window_restore(&w, cases[i].bytes, cases[i].size) == 0)
			fail_msg("case %zu is a window", i);
		job_window_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
