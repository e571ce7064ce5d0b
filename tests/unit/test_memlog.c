#include "memlog.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

#define BOUND 8000

/* Frames of 100 bytes that hold their number. */
static void
append_only(struct memlog *log, uint64_t number)
{
	struct memlog_info info = {
		.first_position = number * 10,
		.last_position = number * 10 + 9,
		.values = 3,
		.oldest_ns = (int64_t)number * NS_PER_S,
		.newest_ns = (int64_t)number * NS_PER_S + 5,
	};
	char bytes[100] = { 0 };

	memcpy(bytes, &number, sizeof(number));
	assert_int_equal(0, memlog_append(log, &info, bytes, sizeof(bytes)));
}

static void
append(struct memlog *log, uint64_t number)
{
	(void)memlog_begins_segment(log, 0);
	append_only(log, number);
}

static uint64_t
number_in(const struct buffer *b)
{
	uint64_t number;

	assert_int_equal(100, b->size);
	memcpy(&number, b->data, sizeof(number));
	return number;
}

static void
every_reader_gets_all_in_order(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct memlog_cursor cursors[2];
	struct buffer b = BUFFER_INIT;
	struct memlog_stats stats;
	struct memlog_read read;

	(void)state;
	assert_false(memlog_offer(log, 9));
	assert_int_equal(9, memlog_open(log, &cursors[0]));
	assert_true(memlog_offer(log, 19));
	memlog_open(log, &cursors[1]);
	assert_true(memlog_begins_segment(log, 0));
	for (uint64_t i = 1; i <= 5; i++)
		append(log, i);
	assert_false(memlog_begins_segment(log, 0));
	for (size_t c = 0; c < COUNT(cursors); c++) {
		for (uint64_t i = 1; i <= 5; i++) {
			assert_true(
			    memlog_read(log, &cursors[c], &b, &read, 0));
			assert_int_equal(i, number_in(&b));
			assert_int_equal(i == 1, read.anew);
			assert_int_equal(0, read.gap.values);
			assert_int_equal(i * 10, read.info.first_position);
		}
		assert_false(memlog_read(log, &cursors[c], &b, &read, 0));
		assert_true(memlog_is_read(log, &cursors[c]));
	}
	/* Nobody needs it any more. */
	memlog_stats(log, &stats);
	assert_int_equal(0, stats.bytes);
	assert_int_equal(59, stats.last_position);
	buffer_free(&b);
	memlog_free(log);
}

static void
a_reader_left_behind_is_told(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct buffer b = BUFFER_INIT;
	struct memlog_cursor slow, fast;
	struct memlog_stats stats;
	struct memlog_read read;
	struct memlog_lag lag;
	uint64_t first;

	(void)state;
	memlog_open(log, &slow);
	memlog_open(log, &fast);
	append(log, 1);
	assert_true(memlog_read(log, &slow, &b, &read, 0));
	for (uint64_t i = 2; i <= 200; i++) {
		(void)memlog_begins_segment(log, 0);
		append(log, i);
		memlog_stats(log, &stats);
		assert_true(stats.bytes <= BOUND);
		if (i > 2)
			assert_true(memlog_read(log, &fast, &b, &read, 0));
	}
	memlog_stats(log, &stats);
	memlog_lag(log, &slow, &lag);
	assert_int_equal(stats.frames, lag.frames);
	assert_int_equal(stats.oldest_ns, lag.oldest_ns);
	assert_false(memlog_read_more(log, &slow, &b, &read));
	assert_true(memlog_read(log, &slow, &b, &read, 0));
	first = number_in(&b);
	assert_true(first > 100 && first < 200);
	assert_int_equal((first - 2) * 3, read.gap.values);
	assert_int_equal(2 * NS_PER_S, read.gap.from_ns);
	assert_int_equal((int64_t)(first - 1) * NS_PER_S + 5, read.gap.to_ns);
	assert_true(read.anew);
	for (uint64_t i = first + 1; i <= 200; i++) {
		assert_true(memlog_read(log, &slow, &b, &read, 0));
		assert_int_equal(i, number_in(&b));
		assert_int_equal(0, read.gap.values);
	}
	buffer_free(&b);
	memlog_free(log);
}

/* A segment is read on its own: nothing of two is ever taken together. */
static void
more_stays_in_the_segment(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct buffer b = BUFFER_INIT;
	struct memlog_cursor c;
	struct memlog_read read;

	(void)state;
	memlog_open(log, &c);
	append(log, 1);
	append(log, 2);
	memlog_turn(log);
	assert_true(memlog_begins_segment(log, 0));
	append(log, 3);
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_true(memlog_read_more(log, &c, &b, &read));
	assert_int_equal(2, number_in(&b));
	assert_false(memlog_read_more(log, &c, &b, &read));
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_int_equal(3, number_in(&b));
	assert_true(read.anew);
	buffer_free(&b);
	memlog_free(log);
}

static void
too_large_is_refused(void **state)
{
	struct memlog *log = memlog_new(100);
	struct memlog_info info = { .values = 1 };
	struct memlog_cursor c;
	char bytes[51] = { 0 };

	(void)state;
	memlog_open(log, &c);
	assert_int_equal(-1, memlog_append(log, &info, bytes, sizeof(bytes)));
	assert_true(memlog_is_read(log, &c));
	memlog_free(log);
}

static void
close_wakes_readers(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct buffer b = BUFFER_INIT;
	struct memlog_cursor c;
	struct memlog_read read;

	(void)state;
	memlog_open(log, &c);
	append(log, 1);
	memlog_close(log);
	assert_true(memlog_read(log, &c, &b, &read, INT64_MAX));
	assert_false(memlog_read(log, &c, &b, &read, INT64_MAX));
	buffer_free(&b);
	memlog_free(log);
}

/* Definitions alone never fill a segment, unless it is half of all. */
static void
many_definitions_make_it_longer(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct memlog_cursor cursor;
	struct memlog_stats stats;
	uint64_t i = 0;

	(void)state;
	memlog_open(log, &cursor);
	assert_true(memlog_begins_segment(log, 0));
	do {
		append_only(log, ++i);
		memlog_stats(log, &stats);
	} while (stats.bytes < BOUND / 8);
	assert_true(memlog_begins_segment(log, 0));
	append_only(log, ++i);
	do {
		append_only(log, ++i);
		memlog_stats(log, &stats);
		if (memlog_begins_segment(log, BOUND))
			break;
	} while (stats.bytes < BOUND);
	assert_true(stats.bytes > BOUND / 2);
	memlog_leave(log, &cursor);
	memlog_free(log);
}

/* Asked for while a frame is made: too late for that one. */
static void
a_turn_is_for_the_next_frame(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct buffer b = BUFFER_INIT;
	struct memlog_info info = { .last_position = 1 };
	struct memlog_cursor c;
	struct memlog_read read;

	(void)state;
	memlog_open(log, &c);
	append(log, 1);
	assert_false(memlog_begins_segment(log, 0));
	memlog_turn(log);
	assert_int_equal(0, memlog_append(log, &info, "x", 1));
	append(log, 2);
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_true(read.anew);
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_false(read.anew);
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_true(read.anew);
	buffer_free(&b);
	memlog_free(log);
}

/* Who follows the disk gets what is on it, or what has waited for a second. */
static void
who_follows_the_disk_waits_for_it(void **state)
{
	struct memlog *log = memlog_new(BOUND);
	struct buffer b = BUFFER_INIT;
	struct memlog_cursor disk, c;
	struct memlog_read read;
	int64_t began;

	(void)state;
	memlog_open(log, &disk);
	memlog_open(log, &c);
	memlog_follow_disk(log, &c);
	append(log, 1);
	append(log, 2);
	assert_true(memlog_read(log, &disk, &b, &read, 0));
	assert_false(memlog_read(log, &c, &b, &read, 0));
	memlog_written(log, read.info.last_position, true);
	assert_true(memlog_read(log, &c, &b, &read, 0));
	assert_int_equal(1, number_in(&b));
	assert_false(memlog_read_more(log, &c, &b, &read));
	began = clock_mono_ns();
	memlog_close(log);
	assert_true(memlog_read(log, &c, &b, &read, INT64_MAX));
	assert_int_equal(2, number_in(&b));
	assert_true(clock_mono_ns() - began > NS_PER_S / 2);
	assert_false(memlog_read(log, &c, &b, &read, INT64_MAX));
	buffer_free(&b);
	memlog_free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_definitions_make_it_longer),
		cmocka_unit_test(every_reader_gets_all_in_order),
		cmocka_unit_test(a_reader_left_behind_is_told),
		cmocka_unit_test(more_stays_in_the_segment),
		cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(close_wakes_readers),
		cmocka_unit_test(a_turn_is_for_the_next_frame),
		cmocka_unit_test(who_follows_the_disk_waits_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
