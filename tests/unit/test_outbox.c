#include "outbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

/* How often the consumer was put to sleep and woken. */
struct sleeper {
	int parked;
	int woken;
};

static void
park(void *context)
{
	struct sleeper *s = context;

	s->parked++;
}

static void
wake(void *context)
{
	struct sleeper *s = context;

	s->woken++;
}

static enum outbox_put
put(struct outbox *o, const char *text)
{
	struct piece *p = piece_new(text, strlen(text));
	enum outbox_put result = outbox_put(o, p);

	piece_unref(p);
	return result;
}

static void
assert_takes(struct outbox *o, size_t size, const char *want)
{
	char room[64] = "";
	ssize_t n = outbox_take(o, room, size);

	assert_int_equal(strlen(want), n);
	assert_memory_equal(want, room, strlen(want));
}

static void
pieces_come_out_in_order(void **state)
{
	struct outbox *o = outbox_new(100);
	struct outbox_stats stats;

	(void)state;
	assert_int_equal(OUTBOX_TAKEN, put(o, "one "));
	assert_int_equal(OUTBOX_TAKEN, put(o, "two "));
	assert_takes(o, 2, "on");
	outbox_stats(o, &stats);
	assert_int_equal(6, stats.queued);
	assert_takes(o, 60, "e two ");
	outbox_stats(o, &stats);
	assert_int_equal(0, stats.queued);
	assert_int_equal(8, stats.bytes);
	outbox_unref(o);
}

/* The ring grows and turns. */
static void
many_pieces(void **state)
{
	struct outbox *o = outbox_new(1 << 20);
	char text[16];
	int in = 0, out = 0;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 7; i++) {
			(void)snprintf(text, sizeof(text), "%06d", in++);
			assert_int_equal(OUTBOX_TAKEN, put(o, text));
		}
		for (int i = 0; i < 5; i++) {
			(void)snprintf(text, sizeof(text), "%06d", out++);
			assert_takes(o, 6, text);
		}
	}
	outbox_unref(o);
}

static void
the_consumer_sleeps_while_there_is_nothing(void **state)
{
	struct sleeper s = { 0 };
	const struct outbox_door door = { park, wake, &s };
	struct outbox *o = outbox_new(100);
	char room[8];

	(void)state;
	outbox_open(o, &door);
	assert_int_equal(0, outbox_take(o, room, sizeof(room)));
	assert_int_equal(1, s.parked);
	(void)put(o, "a");
	(void)put(o, "b");
	assert_int_equal(1, s.woken);
	assert_takes(o, 8, "ab");
	assert_int_equal(0, outbox_take(o, room, sizeof(room)));
	outbox_end(o, NULL, false);
	assert_int_equal(2, s.woken);
	assert_int_equal(-1, outbox_take(o, room, sizeof(room)));
	assert_int_equal(2, s.parked);
	outbox_unref(o);
}

/* What is beyond the bound is not taken; at the end, what waits is dropped but
   for a piece that is half gone. */
static void
who_is_behind_is_told_why(void **state)
{
	struct outbox *o = outbox_new(10);
	struct piece *last = piece_new("END", 3);

	(void)state;
	assert_int_equal(OUTBOX_TAKEN, put(o, "12345"));
	assert_int_equal(OUTBOX_TAKEN, put(o, "67890"));
	assert_int_equal(OUTBOX_FULL, put(o, "x"));
	assert_takes(o, 1, "1");
	assert_int_equal(OUTBOX_TAKEN, put(o, "x"));
	assert_int_equal(OUTBOX_TAKEN, outbox_put_over(o, last));
	outbox_end(o, last, true);
	assert_int_equal(OUTBOX_ENDED, put(o, "y"));
	outbox_end(o, last, true);
	assert_takes(o, 60, "2345END");
	assert_int_equal(-1, outbox_take(o, (char[1]){ 0 }, 1));
	piece_unref(last);
	outbox_unref(o);
}

static void
nobody_waits_for_one_who_is_gone(void **state)
{
	struct outbox *o = outbox_new(10);

	(void)state;
	assert_int_equal(OUTBOX_TAKEN, outbox_wait(o, 0));
	assert_int_equal(OUTBOX_TAKEN, put(o, "12345678"));
	assert_int_equal(OUTBOX_FULL, outbox_wait(o, NS_PER_MS));
	outbox_close(o);
	assert_int_equal(OUTBOX_ENDED, outbox_wait(o, INT64_MAX / 2));
	assert_int_equal(OUTBOX_ENDED, put(o, "y"));
	outbox_unref(o);
}

#define NUMBERS 20000

/* Takes numbers of four bytes in pieces of any size. */
static void *
consume(void *context)
{
	struct outbox *o = context;
	char bytes[7];
	uint32_t want = 0, number = 0;
	size_t n = 0;
	ssize_t got;

	while ((got = outbox_take(o, bytes, sizeof(bytes))) >= 0)
		for (ssize_t i = 0; i < got; i++) {
			number = number << 8 | (uint8_t)bytes[i];
			if (++n % 4 == 0)
				assert_int_equal(want++, number);
		}
	assert_int_equal(NUMBERS, want);
	return NULL;
}

static void
nothing(void *context)
{
	(void)context;
}

static void
a_slow_consumer_gets_all(void **state)
{
	const struct outbox_door door = { nothing, nothing, NULL };
	struct outbox *o = outbox_new(64);
	pthread_t thread;

	(void)state;
	outbox_open(o, &door);
	assert_int_equal(
	    0, pthread_create(&thread, NULL, consume, outbox_ref(o)));
	for (uint32_t i = 0; i < NUMBERS; i++) {
		const char bytes[] = { (char)(i >> 24), (char)(i >> 16),
			(char)(i >> 8), (char)i };
		struct piece *p = piece_new(bytes, sizeof(bytes));

		assert_int_equal(OUTBOX_TAKEN, outbox_wait(o, 60 * NS_PER_S));
		assert_int_equal(OUTBOX_TAKEN, outbox_put(o, p));
		piece_unref(p);
	}
	outbox_end(o, NULL, false);
	pthread_join(thread, NULL);
	outbox_unref(o);
	outbox_unref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_out_in_order),
		cmocka_unit_test(many_pieces),
		cmocka_unit_test(the_consumer_sleeps_while_there_is_nothing),
		cmocka_unit_test(who_is_behind_is_told_why),
		cmocka_unit_test(nobody_waits_for_one_who_is_gone),
		cmocka_unit_test(a_slow_consumer_gets_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
