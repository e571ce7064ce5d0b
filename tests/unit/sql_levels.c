/* sql_levels.c - averages are those of the values that came, however and
   whenever they came, and an answer has each once, whichever database it is. */
#include "sql_suite.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "level.h"

#define MINUTE_NS (60 * NS_PER_S)
#define HOUR_NS (3600 * NS_PER_S)

/* T0 is 20 s after a full minute; this is a full hour. */
#define HOUR0 (INT64_C(1700002800) * NS_PER_S)

/* -- time goes on -- */

/* Tick until there is nothing left to do at this time: a tick that had too
   much took longer than it may. */
void
settle(struct fixture *f, int64_t now_ns)
{
	const int64_t budget_ns = 250 * NS_PER_MS;
	int64_t start_ns, took_ns;

	f->writer->now_ns = now_ns;
	do {
		start_ns = clock_mono_ns();
		if (fake_tick(f->writer) != 0)
			fail_msg("%s", fake_failure(f->writer));
		took_ns = clock_mono_ns() - start_ns;
	} while (took_ns >= budget_ns);
}

/* -- what is there -- */

static double
number_of(const struct fixture *f, int step_s, const char *column, int row)
{
	char sql[256], *text;
	double number;

	snprintf(sql, sizeof(sql),
	    "SELECT %s FROM averages WHERE step = %d%s"
	    " LIMIT 1 OFFSET %d",
	    column, step_s, strchr(column, '(') == NULL ? " ORDER BY time" : "",
	    row);
	text = engine.query(f, sql);
	number = strtod(text, NULL);
	free(text);
	return number;
}

/* The only series' averages of one step, as text: when, how many values, mean,
   least, largest, last. */
static void
expect_levels(const struct fixture *f, int step_s, const char *want)
{
	static const char *const columns[] = { "time", "count", "mean", "min",
		"max", "last" };
	char text[1024] = "", word[32];
	double number, n = number_of(f, step_s, "count(*)", 0);

	for (int i = 0; i < (int)n; i++) {
		for (size_t k = 0; k < COUNT(columns); k++) {
			number = number_of(f, step_s, columns[k], i);
			if (k == 0)
				number = number / 1e9 - HOUR0 / NS_PER_S;
			snprintf(word, sizeof(word), "%s%.10g",
			    k > 0   ? " "
			    : i > 0 ? ", "
				    : "",
			    number);
			strcat(text, word);
		}
	}
	assert_string_equal(text, want);
}

/* Ask for averages up to a step, or of a level. */
static void
ask_levels(struct fixture *f, int64_t from_ns, int64_t to_ns, int64_t step_ns,
    int64_t level_ns)
{
	static const char *const all[] = { "*" };
	const struct farm_predicate p = { .farm = "*",
		.cluster = "c",
		.node = "*",
		.parameters = all,
		.n_parameters = 1,
		.from_ns = from_ns,
		.to_ns = to_ns,
		.step_ns = step_ns,
		.level_ns = level_ns };

	fake_clear(f->reader);
	if (fake_history(f->reader, &p) != 0)
		fail_msg("%s", fake_failure(f->reader));
}

/* An average of an answer takes seven values; the next one is returned. */
static size_t
get_average(const struct fixture *f, size_t i, struct level_slot *ret)
{
	const struct fake_value *v = &f->reader->values[i];

	assert_true(i + 7 <= f->reader->n_values);
	assert_int_equal(v->flags, FARM_AVERAGE);
	assert_int_equal(v[6].call, v[0].call);
	*ret = (struct level_slot){ .time_ns = v->time_ns,
		.mean = v[0].value.number,
		.min = v[1].value.number,
		.max = v[2].value.number,
		.last = v[3].value.number,
		.count = v[4].value.uint64,
		.held_ns = v[5].value.int64,
		.span_ns = v[6].value.int64 };
	return i + 7;
}

/* -- some values -- */

static void
test_levels(void **state)
{
	struct fixture *f = *state;
	uint32_t s;

	suite_keep(f, "{raw: 1h, 1m: 1d, 5m: 30d}");
	s = series(f, "n", "p");
	open_writer(f);
	for (int i = 0; i < 12; i++)
		put_value(f, (uint64_t)i + 1, HOUR0 + i * 10 * NS_PER_S,
		    of(s, farm_int64(i)));
	/* A slot is made when it is over, and what comes has come. */
	settle(f, HOUR0 + MINUTE_NS + 14 * NS_PER_S);
	expect_levels(f, 60, "");
	settle(f, HOUR0 + MINUTE_NS + 15 * NS_PER_S);
	expect_levels(f, 60, "0 6 2.5 0 5 5");
	settle(f, HOUR0 + 3 * MINUTE_NS);
	expect_levels(f, 60, "0 6 2.5 0 5 5, 60 6 8.5 6 11 11");
	expect_levels(f, 300, "");
	/* Texts and what is no number are not averaged. */
	put_value(f, 20, HOUR0 + 3 * MINUTE_NS, of(s, farm_text("x", 1)));
	put_value(f, 21, HOUR0 + 4 * MINUTE_NS, of(s, farm_double(NAN)));
	put_value(f, 22, HOUR0 + 4 * MINUTE_NS, of(s, farm_boolean(true)));
	settle(f, HOUR0 + 6 * MINUTE_NS);
	expect_levels(f, 60, "0 6 2.5 0 5 5, 60 6 8.5 6 11 11, 240 1 1 1 1 1");
	/* The five minutes: 6 values, 6 values, 11 for 70 s more, none
	   for 50 s, 1. */
	expect(f, "SELECT count(*) FROM averages WHERE step = 300", "1");
	expect(f, "SELECT count FROM averages WHERE step = 300", "13");
	expect(f, "SELECT sum(count) FROM levels WHERE node = 'n'", "26");
}

static void
test_levels_late(void **state)
{
	struct fixture *f = *state;
	uint32_t s;

	suite_keep(f, "{raw: 1h, 1m: 1d, 5m: 30d}");
	s = series(f, "n", "p");
	open_writer(f);
	put_value(f, 1, HOUR0, of(s, farm_double(1)));
	settle(f, HOUR0 + 6 * MINUTE_NS);
	expect_levels(f, 60, "0 1 1 1 1 1");
	expect_levels(f, 300, "0 1 1 1 1 1");
	/* Late, and once more. */
	put_value(f, 2, HOUR0 + 30 * NS_PER_S, of(s, farm_double(3)));
	put_value(f, 2, HOUR0 + 30 * NS_PER_S, of(s, farm_double(3)));
	settle(f, HOUR0 + 6 * MINUTE_NS);
	expect_levels(f, 60, "0 2 2 1 3 3");
	/* The last value of the minute held on. */
	expect_levels(f, 300, "0 2 2.8 1 3 3");
	/* Late, and the writer ends before it is averaged. */
	put_value(f, 3, HOUR0 + 2 * MINUTE_NS, of(s, farm_double(8)));
	restart(f);
	open_writer(f);
	settle(f, HOUR0 + 6 * MINUTE_NS);
	expect_levels(f, 60, "0 2 2 1 3 3, 120 1 8 8 8 8");
	expect(f, "SELECT count FROM averages WHERE step = 300", "3");
}

/* A slot whose values are gone is added to, once. */
static void
test_levels_very_late(void **state)
{
	struct fixture *f = *state;
	uint32_t s;

	suite_keep(f, "{raw: 10m, 1m: 1d}");
	s = series(f, "n", "p");
	open_writer(f);
	put_value(f, 1, HOUR0, of(s, farm_double(1)));
	put_value(f, 2, HOUR0 + 30 * NS_PER_S, of(s, farm_double(1)));
	settle(f, HOUR0 + 3 * HOUR_NS);
	expect(f, "SELECT count(*) FROM samples", "0");
	expect_levels(f, 60, "0 2 1 1 1 1");
	for (int i = 1; i < 5; i += 2) {
		put_value(f, 9, HOUR0 + 40 * NS_PER_S, of(s, farm_double(4)));
		settle(f, HOUR0 + 3 * HOUR_NS + i * MINUTE_NS);
		expect(f, "SELECT count FROM averages", "3");
		assert_true(number_of(f, 60, "max", 0) == 4);
		/* Where there is no slot yet, one is made. */
		put_value(f, 10, HOUR0 + 5 * MINUTE_NS, of(s, farm_double(7)));
		settle(f, HOUR0 + 3 * HOUR_NS + (i + 1) * MINUTE_NS);
		expect(f, "SELECT count(*) FROM averages", "2");
		expect(f, "SELECT count(*) FROM samples", "0");
	}
}

/* What comes too late to be kept is counted, and told once a minute. */
static void
test_levels_count_old(void **state)
{
	static const struct {
		const char *keep;
		int64_t late_ns;
		const char *want; /* NULL: nothing is said */
	} cases[] = {
		{ "10m", 11 * MINUTE_NS,
		    "2 values were older than `keep' when they came: "
		    "removed" },
		{ "{raw: 10m, 1m: 1d}", 11 * MINUTE_NS,
		    "2 values were older than `keep' when they came: averaged"
		    " and removed" },
		{ "{raw: 10m, 1m: 1d}", 9 * MINUTE_NS, NULL },
		{ NULL, 11 * MINUTE_NS, NULL },
	};
	struct fixture *f = *state;
	uint64_t position = 1;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now_ns = HOUR0 + (int64_t)i * HOUR_NS;
		uint32_t s;

		suite_keep(f, cases[i].keep);
		s = series(f, "n", "p");
		f->writer->now_ns = now_ns;
		open_writer(f);
		put_value(f, position++, now_ns, of(s, farm_int64(1)));
		for (int k = 0; k < 2; k++)
			put_value(f, position++, now_ns - cases[i].late_ns + k,
			    of(s, farm_int64(2)));
		/* A text is kept for as long as anything. */
		if (cases[i].late_ns < HOUR_NS && i > 0)
			put_value(f, position++, now_ns - cases[i].late_ns,
			    of(s, farm_text("x", 1)));
		settle(f, now_ns);
		assert_int_equal(f->writer->n_logs, cases[i].want != NULL);
		if (cases[i].want != NULL)
			assert_string_equal(
			    f->writer->logs[0].text, cases[i].want);
		settle(f, now_ns + MINUTE_NS);
		assert_int_equal(f->writer->n_logs, cases[i].want != NULL);
	}
}

static void
make_two_levels(struct fixture *f)
{
	suite_keep(f, "{raw: 1h, 1m: 1d, 10m: 30d}");
	open_writer(f);
	for (int i = 0; i < 30; i++)
		put_value(f, (uint64_t)i + 1, HOUR0 + i * MINUTE_NS,
		    of(series(f, "n", "p"), farm_int64(i)));
	settle(f, HOUR0 + HOUR_NS);
	expect(f, "SELECT count(*) FROM averages WHERE step = 600", "3");
	expect(f, "SELECT count(*) FROM averages WHERE step = 60", "30");
}

/* A level that `keep' names no more gives its rows up, whatever their time. */
static void
test_levels_gone(void **state)
{
	static const struct {
		const char *keep;
		const char *fine; /* rows that are left */
		const char *coarse;
		const char *rolled;
	} cases[] = {
		{ "{raw: 1h, 10m: 30d}", "0", "3", "2" },
		{ "{raw: 1h, 1m: 1d}", "30", "0", "2" },
		{ "1h", "0", "0", "1" },
		{ "{raw: 0s, 10m: 0s}", "0", "3", "2" },
		{ "0s", "30", "3", "3" },
		{ NULL, "30", "3", "3" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		engine.remove(f);
		engine.create(f);
		make_two_levels(f);
		suite_keep(f, cases[i].keep);
		open_writer(f);
		settle(f, HOUR0 + HOUR_NS);
		expect(f, "SELECT count(*) FROM averages WHERE step = 60",
		    cases[i].fine);
		expect(f, "SELECT count(*) FROM averages WHERE step = 600",
		    cases[i].coarse);
		expect(f, "SELECT count(*) FROM rolled", cases[i].rolled);
	}
	/* One that comes back is made of what there is. */
	suite_keep(f, "{raw: 1h, 10m: 30d}");
	open_writer(f);
	settle(f, HOUR0 + HOUR_NS);
	suite_keep(f, "{raw: 1h, 1m: 1d, 10m: 30d}");
	open_writer(f);
	settle(f, HOUR0 + HOUR_NS);
	expect(f, "SELECT count(*) FROM averages WHERE step = 60", "30");
}

/* -- any values, in any order, with any mishap -- */

enum { N_SERIES = 3, N_VALUES = 700 };

struct event {
	int64_t time_ns;
	int64_t comes_ns;
	uint64_t position;
	size_t series;
	double value;
};

static int
by_coming(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->comes_ns > y->comes_ns) - (x->comes_ns < y->comes_ns);
}

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->series != y->series)
		return x->series < y->series ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

/* Some come at once, some minutes later, with the rhythm of their series. */
static void
draw_events(struct event *events, unsigned short seed[3])
{
	int64_t times[N_SERIES] = { HOUR0, HOUR0, HOUR0 };

	for (size_t i = 0; i < N_VALUES; i++) {
		struct event *e = &events[i];

		e->series = i % N_SERIES;
		e->value = floor(100 * erand48(seed));
		e->time_ns = times[e->series];
		e->comes_ns = e->time_ns;
		if (erand48(seed) < 0.1)
			e->comes_ns += (int64_t)(900e9 * erand48(seed));
		times[e->series] += (int64_t)(erand48(seed) *
					      (e->series == 0 ? 20e9 : 120e9));
	}
	qsort(events, N_VALUES, sizeof(*events), by_coming);
	for (size_t i = 0; i < N_VALUES; i++)
		events[i].position = i + 1;
}

static void
put_events(struct fixture *f, const struct event *events, size_t n)
{
	struct farm_value values[16];
	struct farm_record records[16];
	char name[8];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "p%zu", events[i].series);
		values[i] = of(
		    series(f, "n", name), farm_double(events[i].value));
		records[i] = result(
		    events[i].position, events[i].time_ns, &values[i], 1);
	}
	if (put(f, records, n) != FARM_DONE)
		fail_msg("%s", fake_failure(f->writer));
}

struct slots {
	struct level_slot items[2000];
	size_t n;
};

static void
keep_slot(void *context, const struct level_slot *s)
{
	struct slots *slots = context;

	assert_true(slots->n < COUNT(slots->items));
	slots->items[slots->n++] = *s;
}

/* Is the level what the engine makes of it at once? */
static void
compare_level(struct fixture *f, int64_t step_ns, const struct slots *want)
{
	struct level_slot have;
	size_t at = 0;

	ask_levels(f, 0, 0, 0, step_ns);
	assert_int_equal(f->reader->n_values, 7 * want->n);
	for (size_t i = 0; i < want->n; i++) {
		at = get_average(f, at, &have);
		assert_int_equal(have.time_ns, want->items[i].time_ns);
		assert_int_equal(have.span_ns, step_ns);
		assert_int_equal(have.count, want->items[i].count);
		assert_int_equal(have.held_ns, want->items[i].held_ns);
		assert_true(have.min == want->items[i].min);
		assert_true(have.max == want->items[i].max);
		assert_true(have.last == want->items[i].last);
		assert_true(fabs(have.mean - want->items[i].mean) < 1e-9);
	}
}

static void
average_series(struct slots *out, int64_t step_ns, const struct event *events,
    const struct level_slot *slots, size_t n)
{
	struct level l = {
		.step_ns = step_ns, .each = keep_slot, .context = out
	};

	for (size_t i = 0; i < n; i++) {
		if (slots != NULL)
			level_add(&l, &slots[i]);
		else
			level_add_value(&l, events[i].time_ns, events[i].value,
			    events[i].position);
	}
	level_end(&l, INT64_MAX);
}

static void
compare_levels(struct fixture *f, struct event *events)
{
	static struct slots fine, coarse;
	size_t first = 0, end, begin;

	fine.n = coarse.n = 0;
	qsort(events, N_VALUES, sizeof(*events), by_time);
	for (size_t s = 0; s < N_SERIES; s++) {
		for (end = first; end < N_VALUES && events[end].series == s;)
			end++;
		begin = fine.n;
		average_series(
		    &fine, MINUTE_NS, events + first, NULL, end - first);
		average_series(&coarse, 10 * MINUTE_NS, NULL,
		    fine.items + begin, fine.n - begin);
		first = end;
	}
	compare_level(f, MINUTE_NS, &fine);
	compare_level(f, 10 * MINUTE_NS, &coarse);
}

static void
test_levels_any_way(void **state)
{
	static struct event events[N_VALUES];
	unsigned short seed[3] = { 3, 1, 4 };
	struct fixture *f = *state;
	size_t i = 0, n;

	suite_keep(f, "{raw: 30d, 1m: 30d, 10m: 300d}");
	draw_events(events, seed);
	open_writer(f);
	while (i < N_VALUES) {
		n = 1 + (size_t)(erand48(seed) * 15);
		if (n > N_VALUES - i)
			n = N_VALUES - i;
		put_events(f, events + i, n);
		f->writer->now_ns = events[i].comes_ns;
		if (erand48(seed) < 0.1)
			put_events(f, events + i, n);
		if (erand48(seed) < 0.5 && fake_tick(f->writer) != 0)
			fail_msg("%s", fake_failure(f->writer));
		if (erand48(seed) < 0.1) {
			restart(f);
			open_writer(f);
		}
		i += n;
	}
	settle(f, HOUR0 + 100 * HOUR_NS);
	compare_levels(f, events);
}

/* -- seams -- */

enum { EVERY_S = 7, FED_AT_ONCE = 60, FED_S = 35 * 7 * 60 };

/* Does the answer have each value of [from, to) once, by itself or in a slot?
   Before the first whole slot there may be some that it does not have. */
static void
check_answer(struct fixture *f, int64_t from_ns, int64_t to_ns, int64_t *spans)
{
	int64_t next_ns = INT64_MIN;
	struct level_slot slot;
	size_t i = 0;

	while (i < f->reader->n_values) {
		slot = (struct level_slot){
			.time_ns = f->reader->values[i].time_ns,
			.span_ns = EVERY_S * NS_PER_S,
			.count = 1,
		};
		if (f->reader->values[i].flags == FARM_AVERAGE)
			i = get_average(f, i, &slot);
		else
			i++;
		if (next_ns == INT64_MIN)
			assert_true(slot.time_ns >= from_ns &&
				    slot.time_ns - from_ns < 10 * MINUTE_NS);
		else if (slot.span_ns != EVERY_S * NS_PER_S)
			assert_int_equal(slot.time_ns, next_ns);
		else
			assert_true(
			    slot.time_ns >= next_ns &&
			    slot.time_ns - next_ns < EVERY_S * NS_PER_S);
		/* Of a slot, the times that are multiples of the interval. */
		assert_int_equal(slot.count,
		    (slot.time_ns - HOUR0 + slot.span_ns + EVERY_S * NS_PER_S -
			1) / (EVERY_S * NS_PER_S) -
			(slot.time_ns - HOUR0 + EVERY_S * NS_PER_S - 1) /
			    (EVERY_S * NS_PER_S));
		next_ns = slot.time_ns + slot.span_ns;
		*spans |= slot.span_ns / NS_PER_S;
	}
	if (to_ns - from_ns >= 10 * MINUTE_NS)
		assert_true(next_ns >= to_ns - 10 * MINUTE_NS);
}

static void
feed(struct fixture *f, uint32_t series, int64_t from_s)
{
	struct farm_record records[FED_AT_ONCE];
	struct farm_value values[FED_AT_ONCE];

	for (int64_t i = 0; i < FED_AT_ONCE; i++) {
		int64_t t = from_s + i * EVERY_S;

		values[i] = of(series, farm_int64(t));
		records[i] = result(
		    (uint64_t)t + 1, HOUR0 + t * NS_PER_S, &values[i], 1);
	}
	if (put(f, records, FED_AT_ONCE) != FARM_DONE)
		fail_msg("%s", fake_failure(f->writer));
}

static void
test_levels_seams(void **state)
{
	static const int64_t steps_s[] = { 0, 1, 60, 90, 120, 300, 600, 1200 };
	unsigned short seed[3] = { 2, 7, 1 };
	struct fixture *f = *state;
	int64_t spans = 0, from_ns, to_ns;
	uint32_t s;

	suite_keep(f, "{raw: 10m, 1m: 1h, 10m: 30d}");
	s = series(f, "n", "p");
	open_writer(f);
	for (int64_t t = 0; t < FED_S; t += FED_AT_ONCE * EVERY_S) {
		feed(f, s, t);
		settle(f, HOUR0 + (t + FED_AT_ONCE * EVERY_S) * NS_PER_S);
	}
	for (int i = 0; i < 200; i++) {
		from_ns = HOUR0 + (int64_t)(erand48(seed) * FED_S * 1e9);
		to_ns = from_ns +
			(int64_t)(erand48(seed) *
				  (double)(HOUR0 + FED_S * NS_PER_S - from_ns));
		ask_levels(f, from_ns, to_ns,
		    steps_s[i % COUNT(steps_s)] * NS_PER_S, 0);
		check_answer(f, from_ns, to_ns, &spans);
	}
	assert_int_equal(spans, EVERY_S | 60 | 600);
	/* Values themselves, and only what is kept of them: of some databases
	   whole hours. */
	ask_levels(f, 0, 0, 0, -1);
	assert_true(f->reader->n_values > 80 && f->reader->n_values < 700);
	assert_int_equal(f->reader->values[0].flags, 0);
	ask_levels(f, 0, 0, 0, 600 * NS_PER_S);
	assert_int_equal(f->reader->values[0].flags, FARM_AVERAGE);
}

/* What is no number is kept as long as anything. */
static void
test_levels_texts(void **state)
{
	struct fixture *f = *state;
	uint32_t s;

	suite_keep(f, "{raw: 10m, 1m: 1h, 10m: 1d}");
	s = series(f, "n", "p");
	open_writer(f);
	put_value(f, 1, HOUR0, of(s, farm_text("up", 2)));
	put_value(f, 2, HOUR0 + MINUTE_NS, of(s, farm_int64(1)));
	settle(f, HOUR0 + 12 * HOUR_NS);
	ask(f);
	assert_int_equal(f->reader->n_values, 1 + 7);
	settle(f, HOUR0 + 24 * HOUR_NS + MINUTE_NS);
	ask_levels(f, 0, 0, 0, -1);
	assert_int_equal(f->reader->n_values, 0);
	settle(f, HOUR0 + 26 * HOUR_NS);
	expect(f, "SELECT count(*) FROM averages", "0");
	expect(f, "SELECT count(*) FROM series", "0");
}

/* A series that is older than anything kept leaves nothing behind. */
static void
test_levels_of_old(void **state)
{
	struct fixture *f = *state;
	int64_t old_ns = HOUR0 - 10 * 24 * HOUR_NS;

	suite_keep(f, "{raw: 10m, 1m: 1h, 10m: 1d}");
	open_writer(f);
	put_value(f, 1, HOUR0, of(series(f, "n", "q"), farm_int64(1)));
	settle(f, HOUR0 + HOUR_NS);
	put_value(f, 2, old_ns, of(series(f, "n", "p"), farm_int64(1)));
	settle(f, HOUR0 + HOUR_NS + 2 * MINUTE_NS);
	expect(f, "SELECT count(*) FROM series", "1");
	expect(f,
	    "SELECT count(*) FROM averages AS a WHERE NOT EXISTS"
	    " (SELECT 1 FROM series AS s WHERE s.id = a.series)",
	    "0");
	expect_levels(f, 600, "0 1 1 1 1 1");
}

/* -- MonALISA's -- */

static void
test_levels_monalisa(void **state)
{
	static const int times_s[] = { 1000, 1059, 1061, 1125, 1500 };
	static const double values[] = { 10, 11, 12, 20, 7 };
	struct fixture *f = *state;
	uint32_t s;

	suite_keep(f, "{1m: 1d}");
	*(int *)option(f->writer, "compat") = 1;
	s = series(f, "n", "p");
	open_writer(f);
	for (size_t i = 0; i < COUNT(times_s); i++) {
		put_value(f, i + 1, HOUR0 + times_s[i] * NS_PER_S,
		    of(s, farm_double(values[i])));
		settle(f, HOUR0 + (times_s[i] + 80) * NS_PER_S);
	}
	expect_levels(f, 60,
	    "940 1 10 10 10 10, 1000 1 10.5125 10 11.5 11.5,"
	    " 1060 1 15.621875 11.5 19.375 19.375, 1120 1 19.6875 19.375 20 20,"
	    " 1440 1 7 7 7 7");
}

/* -- the option -- */

static void
test_keep_errors(void **state)
{
	static const struct {
		const char *keep;
		const char *want; /* behind the place */
	} cases[] = {
		{ "{raw: 3h, 1m: 30d, 1h: 5y}", NULL },
		{ "{1m: 30d}", NULL },
		{ "{raw: 3h}", NULL },
		{ "{raw: 0s, 1h: 1y}", "raw: kept for longer than the first"
				       " level" },
		{ "{}", "neither raw nor a level" },
		{ "{raw: soon}",
		    "\"soon\" is not a duration such as 500ms, 10s or 1h30m" },
		{ "{raw: -1s}", "\"-1s\": 0s to 36500d" },
		{ "{raw: [1h]}", "not a duration" },
		{ "{1m: 1d, 90s: 2d}",
		    "level \"90s\": not a multiple of the one before" },
		{ "{1h: 1y, 1m: 2y}",
		    "level \"1m\": not a multiple of the one before" },
		{ "{1500ms: 1d}", "level \"1500ms\": 1s to 366d, in whole"
				  " seconds" },
		{ "{raw: 3m, 1m: 1d}",
		    "raw: four slots of the first level at least" },
		{ "{raw: 2d, 1m: 1d}",
		    "raw: kept for longer than the first level" },
		{ "{raw: 1h, 1m: 2h, 1h: 1y}",
		    "level \"1h\": the one before must be kept for four of its"
		    " slots" },
		{ "{raw: 1h, 1m: 2d, 1h: 1d}",
		    "level \"1h\": kept for less than the one before" },
	};
	struct fixture *f = *state;
	const char *text;

	for (size_t i = 0; i < COUNT(cases); i++) {
		restart(f);
		fake_options(f->writer, "keep", cases[i].keep, NULL);
		if (fake_check(f->writer) == 0) {
			if (cases[i].want != NULL)
				fail_msg("%s: taken", cases[i].keep);
			continue;
		}
		text = strstr(fake_failure(f->writer), ": keep: ");
		assert_non_null(text);
		if (cases[i].want == NULL)
			fail_msg("%s: %s", cases[i].keep, text);
		assert_string_equal(text + strlen(": keep: "), cases[i].want);
		assert_int_equal(fake_open(f->writer), -1);
	}
}

const struct CMUnitTest levels_suite[] = {
	TEST(test_levels),
	TEST(test_levels_late),
	TEST(test_levels_very_late),
	TEST(test_levels_count_old),
	TEST(test_levels_gone),
	TEST(test_levels_any_way),
	TEST(test_levels_seams),
	TEST(test_levels_texts),
	TEST(test_levels_of_old),
	TEST(test_levels_monalisa),
	TEST(test_keep_errors),
};
const size_t levels_suite_size = COUNT(levels_suite);
