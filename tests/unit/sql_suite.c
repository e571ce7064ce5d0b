/* sql_suite.c - what goes in comes out, once, whichever database it is. */
#include "sql_suite.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR_NS (3600 * NS_PER_S)

/* -- instances -- */

void *
option(struct fake_host *fake, const char *name)
{
	const struct farm_option *o = fake->module->options;

	while (o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	assert_non_null(o->name);
	return (char *)fake_state(fake) + o->offset;
}

void
set(struct fake_host *fake, const char *name, int64_t value)
{
	*(int64_t *)option(fake, name) = value;
}

static struct fake_host *
instance(struct fixture *f, int purpose)
{
	struct fake_host *fake = fake_new(&farm_module);

	fake->purpose = purpose;
	fake->now_ns = T0;
	*(const char **)option(fake, "url") = f->url;
	*(int *)option(fake, "sync") = 1;
	if (f->keep != NULL)
		fake_options(fake, "keep", f->keep, NULL);
	return fake;
}

int
suite_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	engine.create(f);
	f->writer = instance(f, FARM_FOR_WORK);
	f->reader = instance(f, FARM_FOR_HISTORY);
	assert_int_equal(fake_open(f->reader), 0);
	*state = f;
	return 0;
}

int
suite_teardown(void **state)
{
	struct fixture *f = *state;

	fake_free(f->writer);
	fake_free(f->reader);
	engine.remove(f);
	free(f);
	return 0;
}

void
suite_keep(struct fixture *f, const char *keep)
{
	f->keep = keep;
	fake_free(f->reader);
	f->reader = instance(f, FARM_FOR_HISTORY);
	assert_int_equal(fake_open(f->reader), 0);
	restart(f);
}

/* Open the writer anew, as after a restart. */
void
restart(struct fixture *f)
{
	fake_free(f->writer);
	f->writer = instance(f, FARM_FOR_WORK);
}

/* -- what goes in -- */

uint32_t
series(struct fixture *f, const char *node, const char *parameter)
{
	return farm_series(&f->writer->host, NULL, .cluster = "c", .node = node,
	    .parameter = parameter, .unit = "s");
}

struct farm_value
of(uint32_t handle, struct farm_value value)
{
	value.series = handle;
	return value;
}

struct farm_record
result(uint64_t position, int64_t time_ns, const struct farm_value *values,
    uint32_t n)
{
	return (struct farm_record){ .position = position,
		.time_ns = time_ns,
		.instance = "c/m",
		.type = FARM_RESULT,
		.n_values = n,
		.values = values };
}

int
put(struct fixture *f, const struct farm_record *records, size_t n)
{
	const struct farm_batch batch = { records, n };

	return fake_write(f->writer, &batch);
}

/* One record with one value; fails the test unless it is stored. */
void
put_value(struct fixture *f, uint64_t position, int64_t time_ns,
    struct farm_value value)
{
	const struct farm_record r = result(position, time_ns, &value, 1);

	if (put(f, &r, 1) != FARM_DONE)
		fail_msg("%s", fake_failure(f->writer));
}

/* A record that needs about half a megabyte. */
struct farm_record
large(struct fixture *f, uint64_t position, struct farm_value *v)
{
	static char text[60000];
	uint32_t s = series(f, "n", "p");

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 8; i++)
		v[i] = of(s, farm_text(text, sizeof(text)));
	return result(position, T0, v, 8);
}

/* -- what is there -- */

void
expect(const struct fixture *f, const char *sql, const char *want)
{
	char *have = engine.query(f, sql);

	if (strcmp(have, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", sql, have, want);
	free(have);
}

int
ask_span(struct fixture *f, const char *node, int64_t from_ns, int64_t to_ns)
{
	static const char *const all[] = { "*" };
	const struct farm_predicate p = { .farm = "*",
		.cluster = "c",
		.node = node,
		.parameters = all,
		.n_parameters = 1,
		.from_ns = from_ns,
		.to_ns = to_ns };

	fake_clear(f->reader);
	f->reader->answered_through = 0;
	return fake_history(f->reader, &p);
}

void
ask(struct fixture *f)
{
	if (ask_span(f, "*", 0, 0) != 0)
		fail_msg("%s", fake_failure(f->reader));
}

void
open_writer(struct fixture *f)
{
	if (fake_open(f->writer) != 0)
		fail_msg("%s", fake_failure(f->writer));
}

/* -- values -- */

static void
assert_same(const struct farm_value *have, const struct farm_value *want)
{
	assert_int_equal(have->type, want->type);
	switch (want->type) {
	case FARM_TEXT:
		assert_int_equal(have->length, want->length);
		assert_memory_equal(have->text, want->text, want->length);
		break;
	case FARM_BOOLEAN:
		assert_int_equal(have->boolean, want->boolean);
		break;
	case FARM_DOUBLE:
		if (isnan(want->number)) {
			assert_true(isnan(have->number));
			break;
		}
		/* FALLTHROUGH */
	default:
		if (have->uint64 != want->uint64)
			fail_msg("%" PRIx64 ", not %" PRIx64, have->uint64,
			    want->uint64);
	}
}

static void
test_values(void **state)
{
	static const char nul[] = "a\0b", utf8[] = "r\xc3\xa9seau";
	const struct farm_value values[] = {
		farm_double(0.1),
		farm_double(-0.0),
		farm_double(1),
		farm_double(NAN),
		farm_double(INFINITY),
		farm_double(-INFINITY),
		farm_double(5e-324),
		farm_double(1.7976931348623157e308),
		farm_int64(0),
		farm_int64(INT64_MIN),
		farm_int64(INT64_MAX),
		farm_int64((INT64_C(1) << 53) + 1),
		farm_uint64(0),
		farm_uint64(INT64_MAX),
		farm_uint64((uint64_t)INT64_MAX + 1),
		farm_uint64(UINT64_MAX),
		farm_boolean(false),
		farm_boolean(true),
		farm_text("", 0),
		farm_text("12", 2),
		farm_text(nul, 3),
		farm_text(utf8, sizeof(utf8) - 1),
	};
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	for (size_t i = 0; i < COUNT(values); i++)
		put_value(f, i + 1, T0 + (int64_t)i, of(s, values[i]));
	ask(f);
	assert_int_equal(f->reader->n_values, COUNT(values));
	assert_int_equal(f->reader->answered_through, COUNT(values));
	for (size_t i = 0; i < COUNT(values); i++) {
		assert_int_equal(f->reader->values[i].time_ns, T0 + (int64_t)i);
		assert_same(&f->reader->values[i].value, &values[i]);
	}
}

/* Any 64 bits come back, as each of the three types that have them. */
static void
test_random_values(void **state)
{
	enum { N = 3000 };
	static struct farm_value values[N];
	unsigned short seed[3] = { 1, 2, 3 };
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	struct farm_record r = result(1, T0, values, N);

	for (size_t i = 0; i < N; i++) {
		uint64_t bits = (uint64_t)jrand48(seed) << 32;

		bits |= (uint32_t)jrand48(seed);
		values[i] = of(s, farm_uint64(bits));
		values[i].type = (uint8_t)(FARM_DOUBLE + i % 3);
	}
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, N);
	for (size_t i = 0; i < N; i++)
		assert_same(&f->reader->values[i].value, &values[i]);
}

static void
test_series(void **state)
{
	static const struct farm_label labels[] = { { "if", "Gi1/0/1" },
		{ "quote", "a\"b\\c" } };
	struct fixture *f = *state;
	const struct farm_series *s;
	uint32_t old, new;

	old = series(f, "n", "p");
	open_writer(f);
	put_value(f, 1, T0, of(old, farm_double(1)));
	farm_release(&f->writer->host, old);
	new = farm_series(&f->writer->host, NULL, .cluster = "c", .node = "n",
	    .parameter = "p", .unit = "By", .kind = FARM_COUNTER64,
	    .labels = labels, .n_labels = 2);
	put_value(f, 2, T0 + 1, of(new, farm_double(2)));
	expect(f, "SELECT count(*) FROM series", "1");
	expect(f, "SELECT unit FROM series", "By");
	expect(f, "SELECT kind FROM series", "counter64");
	ask(f);
	assert_int_equal(f->reader->n_values, 2);
	assert_string_equal(f->reader->values[0].unit, "By");
	s = &f->reader->series[0].names;
	assert_int_equal(s->kind, FARM_COUNTER64);
	assert_int_equal(s->n_labels, 2);
	assert_string_equal(s->labels[1].name, "quote");
	assert_string_equal(s->labels[1].value, "a\"b\\c");
}

/* -- exactly once -- */

static void
test_replay(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value v = of(s, farm_int64(7));
	const struct farm_record r[] = {
		result(10, T0, &v, 1),
		result(11, T0 + 1, &v, 1),
		result(12, T0 + 2, &v, 1),
	};

	open_writer(f);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "2");
	assert_int_equal(f->writer->n_logs, 1);
	assert_string_equal(f->writer->logs[0].text,
	    "2 rows up to position 11 were stored before");

	/* After a restart, and in another batch, partly. */
	restart(f);
	assert_int_equal(series(f, "n", "p"), s);
	open_writer(f);
	assert_int_equal(put(f, r + 1, 2), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "3");
	expect(f, "SELECT position FROM progress", "12");
}

/* After an outage the new comes before what waited; so it does when the host
   has lost its state folder: nothing is taken for a repetition. */
static void
test_any_order(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_record event = { .position = 1000,
		.time_ns = T0 + 9,
		.type = FARM_EVENT,
		.instance = "a",
		.payload = "{}",
		.payload_size = 2 };

	open_writer(f);
	put_value(f, 1, T0, of(s, farm_int64(1)));
	assert_int_equal(put(f, &event, 1), FARM_DONE);
	put_value(f, 1, T0 + 10, of(s, farm_int64(2)));
	put_value(f, 2, T0 + 11, of(s, farm_int64(3)));
	assert_int_equal(f->writer->n_logs, 0);
	ask(f);
	assert_int_equal(f->reader->n_values, 3);
	assert_int_equal(f->reader->answered_through, 1000);
}

static void
test_same_time(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value twice[] = { of(s, farm_int64(1)),
		of(s, farm_int64(1)) };
	const struct farm_record r[] = { result(1, T0, twice, 2),
		result(2, T0, twice, 1) };

	open_writer(f);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, 3);
}

/* Names are bytes to all engines: none means anything in SQL, and none is
   another's for its letters' sake. */
static void
test_names(void **state)
{
	static const char *const names[] = { "it's", "a \"b\" `c`",
		"\\'; DROP TABLE series; --", "%s_%", "gi1/0/1 ", "Gi1/0/1 ",
		"r\xc3\xa9seau", "re\xcc\x81seau", "\xf0\x9f\x90\x84",
		"\xf0\x9f\x90\x84\xef\xb8\x8f", "\xf0\x9f\x90\x96" };
	struct fixture *f = *state;

	open_writer(f);
	for (size_t i = 0; i < COUNT(names); i++)
		put_value(f, i + 1, T0 + (int64_t)i,
		    of(series(f, names[i], names[i]), farm_uint64(i)));
	expect(f, "SELECT count(*) FROM series", "11");
	ask(f);
	assert_int_equal(f->reader->n_values, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct fake_value *v = &f->reader->values[i];

		assert_string_equal(v->node, names[v->value.uint64]);
		assert_string_equal(v->parameter, names[v->value.uint64]);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(ask_span(f, names[i], 0, 0), 0);
		assert_true(f->reader->n_values >= 1);
	}
}

/* What was imported is stored once, and not beside the same from before. */
static void
test_imported(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p"), t = series(f, "n", "q");
	const struct farm_value values[] = { of(s, farm_double(0.1)),
		of(s, farm_double(NAN)), of(s, farm_uint64(UINT64_MAX)),
		of(s, farm_int64(-1)), of(s, farm_boolean(true)),
		of(s, farm_text("x\0y", 3)), of(s, farm_text("", 0)),
		of(t, farm_double(0.1)) };
	struct farm_record live = result(1, T0, values, 2);
	struct farm_record all = result(2, T0, values, COUNT(values));

	open_writer(f);
	assert_int_equal(put(f, &live, 1), FARM_DONE);
	all.flags = FARM_IMPORTED;
	for (uint64_t i = 0; i < 3; i++) {
		struct farm_record twice[] = { all, all };

		twice[0].position = 10 + 2 * i;
		twice[1].position = 11 + 2 * i;
		if (put(f, twice, 2) != FARM_DONE)
			fail_msg("%s", fake_failure(f->writer));
		expect(f, "SELECT count(*) FROM samples", "8");
	}
	/* Another time, and another value at the same time, are new. */
	all = result(20, T0 + 1, values, 1);
	all.flags = FARM_IMPORTED;
	assert_int_equal(put(f, &all, 1), FARM_DONE);
	all = result(
	    21, T0, (struct farm_value[]){ of(s, farm_double(0.2)) }, 1);
	all.flags = FARM_IMPORTED;
	assert_int_equal(put(f, &all, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "10");
	/* What is measured is kept, even if it is the same again. */
	live.position = 22;
	assert_int_equal(put(f, &live, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "12");
}

static void
test_large_batch(void **state)
{
	enum { SERIES = 500, TIMES = 20 };
	struct fixture *f = *state;
	struct farm_record records[TIMES];
	struct farm_value values[SERIES];
	char name[16];

	for (size_t i = 0; i < SERIES; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		values[i] = of(series(f, "n", name), farm_double((double)i));
	}
	for (size_t i = 0; i < TIMES; i++)
		records[i] = result(i + 1, T0 + (int64_t)i, values, SERIES);
	open_writer(f);
	assert_int_equal(put(f, records, TIMES), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "10000");
	expect(f, "SELECT count(*) FROM series", "500");
	ask(f);
	assert_int_equal(f->reader->n_values, SERIES * TIMES);
	for (size_t i = 1; i < f->reader->n_values; i++) {
		const struct fake_value *v = &f->reader->values[i];

		if (strcmp(v[0].parameter, v[-1].parameter) == 0)
			assert_true(v[0].time_ns > v[-1].time_ns);
	}
}

/* -- other records -- */

static void
test_records(void **state)
{
	struct fixture *f = *state;
	const struct farm_record r[] = {
		{ .position = 1,
		    .time_ns = T0,
		    .type = FARM_REMOVAL,
		    .instance = "a",
		    .payload = "{\"node\":\"n1\"}",
		    .payload_size = 13 },
		{ .position = 2,
		    .time_ns = T0,
		    .type = FARM_AGGREGATE,
		    .instance = "",
		    .payload = "\0\1",
		    .payload_size = 2 },
		{ .position = 3,
		    .time_ns = T0,
		    .type = FARM_CHECKPOINT,
		    .instance = "a",
		    .payload = "x",
		    .payload_size = 1 },
		{ .position = 4, .time_ns = T0, .type = 99, .instance = "a" },
	};

	open_writer(f);
	assert_int_equal(put(f, r, COUNT(r)), FARM_DONE);
	expect(f, "SELECT count(*) FROM records", "3");
	expect(f, "SELECT type FROM records WHERE position = 1", "removal");
	expect(f, "SELECT type FROM records WHERE position = 2", "aggregate");
	expect(f, "SELECT type FROM records WHERE position = 4", "99");
	expect(f, "SELECT position FROM progress", "4");
}

static void
test_bad_records(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value good = of(s, farm_int64(1));
	const struct farm_value odd = { .series = s, .type = 42 };
	const struct {
		struct farm_record record;
		const char *want;
	} cases[] = {
		{ result(2, T0, &odd, 1), "value 0 is of unknown type 42" },
		{ result(UINT64_C(1) << 63, T0, &good, 1),
		    "position 9223372036854775808 is beyond 2^63" },
	};
	struct farm_record pair[2];

	open_writer(f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		pair[0] = result(1, T0, &good, 1);
		pair[1] = cases[i].record;
		assert_int_equal(put(f, pair, 2), FARM_BAD);
		assert_int_equal(f->writer->bad_record, 1);
		assert_string_equal(fake_failure(f->writer), cases[i].want);
		expect(f, "SELECT count(*) FROM samples", "0");
		expect(f, "SELECT count(*) FROM series", "0");
	}
	/* The id of the series went with the rollback; it gets another. */
	put_value(f, 1, T0, good);
	ask(f);
	assert_int_equal(f->reader->n_values, 1);
}

/* -- history -- */

static void
test_history(void **state)
{
	static const struct {
		const char *node;
		int64_t from_ns;
		int64_t to_ns;
		size_t want;
	} cases[] = {
		{ "*", 0, 0, 6 },
		{ "n1", 0, 0, 3 },
		{ "n3", 0, 0, 0 },
		{ "n1", T0, T0 + 2, 2 },
		{ "n1", T0 + 1, 0, 2 },
		{ "*", T0 + 2, T0 + 3, 2 },
		{ "*", T0 + 3, 0, 0 },
		{ "%", 0, T0, 0 },
	};
	struct fixture *f = *state;
	uint32_t a = series(f, "n1", "p"), b = series(f, "n2", "p");
	uint64_t position = 0;

	open_writer(f);
	for (int64_t i = 2; i >= 0; i--) {
		put_value(f, ++position, T0 + i, of(a, farm_int64(i)));
		put_value(f, ++position, T0 + i, of(b, farm_int64(i)));
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ask_span(f, cases[i].node, cases[i].from_ns,
				     cases[i].to_ns),
		    0);
		assert_int_equal(f->reader->n_values, cases[i].want);
		assert_int_equal(f->reader->answered_through, 6);
	}
	ask(f);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(f->reader->values[i].value.int64, i % 3);
}

static void
test_history_limits(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	for (uint64_t i = 1; i <= 5; i++)
		put_value(f, i, T0 + (int64_t)i, of(s, farm_uint64(i)));
	f->reader->emit_max = 2;
	assert_int_equal(ask_span(f, "*", 0, 0), 0);
	assert_int_equal(f->reader->n_values, 2);
	assert_int_equal(f->reader->answered_through, 0);

	f->reader->emit_max = 0;
	f->reader->deadline_ns = clock_mono_ns() - 1;
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	assert_string_equal(
	    fake_failure(f->reader), "no time left after 0 values");

	f->reader->deadline_ns = INT64_MAX;
	ask(f);
	assert_int_equal(f->reader->n_values, 5);
}

struct concurrent {
	struct fixture *f;
	uint32_t a, b;
	uint64_t n;
	atomic_bool ended;
};

static void *
write_pairs(void *context)
{
	struct concurrent *c = context;

	for (uint64_t i = 1; i <= c->n; i++) {
		const struct farm_value v[] = { of(c->a, farm_uint64(i)),
			of(c->b, farm_uint64(i)) };
		const struct farm_record r = result(i, T0 + (int64_t)i, v, 2);

		if (put(c->f, &r, 1) != FARM_DONE)
			break;
	}
	atomic_store(&c->ended, true);
	return NULL;
}

/* Every answer is one state of the store: both series to the same position. */
static void
test_concurrent(void **state)
{
	struct fixture *f = *state;
	struct concurrent c = { .f = f, .n = 300 };
	bool ended;
	pthread_t thread;

	c.a = series(f, "n", "a");
	c.b = series(f, "n", "b");
	open_writer(f);
	assert_int_equal(pthread_create(&thread, NULL, write_pairs, &c), 0);
	do {
		ended = atomic_load(&c.ended);
		ask(f);
		assert_int_equal(
		    f->reader->n_values, 2 * f->reader->answered_through);
	} while (!ended);
	pthread_join(thread, NULL);
	assert_int_equal(f->reader->answered_through, c.n);
}

/* -- keep -- */

static void
test_keep(void **state)
{
	struct fixture *f = *state;
	uint32_t old = series(f, "n", "old"), both = series(f, "n", "both");
	const struct farm_record event = { .position = 4,
		.time_ns = T0,
		.type = FARM_EVENT,
		.instance = "a",
		.payload = "{}",
		.payload_size = 2 };

	fake_options(f->writer, "keep", "1h", NULL);
	open_writer(f);
	put_value(f, 1, T0, of(old, farm_int64(1)));
	put_value(f, 2, T0, of(both, farm_int64(1)));
	put_value(f, 3, T0 + 2 * HOUR_NS, of(both, farm_int64(2)));
	assert_int_equal(put(f, &event, 1), FARM_DONE);

	f->writer->now_ns = T0 + HOUR_NS;
	assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT count(*) FROM samples", "3");
	f->writer->now_ns = T0 + 2 * HOUR_NS;
	assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT parameter FROM history", "both");
	expect(f, "SELECT count(*) FROM samples", "1");
	expect(f, "SELECT count(*) FROM series", "1");
	expect(f, "SELECT count(*) FROM records", "0");

	/* A series that comes back is made again. */
	put_value(f, 5, T0 + 2 * HOUR_NS, of(old, farm_int64(3)));
	ask(f);
	assert_int_equal(f->reader->n_values, 2);
	expect(f, "SELECT count(*) FROM series", "2");
}

/* -- servers -- */

static void
run_server(struct server *s, const char *kind)
{
	const char *source = getenv("srcdir");
	char script[256];

	snprintf(script, sizeof(script), "%s/tests/server",
	    source == NULL ? "." : source);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		execl("/bin/sh", "sh", script, kind, s->folder, NULL);
		_exit(127);
	}
}

static bool
is_up(const struct server *s)
{
	int status;

	if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		fprintf(stderr, "the server ended with status %d\n", status);
		_exit(WIFEXITED(status) && WEXITSTATUS(status) == 77 ? 77 : 1);
	}
	return engine.is_up(s);
}

void
server_restart(struct server *s, const char *kind)
{
	int64_t end_ns = clock_mono_ns() + 60 * NS_PER_S;

	run_server(s, kind);
	while (!is_up(s)) {
		if (clock_mono_ns() > end_ns)
			fail_msg("no %s after a minute", kind);
		usleep(20000);
	}
}

void
server_start(struct server *s, const char *kind)
{
	strcpy(s->folder, "/tmp/test_sql.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	server_restart(s, kind);
}

/* A process for each connection outlives the server for a moment, and answers:
   they are gone, too. */
void
server_kill(struct server *s)
{
	kill(s->pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

void
server_end(struct server *s)
{
	char command[128];

	server_kill(s);
	snprintf(command, sizeof(command), "rm -rf %s", s->folder);
	if (system(command) != 0)
		fprintf(stderr, "%s: is still there\n", s->folder);
}

const struct CMUnitTest suite[] = {
	TEST(test_values),
	TEST(test_random_values),
	TEST(test_series),
	TEST(test_replay),
	TEST(test_any_order),
	TEST(test_same_time),
	TEST(test_names),
	TEST(test_imported),
	TEST(test_large_batch),
	TEST(test_records),
	TEST(test_bad_records),
	TEST(test_history),
	TEST(test_history_limits),
	TEST(test_concurrent),
	TEST(test_keep),
};
const size_t suite_size = COUNT(suite);

int
suite_run(const struct CMUnitTest *own, size_t n)
{
	int failed = cmocka_run_group_tests(suite, NULL, NULL);

	failed += _cmocka_run_group_tests(
	    "levels", levels_suite, levels_suite_size, NULL, NULL);
	if (engine.server != NULL)
		failed += _cmocka_run_group_tests(
		    "server", server_tests, server_tests_size, NULL, NULL);
	return failed + _cmocka_run_group_tests("own", own, n, NULL, NULL);
}
