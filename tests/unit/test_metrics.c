/* The exposition of a cache: what is in it, in which order, under which name.
 */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "predicate.h"
#include "unit.h"

#define MAX 2000

struct fixture {
	struct series_table *series;
	struct cache *cache;
	struct matcher *all;
	uint64_t position;
};

static const struct lifetimes forever = { 0, 0, 0 };

static int
setup(void **state)
{
	const struct farm_predicate everything = {
		.farm = "*",
		.cluster = "*",
		.node = "*",
		.parameters = (const char *const[]){ "*" },
		.n_parameters = 1,
	};
	const struct cache_config config = {
		.recent_ns = 3600 * NS_PER_S,
		.recent_bytes = 1 << 20,
	};
	struct fixture *f = calloc(1, sizeof(*f));

	f->series = series_table_new(10000);
	f->cache = cache_new(f->series, &config);
	assert_int_equal(0, matcher_new(&f->all, &everything, 1, NULL));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	matcher_free(f->all);
	cache_free(f->cache);
	assert_int_equal(0, series_count(f->series));
	series_table_free(f->series);
	free(f);
	return 0;
}

static void
put(struct fixture *f, const char *node, const char *parameter,
    const char *unit, uint32_t kind, struct farm_value v, int64_t mono_ns)
{
	const struct lifetimes *lifetimes = &forever;
	const struct farm_series s = { .farm = "f",
		.cluster = "c",
		.node = node,
		.parameter = parameter,
		.unit = unit,
		.kind = kind };
	struct farm_record record = { .type = FARM_RESULT,
		.time_ns = 1700000000 * NS_PER_S + mono_ns,
		.position = ++f->position,
		.values = &v,
		.n_values = 1 };

	v.series = series_define(f->series, &s, NULL);
	assert_true(v.series != 0);
	cache_begin(f->cache);
	cache_put(f->cache, &record, &lifetimes, 1, mono_ns);
	cache_end(f->cache);
	series_unpin(f->series, v.series);
}

static bool
no_help(void *context, const struct farm_series *s, struct buffer *out)
{
	(void)context;
	if (strcmp(s->parameter, "known") == 0)
		buffer_puts(out, "what it is");
	return out->size > 0;
}

static void
expose(struct fixture *f, struct buffer *out, bool open, int64_t mono_ns)
{
	const struct metrics_question q = {
		.matcher = f->all, .open = open, .help = no_help
	};
	struct metrics *m = metrics_new(f->cache, f->series, &q, mono_ns);

	assert_non_null(m);
	buffer_clear(out);
	while (metrics_more(m, out))
		;
	metrics_free(m);
}

#define OF(NODE) "{farm=\"f\",cluster=\"c\",node=\"" NODE "\"} "
#define WITH(NODE, P)                                                          \
	"{farm=\"f\",cluster=\"c\",node=\"" NODE "\",parameter=\"" P "\"} "
#define OWN(EXPOSED, STALE, TEXT, FOLDED, SHARED)                              \
	"# HELP farmd_exposed_series series exposed here\n"                    \
	"# TYPE farmd_exposed_series gauge\n"                                  \
	"farmd_exposed_series " EXPOSED "\n"                                   \
	"# HELP farmd_left_out_series series not exposed, by why\n"            \
	"# TYPE farmd_left_out_series gauge\n"                                 \
	"farmd_left_out_series{reason=\"stale\"} " STALE "\n"                  \
	"farmd_left_out_series{reason=\"text\"} " TEXT "\n"                    \
	"# HELP farmd_folded_parameters parameters of which a metric cannot "  \
	"have the name\n"                                                      \
	"# TYPE farmd_folded_parameters gauge\n"                               \
	"farmd_folded_parameters " FOLDED "\n"                                 \
	"# HELP farmd_shared_metrics metrics that several parameters have in " \
	"common\n"                                                             \
	"# TYPE farmd_shared_metrics gauge\n"                                  \
	"farmd_shared_metrics " SHARED "\n"

/* Samples of a metric stand together, whatever order nodes come in. */
static void
test_groups(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;

	put(f, "n1", "known", "s", FARM_GAUGE, farm_double(1.5), 1);
	put(f, "n1", "a", "", FARM_COUNTER64, farm_uint64(3), 1);
	put(f, "n1", "t", "", FARM_STATE, farm_text("x", 1), 1);
	put(f, "n2", "known", "s", FARM_GAUGE, farm_double(2), 1);
	put(f, "n2", "a", "", FARM_COUNTER32, farm_uint64(4), 1);
	expose(f, &out, false, 1);
	assert_string_equal(buffer_text(&out),
	    "# HELP farm_a_total parameter a\n"
	    "# TYPE farm_a_total counter\n"
	    "farm_a_total" OF(
		"n1") "3\n"
		      "farm_a_total" OF(
			  "n2") "4\n"
				"# HELP farm_known_seconds what it is\n"
				"# TYPE farm_known_seconds gauge\n"
				"# UNIT farm_known_seconds seconds\n"
				"farm_known_seconds" OF(
				    "n1") "1.5\n"
					  "farm_known_seconds" OF(
					      "n2") "2\n" OWN("4", "0", "1",
					      "0", "0"));
	buffer_free(&out);
}

/* Names that become one: never one series, and said. */
static void
test_shared(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;

	put(f, "n", "x.y", "", FARM_GAUGE, farm_int64(1), 1);
	put(f, "n", "x_y", "", FARM_GAUGE, farm_int64(2), 1);
	put(f, "n", "x/y", "", FARM_GAUGE, farm_int64(3), 1);
	put(f, "n", "up", "s", FARM_GAUGE, farm_int64(4), 1);
	put(f, "n", "up_seconds", "", FARM_GAUGE, farm_int64(5), 1);
	put(f, "n", "z_total", "", FARM_GAUGE, farm_int64(6), 1);
	put(f, "n", "z", "", FARM_COUNTER64, farm_int64(7), 1);
	expose(f, &out, false, 1);
	assert_string_equal(buffer_text(&out),
	    "# HELP farm_up_seconds parameter up in s\n"
	    "# TYPE farm_up_seconds gauge\n"
	    "farm_up_seconds" WITH("n",
		"up") "4\n"
		      "farm_up_seconds" WITH("n",
			  "up_seconds") "5\n"
					"# HELP farm_x_y parameter x.y\n"
					"# TYPE farm_x_y gauge\n"
					"farm_x_y" WITH("n",
					    "x.y") "1\n"
						   "farm_x_y" WITH("n",
						       "x/y") "3\n"
							      "farm_x_y" OF(
								  "n") "2\n"
								       "# HELP "
								       "farm_z_"
								       "total "
								       "paramet"
								       "er z\n"
								       "# TYPE "
								       "farm_z_"
								       "total "
								       "untyped"
								       "\n"
								       "farm_z_"
								       "tota"
								       "l" WITH(
									   "n",
									   "z") "7\n"
										"farm_z_total" WITH(
										    "n",
										    "z_total") "6\n" OWN("7",
										    "0",
										    "0",
										    "2",
										    "3"));
	buffer_free(&out);
}

/* In OpenMetrics "z" is the counter of z_total. */
static void
test_open(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;

	put(f, "n1", "z", "", FARM_GAUGE, farm_int64(1), 1);
	put(f, "n2", "z", "", FARM_COUNTER64, farm_int64(2), 1);
	put(f, "n2", "w", "By", FARM_COUNTER64, farm_int64(3), 1);
	expose(f, &out, true, 1);
	assert_string_equal(buffer_text(&out),
	    "# HELP farm_w_bytes parameter w in By\n"
	    "# TYPE farm_w_bytes counter\n"
	    "# UNIT farm_w_bytes bytes\n"
	    "farm_w_bytes_total" OF(
		"n2") "3\n"
		      "# HELP farm_z parameter z\n"
		      "# TYPE farm_z gauge\n"
		      "farm_z" OF("n1") "1\n"
					"# HELP farm_z_total parameter z\n"
					"# TYPE farm_z_total unknown\n"
					"farm_z_total" OF("n2") "2\n" OWN(
					    "3", "0", "0", "0", "0") "# EOF\n");
	buffer_free(&out);
}

/* Of two series of one name the younger counts. */
static void
test_redefined(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;

	put(f, "n", "a", "s", FARM_GAUGE, farm_int64(1), 1);
	put(f, "n", "a", "ms", FARM_GAUGE, farm_int64(2), 1);
	expose(f, &out, false, 1);
	assert_null(strstr(buffer_text(&out), "farm_a_seconds"));
	assert_non_null(
	    strstr(buffer_text(&out), "farm_a_milliseconds" OF("n") "2\n"));
	buffer_free(&out);
}

/* Three intervals, but a minute at least; an hour for a single value. */
static void
test_stale(void **state)
{
	static const struct {
		int64_t every_s;
		int values;
		int64_t silent_s;
		bool exposed;
	} cases[] = {
		{ 1, 10, 59, true },
		{ 1, 10, 62, false },
		{ 100, 10, 290, true },
		{ 100, 10, 310, false },
		{ 86400, 3, 190000, true },
		{ 86400, 3, 200000, false },
		{ 0, 1, 3590, true },
		{ 0, 1, 3610, false },
	};
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;
	int64_t now = NS_PER_S;
	char name[16];

	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(name, sizeof(name), "case%zu", i);
		for (int k = 0; k < cases[i].values; k++) {
			now += cases[i].every_s * NS_PER_S;
			put(f, "n", name, "", FARM_GAUGE, farm_int64(k), now);
		}
		now += cases[i].silent_s * NS_PER_S;
		expose(f, &out, false, now);
		(void)snprintf(name, sizeof(name), "farm_case%zu{", i);
		assert_int_equal(
		    strstr(buffer_text(&out), name) != NULL, cases[i].exposed);
	}
	buffer_free(&out);
}

/* The longest gap counts, and fades. */
static void
test_uneven(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;
	int64_t now = NS_PER_S;

	put(f, "n", "a", "", FARM_GAUGE, farm_int64(1), now);
	now += 300 * NS_PER_S;
	for (int k = 0; k < 3; k++)
		put(f, "n", "a", "", FARM_GAUGE, farm_int64(k), now);
	expose(f, &out, false, now + 400 * NS_PER_S);
	assert_non_null(strstr(buffer_text(&out), "farm_a{"));
	for (int k = 0; k < 60; k++) {
		now += NS_PER_S;
		put(f, "n", "a", "", FARM_GAUGE, farm_int64(k), now);
	}
	expose(f, &out, false, now + 61 * NS_PER_S);
	assert_null(strstr(buffer_text(&out), "farm_a{"));
	buffer_free(&out);
}

/* All of many series, each once, in pieces. */
static void
test_many(void **state)
{
	struct fixture *f = *state;
	struct buffer out = BUFFER_INIT;
	char parameter[16], node[16];
	size_t n = 0;

	for (int i = 0; i < MAX; i++) {
		(void)snprintf(parameter, sizeof(parameter), "p%d", i % 600);
		(void)snprintf(node, sizeof(node), "n%d", i / 600);
		put(f, node, parameter, "", FARM_GAUGE, farm_int64(i), 1);
	}
	expose(f, &out, false, 1);
	for (const char *at = buffer_text(&out);
	     (at = strstr(at, "\nfarm_p")) != NULL; at++)
		n++;
	assert_int_equal(n, MAX);
	n = 0;
	for (const char *at = buffer_text(&out);
	     (at = strstr(at, "# TYPE farm_p")) != NULL; at++)
		n++;
	assert_int_equal(n, 600);
	buffer_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_redefined, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_uneven, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
