/* One series as predicates see it, windows of time among them. */
#include "matched.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

static const struct farm_series series = { "f", "c", "n", "p", "" };

/* A matcher, and the series by it. */
struct asked {
	struct matcher *matcher;
	struct matched *of;
};

static struct asked
ask(const char *text)
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *p;
	struct error err = { "" };
	struct asked a;
	size_t n;

	if (predicate_parse(arena, text, 0, &p, &n, &err) != 0 ||
	    matcher_new(&a.matcher, p, n, &err) != 0 ||
	    matched_new(&a.of, a.matcher, &series) != 0)
		fail_msg("%s: %s", text, err.text);
	arena_free(arena);
	return a;
}

static void
end(struct asked *a)
{
	matched_free(a->of);
	matcher_free(a->matcher);
}

/* Numbers at times in seconds, and of each whether it passes: "+" or "-". */
struct step {
	int s;
	double number;
};

static void
test_functions(void **state)
{
	static const struct {
		const char *predicate;
		struct step steps[8];
		const char *passes;
	} cases[] = {
		/* The window's beginning is not in it, its end is. */
		{ "avg(p,10s)>4", { { 0, 9 }, { 5, 1 }, { 10, 4 }, { 12, 9 } },
		    "++-+" },
		{ "min(p,10s)>=2", { { 0, 1 }, { 9, 2 }, { 10, 3 } }, "--+" },
		{ "max(p,10s)<2", { { 0, 3 }, { 9, 1 }, { 10, 1 } }, "--+" },
		{ "max(p,10s)<-2", { { 0, -1 }, { 10, -3 }, { 11, -4 } },
		    "-++" },
		{ "sum(p,10s)=6", { { 0, 3 }, { 1, 3 }, { 10, 3 }, { 11, 3 } },
		    "-+++" },
		{ "count(p,10s)>2",
		    { { 0, 0 }, { 5, 0 }, { 9, 0 }, { 11, 0 }, { 20, 0 } },
		    "--++-" },
		{ "last(p,10s) between 1 and 2", { { 0, 1 }, { 1, 3 } }, "+-" },
		/* 2 a second; of one number there is none. */
		{ "rate(p,10s)>=2",
		    { { 0, 0 }, { 5, 10 }, { 9, 17 }, { 11, 22 }, { 40, 99 } },
		    "-+-+-" },
		{ "rate(p,10s)<>2", { { 0, 0 }, { 0, 1 } }, "++" },
		/* All of one predicate, any of several. */
		{ "p>2|avg(p,10s)>4", { { 0, 9 }, { 1, 1 }, { 2, 3 } }, "+-+" },
		{ "p>8,*/*/*/avg(p,10s)>4",
		    { { 0, 9 }, { 1, 1 }, { 2, 1 }, { 3, 9 } }, "++-+" },
		{ "q|avg(q,10s)>4,*/*/*/p", { { 0, 0 } }, "+" },
		/* Late ones count from then on. */
		{ "count(p,10s)=4",
		    { { 0, 0 }, { 9, 0 }, { 5, 0 }, { 9, 0 }, { 12, 0 } },
		    "---++" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[100], got[9] = "";
		struct asked a;

		snprintf(text, sizeof(text), "*/*/*/%s", cases[i].predicate);
		a = ask(text);
		for (size_t k = 0; k < strlen(cases[i].passes); k++) {
			struct farm_value v = farm_double(
			    cases[i].steps[k].number);

			strcat(got, matched_value(a.of,
					cases[i].steps[k].s * NS_PER_S, &v)
					? "+"
					: "-");
		}
		if (strcmp(got, cases[i].passes) != 0)
			fail_msg("%s: %s, not %s", text, got, cases[i].passes);
		end(&a);
	}
}

/* What is no number counts in no window, but it may end one. */
static void
test_no_numbers(void **state)
{
	struct farm_value text = farm_text("up", 2);
	struct farm_value infinite = farm_double(INFINITY);
	struct farm_value five = farm_int64(5);
	struct asked count = ask("*/*/*/count(p,10s)=0");
	struct asked mean = ask("*/*/*/avg(p,10s)>4");
	struct asked other = ask("*/*/*/avg(p,10s)<>4");

	(void)state;
	assert_true(matched_value(count.of, 0, &text));
	assert_false(matched_value(mean.of, 0, &text));
	assert_true(matched_value(other.of, 0, &text));
	assert_false(matched_value(mean.of, 1, &infinite));
	assert_true(matched_value(mean.of, 2, &five));
	assert_true(matched_value(mean.of, 3, &text));
	assert_false(matched_value(mean.of, 20 * NS_PER_S, &text));
	end(&count);
	end(&mean);
	end(&other);
}

static void
test_names(void **state)
{
	struct asked a = ask("*/*/*/q");

	(void)state;
	assert_null(a.of);
	end(&a);
	a = ask("*/*/*/avg(q,5s)>4,*/*/*/sum(p,7s)>4");
	assert_non_null(a.of);
	assert_int_equal(matcher_window_ns(a.matcher), 7 * NS_PER_S);
	end(&a);
}

/* The newest so many, and times at the ends of what there is. */
static void
test_bounds(void **state)
{
	struct asked a = ask("*/*/*/count(p,365d)<1024");
	struct farm_value v = farm_double(1);

	(void)state;
	for (int i = 1; i < 3 * MATCHED_NUMBERS_MAX; i++)
		assert_true(
		    matched_value(a.of, i, &v) == (i < MATCHED_NUMBERS_MAX));
	assert_true(matched_value(a.of, INT64_MAX, &v));
	end(&a);
	a = ask("*/*/*/count(p,365d)=2");
	assert_false(matched_value(a.of, INT64_MIN + 1, &v));
	assert_true(matched_value(a.of, INT64_MIN + 2, &v));
	end(&a);
}

/* --------------------------------------------- against the plain way -- */

enum { N = 300, WINDOW = 20 };

struct plain {
	int s[N];
	double numbers[N];
	int n;
};

/* Over all numbers of the window, as they came by time. */
static double
plain_number(const struct plain *p, const char *function)
{
	double sum = 0, least = INFINITY, most = -INFINITY, count = 0;
	int now = p->s[p->n - 1], oldest = -1;

	for (int i = 0; i < p->n; i++) {
		if (p->s[i] <= now - WINDOW)
			continue;
		if (oldest < 0)
			oldest = i;
		count++;
		sum += p->numbers[i];
		least = fmin(least, p->numbers[i]);
		most = fmax(most, p->numbers[i]);
	}
	if (strcmp(function, "rate") == 0)
		return p->s[oldest] == now
			   ? NAN
			   : (p->numbers[p->n - 1] - p->numbers[oldest]) /
				 (now - p->s[oldest]);
	return strcmp(function, "avg") == 0     ? sum / count
	       : strcmp(function, "min") == 0   ? least
	       : strcmp(function, "max") == 0   ? most
	       : strcmp(function, "sum") == 0   ? sum
	       : strcmp(function, "count") == 0 ? count
						: p->numbers[p->n - 1];
}

static void
test_at_random(void **state)
{
	static const char *const functions[] = { "avg", "min", "max", "sum",
		"count", "last", "rate" };
	unsigned seed = 23;

	(void)state;
	for (int round = 0; round < 140; round++) {
		const char *function = functions[round % 7];
		double limit = rand_r(&seed) % 20;
		struct plain p = { .n = 0 };
		char text[64];
		struct asked a;
		int s = 0;

		snprintf(text, sizeof(text), "*/*/*/%s(p,%ds)>%g", function,
		    WINDOW, limit);
		a = ask(text);
		for (int i = 0; i < N; i++) {
			struct farm_value v = farm_double(rand_r(&seed) % 30);

			s += rand_r(&seed) % 5;
			p.s[p.n] = s;
			p.numbers[p.n++] = v.number;
			if (matched_value(a.of, s * NS_PER_S, &v) !=
			    (plain_number(&p, function) > limit))
				fail_msg("%s: number %d", text, i);
		}
		end(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
