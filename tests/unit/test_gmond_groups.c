/* When gmond's metrics are measured and given, and as what. */
#include "groups.h"

#include <math.h>
#include <string.h>

#include "calling.h"
#include "clock.h"
#include "conf_try.h"
#include "unit.h"

static union gmond_abi_value values[4];
static unsigned n_calls;

static union gmond_abi_value
handler(int metric)
{
	n_calls++;
	assert_string_equal(calling_who(), "modfake.so");
	return values[metric];
}

static struct gmond_abi_metric metrics[] = {
	{ .name = "load_one",
	    .tmax = 70,
	    .type = GMOND_ABI_FLOAT,
	    .units = "",
	    .slope = "both" },
	{ .name = "cpu0_user",
	    .tmax = 90,
	    .type = GMOND_ABI_DOUBLE,
	    .units = "%",
	    .slope = "both" },
	{ .name = "os_name",
	    .tmax = 1200,
	    .type = GMOND_ABI_STRING,
	    .units = "",
	    .slope = "zero" },
	{ .name = "mem_free",
	    .tmax = 180,
	    .type = GMOND_ABI_UINT,
	    .units = "KB",
	    .slope = "positive" },
	{ .name = NULL },
};

struct scene {
	struct gmond_abi_module theirs;
	struct module module;
	struct ganglia ganglia;
	struct groups groups;
	struct conf_metric metric[4];
	struct conf_group group;
	char said[1024];
};

static void
hear(void *cookie, const char *text)
{
	struct scene *s = cookie;

	assert_true(strlen(s->said) + strlen(text) + 2 < sizeof(s->said));
	strcat(s->said, text);
	strcat(s->said, "\n");
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	n_calls = 0;
	memset(values, 0, sizeof(values));
	s->theirs = (struct gmond_abi_module){ .metrics = metrics,
		.handler = handler };
	s->module = (struct module){
		.name = "modfake.so", .theirs = &s->theirs, .n_metrics = 4
	};
	s->groups = (struct groups){ .modules = &s->module,
		.rules = { .farm = "f", .cluster = "c", .node = "n" },
		.ganglia = &s->ganglia,
		.table = series_table_new(100),
		.thresholds = true,
		.arena = arena_new(0) };
	s->group = (struct conf_group){ .file = "x.conf",
		.every_ns = 10 * NS_PER_S,
		.send_ns = 60 * NS_PER_S,
		.metrics = s->metric };
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;
	struct reading *r;
	struct group *g;

	for (g = s->groups.first; g != NULL; g = g->next)
		for (r = g->readings; r != NULL; r = r->next)
			buffer_free(&r->text);
	series_table_free(s->groups.table);
	arena_free(s->groups.arena);
	free(s);
	return 0;
}

static void
add(struct scene *s, const char *name, bool is_pattern, double threshold)
{
	struct error err;

	s->metric[0] = (struct conf_metric){
		.name = name, .is_pattern = is_pattern, .threshold = threshold
	};
	assert_int_equal(groups_add(&s->groups, &s->group, hear, s, &err), 0);
}

static const struct farm_series *
series_of(const struct scene *s, const struct reading *r)
{
	return series_get(s->groups.table, r->series);
}

/* ------------------------------------------------------------------- when */

static void
test_thresholds(void **state)
{
	static const struct {
		double value;
		int at_s;
		bool given;
	} steps[] = {
		{ 1, 1, true },      /* the first */
		{ 1, 5, false },     /* not due */
		{ 1.5, 11, false },  /* too little */
		{ 2.25, 21, false }, /* since the last one, not since it was
					given */
		{ 3.5, 31, true },
		{ 3.5, 81, false }, /* 60 s are not over */
		{ 3.5, 91, true },
		{ NAN, 101, false },
		{ 9, 111, false }, /* nothing to compare it with */
		{ 9, 151, true },
	};
	struct scene *s = *state;
	size_t i;

	add(s, "cpu0_user", false, 1);
	for (i = 0; i < COUNT(steps); i++) {
		values[1].number = steps[i].value;
		assert_int_equal(
		    group_take(s->groups.first, steps[i].at_s * NS_PER_S),
		    steps[i].given);
	}
}

static void
test_text_changes(void **state)
{
	struct scene *s = *state;

	add(s, "os_name", false, 0);
	strcpy(values[2].text, "Linux");
	assert_true(group_take(s->groups.first, NS_PER_S));
	assert_false(group_take(s->groups.first, 11 * NS_PER_S));
	strcpy(values[2].text, "Hurd");
	assert_true(group_take(s->groups.first, 21 * NS_PER_S));
}

static void
test_once(void **state)
{
	struct scene *s = *state;

	s->group.once = true;
	add(s, "load_one", false, -1);
	values[0].single = 5.4f;
	assert_true(group_take(s->groups.first, NS_PER_S));
	values[0].single = 9;
	assert_false(group_take(s->groups.first, 60 * NS_PER_S));
	assert_true(group_take(s->groups.first, 62 * NS_PER_S));
	assert_true(group_take(s->groups.first, 121 * NS_PER_S));
	assert_int_equal(n_calls, 1);
	assert_true(reading_row(s->groups.first->readings).number == 5.4);
}

/* What was missed is not made up for, and the pace is kept. */
static void
test_late(void **state)
{
	struct scene *s = *state;

	s->groups.thresholds = false;
	add(s, "load_one", false, -1);
	assert_true(group_take(s->groups.first, NS_PER_S));
	assert_int_equal(groups_due(&s->groups), 11 * NS_PER_S);
	assert_true(group_take(s->groups.first, 47 * NS_PER_S));
	assert_int_equal(groups_due(&s->groups), 51 * NS_PER_S);
	assert_int_equal(n_calls, 2);
}

/* ------------------------------------------------------------------- what */

static void
test_series(void **state)
{
	struct scene *s = *state;
	const struct farm_series *mem;
	const struct reading *r;
	struct error err;

	s->groups.rules.monalisa = true;
	assert_int_equal(
	    groups_add_module(&s->groups, &s->module, 5 * NS_PER_S, &err), 0);
	values[3].uint32 = 2048;
	assert_true(group_take(s->groups.first, NS_PER_S));
	r = s->groups.first->readings;
	assert_string_equal(series_of(s, r)->parameter, "Load1");
	assert_string_equal(series_of(s, r)->node, "n");
	assert_int_equal(
	    series_lifetime(s->groups.table, r->series), 280 * NS_PER_S);
	assert_string_equal(series_of(s, r->next)->unit, "%");
	assert_int_equal(series_of(s, r->next->next)->kind, FARM_STATE);
	r = r->next->next->next;
	mem = series_of(s, r);
	assert_string_equal(mem->parameter, "MEM_free");
	assert_string_equal(mem->unit, "MiBy");
	assert_int_equal(mem->kind, FARM_COUNTER32);
	assert_true(reading_row(r).number == 2);
	assert_null(r->next);
}

/* A series outlives a group that is given seldom. */
static void
test_lifetime(void **state)
{
	struct scene *s = *state;

	s->group.send_ns = 3600 * NS_PER_S;
	add(s, "load_one", false, -1);
	assert_int_equal(
	    series_lifetime(s->groups.table, s->groups.first->readings->series),
	    3 * 3600 * NS_PER_S);
}

static void
test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		const char *want;
	} bad[] = {
		{ "cpu(", "x.conf: name_match \"cpu(\": Unmatched ( or \\(" },
		{ "cpu\\d+",
		    "x.conf: name_match \"cpu\\d+\": \\d is not known here; "
		    "\\d is [0-9]" },
	};
	struct scene *s = *state;
	struct error err;
	size_t i;

	s->metric[0].next = &s->metric[1];
	s->metric[1] = (struct conf_metric){ .name = "heartbeat" };
	s->metric[0] = (struct conf_metric){ .next = &s->metric[1],
		.name = "cpu([0-9]+)_(.+)$",
		.title = "CPU \\1: \\2\\3",
		.is_pattern = true };
	assert_int_equal(groups_add(&s->groups, &s->group, hear, s, &err), 0);
	assert_string_equal(s->groups.first->readings->title, "CPU 0: user");
	assert_string_equal(s->said, "");
	for (i = 0; i < COUNT(bad); i++) {
		s->metric[0].name = bad[i].pattern;
		assert_int_equal(
		    groups_add(&s->groups, &s->group, hear, s, &err), -1);
		assert_string_equal(err.text, bad[i].want);
	}
	add(s, "gpu_temp", false, -1);
	add(s, "gpu.*", true, -1);
	assert_string_equal(s->said,
	    "x.conf: no module has a metric of the name \"gpu_temp\"\n"
	    "x.conf: no module has a metric like \"gpu.*\"\n");
}

/* -------------------------------------------------------------- the rest */

static void
test_paths(void **state)
{
	struct scene *s = *state;
	struct arena *a = s->groups.arena;

	assert_string_equal(module_path("/x/y.so", "/lib", a), "/x/y.so");
	assert_string_equal(module_path("cpu", "/lib", a), "/lib/modcpu.so");
	assert_string_equal(
	    module_path("modcpu.so", "/lib", a), "/lib/modcpu.so");
}

static void
test_lines(void **state)
{
	static const char text[] = "a {\n  pth = 1\n\tpthx=2\n}\nx pth\n";
	static const struct {
		const char *word;
		unsigned line;
	} cases[] = {
		{ "a", 1 },
		{ "pth", 2 },
		{ "pthx", 3 },
		{ "x", 0 },
		{ "none", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    conf_line_of((struct slice){ text, sizeof(text) - 1 },
			(struct slice){ cases[i].word, strlen(cases[i].word) }),
		    cases[i].line);
}

static void
test_hanging(void **state)
{
	struct error err;

	(void)state;
	assert_false(calling_hangs(0, &err));
	calling_begin("modx.so", "reading of y");
	assert_false(calling_hangs(3600 * NS_PER_S, &err));
	assert_true(calling_hangs(-1, &err));
	assert_string_equal(
	    err.text, "module modx.so hangs in its reading of y");
	calling_end();
	assert_false(calling_hangs(-1, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_thresholds, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_text_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_series, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lifetime, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patterns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hanging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
