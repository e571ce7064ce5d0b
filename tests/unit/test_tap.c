/* Taps in the router: copies in, records of their own out, and no loops. */
#include "tap.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "router.h"
#include "stations.h"

/* What a filter under test is to do, and has done. */
struct orders {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool held;   /* apply() waits as long as it is */
	bool inside; /* ... and does */
	bool fails;
	int calls;
	int opens;
	int forgets;
};

struct state {
	struct orders *orders;
};

static struct orders *
orders_of(void *state)
{
	return ((struct state *)state)->orders;
}

static int
again_open(struct farm_host *host, void *state)
{
	(void)host;
	orders_of(state)->opens++;
	return 0;
}

static bool
obey(struct orders *o)
{
	bool fails;

	pthread_mutex_lock(&o->lock);
	o->calls++;
	o->inside = true;
	pthread_cond_broadcast(&o->changed);
	while (o->held)
		pthread_cond_wait(&o->changed, &o->lock);
	o->inside = false;
	fails = o->fails;
	pthread_mutex_unlock(&o->lock);
	return fails;
}

/* Each value again, one letter longer; the series' state counts them. */
static int
again_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	char name[64];

	if (obey(orders_of(state)))
		return farm_fail(host, "no luck");
	for (uint32_t i = 0; i < r->n_values; i++) {
		const struct farm_series *s = farm_series_info(
		    host, r->values[i].series);
		int *n = farm_series_state(host, r->values[i].series);

		++*n;
		snprintf(name, sizeof(name), "%sx", s->parameter);
		if (farm_emit(host, NULL, r->values[i], .cluster = s->cluster,
			.node = s->node, .parameter = name,
			.time_ns = r->time_ns) != 0)
			return -1;
	}
	return 0;
}

static void
again_forget(struct farm_host *host, void *state, void *series_state)
{
	(void)host;
	assert_true(*(int *)series_state > 0);
	orders_of(state)->forgets++;
}

static const struct farm_descriptor again = {
	.state_size = sizeof(struct state),
	.open = again_open,
	.filter = {
		.apply = again_apply,
		.series_state_size = sizeof(int),
		.forget = again_forget,
	},
};

/* ------------------------------------------- a writer that writes down -- */

struct notes {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct buffer text;
};

static int
note_write(struct farm_host *host, void *state, const struct farm_batch *b)
{
	struct notes *n = *(struct notes **)state;

	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < b->n_records; i++)
		for (uint32_t v = 0; v < b->records[i].n_values; v++)
			buffer_printf(&n->text, "%s %s\n",
			    b->records[i].instance,
			    farm_series_info(
				host, b->records[i].values[v].series)
				->parameter);
	pthread_cond_broadcast(&n->changed);
	pthread_mutex_unlock(&n->lock);
	return FARM_DONE;
}

static const struct farm_descriptor note = {
	.state_size = sizeof(struct notes *),
	.writer = { .write = note_write },
};

/* --------------------------------------------------------------- fixture -- */

#define TAPS 2

struct fixture {
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
	struct made *collector;
	struct made *writer;
	struct made *made[TAPS];
	struct instance *filters[TAPS];
	struct orders orders[TAPS];
	struct state states[TAPS];
	size_t n;
	struct notes notes;
	struct notes *notes_at;
	uint32_t number;
};

static void
wait_in(pthread_cond_t *changed, pthread_mutex_t *lock)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += TEST_BOUND / NS_PER_S;
	assert_int_equal(0, pthread_cond_timedwait(changed, lock, &until));
}

static void
add_tap(struct fixture *f, const char *name)
{
	struct orders *o = &f->orders[f->n];
	struct made *m;

	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, NULL);
	f->states[f->n].orders = o;
	m = make_instance(
	    name, FARM_FILTER, &again, &f->states[f->n], &match_all);
	m->instance->own.tap = true;
	m->instance->own.tap_bytes = 64 << 10;
	m->instance->own.deadline_ns = 10 * NS_PER_S;
	m->instance->farm = "farm";
	m->instance->series = f->series;
	assert_non_null(tap_new(m->instance, f->series, NULL));
	f->made[f->n] = m;
	f->filters[f->n++] = m->instance;
}

static void
begin(struct fixture *f, size_t n_taps)
{
	static const char *const names[TAPS] = { "one", "two" };
	const struct cache_config cache = {
		.recent_ns = NS_PER_S,
		.recent_bytes = 1 << 20,
	};
	struct router_config config = {
		.farm = "farm",
		.filters = f->filters,
		.queue_bytes = 64 << 20,
		.first_position = 1,
	};

	memset(f, 0, sizeof(*f));
	f->notes_at = &f->notes;
	pthread_mutex_init(&f->notes.lock, NULL);
	pthread_cond_init(&f->notes.changed, NULL);
	config.series = f->series = series_table_new(10000);
	config.cache = f->cache = cache_new(f->series, &cache);
	config.deliver = f->deliver = deliver_new(f->series, 64 << 20);
	f->collector = make_instance("c", FARM_COLLECTOR, NULL, NULL, NULL);
	f->writer = make_instance(
	    "w", FARM_WRITER, &note, &f->notes_at, &match_all);
	assert_int_equal(0, deliver_add(f->deliver, f->writer->instance));
	f->number = test_series(f->series, "n", "a");
	for (size_t i = 0; i < n_taps; i++)
		add_tap(f, names[i]);
	config.n_filters = f->n;
	f->router = router_new(&config);
	assert_non_null(f->router);
	assert_int_equal(0, deliver_start(f->deliver));
	assert_int_equal(0, router_start(f->router));
	for (size_t i = 0; i < f->n; i++) {
		f->filters[i]->sink = router_sink(f->router);
		assert_int_equal(0, tap_start(f->filters[i]->tap));
	}
}

static void
send_some(struct fixture *f, int n_values)
{
	struct batch *b = batch_new();
	struct farm_value v = farm_int64(1);
	struct sink *sink = router_sink(f->router);

	v.series = f->number;
	while (n_values-- > 0)
		assert_int_equal(0, batch_add_result(b, 1, "c", 0, &v, 1));
	sink->send(sink, f->collector->instance, b);
}

static void
flush(struct fixture *f)
{
	assert_true(router_flush(f->router, clock_mono_ns() + TEST_BOUND));
}

static void
end(struct fixture *f)
{
	int64_t deadline = clock_mono_ns() + TEST_BOUND;

	for (size_t i = 0; i < f->n; i++) {
		flush(f);
		assert_true(tap_stop(f->filters[i]->tap, deadline));
	}
	assert_true(router_stop(f->router, deadline));
	assert_true(deliver_stop(f->deliver, deadline));
}

static void
release(struct fixture *f)
{
	router_free(f->router);
	deliver_free(f->deliver);
	cache_free(f->cache);
	series_unpin(f->series, f->number);
	/* Whatever took a pin has given it back. */
	assert_int_equal(0, series_count(f->series));
	for (size_t i = 0; i < f->n; i++) {
		tap_free(f->filters[i]->tap);
		free_instance(f->made[i]);
	}
	free_instance(f->writer);
	free_instance(f->collector);
	buffer_free(&f->notes.text);
	series_table_free(f->series);
}

/* ----------------------------------------------------------------- tests -- */

/* Lines in whatever order; no line is part of another. */
static void
assert_notes(struct fixture *f, size_t n, const char *const *lines)
{
	const char *text = buffer_text(&f->notes.text);
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		assert_non_null(strstr(text, lines[i]));
		length += strlen(lines[i]);
	}
	assert_int_equal(length, strlen(text));
}

/* Each sees what came before it, once, and nothing of its own. */
static void
no_loops(void **state)
{
	static const char *const lines[] = { "c a\n", "one ax\n", "two ax\n",
		"two axx\n" };
	struct fixture f;

	(void)state;
	begin(&f, 2);
	send_some(&f, 1);
	end(&f);
	assert_notes(&f, 4, lines);
	assert_int_equal(1, f.orders[0].calls);
	assert_int_equal(2, f.orders[1].calls);
	assert_int_equal(1, f.orders[0].forgets);
	assert_int_equal(2, f.orders[1].forgets);
	release(&f);
}

static uint64_t
dropped(const struct fixture *f, enum drop_reason why)
{
	return atomic_load(&f->filters[0]->ledger.dropped[why]);
}

/* While one stands still the router goes on; what does not fit is its loss. */
static void
a_slow_one_loses_its_own(void **state)
{
	struct fixture f;
	struct orders *o = &f.orders[0];
	struct router_stats stats;

	(void)state;
	begin(&f, 1);
	o->held = true;
	send_some(&f, 1);
	pthread_mutex_lock(&o->lock);
	while (!o->inside)
		wait_in(&o->changed, &o->lock);
	pthread_mutex_unlock(&o->lock);
	for (int i = 0; i < 100; i++) {
		send_some(&f, 100);
		flush(&f);
	}
	router_stats(f.router, &stats);
	assert_int_equal(10001, stats.values_out);
	assert_true(dropped(&f, DROP_BEHIND) > 0);
	pthread_mutex_lock(&o->lock);
	o->held = false;
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
	end(&f);
	assert_int_equal(10001, o->calls + (int)dropped(&f, DROP_BEHIND));
	release(&f);
}

static void
await_status(struct fixture *f, enum instance_status status)
{
	const struct timespec pause = { .tv_nsec = NS_PER_MS };
	int64_t bound = clock_mono_ns() + TEST_BOUND;

	while (atomic_load(&f->filters[0]->status) != status) {
		assert_true(clock_mono_ns() < bound);
		(void)nanosleep(&pause, NULL);
	}
}

/* It is closed after three, and opened again. */
static void
failures_in_a_row(void **state)
{
	struct fixture f;
	struct orders *o = &f.orders[0];

	(void)state;
	begin(&f, 1);
	o->fails = true;
	send_some(&f, 5);
	flush(&f);
	pthread_mutex_lock(&o->lock);
	while (o->calls < 3)
		wait_in(&o->changed, &o->lock);
	o->fails = false;
	pthread_mutex_unlock(&o->lock);
	await_status(&f, INSTANCE_BACKOFF);
	assert_int_equal(3, o->calls);
	assert_int_equal(5, dropped(&f, DROP_LATE));
	assert_string_equal("no luck", f.filters[0]->ledger.last_error);
	await_status(&f, INSTANCE_RUNNING);
	send_some(&f, 1);
	end(&f);
	assert_int_equal(2, o->opens);
	assert_string_equal("c a\nc a\nc a\nc a\nc a\nc a\none ax\n",
	    buffer_text(&f.notes.text));
	release(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_loops),
		cmocka_unit_test(a_slow_one_loses_its_own),
		cmocka_unit_test(failures_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
