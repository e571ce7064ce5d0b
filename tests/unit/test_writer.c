#include "dead_letters.h"
#include "deliver.h"
#include "memlog.h"
#include "writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "frame.h"
#include "stations.h"
#include "wait.h"

#define RECORDS 3000

/* What the test's module was told to do, and what it saw. */
struct script {
	unsigned seed;
	uint64_t bad_every; /* positions that can never be stored; 0: none */
	int fail_opens;
	bool moody; /* verdicts at random */
	bool stalled;
	bool broken; /* never stores anything */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned seen[RECORDS + 1]; /* how often each position was stored */
	uint64_t last;
	uint64_t values;
	uint64_t most;        /* values at once */
	uint64_t accepted[2]; /* a range, not yet acknowledged; 0: none */
	atomic_int opens;     /* by the writer, and to ask it for history */
	atomic_int closes;
	int forgets;
	int ticks;
	uint64_t calls;
};

struct state {
	struct script *script;
};

static struct script *
script_of(void *state)
{
	return ((struct state *)state)->script;
}

static void
script_init(struct script *s)
{
	memset(s, 0, sizeof(*s));
	s->seed = 7;
	pthread_mutex_init(&s->lock, NULL);
	wait_init(&s->changed);
}

/* No action runs meanwhile, nor listen(). */
static void
assert_held(struct farm_host *host)
{
	struct instance *in = ((struct call *)host)->instance;

	assert_int_equal(EBUSY, pthread_mutex_trylock(&in->acting));
	assert_int_equal(EBUSY, pthread_mutex_trylock(&in->serial));
}

static int
test_open(struct farm_host *host, void *state)
{
	struct script *s = script_of(state);

	if (s->opens++ < s->fail_opens)
		return farm_fail(host, "the store is away");
	return 0;
}

static void
test_close(struct farm_host *host, void *state)
{
	(void)host;
	script_of(state)->closes++;
}

static void
acknowledge(struct farm_host *host, struct script *s)
{
	if (s->accepted[0] != 0)
		farm_acknowledge(host, s->accepted[0], s->accepted[1]);
	s->accepted[0] = 0;
}

static int
test_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct script *s = script_of(state);

	(void)now_ns;
	assert_held(host);
	acknowledge(host, s);
	pthread_mutex_lock(&s->lock);
	s->ticks++;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static void
take(struct farm_host *host, struct script *s, const struct farm_batch *b)
{
	uint64_t before = s->values;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < b->n_records; i++) {
		const struct farm_record *r = &b->records[i];

		assert_true(r->position > s->last);
		assert_true(r->position <= RECORDS);
		s->last = r->position;
		s->seen[r->position]++;
		s->values += r->n_values;
		for (uint32_t v = 0; v < r->n_values; v++) {
			uint64_t *count;

			count = farm_series_state(host, r->values[v].series);
			assert_non_null(count);
			++*count;
		}
	}
	if (s->values - before > s->most)
		s->most = s->values - before;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void
await_release(struct script *s)
{
	int64_t until = clock_mono_ns() + TEST_BOUND;

	pthread_mutex_lock(&s->lock);
	while (s->stalled && wait_until(&s->changed, &s->lock, until))
		;
	pthread_mutex_unlock(&s->lock);
}

static void
await_position(struct script *s, uint64_t position)
{
	int64_t until = clock_mono_ns() + TEST_BOUND;

	pthread_mutex_lock(&s->lock);
	while (s->last < position)
		assert_true(wait_until(&s->changed, &s->lock, until));
	pthread_mutex_unlock(&s->lock);
}

static int
test_write(struct farm_host *host, void *state, const struct farm_batch *b)
{
	struct script *s = script_of(state);
	int mood = s->moody ? rand_r(&s->seed) % 4 : 0;

	s->calls++;
	assert_held(host);
	await_release(s);
	acknowledge(host, s);
	if (s->broken || mood == 1)
		return farm_again(host, "not now");
	for (size_t i = 0; i < b->n_records; i++) {
		if (s->bad_every == 0 ||
		    b->records[i].position % s->bad_every != 0)
			continue;
		return farm_bad(host, mood == 2 ? i : SIZE_MAX, "position %d",
		    (int)b->records[i].position);
	}
	take(host, s, b);
	if (mood != 3)
		return FARM_DONE;
	s->accepted[0] = b->records[0].position;
	s->accepted[1] = b->records[b->n_records - 1].position;
	return FARM_ACCEPTED;
}

static int
test_history(
    struct farm_host *host, void *state, const struct farm_predicate *p)
{
	uint32_t series;
	struct farm_value v;

	(void)state;
	assert_int_equal(FARM_FOR_HISTORY, host->ops->purpose(host));
	series = farm_series(host, NULL, .farm = "f", .cluster = "c",
	    .node = "n", .parameter = "p");
	if (series == 0)
		return -1;
	for (int64_t t = p->from_ns; t < p->to_ns; t++) {
		v = farm_int64(t);
		v.series = series;
		if (farm_emit_rows(host, NULL, t, 0, &v, 1) != 0)
			return 0;
	}
	if (p->to_ns > 1000)
		return farm_fail(host, "disk on fire");
	return farm_answer_through(host, 9);
}

static void
test_forget(struct farm_host *host, void *state, void *series_state)
{
	assert_held(host);
	assert_true(*(uint64_t *)series_state > 0);
	script_of(state)->forgets++;
}

static const struct farm_descriptor descriptor = {
	.summary = "a writer for tests",
	.state_size = sizeof(struct state),
	.open = test_open,
	.close = test_close,
	.tick = test_tick,
	.writer = {
		.write = test_write,
		.series_state_size = sizeof(uint64_t),
		.forget = test_forget,
	},
};

/* ------------------------------------------------------- one writer alone --
 */

struct fixture {
	struct script script;
	struct state options;
	struct series_table *series;
	struct memlog *log;
	struct frame_encoder *encoder;
	struct made *made;
	struct writer *writer;
	uint64_t position;
};

static void
fixture_of(struct fixture *f, const struct farm_descriptor *module,
    const struct farm_predicate *match)
{
	*f = (struct fixture){ .position = 1 };
	script_init(&f->script);
	f->options.script = &f->script;
	f->series = series_table_new(1000);
	f->log = memlog_new(1 << 20);
	f->encoder = frame_encoder_new(f->series);
	f->made = make_instance("w", FARM_WRITER, module, &f->options, match);
	f->writer = writer_new(f->made->instance, f->log, NULL, 1000);
	assert_non_null(f->writer);
	writer_set_retry(f->writer, 100 * NS_PER_US, NS_PER_MS);
}

static void
fixture_init(struct fixture *f, const struct farm_predicate *match)
{
	fixture_of(f, &descriptor, match);
}

static void
fixture_end(struct fixture *f)
{
	writer_free(f->writer);
	free_instance(f->made);
	memlog_free(f->log);
	frame_encoder_free(f->encoder);
	series_table_free(f->series);
}

/* A frame of `n' records of two values each, of 20 series in turn. */
static void
append(struct fixture *f, int n)
{
	struct batch *b = batch_new();
	struct memlog_info info = { .first_position = f->position };
	struct buffer frame = BUFFER_INIT;
	struct error err;

	for (int i = 0; i < n; i++) {
		struct farm_value rows[2] = { farm_int64(i), farm_double(i) };
		char name[32];

		for (int v = 0; v < 2; v++) {
			snprintf(name, sizeof(name), "%c%d", "ab"[v],
			    (int)(f->position % 10));
			rows[v].series = test_series(f->series, "n", name);
		}
		assert_int_equal(0,
		    batch_add_result(b, (int64_t)f->position, "x", 0, rows, 2));
		batch_last(b)->position = f->position++;
		info.values += 2;
	}
	info.last_position = f->position - 1;
	if (memlog_begins_segment(f->log, 0))
		frame_encoder_reset(f->encoder);
	assert_int_equal(0, frame_encode(f->encoder, &b->view, &frame, &err));
	assert_int_equal(
	    0, memlog_append(f->log, &info, frame.data, frame.size));
	buffer_free(&frame);
	batch_unref(b);
}

static void
append_all(struct fixture *f)
{
	unsigned seed = 3;

	while (f->position <= RECORDS) {
		int n = rand_r(&seed) % 40 + 1;

		if (rand_r(&seed) % 10 == 0)
			memlog_turn(f->log);
		if (n > (int)(RECORDS + 1 - f->position))
			n = (int)(RECORDS + 1 - f->position);
		append(f, n);
	}
}

static void
stop(struct fixture *f)
{
	int64_t deadline = clock_mono_ns() + TEST_BOUND;

	memlog_close(f->log);
	writer_stop(f->writer, deadline);
	assert_true(writer_join(f->writer, deadline));
}

/* Whatever a writer answers: every record that can be stored is stored once
   and in order, every other is counted. */
static void
verdicts_lose_and_double_nothing(void **state)
{
	static const uint64_t bad_every[] = { 0, 1, 3, 17, 500 };
	struct fixture f;

	(void)state;
	for (size_t c = 0; c < COUNT(bad_every); c++) {
		uint64_t bad = 0;

		fixture_init(&f, &match_all);
		f.script.moody = true;
		f.script.bad_every = bad_every[c];
		assert_int_equal(0, writer_start(f.writer));
		append_all(&f);
		assert_true(writer_wait(
		    f.writer, RECORDS, clock_mono_ns() + TEST_BOUND));
		stop(&f);
		for (uint64_t p = 1; p <= RECORDS; p++) {
			bool is_bad = bad_every[c] != 0 &&
				      p % bad_every[c] == 0;

			assert_int_equal(is_bad ? 0 : 1, f.script.seen[p]);
			bad += is_bad;
		}
		assert_int_equal(bad * 2,
		    atomic_load(
			&f.made->instance->ledger.dropped[DROP_REFUSED]));
		assert_int_equal(1, f.script.closes);
		fixture_end(&f);
	}
}

/* Each record refused is a line of JSON, with its reason and its names. */
static void
what_is_refused_is_kept(void **state)
{
	char folder[] = "/tmp/farm-writer.XXXXXX";
	struct buffer letters = BUFFER_INIT;
	struct fixture f;
	struct error err;
	char command[64];
	size_t n = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	fixture_init(&f, &match_all);
	f.script.bad_every = 1000;
	assert_int_equal(0, writer_keep_dead_letters(f.writer, folder));
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	stop(&f);
	assert_int_equal(0, dead_letters_json(writer_dead_letters(f.writer), 2,
				&letters, &err));
	for (const char *p = buffer_text(&letters);
	     (p = strstr(p, "{\"refused\":")) != NULL; p++)
		n++;
	assert_int_equal(2, n);
	assert_null(strstr(buffer_text(&letters), "position 1000\""));
	assert_non_null(strstr(buffer_text(&letters),
	    "\"reason\":\"position 2000\",\"position\":2000,\"type\":1,"));
	assert_non_null(strstr(buffer_text(&letters),
	    "\"farm\":\"farm\",\"cluster\":\"c\",\"node\":\"n\","
	    "\"parameter\":\"a0\",\"type\":2,\"value\":"));
	fixture_end(&f);
	buffer_free(&letters);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(0, system(command));
}

/* Knowing only that something is bad, few calls find it. */
static void
halving_is_quick(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, &match_all);
	f.script.bad_every = 1000;
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	stop(&f);
	assert_int_equal(RECORDS - 3, f.script.values / 2);
	assert_true(f.script.calls < 100);
	fixture_end(&f);
}

static void
only_what_matches_arrives(void **state)
{
	static const char *const a[] = { "a*" };
	static const struct farm_predicate only_a = {
		.farm = "*",
		.cluster = "c",
		.node = "*",
		.parameters = a,
		.n_parameters = 1,
	};
	struct fixture f;

	(void)state;
	fixture_init(&f, &only_a);
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	stop(&f);
	assert_int_equal(RECORDS, f.script.values);
	/* The state of ten series outlived every change of segment. */
	assert_int_equal(10, f.script.forgets);
	fixture_end(&f);
}

/* One that is behind gets as many as it asked for, and the rest of a frame. */
static void
batches_are_as_large_as_it_likes(void **state)
{
	enum { FRAMES = 20, RESULTS = 30, VALUES = 2 * RESULTS };
	static const struct {
		size_t wanted;
		uint64_t most;
	} cases[] = {
		{ 0, FRAMES * VALUES },
		{ SIZE_MAX, FRAMES * VALUES },
		{ 10 * VALUES - 1, 10 * VALUES },
		{ 1, VALUES },
	};
	struct farm_descriptor module = descriptor;
	struct fixture f;

	(void)state;
	for (size_t c = 0; c < COUNT(cases); c++) {
		module.writer.batch_values = cases[c].wanted;
		fixture_of(&f, &module, &match_all);
		for (int i = 0; i < FRAMES; i++)
			append(&f, RESULTS);
		assert_int_equal(0, writer_start(f.writer));
		stop(&f);
		assert_int_equal(FRAMES * VALUES, f.script.values);
		assert_int_equal(cases[c].most, f.script.most);
		fixture_end(&f);
	}
}

static void
a_store_that_is_away_is_waited_for(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, &match_all);
	f.script.fail_opens = 5;
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	assert_true(
	    writer_wait(f.writer, RECORDS, clock_mono_ns() + TEST_BOUND));
	stop(&f);
	assert_int_equal(6, f.script.opens);
	assert_int_equal(RECORDS * 2, f.script.values);
	assert_string_equal(
	    "the store is away", f.made->instance->ledger.last_error);
	fixture_end(&f);
}

/* A long wait ends at shutdown, and shutdown at its deadline. */
static void
shutdown_does_not_wait_for_a_broken_store(void **state)
{
	struct fixture f;
	int64_t began;

	(void)state;
	fixture_init(&f, &match_all);
	writer_set_retry(f.writer, 3600 * NS_PER_S, 3600 * NS_PER_S);
	f.script.broken = true;
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	began = clock_mono_ns();
	memlog_close(f.log);
	writer_stop(f.writer, began + 300 * NS_PER_MS);
	assert_true(writer_join(f.writer, began + TEST_BOUND));
	assert_true(f.script.calls >= 2);
	assert_int_equal(0, f.script.values);
	assert_int_equal(1, f.script.closes);
	fixture_end(&f);
}

/* A full store may make room for what it could not store. */
static void
ticks_go_on_while_a_store_is_broken(void **state)
{
	struct fixture f;
	int64_t until = clock_mono_ns() + TEST_BOUND;

	(void)state;
	fixture_init(&f, &match_all);
	f.script.broken = true;
	append_all(&f);
	assert_int_equal(0, writer_start(f.writer));
	pthread_mutex_lock(&f.script.lock);
	while (f.script.ticks < 3)
		assert_true(
		    wait_until(&f.script.changed, &f.script.lock, until));
	pthread_mutex_unlock(&f.script.lock);
	memlog_close(f.log);
	writer_stop(f.writer, clock_mono_ns());
	assert_true(writer_join(f.writer, until));
	assert_int_equal(0, f.script.values);
	fixture_end(&f);
}

/* --------------------------------------------------- several, by deliver -- */

static void
deliver_records(struct deliver *d, uint32_t series, uint64_t from, uint64_t to)
{
	while (from <= to) {
		struct batch *b = batch_new();

		for (int i = 0; i < 10 && from <= to; i++) {
			struct farm_value v = farm_uint64(from);

			v.series = series;
			assert_int_equal(0,
			    batch_add_result(b, (int64_t)from, "x", 0, &v, 1));
			batch_last(b)->position = from++;
		}
		deliver_append(d, &b->view);
		batch_unref(b);
	}
}

/* One that hangs delays nobody: not the router, not its neighbour. */
static void
a_stalled_writer_stops_nobody(void **state)
{
	struct series_table *series = series_table_new(10);
	struct deliver *d = deliver_new(series, 20000);
	struct script scripts[2];
	struct state options[2];
	struct made *made[2];
	struct deliver_stats stats;
	uint32_t number = test_series(series, "n", "p");
	struct error err;
	int64_t deadline;
	uint64_t missed;

	(void)state;
	for (int i = 0; i < 2; i++) {
		script_init(&scripts[i]);
		options[i].script = &scripts[i];
		made[i] = make_instance(i == 0 ? "stalled" : "well",
		    FARM_WRITER, &descriptor, &options[i], &match_all);
		assert_int_equal(0, deliver_add(d, made[i]->instance));
	}
	scripts[0].stalled = true;
	assert_int_equal(0, deliver_start(d));
	for (uint64_t p = 1; p < RECORDS; p += 100) {
		deliver_records(d, number, p, p + 99);
		/* The well one keeps up, whatever the other does. */
		await_position(&scripts[1], p + 99);
	}
	deliver_stats(d, &stats);
	assert_true(stats.bytes <= 20000);
	assert_int_equal(RECORDS, stats.last_position);
	assert_int_equal(
	    deliver_flush(d, RECORDS, clock_mono_ns() + NS_PER_MS, &err), -1);
	pthread_mutex_lock(&scripts[0].lock);
	scripts[0].stalled = false;
	pthread_cond_broadcast(&scripts[0].changed);
	pthread_mutex_unlock(&scripts[0].lock);
	deadline = clock_mono_ns() + TEST_BOUND;
	assert_int_equal(deliver_flush(d, RECORDS, deadline, &err), 0);
	assert_true(deliver_stop(d, deadline));
	missed = atomic_load(&made[0]->instance->ledger.dropped[DROP_BEHIND]);
	assert_true(missed > 0);
	assert_int_equal(RECORDS, scripts[0].values + missed);
	deliver_free(d);
	for (int i = 0; i < 2; i++)
		free_instance(made[i]);
	series_table_free(series);
}

struct answer {
	int64_t n;
	int64_t stop_at;
};

static bool
count_answer(void *context, const struct farm_series *s,
    const struct history_point *point)
{
	struct answer *a = context;

	assert_string_equal("p", s->parameter);
	assert_int_equal(point->time_ns, point->value.int64);
	assert_null(point->average);
	return ++a->n != a->stop_at;
}

static void
history_is_answered_beside_a_stalled_write(void **state)
{
	struct farm_descriptor with = descriptor;
	struct series_table *series = series_table_new(10);
	struct deliver *d = deliver_new(series, 20000);
	struct script script;
	struct state options = { .script = &script };
	struct answer answer = { .stop_at = -1 };
	struct error err;
	struct made *made;
	uint64_t through = 7;
	bool beyond;
	int64_t deadline = clock_mono_ns() + TEST_BOUND;

	(void)state;
	assert_int_equal(
	    0, deliver_history(d, &match_all, 10, 20, deadline, count_answer,
		   &answer, &through, &beyond, &err));
	assert_int_equal(0, through);
	script_init(&script);
	script.stalled = true;
	with.writer.history = test_history;
	made = make_instance("w", FARM_WRITER, &with, &options, &match_all);
	assert_int_equal(0, deliver_add(d, made->instance));
	assert_int_equal(0, deliver_start(d));
	deliver_records(d, test_series(series, "n", "p"), 1, 10);
	assert_int_equal(
	    0, deliver_history(d, &match_all, 10, 20, deadline, count_answer,
		   &answer, &through, &beyond, &err));
	assert_int_equal(10, answer.n);
	assert_int_equal(9, through);
	answer = (struct answer){ .stop_at = 3 };
	assert_int_equal(
	    0, deliver_history(d, &match_all, 10, 20, deadline, count_answer,
		   &answer, &through, &beyond, &err));
	assert_int_equal(3, answer.n);
	answer = (struct answer){ .stop_at = -1 };
	assert_int_equal(
	    -1, deliver_history(d, &match_all, 1000, 2000, deadline,
		    count_answer, &answer, &through, &beyond, &err));
	assert_string_equal("w: disk on fire", err.text);
	pthread_mutex_lock(&script.lock);
	script.stalled = false;
	pthread_cond_broadcast(&script.changed);
	pthread_mutex_unlock(&script.lock);
	assert_true(deliver_stop(d, deadline));
	deliver_free(d);
	free_instance(made);
	series_table_free(series);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_lose_and_double_nothing),
		cmocka_unit_test(what_is_refused_is_kept),
		cmocka_unit_test(halving_is_quick),
		cmocka_unit_test(only_what_matches_arrives),
		cmocka_unit_test(batches_are_as_large_as_it_likes),
		cmocka_unit_test(a_store_that_is_away_is_waited_for),
		cmocka_unit_test(shutdown_does_not_wait_for_a_broken_store),
		cmocka_unit_test(ticks_go_on_while_a_store_is_broken),
		cmocka_unit_test(a_stalled_writer_stops_nobody),
		cmocka_unit_test(history_is_answered_beside_a_stalled_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
