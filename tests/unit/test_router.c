#include "router.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "stations.h"

#define SERIES 40

/* --------------------------------------------------------------- filters -- */

struct options {
	int fail_every; /* apply() fails each so often; 0: never */
	int calls;
	int ticks;
	int forgets;
};

struct state {
	struct options *options;
};

static struct options *
options_of(void *state)
{
	return ((struct state *)state)->options;
}

static int
pass_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	struct options *o = options_of(state);

	if (o->fail_every != 0 && ++o->calls % o->fail_every == 0) {
		/* What it gave before it failed does not count. */
		farm_emit_rows(host, NULL, r->time_ns, 0, r->values, 1);
		return farm_fail(host, "no luck");
	}
	return farm_emit_rows(
	    host, NULL, r->time_ns, r->flags, r->values, r->n_values);
}

static const struct farm_descriptor pass = {
	.state_size = sizeof(struct state),
	.filter = { .apply = pass_apply },
};

static int
drop_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	(void)host, (void)state, (void)r;
	return 0;
}

static const struct farm_descriptor drop = {
	.state_size = sizeof(struct state),
	.filter = { .apply = drop_apply },
};

/* The sum of each series so far, under another name; the count of all of them
   at each tick. */
static int
sum_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	struct farm_value out;

	options_of(state)->calls += (int)r->n_values;
	for (uint32_t i = 0; i < r->n_values; i++) {
		const struct farm_series *s = farm_series_info(
		    host, r->values[i].series);
		int64_t *sum = farm_series_state(host, r->values[i].series);
		char name[64];

		*sum += r->values[i].int64;
		snprintf(name, sizeof(name), "%s_sum", s->parameter);
		out = farm_int64(*sum);
		out.series = farm_series(host, NULL, .cluster = s->cluster,
		    .node = s->node, .parameter = name);
		if (farm_emit_rows(host, NULL, r->time_ns, 0, &out, 1) != 0)
			return -1;
	}
	return 0;
}

static int
sum_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	(void)now_ns;
	options_of(state)->ticks++;
	return farm_emit(host, NULL, farm_text("tick", 4), .cluster = "all",
	    .node = "all", .parameter = "ticked");
}

static void
sum_forget(struct farm_host *host, void *state, void *series_state)
{
	(void)host;
	assert_true(*(int64_t *)series_state != 0);
	options_of(state)->forgets++;
}

static const struct farm_descriptor sum = {
	.state_size = sizeof(struct state),
	.tick = sum_tick,
	.filter = {
		.apply = sum_apply,
		.series_state_size = sizeof(int64_t),
		.forget = sum_forget,
	},
};

/* --------------------------------------------- a writer that writes down -- */

struct notes {
	pthread_mutex_t lock;
	struct buffer text;
	uint64_t last;
	uint64_t ticked;
};

static void
note_value(struct notes *n, const struct farm_series *s,
    const struct farm_record *r, const struct farm_value *v)
{
	/* At no known time, so not part of what is compared. */
	if (strcmp(s->parameter, "ticked") == 0) {
		n->ticked++;
		return;
	}
	buffer_printf(
	    &n->text, "%d %s/%s=", (int)r->time_ns, s->node, s->parameter);
	buffer_value(&n->text, v);
	buffer_putc(&n->text, '\n');
}

static int
note_write(struct farm_host *host, void *state, const struct farm_batch *b)
{
	struct notes *n = *(struct notes **)state;

	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < b->n_records; i++) {
		const struct farm_record *r = &b->records[i];

		assert_true(r->position > n->last);
		n->last = r->position;
		if (r->type != FARM_RESULT) {
			buffer_printf(&n->text, "%d %u %.*s\n", (int)r->time_ns,
			    r->type, (int)r->payload_size,
			    (const char *)r->payload);
			continue;
		}
		for (uint32_t v = 0; v < r->n_values; v++)
			note_value(n,
			    farm_series_info(host, r->values[v].series), r,
			    &r->values[v]);
	}
	pthread_mutex_unlock(&n->lock);
	return FARM_DONE;
}

static const struct farm_descriptor note = {
	.state_size = sizeof(struct notes *),
	.writer = { .write = note_write },
};

/* --------------------------------------------------------------- fixture -- */

struct fixture {
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
	struct made *collector;
	struct made *filters[3];
	struct instance *chain[3];
	size_t n;
	struct options options[3];
	struct state states[3];
	struct made *writer;
	struct notes notes;
	struct notes *notes_at;
	struct buffer want;
	uint32_t numbers[SERIES];
};

static void
begin(struct fixture *f)
{
	const struct cache_config cache = {
		.recent_ns = NS_PER_S,
		.recent_bytes = 1 << 20,
	};
	char name[16];

	*f = (struct fixture){ .notes_at = NULL };
	f->notes_at = &f->notes;
	pthread_mutex_init(&f->notes.lock, NULL);
	f->series = series_table_new(10000);
	f->cache = cache_new(f->series, &cache);
	f->deliver = deliver_new(f->series, 64 << 20);
	f->collector = make_instance("c", FARM_COLLECTOR, NULL, NULL, NULL);
	f->writer = make_instance(
	    "w", FARM_WRITER, &note, &f->notes_at, &match_all);
	assert_int_equal(0, deliver_add(f->deliver, f->writer->instance));
	for (int i = 0; i < SERIES; i++) {
		snprintf(name, sizeof(name), "%c%d", i % 2 ? 'a' : 'b', i);
		f->numbers[i] = test_series(f->series, "n", name);
	}
}

static void
add_filter(struct fixture *f, const struct farm_descriptor *descriptor,
    const struct farm_predicate *match, bool keep)
{
	struct made *m;

	f->states[f->n].options = &f->options[f->n];
	m = make_instance(
	    "filter", FARM_FILTER, descriptor, &f->states[f->n], match);
	m->instance->own.keep = keep;
	assert_int_equal(0, instance_open(m->instance, &call_ops, NULL));
	f->filters[f->n] = m;
	f->chain[f->n++] = m->instance;
}

static void
start(struct fixture *f)
{
	struct router_config config = {
		.farm = "farm",
		.series = f->series,
		.cache = f->cache,
		.deliver = f->deliver,
		.filters = f->chain,
		.n_filters = f->n,
		.queue_bytes = 64 << 20,
		.first_position = 1000,
	};

	f->router = router_new(&config);
	assert_non_null(f->router);
	assert_int_equal(0, deliver_start(f->deliver));
	assert_int_equal(0, router_start(f->router));
}

static void
send(struct fixture *f, struct batch *b)
{
	struct sink *sink = router_sink(f->router);

	sink->send(sink, f->collector->instance, b);
}

static void
send_one(struct fixture *f, int i, int64_t time_ns, int64_t number)
{
	struct batch *b = batch_new();
	struct farm_value v = farm_int64(number);

	v.series = f->numbers[i];
	assert_int_equal(0, batch_add_result(b, time_ns, "c", 0, &v, 1));
	send(f, b);
}

static void
end(struct fixture *f)
{
	int64_t deadline = clock_mono_ns() + TEST_BOUND;

	assert_true(router_stop(f->router, deadline));
	assert_true(deliver_stop(f->deliver, deadline));
}

static void
release(struct fixture *f)
{
	router_free(f->router);
	deliver_free(f->deliver);
	cache_free(f->cache);
	for (int i = 0; i < SERIES; i++)
		series_unpin(f->series, f->numbers[i]);
	/* Whatever took a pin has given it back. */
	assert_int_equal(0, series_count(f->series));
	for (size_t i = 0; i < f->n; i++)
		free_instance(f->filters[i]);
	free_instance(f->writer);
	free_instance(f->collector);
	buffer_free(&f->want);
	buffer_free(&f->notes.text);
	series_table_free(f->series);
}

static void
assert_notes(struct fixture *f, const char *want)
{
	assert_string_equal(want, buffer_text(&f->notes.text));
}

/* ----------------------------------------------------------------- tests -- */

static struct farm_value
random_value(unsigned *seed)
{
	switch (rand_r(seed) % 5) {
	case 0:
		return farm_double(rand_r(seed) / 7.0);
	case 1:
		return farm_uint64((uint64_t)rand_r(seed) << 33);
	case 2:
		return farm_boolean(rand_r(seed) % 2);
	case 3:
		return farm_text(
		    "some text of no importance", (size_t)(rand_r(seed) % 20));
	default:
		return farm_int64(-rand_r(seed));
	}
}

static void
want_values(
    struct fixture *f, int64_t time_ns, const struct farm_value *v, int n)
{
	for (int i = 0; i < n; i++) {
		const struct farm_series *s = series_get(
		    f->series, v[i].series);

		buffer_printf(
		    &f->want, "%d %s/%s=", (int)time_ns, s->node, s->parameter);
		buffer_value(&f->want, &v[i]);
		buffer_putc(&f->want, '\n');
	}
}

static void
send_random(struct fixture *f, unsigned *seed, int64_t time_ns)
{
	struct batch *b = batch_new();
	int n = rand_r(seed) % 5;

	while (n-- >= 0) {
		struct farm_value rows[SERIES];
		int n_rows = rand_r(seed) % SERIES + 1;

		if (rand_r(seed) % 10 == 0) {
			batch_add_payload(b, FARM_EVENT, time_ns, "c", "{}", 2);
			buffer_printf(&f->want, "%d 3 {}\n", (int)time_ns);
			continue;
		}
		for (int i = 0; i < n_rows; i++) {
			rows[i] = random_value(seed);
			rows[i].series = f->numbers[rand_r(seed) % SERIES];
		}
		batch_add_result(b, time_ns, "c", 0, rows, (size_t)n_rows);
		want_values(f, time_ns, rows, n_rows);
	}
	send(f, b);
}

/* Through filters that change nothing, and some that fail, everything comes
   out as it went in. */
static void
what_passes_is_unchanged(void **state)
{
	(void)state;
	for (int n = 0; n <= 3; n++) {
		struct fixture f;
		struct router_stats stats;
		unsigned seed = 11;

		begin(&f);
		for (int i = 0; i < n; i++)
			add_filter(&f, &pass, &match_all, false);
		f.options[1].fail_every = 3;
		start(&f);
		for (int i = 1; i <= 500; i++)
			send_random(&f, &seed, i);
		assert_true(
		    router_flush(f.router, clock_mono_ns() + TEST_BOUND));
		router_stats(f.router, &stats);
		assert_int_equal(500, stats.batches);
		assert_int_equal(stats.values_in, stats.values_out);
		assert_int_equal(0, stats.dropped[DROP_QUEUE_FULL]);
		end(&f);
		assert_notes(&f, buffer_text(&f.want));
		if (n >= 2)
			assert_true(
			    atomic_load(
				&f.filters[1]->instance->ledger.failures) >
			    100);
		release(&f);
	}
}

static const char *const only_a_names[] = { "a*" };
static const struct farm_predicate only_a = {
	.farm = "*",
	.cluster = "*",
	.node = "*",
	.parameters = only_a_names,
	.n_parameters = 1,
};

static void
send_pair(struct fixture *f, int64_t time_ns)
{
	struct batch *b = batch_new();
	struct farm_value rows[3] = { farm_int64(1), farm_int64(2),
		farm_int64(3) };

	for (int i = 0; i < 3; i++)
		rows[i].series = f->numbers[i];
	assert_int_equal(0, batch_add_result(b, time_ns, "c", 0, rows, 3));
	send(f, b);
}

/* Emitted values go to later filters only; the others pass by. */
static void
emitted_values_take_their_place(void **state)
{
	struct router_stats stats;
	struct fixture f;

	(void)state;
	begin(&f);
	add_filter(&f, &sum, &only_a, false);
	start(&f);
	send_pair(&f, 1);
	send_pair(&f, 2);
	assert_true(router_flush(f.router, clock_mono_ns() + TEST_BOUND));
	router_stats(f.router, &stats);
	/* One result in, one result out. */
	assert_int_equal(1002, stats.position);
	end(&f);
	assert_notes(&f, "1 n/b0=1\n1 n/b2=3\n1 n/a1_sum=2\n"
			 "2 n/b0=1\n2 n/b2=3\n2 n/a1_sum=4\n");
	assert_int_equal(2, f.options[0].calls);
	assert_int_equal(1, f.options[0].forgets);
	release(&f);
}

static void
kept_values_pass_too(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add_filter(&f, &sum, &only_a, true);
	/* What the first emits ("a1_sum") and what it kept. */
	add_filter(&f, &sum, &only_a, false);
	start(&f);
	send_pair(&f, 1);
	end(&f);
	assert_notes(&f, "1 n/b0=1\n1 n/b2=3\n1 n/a1_sum=2\n"
			 "1 n/a1_sum_sum=2\n");
	release(&f);
}

static void
a_swallowed_result_is_gone(void **state)
{
	struct router_stats stats;
	struct fixture f;

	(void)state;
	begin(&f);
	add_filter(&f, &drop, &only_a, false);
	start(&f);
	send_one(&f, 1, 1, 1);
	send_one(&f, 2, 2, 2);
	assert_true(router_flush(f.router, clock_mono_ns() + TEST_BOUND));
	router_stats(f.router, &stats);
	assert_int_equal(2, stats.values_in);
	assert_int_equal(1, stats.values_out);
	end(&f);
	assert_notes(&f, "2 n/b2=2\n");
	release(&f);
}

static void
ticks_emit(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	add_filter(&f, &sum, &only_a, false);
	start(&f);
	/* The last tick is at the end. */
	end(&f);
	assert_true(f.options[0].ticks >= 1);
	assert_int_equal(f.options[0].ticks, f.notes.ticked);
	release(&f);
}

/* Names that expire are told to the writers, at positions of their own. */
static void
removals_are_delivered(void **state)
{
	struct fixture f;
	int64_t until = clock_mono_ns() + TEST_BOUND;
	bool gone = false;

	(void)state;
	begin(&f);
	f.collector->instance->lifetimes.parameter_ns = NS_PER_MS;
	start(&f);
	send_one(&f, 1, 5, 1);
	while (!gone && clock_mono_ns() < until) {
		struct cache_stats stats;

		cache_stats(f.cache, &stats);
		gone = stats.expired == 1;
		sched_yield();
	}
	assert_true(gone);
	end(&f);
	assert_non_null(strstr(buffer_text(&f.notes.text),
	    "\"parameter\":\"a1\",\"reason\":\"lifetime\"}"));
	release(&f);
}

/* What was imported goes to the writers alone: no filter and no last value. */
static void
what_is_imported_is_not_news(void **state)
{
	struct cache_stats stats;
	struct fixture f;
	struct batch *b = batch_new();
	struct farm_value v = farm_int64(7);

	(void)state;
	begin(&f);
	add_filter(&f, &drop, &only_a, false);
	start(&f);
	v.series = f.numbers[1];
	assert_int_equal(0, batch_add_result(b, 5, "", FARM_IMPORTED, &v, 1));
	assert_true(router_import(f.router, b));
	end(&f);
	cache_stats(f.cache, &stats);
	assert_int_equal(0, stats.series);
	assert_notes(&f, "5 n/a1=7\n");
	release(&f);
}

static void
what_is_not_taken_is_counted(void **state)
{
	struct router_stats stats;
	struct fixture f;
	uint64_t dropped;

	(void)state;
	begin(&f);
	start(&f);
	assert_true(router_stop(f.router, clock_mono_ns() + TEST_BOUND));
	send_pair(&f, 1);
	router_stats(f.router, &stats);
	dropped = atomic_load(
	    &f.collector->instance->ledger.dropped[DROP_QUEUE_FULL]);
	assert_int_equal(3, dropped);
	assert_int_equal(3, stats.dropped[DROP_QUEUE_FULL]);
	end(&f);
	assert_notes(&f, "");
	release(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_passes_is_unchanged),
		cmocka_unit_test(emitted_values_take_their_place),
		cmocka_unit_test(kept_values_pass_too),
		cmocka_unit_test(a_swallowed_result_is_gone),
		cmocka_unit_test(ticks_emit),
		cmocka_unit_test(removals_are_delivered),
		cmocka_unit_test(what_is_imported_is_not_news),
		cmocka_unit_test(what_is_not_taken_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
