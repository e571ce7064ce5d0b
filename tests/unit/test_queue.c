#include "queue.h"

#include <stdlib.h>

#include "clock.h"
#include "unit.h"

static struct batch *
batch_of(int64_t time_ns, size_t text)
{
	struct batch *b = batch_new();
	char *bytes = calloc(1, text + 1);

	assert_non_null(b);
	assert_int_equal(
	    0, batch_add_payload(b, FARM_EVENT, time_ns, "", bytes, text));
	free(bytes);
	return b;
}

static void
order_is_kept(void **state)
{
	struct instance a = { .name = "a" };
	struct instance b = { .name = "b" };
	struct queue q;
	struct batch *list, *next;
	int64_t want = 0;

	(void)state;
	queue_init(&q, 1 << 20);
	for (int64_t i = 0; i < 20; i++)
		assert_true(queue_push(&q, i % 2 ? &a : &b, batch_of(i, 10)));
	assert_true(q.peak_bytes == q.bytes && q.bytes > 0);
	/* A bound of one byte gives one batch. */
	list = queue_take(&q, 1, 0);
	assert_non_null(list);
	assert_null(list->next);
	list->next = queue_take(&q, SIZE_MAX, 0);
	for (; list != NULL; list = next) {
		assert_int_equal(want++, list->view.records[0].time_ns);
		next = list->next;
		batch_unref(list);
	}
	assert_int_equal(20, want);
	assert_int_equal(0, q.bytes);
	assert_int_equal(0, atomic_load(&a.queued_bytes));
	assert_int_equal(0, atomic_load(&b.queued_bytes));
	assert_null(queue_take(&q, 1, clock_mono_ns()));
	queue_destroy(&q);
}

/* An owner gets a quarter, others still find room. */
static void
a_flood_is_bounded(void **state)
{
	struct instance flood = { .name = "flood" };
	struct instance calm = { .name = "calm" };
	size_t size = 0;
	struct batch *b;
	struct queue q;
	int pushed = 0;

	(void)state;
	queue_init(&q, 400000);
	for (;;) {
		b = batch_of(0, 5000);
		size = batch_bytes(b);
		if (!queue_push(&q, &flood, b))
			break;
		pushed++;
	}
	batch_unref(b);
	assert_int_equal(100000 / size, pushed);
	assert_true(atomic_load(&flood.queued_bytes) <= 100000);
	assert_true(queue_push(&q, &calm, batch_of(0, 5000)));
	queue_destroy(&q);
}

struct taker {
	struct queue *q;
	int64_t after_ns;
	size_t bytes; /* to take; 0: close the queue instead */
};

static void *
take_later(void *context)
{
	struct taker *t = context;
	struct timespec pause = { .tv_nsec = t->after_ns };
	struct batch *list, *next;

	nanosleep(&pause, NULL);
	if (t->bytes == 0) {
		queue_close(t->q);
		return NULL;
	}
	list = queue_take(t->q, t->bytes, 0);
	for (; list != NULL; list = next) {
		next = list->next;
		batch_unref(list);
	}
	return NULL;
}

/* Until there is room, until its time is up, or until the end. */
static void
a_sender_may_wait(void **state)
{
	static const struct {
		int64_t patience_ns;
		size_t taken;
		bool pushed;
	} cases[] = {
		{ 30 * NS_PER_S, SIZE_MAX, true },
		{ 20 * NS_PER_MS, 0, false }, /* closed too late */
		{ 30 * NS_PER_S, 0, false },
	};
	struct instance a = { .name = "a" };
	struct taker taker;
	struct batch *b;
	struct queue q;
	pthread_t thread;
	int64_t began;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		atomic_store(&a.queued_bytes, 0);
		queue_init(&q, 100000);
		while (queue_push(&q, &a, b = batch_of(0, 5000)))
			;
		began = clock_mono_ns();
		b->until_mono_ns = began + cases[i].patience_ns;
		taker = (struct taker){ &q, 100 * NS_PER_MS, cases[i].taken };
		pthread_create(&thread, NULL, take_later, &taker);
		assert_int_equal(queue_push(&q, &a, b), cases[i].pushed);
		assert_true(clock_mono_ns() - began < 20 * NS_PER_S);
		if (!cases[i].pushed)
			batch_unref(b);
		pthread_join(thread, NULL);
		assert_int_equal(q.waiting, 0);
		queue_destroy(&q);
	}
}

static void
one_large_batch_fits(void **state)
{
	struct instance a = { .name = "a" };
	struct queue q;
	struct batch *b;

	(void)state;
	queue_init(&q, 200000);
	assert_true(queue_push(&q, &a, batch_of(0, 100000)));
	b = batch_of(0, 1000);
	assert_false(queue_push(&q, &a, b));
	batch_unref(b);
	b = batch_of(0, 300000);
	assert_false(queue_push(&q, &(struct instance){ .name = "b" }, b));
	batch_unref(b);
	queue_destroy(&q);
}

static void *
flusher(void *context)
{
	struct queue *q = context;

	return queue_flush(q, clock_mono_ns() + 10 * NS_PER_S) ? q : NULL;
}

static void
flush_waits_and_close_ends(void **state)
{
	struct instance a = { .name = "a" };
	struct batch *b;
	pthread_t thread;
	struct queue q;
	void *rc;

	(void)state;
	queue_init(&q, 1 << 20);
	assert_true(queue_flush(&q, 0));
	assert_true(queue_push(&q, &a, batch_of(0, 1)));
	assert_false(queue_flush(&q, clock_mono_ns() + NS_PER_MS));
	assert_int_equal(0, pthread_create(&thread, NULL, flusher, &q));
	batch_unref(queue_take(&q, 1, INT64_MAX));
	queue_done(&q, 1);
	assert_int_equal(0, pthread_join(thread, &rc));
	assert_ptr_equal(&q, rc);

	assert_true(queue_push(&q, &a, batch_of(0, 1)));
	queue_close(&q);
	b = batch_of(0, 1);
	assert_false(queue_push(&q, &a, b));
	batch_unref(b);
	b = queue_take(&q, 1, INT64_MAX);
	assert_non_null(b);
	batch_unref(b);
	assert_null(queue_take(&q, 1, INT64_MAX));
	queue_destroy(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(a_flood_is_bounded),
		cmocka_unit_test(a_sender_may_wait),
		cmocka_unit_test(one_large_batch_fits),
		cmocka_unit_test(flush_waits_and_close_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
