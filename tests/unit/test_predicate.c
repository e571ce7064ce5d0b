#include "predicate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

#define MS NS_PER_MS

/* The parts of a predicate, as one line. */
static void
dump(struct buffer *b, const struct farm_predicate *p)
{
	const struct farm_constraint *c;
	size_t i;

	buffer_printf(b, "%s %s %s %lld %lld%s%s", p->farm, p->cluster, p->node,
	    (long long)p->from_ns, (long long)p->to_ns,
	    p->flags & FARM_FOLLOW ? " follow" : "",
	    p->flags & FARM_RELATIVE ? " relative" : "");
	for (i = 0; i < p->n_parameters; i++)
		buffer_printf(b, " [%s]", p->parameters[i]);
	for (i = 0; i < p->n_constraints; i++) {
		c = &p->constraints[i];
		buffer_printf(b, " {%s %u %u %lld %.17g %.17g}", c->parameter,
		    c->function, c->comparison, (long long)c->window_ns, c->low,
		    c->high);
	}
}

static void
dump_text(struct buffer *b, const char *text, uint32_t flags)
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *p;
	struct error err;
	size_t n, i;

	buffer_clear(b);
	if (predicate_parse(arena, text, flags, &p, &n, &err) != 0)
		buffer_puts(b, err.text);
	else
		for (i = 0; i < n; i++) {
			buffer_puts(b, i == 0 ? "" : "; ");
			dump(b, &p[i]);
		}
	arena_free(arena);
}

#define LIVE " -1000000 0 follow relative"

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "*/Master/*/-300000/-1/Load5|%_IN|%_OUT",
		    "* Master * -300000000000 0 follow relative "
		    "[Load5] [%_IN] [%_OUT]" },
		{ "slac/%IEPM-BW%/*/-43200000",
		    "slac %IEPM-BW% * -43200000000000 0 follow relative [*]" },
		{ "*/*_Totals/*/TotalJobs",
		    "* *_Totals *" LIVE " [TotalJobs]" },
		{ "slac", "slac * *" LIVE " [*]" },
		{ "a/b/c/", "a b c" LIVE " [*]" },
		{ "//c", "* * c" LIVE " [*]" },
		{ "a/b/c/1000/2000/p", "a b c 1000000000 2000000000 [p]" },
		{ "a/b/c/0/0/p", "a b c 0 0 [p]" },
		{ "a/b/c/-5/p", "a b c -5000000 0 follow relative [p]" },
		{ "a/b/c/-5/0/p|q", "a b c -5000000 0 relative [p] [q]" },
		{ "a/b/c/-5/10", "a b c -5000000 10000000 relative [*]" },
		{ "a/b/c//-5x", "a b c" LIVE " [-5x]" },
		{ "a/b/c/-0.5/0/p", "a b c -500000 0 relative [p]" },
		{ "a/b/c/-2h/-1h/p",
		    "a b c -7200000000000 -3600000000000 relative [p]" },
		{ "a/b/c/5m/p", "a b c" LIVE " [5m/p]" },
		{ "a/b/c/Gi1/0/1", "a b c" LIVE " [Gi1/0/1]" },
		{ "a/b/c/-1/-1/42", "a b c" LIVE " [42]" },
		{ "a/b/c/42|43", "a b c" LIVE " [42] [43]" },
		{ "a\\/b/c\\,d/e\\|f/g\\=h",
		    "a\\/b c\\,d e\\|f" LIVE " [g\\=h]" },
		{ " a / b / c / p | q , d ",
		    "a b c" LIVE " [p] [q]; d * *" LIVE " [*]" },
		{ "*/*/*/job accounting", "* * *" LIVE " [job accounting]" },
		{ "*/*/*/p\\ ", "* * *" LIVE " [p\\ ]" },
		{ "*/*/*/re:(a\\|b)\\.c\\\\d",
		    "* * *" LIVE " [re:(a|b)\\.c\\d]" },
		{ "*/*/*/Load5>4", "* * *" LIVE " [Load5] {Load5 0 6 0 4 0}" },
		{ "*/*/*/a>=-1.5e3|a<=+2|b<>.5|b=0|c<1",
		    "* * *" LIVE " [a] [b] [c] {a 0 5 0 -1500 0} {a 0 2 0 2 0}"
		    " {b 0 4 0 0.5 0} {b 0 3 0 0 0} {c 0 1 0 1 0}" },
		{ "*/*/*/rtt between 10 and 20|x",
		    "* * *" LIVE " [rtt] [x] {rtt 0 7 0 10 20}" },
		{ "*/*/*/rtt BETWEEN -2 AND -1",
		    "* * *" LIVE " [rtt] {rtt 0 7 0 -2 -1}" },
		{ "*/*/*/avg(Load5,5m)>4,b",
		    "* * *" LIVE " [Load5] {Load5 1 6 300000000000 4 0}; "
		    "b * *" LIVE " [*]" },
		{ "*/*/*/min( a , 10s ) between 1 and 2|max(b,1h)=3",
		    "* * *" LIVE " [a] [b] {a 2 7 10000000000 1 2}"
		    " {b 3 3 3600000000000 3 0}" },
		{ "*/*/*/sum(a,1s)>1|COUNT(a,1s)<2|last(a,1s)=3|rate(a,1s)>=4",
		    "* * *" LIVE " [a] {a 4 6 1000000000 1 0}"
		    " {a 5 1 1000000000 2 0} {a 6 3 1000000000 3 0}"
		    " {a 7 5 1000000000 4 0}" },
		{ "*/*/*/avg\\(a\\,b)", "* * *" LIVE " [avg\\(a\\,b)]" },
		/* What is wrong, and where. */
		{ "", "byte 1: a predicate is missing" },
		{ "a,,b", "byte 3: a predicate is missing" },
		{ "a,", "byte 3: a predicate is missing" },
		{ "*/*/*/p|", "byte 9: a parameter is missing" },
		{ "*/*/*/p||q", "byte 9: a parameter is missing" },
		{ "*/*/*/>4", "byte 7: a parameter is missing" },
		{ "*/*/*/a>", "byte 9: a number is missing" },
		{ "*/*/*/a>x", "byte 9: a number is missing" },
		{ "*/*/*/a>0x10", "byte 9: not a decimal number" },
		{ "*/*/*/a>nan", "byte 9: a number is missing" },
		{ "*/*/*/a>1e999", "byte 9: a number is too large" },
		{ "*/*/*/a>4 b", "byte 11: \"|\" or \",\" is missing" },
		{ "*/*/*/a between 4", "byte 18: \"and\" is missing" },
		{ "*/*/*/avg(a)>4",
		    "byte 12: a window is missing, as in avg(Load5,5m)>4" },
		{ "*/*/*/avg(a,5m", "byte 15: \")\" is missing" },
		{ "*/*/*/avg(a,5m)", "byte 16: a comparison is missing" },
		{ "*/*/*/avg(a,-5m)>1",
		    "byte 13: a window must be longer than 0" },
		{ "*/*/*/count(a,soon)>1",
		    "byte 15: \"soon\" is not a duration such as 500ms, 10s or "
		    "1h30m" },
		{ "*/*/*/99999999999999999999", "byte 7: a time is too large" },
		{ "*/re:[a/*",
		    "byte 3: \"re:[a\": Unmatched [, [^, [:, [., or [=" },
	};
	struct buffer got = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		dump_text(&got, cases[i].text, 0);
		if (strcmp(buffer_text(&got), cases[i].want) != 0)
			fail_msg("\"%s\": \"%s\", not \"%s\"", cases[i].text,
			    buffer_text(&got), cases[i].want);
	}
	dump_text(&got, "*/*/*/*_(IN\\|OUT)*|*[a*|\\d", FARM_COMPAT);
	assert_string_equal(
	    buffer_text(&got), "* * *" LIVE " [*_(IN|OUT)*] [*[a*] [\\d]");
	buffer_free(&got);
}

static void
test_print(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: the same */
	} cases[] = {
		{ "*/Master/*/-300000/-1/Load5|%_IN|%_OUT", NULL },
		{ "slac", "slac/*/*/*" },
		{ "a/b/c/-1/-1/p", "a/b/c/p" },
		{ "a/b/c/-1/-1/42", NULL },
		{ "a/b/c/-0.5/0/p", "a/b/c/-0.500000/0/p" },
		{ "a/b/c/-2h/-1h/p", "a/b/c/-7200000/-1h/p" },
		{ "a/b/c/x/y", "a/b/c/x\\/y" },
		{ "a/b/c/a|b>1|a>2|z", NULL },
		{ "a/b/c/avg(Load5,5m)>4|rtt between 1.5 and 2", NULL },
		{ "a/b/c/count(a,1h)<3|rate(b\\(,10s)>=2", NULL },
		{ "a/b/c/count\\(a", NULL },
		{ "a/b/c/re:(x\\|y)\\.z", "a/b/c/re:(x\\|y)\\\\.z" },
	};
	struct arena *arena = arena_new(0);
	struct buffer got = BUFFER_INIT;
	struct farm_predicate *p;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    predicate_parse(arena, cases[i].text, 0, &p, &n, NULL), 0);
		buffer_clear(&got);
		predicate_print(&got, p);
		assert_string_equal(buffer_text(&got),
		    cases[i].want == NULL ? cases[i].text : cases[i].want);
	}
	p->n_parameters = 0;
	p->n_constraints = 0;
	buffer_clear(&got);
	predicate_print(&got, p);
	assert_string_equal(buffer_text(&got), "a/b/c/re:^$");
	buffer_free(&got);
	arena_free(arena);
}

static void
random_text(char *to, size_t longest)
{
	static const char *const bits[] = { "a", "b", "0", "-1", "/", "/", "|",
		"\\", ",", "*", " ", ">", "=", "<", "re:", "avg(", "count(",
		"5m", ")", " between ", " and ", "4", "." };
	size_t n = (size_t)rand() % longest;

	to[0] = '\0';
	for (; n > 0; n--)
		strcat(to, bits[(size_t)rand() % COUNT(bits)]);
}

/* Whatever can be read prints so that it reads the same again. */
static void
test_print_round_trip(void **state)
{
	struct buffer first = BUFFER_INIT, again = BUFFER_INIT;
	struct buffer once = BUFFER_INIT, twice = BUFFER_INIT;
	struct farm_predicate *p;
	struct arena *arena;
	char text[300], tail[256];
	int i, good = 0;
	uint32_t flags;
	size_t n;

	(void)state;
	srand(22);
	for (i = 0; i < 40000; i++) {
		arena = arena_new(1024);
		random_text(tail, 14);
		snprintf(text, sizeof(text), "%s%s", rand() % 2 ? "a/b/c/" : "",
		    tail);
		flags = rand() % 4 == 0 ? FARM_COMPAT : 0;
		if (predicate_parse(arena, text, flags, &p, &n, NULL) == 0) {
			good++;
			buffer_clear(&once);
			predicate_print(&once, p);
			/* Slashes may have gained a backslash: once only. */
			dump_text(&first, buffer_text(&once), flags);
			assert_int_equal(
			    predicate_parse(
				arena, buffer_text(&once), flags, &p, &n, NULL),
			    0);
			assert_int_equal(n, 1);
			buffer_clear(&twice);
			predicate_print(&twice, p);
			dump_text(&again, buffer_text(&twice), flags);
			if (strcmp(buffer_text(&once), buffer_text(&twice)) ||
			    strcmp(buffer_text(&first), buffer_text(&again)))
				fail_msg("\"%s\" -> \"%s\" -> \"%s\"", text,
				    buffer_text(&once), buffer_text(&twice));
		}
		arena_free(arena);
	}
	assert_in_range(good, 3000, 40000);
	buffer_free(&first);
	buffer_free(&again);
	buffer_free(&once);
	buffer_free(&twice);
}

static void
test_span(void **state)
{
	struct farm_predicate p = { .from_ns = -5, .to_ns = 0 };
	int64_t from, to;

	(void)state;
	predicate_span(&p, 1000, &from, &to);
	assert_int_equal(from, 995);
	assert_int_equal(to, 1000);
	p.from_ns = 0;
	p.to_ns = -10;
	predicate_span(&p, 1000, &from, &to);
	assert_true(from == INT64_MIN);
	assert_int_equal(to, 990);
	p.from_ns = 7;
	p.to_ns = 9;
	predicate_span(&p, 1000, &from, &to);
	assert_int_equal(from, 7);
	assert_int_equal(to, 9);
}

static struct matcher *
matcher_of(const char *text)
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *p;
	struct matcher *m = NULL;
	size_t n;

	assert_int_equal(predicate_parse(arena, text, 0, &p, &n, NULL), 0);
	assert_int_equal(matcher_new(&m, p, n, NULL), 0);
	/* It copies what it needs. */
	arena_free(arena);
	return m;
}

static void
test_names(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ "*", true },
		{ "f/c/n/p", true },
		{ "f/c/n/x|p", true },
		{ "f/c/n/x", false },
		{ "x/c/n/p", false },
		{ "f/x/n/p", false },
		{ "f/c/x/p", false },
		{ "x,f/c", true },
		{ "f/*/n/re:[op]", true },
		{ "f/c/n/avg(p,5m)>4", true },
	};
	const struct farm_series s = { "f", "c", "n", "p", "" };
	struct matcher *m = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		m = matcher_of(cases[i].text);
		if (matcher_series(m, &s) != cases[i].want)
			fail_msg("%s", cases[i].text);
		matcher_free(m);
	}
	assert_int_equal(matcher_new(&m, NULL, 0, NULL), 0);
	assert_false(matcher_series(m, &s));
	matcher_free(m);
	matcher_free(NULL);
}

static void
test_values(void **state)
{
	const struct {
		const char *constraint;
		struct farm_value value;
		bool want;
	} cases[] = {
		{ "p>4", farm_double(4.1), true },
		{ "p>4", farm_double(4), false },
		{ "p>=4", farm_int64(4), true },
		{ "p<-1e3", farm_int64(-1001), true },
		{ "p<>4", farm_double(4), false },
		{ "p<>4", farm_double(NAN), true },
		{ "p=4", farm_double(NAN), false },
		{ "p<=4", farm_double(NAN), false },
		{ "p between 1 and 2", farm_double(2), true },
		{ "p between 1 and 2", farm_double(2.1), false },
		{ "p between 1 and 2", farm_double(NAN), false },
		{ "p between 1 and 2", farm_boolean(true), true },
		{ "p=0", farm_boolean(false), true },
		/* 2^53 and one more are one double, but two integers. */
		{ "p=9007199254740992", farm_int64(9007199254740993), false },
		{ "p>9007199254740992", farm_int64(9007199254740993), true },
		{ "p>9007199254740992", farm_uint64(9007199254740993), true },
		{ "p<18446744073709551616", farm_uint64(UINT64_MAX), true },
		{ "p>-0.5", farm_uint64(0), true },
		{ "p<0.5", farm_int64(0), true },
		{ "p>-9223372036854775808", farm_int64(INT64_MIN), false },
		{ "p=-9223372036854775808", farm_int64(INT64_MIN), true },
		{ "p=85.5", farm_text("85.50", 5), true },
		{ "p=85.5", farm_text("85.5x", 5), false },
		{ "p<>85.5", farm_text("idle", 4), true },
		{ "p<>85.5", farm_text("85.5", 4), false },
		{ "p>1", farm_text("2", 1), false },
		{ "p>=2", farm_text("2", 1), false },
		{ "p between 1 and 3", farm_text("2", 1), false },
		{ "p=0", { .type = FARM_NONE }, false },
		/* About other parameters, windows, and all must hold. */
		{ "p|q>4", farm_double(1), true },
		{ "p|avg(p,5m)>4", farm_double(1), true },
		{ "p>1|p<3", farm_double(2), true },
		{ "p>1|p<3", farm_double(3), false },
		{ "p>9,*/*/*/p<2", farm_double(1), true },
		{ "q", farm_double(1), false },
	};
	const struct farm_series s = { "f", "c", "n", "p", "" };
	struct matcher *m;
	char text[100];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "*/*/*/%s", cases[i].constraint);
		m = matcher_of(text);
		if (matcher_value(m, &s, &cases[i].value) != cases[i].want)
			fail_msg("case %zu: %s", i, text);
		matcher_free(m);
	}
	m = matcher_of("*/*/*/p>4");
	assert_true(matcher_has_constraints(m));
	assert_false(matcher_windowed(m));
	matcher_free(m);
	m = matcher_of("*/*/*/max(p,1s)>4");
	assert_true(matcher_windowed(m));
	matcher_free(m);
	m = matcher_of("*");
	assert_false(matcher_has_constraints(m));
	matcher_free(m);
}

/* Trees made by hand: the parser of files is not this test's business. */
#define LEAF(KEY, VALUE)                                                       \
	&(const struct farm_tree)                                              \
	{                                                                      \
		.kind = FARM_SCALAR, .key = KEY, .value = VALUE                \
	}
#define LIST(...)                                                              \
	(const struct farm_tree *const[])                                      \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static void
check_tree(const struct farm_tree *tree, const char *want)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct buffer got = BUFFER_INIT;
	struct farm_predicate *p;
	size_t n, i;

	if (predicate_from_tree(arena, tree, &p, &n, &problems) == 0)
		for (i = 0; i < n; i++) {
			buffer_puts(&got, i == 0 ? "" : "; ");
			dump(&got, &p[i]);
		}
	for (i = 0; i < problems.n; i++)
		buffer_printf(&got, "! %s", problems.items[i].text);
	assert_string_equal(buffer_text(&got), want);
	problems_free(&problems);
	buffer_free(&got);
	arena_free(arena);
}

static void
test_tree(void **state)
{
	const struct farm_tree parameters = { .kind = FARM_SEQUENCE,
		.key = "parameters",
		.value = "",
		.n_children = 2,
		.children = LIST(LEAF("", "/boot"), LEAF("", "a|b")) };
	const struct farm_tree mapping = { .kind = FARM_MAPPING,
		.key = "",
		.value = "",
		.n_children = 5,
		.children = LIST(LEAF("node", "n1"), &parameters,
		    LEAF("where", "rtt>4"), LEAF("from", "-2h"),
		    LEAF("to", "-1h")) };
	const struct farm_tree list = { .kind = FARM_SEQUENCE,
		.key = "",
		.value = "",
		.n_children = 2,
		.children = LIST(LEAF("", "x,y"), &mapping) };
	const struct farm_tree bad = { .kind = FARM_MAPPING,
		.key = "",
		.value = "",
		.n_children = 3,
		.children = LIST(LEAF("nod", "n1"), LEAF("where", "rtt"),
		    LEAF("follow", "maybe")) };
	const struct farm_tree endless = { .kind = FARM_MAPPING,
		.key = "",
		.value = "",
		.n_children = 2,
		.children = LIST(LEAF("to", "now"), LEAF("follow", "true")) };
	const char want[] = "* * n1 -7200000000000 -3600000000000 relative "
			    "[/boot] [a|b] [rtt] {rtt 0 6 0 4 0}";
	char both[300];

	(void)state;
	check_tree(LEAF("", "f/c/n/p"), "f c n" LIVE " [p]");
	check_tree(LEAF("", "f/c/n/p>"),
	    "! predicate \"f/c/n/p>\": byte 9: a number is missing");
	check_tree(&mapping, want);
	snprintf(both, sizeof(both), "x * *" LIVE " [*]; y * *" LIVE " [*]; %s",
	    want);
	check_tree(&list, both);
	check_tree(&bad, "! a predicate has no \"nod\"; did you mean \"node\"?"
			 "! \"rtt\" is not one constraint, as \"Load5>4\" is"
			 "! \"follow\" must be true or false");
	check_tree(&endless, "! \"follow\" has no end: leave out \"to\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_round_trip),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
