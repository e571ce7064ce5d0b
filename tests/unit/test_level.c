/* Averages over slots of time: MonALISA's vectors, and any values beside a
   computation that goes about it naively. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "level.h"

enum { SLOTS_MAX = 4096, VALUES_MAX = 400 };

struct slots {
	struct level_slot items[SLOTS_MAX];
	size_t n;
};

static void
keep(void *context, const struct level_slot *s)
{
	struct slots *slots = context;

	assert_true(slots->n < SLOTS_MAX);
	slots->items[slots->n++] = *s;
}

static struct level
level_of(struct slots *slots, int64_t step_ns, enum level_manner manner)
{
	slots->n = 0;
	return (struct level){ .step_ns = step_ns,
		.manner = manner,
		.each = keep,
		.context = slots };
}

/* "1000:10, 1030:20": seconds and values. */
static void
add_all(struct level *l, const char *text)
{
	double time, value;
	int n;

	for (; sscanf(text, " %lf:%lf%n", &time, &value, &n) == 2; text += n) {
		level_add_value(l, (int64_t)(time * 1e9), value, 1);
		if (text[n] == ',')
			n++;
	}
	assert_string_equal(text, "");
}

static void
print(char *text, size_t size, const struct slots *slots, bool middle)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < slots->n; i++) {
		const struct level_slot *s = &slots->items[i];
		int64_t time_ns = s->time_ns + (middle ? s->span_ns / 2 : 0);

		length += (size_t)snprintf(text + length, size - length,
		    "%s(%g, %.9g, %.9g, %.9g)", i > 0 ? " " : "",
		    (double)time_ns / 1e9, s->mean, s->min, s->max);
	}
}

/* -- MonALISA -- */

static void
test_monalisa(void **state)
{
	static const struct {
		const char *values;
		const char *want;
		const char *flushed;
	} cases[] = {
		{ "1000:10, 1030:20, 1060:30, 1090:40, 1120:50, 1180:50",
		    "(970, 10, 10, 10) (1030, 20, 10, 30) (1090, 40, 30, 50)"
		    " (1150, 50, 50, 50)",
		    "(1210, 50, 50, 50)" },
		{ "1000:10, 1059:11, 1061:12, 1125:20",
		    "(970, 10, 10, 10) (1030, 10.5125, 10, 11.5)"
		    " (1090, 15.621875, 11.5, 19.375)",
		    "(1150, 19.6875, 19.375, 20)" },
		{ "1000:0, 1010:60, 1020:0, 1060:0",
		    "(970, 0, 0, 0) (1030, 10, 0, 60)", "(1090, 0, 0, 0)" },
		{ "1000:10, 1300:40", "(970, 10, 10, 10) (1270, 40, 40, 40)",
		    "(1330, 40, 40, 40)" },
		/* What is not newer is ignored. */
		{ "1000:10, 1000:99, 990:99, 1060:10",
		    "(970, 10, 10, 10) (1030, 10, 10, 10)",
		    "(1090, 10, 10, 10)" },
	};
	struct slots slots;
	struct level l;
	char have[512];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		l = level_of(&slots, 60 * NS_PER_S, LEVEL_MONALISA);
		add_all(&l, cases[i].values);
		print(have, sizeof(have), &slots, true);
		assert_string_equal(have, cases[i].want);
		slots.n = 0;
		level_end(&l, 0);
		print(have, sizeof(have), &slots, true);
		assert_string_equal(have, cases[i].flushed);
	}
}

/* From any edge on, with some values before it, come the same slots. */
static void
test_monalisa_resumed(void **state)
{
	static struct slots whole, rest;
	struct level l = level_of(&whole, 60 * NS_PER_S, LEVEL_MONALISA);
	unsigned short seed[3] = { 7, 8, 9 };
	int64_t times[200], edge_ns;
	double values[200];
	size_t k;

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		times[i] = (i == 0 ? 0 : times[i - 1]) + 1 +
			   (int64_t)(erand48(seed) * 150e9);
		values[i] = erand48(seed) * 100;
		level_add_value(&l, times[i], values[i], i);
	}
	for (size_t i = 1; i < whole.n; i++) {
		edge_ns = whole.items[i].time_ns;
		/* Not where lines begin: that makes a slot before the edge. */
		if (edge_ns != whole.items[i - 1].time_ns + 60 * NS_PER_S ||
		    whole.items[i - 1].held_ns == 0)
			continue;
		l = level_of(&rest, 60 * NS_PER_S, LEVEL_MONALISA);
		level_resume(&l, edge_ns);
		for (k = 0; k < COUNT(times); k++)
			if (times[k] > edge_ns - 120 * NS_PER_S)
				level_add_value(&l, times[k], values[k], k);
		assert_int_equal(rest.n, whole.n - i);
		for (k = 0; k < rest.n; k++) {
			assert_int_equal(
			    rest.items[k].time_ns, whole.items[i + k].time_ns);
			assert_true(fabs(rest.items[k].mean -
					 whole.items[i + k].mean) < 1e-9);
		}
	}
}

/* -- values that hold -- */

static void
test_held(void **state)
{
	static const struct {
		const char *values;
		const char *want;
	} cases[] = {
		/* In force for 50 s and for 10 s. */
		{ "1020:0, 1070:60", "(1020, 10, 0, 60)" },
		/* The one before goes on into the slot. */
		{ "1020:1, 1030:1, 1075:1, 1090:3",
		    "(1020, 1, 1, 1) (1080, 2.5, 1, 3)" },
		/* No longer than twice its distance from the one before:
		   until 1094, and until 1158. */
		{ "1080:4, 1087:4, 1147:8", "(1080, 4, 4, 4) (1140, 8, 8, 8)" },
		/* Nor than two slots; slots without a value are not made. */
		{ "1020:1, 1200:2, 1330:6",
		    "(1020, 1, 1, 1) (1200, 2, 2, 2) (1320, 6, 6, 6)" },
		{ "1020:1, 1145:3", "(1020, 1, 1, 1) (1140, 3, 3, 3)" },
		{ "1020:1, 1110:1, 1145:4",
		    "(1020, 1, 1, 1) (1080, 1, 1, 1) (1140, 3.75, 1, 4)" },
		/* Two at a time: the last one counts. */
		{ "1020:7, 1020:1", "(1020, 1, 1, 7)" },
		{ "-30:1, -10:2", "(-60, 1.33333333, 1, 2)" },
		/* Neither a number nor in order. */
		{ "1020:nan, 1030:inf, 1040:2, 1035:9, 1041:-inf",
		    "(1020, 2, 2, 2)" },
		{ "1020:1.7e308, 1050:-1.7e308",
		    "(1020, 0, -1.7e+308, 1.7e+308)" },
	};
	struct slots slots;
	struct level l;
	char have[512];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		l = level_of(&slots, 60 * NS_PER_S, LEVEL_HELD);
		add_all(&l, cases[i].values);
		level_end(&l, INT64_MAX);
		print(have, sizeof(have), &slots, false);
		assert_string_equal(have, cases[i].want);
	}
}

/* How long piece i is in force, said anew. */
static int64_t
until(const struct level_slot *p, size_t n, size_t i, int64_t step_ns)
{
	int64_t gap_ns = step_ns, hold_ns;

	for (size_t k = i; k > 0; k--) {
		if (p[k - 1].time_ns == p[i].time_ns)
			continue;
		if (p[i].time_ns - p[k - 1].time_ns < gap_ns)
			gap_ns = p[i].time_ns - p[k - 1].time_ns;
		break;
	}
	hold_ns = p[i].time_ns + 2 * gap_ns;
	if (i + 1 < n && p[i + 1].time_ns < hold_ns)
		return p[i + 1].time_ns;
	return hold_ns;
}

static int64_t
overlap(int64_t a, int64_t b, int64_t from, int64_t to)
{
	a = a > from ? a : from;
	b = b < to ? b : to;
	return b > a ? b - a : 0;
}

/* The slot at `time_ns', from all pieces; count 0: there is none. */
static struct level_slot
naive(const struct level_slot *p, size_t n, int64_t time_ns, int64_t step_ns)
{
	struct level_slot s = { .min = INFINITY, .max = -INFINITY };
	double sum = 0;
	int64_t ns;

	for (size_t i = 0; i < n; i++) {
		ns = overlap(p[i].time_ns + p[i].span_ns,
		    until(p, n, i, step_ns), time_ns, time_ns + step_ns);
		sum += p[i].last * (double)ns;
		s.held_ns += ns;
		if (ns > 0) {
			s.min = fmin(s.min, p[i].last);
			s.max = fmax(s.max, p[i].last);
		}
		if (p[i].time_ns < time_ns || p[i].time_ns >= time_ns + step_ns)
			continue;
		sum += p[i].mean * (double)p[i].held_ns;
		s.held_ns += p[i].held_ns;
		s.min = fmin(s.min, p[i].min);
		s.max = fmax(s.max, p[i].max);
		s.count += p[i].count;
		s.last = p[i].last;
	}
	s.mean = sum / (double)s.held_ns;
	return s;
}

static void
compare(const struct slots *have, const struct level_slot *pieces, size_t n,
    int64_t step_ns)
{
	size_t k = 0;

	for (int64_t t = level_floor(pieces[0].time_ns, step_ns);
	     t <= pieces[n - 1].time_ns; t += step_ns) {
		const struct level_slot want = naive(pieces, n, t, step_ns);
		const struct level_slot *s = &have->items[k];

		if (want.count == 0)
			continue;
		assert_true(k++ < have->n);
		assert_int_equal(s->time_ns, t);
		assert_int_equal(s->span_ns, step_ns);
		assert_int_equal(s->held_ns, want.held_ns);
		assert_int_equal(s->count, want.count);
		assert_true(s->min == want.min && s->max == want.max);
		assert_true(s->last == want.last);
		assert_true(fabs(s->mean - want.mean) < 1e-9);
		assert_true(s->min <= s->mean && s->mean <= s->max);
	}
	assert_int_equal(k, have->n);
}

static size_t
draw_values(struct level_slot *values, unsigned short seed[3])
{
	size_t n = 1 + (size_t)(erand48(seed) * (VALUES_MAX - 1));
	int64_t time_ns = (int64_t)(erand48(seed) * 1e12) - 500 * NS_PER_S;
	double pace = pow(10, 7 + 4.5 * erand48(seed));

	for (size_t i = 0; i < n; i++) {
		double value = floor(erand48(seed) * 10);

		values[i] = (struct level_slot){ .time_ns = time_ns,
			.count = 1,
			.position = i,
			.mean = value,
			.min = value,
			.max = value,
			.last = value };
		if (erand48(seed) > 0.1)
			time_ns += (int64_t)(pace * erand48(seed));
	}
	return n;
}

/* Values to a level, that to a coarser one: each as the naive way has it. */
static void
test_any_values(void **state)
{
	static struct slots fine, coarse;
	static struct level_slot values[VALUES_MAX];
	unsigned short seed[3] = { 1, 2, 3 };
	const int64_t minute_ns = 60 * NS_PER_S;
	struct level l;
	size_t n;

	(void)state;
	for (int round = 0; round < 300; round++) {
		n = draw_values(values, seed);
		l = level_of(&fine, minute_ns, LEVEL_HELD);
		for (size_t i = 0; i < n; i++)
			level_add(&l, &values[i]);
		level_end(&l, INT64_MAX);
		compare(&fine, values, n, minute_ns);
		l = level_of(&coarse, 10 * minute_ns, LEVEL_HELD);
		for (size_t i = 0; i < fine.n; i++)
			level_add(&l, &fine.items[i]);
		level_end(&l, INT64_MAX);
		compare(&coarse, fine.items, fine.n, 10 * minute_ns);
	}
}

/* A regular series loses nothing by going through a finer level. */
static void
test_through_levels(void **state)
{
	static struct slots fine, coarse, direct;
	struct level a = level_of(&fine, 60 * NS_PER_S, LEVEL_HELD);
	struct level b = level_of(&coarse, 3600 * NS_PER_S, LEVEL_HELD);
	struct level c = level_of(&direct, 3600 * NS_PER_S, LEVEL_HELD);
	unsigned short seed[3] = { 4, 5, 6 };

	(void)state;
	for (int i = 0; i < 3 * 360; i++) {
		double value = erand48(seed);

		level_add_value(&a, i * 10 * NS_PER_S, value, 0);
		level_add_value(&c, i * 10 * NS_PER_S, value, 0);
	}
	level_end(&a, INT64_MAX);
	level_end(&c, INT64_MAX);
	for (size_t i = 0; i < fine.n; i++)
		level_add(&b, &fine.items[i]);
	level_end(&b, INT64_MAX);
	assert_int_equal(coarse.n, 3);
	assert_int_equal(direct.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(coarse.items[i].count, direct.items[i].count);
		assert_true(
		    fabs(coarse.items[i].mean - direct.items[i].mean) < 1e-12);
	}
}

/* Slots that are coarser than asked for stay what they are. */
static void
test_coarser(void **state)
{
	struct slots slots;
	struct level l = level_of(&slots, 60 * NS_PER_S, LEVEL_HELD);
	const struct level_slot hour = { .time_ns = 0,
		.span_ns = 3600 * NS_PER_S,
		.held_ns = 3000 * NS_PER_S,
		.count = 300,
		.mean = 5,
		.min = 1,
		.max = 9,
		.last = 7 };
	char have[256];

	(void)state;
	level_add(&l, &hour);
	level_add_value(&l, 3610 * NS_PER_S, 3, 1);
	level_end(&l, INT64_MAX);
	print(have, sizeof(have), &slots, false);
	assert_string_equal(have, "(0, 5, 1, 9) (3600, 3, 3, 3)");
	assert_int_equal(slots.items[0].span_ns, hour.span_ns);
	assert_int_equal(slots.items[0].count, 300);
}

static void
test_merge(void **state)
{
	struct level_slot a = { .span_ns = 60,
		.held_ns = 10,
		.count = 1,
		.position = 5,
		.mean = 2,
		.min = 2,
		.max = 2,
		.last = 2 };
	const struct level_slot b = { .span_ns = 60,
		.held_ns = 55,
		.count = 3,
		.position = 4,
		.mean = 4,
		.min = 1,
		.max = 6,
		.last = 6 };

	(void)state;
	level_merge(&a, &b);
	assert_int_equal(a.count, 4);
	assert_int_equal(a.held_ns, 60);
	assert_int_equal(a.position, 5);
	assert_true(a.min == 1 && a.max == 6 && a.last == 2);
	assert_true(fabs(a.mean - (2 * 10 + 4 * 55) / 65.) < 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monalisa),
		cmocka_unit_test(test_monalisa_resumed),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_any_values),
		cmocka_unit_test(test_through_levels),
		cmocka_unit_test(test_coarser),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
