/* The filter aggregate: what many series say together. */
#include "filtering.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* Ten nodes, of which the last has been silent for too long. */
static void
test_ten_nodes(void **state)
{
	static const double loads[10] = { 0.1, 0.2, 0.3, 0.4, 0.5, 1.25, 2.5, 3,
		3.75, 100 };
	struct fake_host *fake = fake_new(&farm_module);
	char node[16];

	(void)state;
	fake_options(
	    fake, "every", "20s", "expire", "600s", "replace", "yes", NULL);
	filtering_open(fake, 0);
	for (int i = 0; i < 10; i++) {
		snprintf(node, sizeof(node), "n%d", i);
		assert_string_equal(
		    filtering_number(fake, i == 9 ? 19 : 20 + i,
			filtering_series(fake, node, "Load5", FARM_GAUGE, ""),
			loads[i]),
		    "");
	}
	assert_string_equal(filtering_tick(fake, 19), "");
	assert_string_equal(filtering_tick(fake, 621),
	    "c/all/Load5_count 1=9@620 c/all/Load5_of 1=10@620 "
	    "c/all/Load5_sum=12@620 c/all/Load5_min=0.1@620 "
	    "c/all/Load5_max=3.75@620 c/all/Load5_mean=1.3333333333333333@620");
	assert_string_equal(filtering_tick(fake, 639), "");
	assert_string_equal(filtering_tick(fake, 700),
	    "c/all/Load5_count 1=0@700 c/all/Load5_of 1=10@700");
	fake_free(fake);
}

static void
test_templates(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t a = filtering_series(fake, "a", "rtt", FARM_GAUGE, "ms");
	uint32_t b = filtering_series(fake, "b", "rtt", FARM_GAUGE, "ms");

	(void)state;
	fake_options(fake, "by", "[parameter]", "cluster", "farm-{cluster}",
	    "node", "{farm}", "parameter", "{parameter}.x", "give",
	    "[variance, deviation, of]", "of", "7", NULL);
	filtering_open(fake, 0);
	assert_string_equal(filtering_number(fake, 1, a, 3), "a/rtt ms=3@1");
	assert_string_equal(filtering_number(fake, 2, b, 7), "b/rtt ms=7@2");
	assert_string_equal(filtering_tick(fake, 20),
	    "farm-all/all/rtt.x_variance=8@20 "
	    "farm-all/all/rtt.x_deviation ms=2.8284271247461903@20 "
	    "farm-all/all/rtt.x_of 1=7@20");
	fake_free(fake);
}

/* Texts and infinities pass; the last number stays. */
static void
test_no_number(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t s = filtering_series(fake, "a", "p", FARM_GAUGE, "");
	struct farm_value text = farm_text("up", 2);

	(void)state;
	fake_options(fake, "give", "[count, sum]", NULL);
	filtering_open(fake, 0);
	text.series = s;
	assert_string_equal(filtering_apply(fake, 1, &text, 1), "a/p=up@1");
	assert_string_equal(filtering_tick(fake, 20), "");
	filtering_number(fake, 21, s, 5);
	assert_string_equal(
	    filtering_number(fake, 22, s, INFINITY), "a/p=+Inf@22");
	assert_string_equal(
	    filtering_tick(fake, 40), "c/all/p_count 1=1@40 c/all/p_sum=5@40");
	fake_free(fake);
}

static bool
is_released(const struct fake_host *fake, const char *parameter)
{
	for (size_t i = 0; i < fake->n_series; i++)
		if (strcmp(fake->series[i].names.parameter, parameter) == 0)
			return fake->series[i].released;
	fail_msg("no series %s", parameter);
	return false;
}

/* A group goes with the last of its series, and its results' series. */
static void
test_forgotten(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	uint32_t a = filtering_series(fake, "a", "p", FARM_GAUGE, "");
	uint32_t b = filtering_series(fake, "b", "p", FARM_GAUGE, "");

	(void)state;
	fake_options(fake, "give", "[of]", NULL);
	filtering_open(fake, 0);
	filtering_number(fake, 1, a, 1);
	filtering_number(fake, 1, b, 1);
	assert_string_equal(filtering_tick(fake, 20), "c/all/p_of 1=2@20");
	fake_forget(fake, b);
	assert_string_equal(filtering_tick(fake, 40), "c/all/p_of 1=1@40");
	assert_false(is_released(fake, "p_of"));
	fake_forget(fake, a);
	assert_true(is_released(fake, "p_of"));
	assert_string_equal(filtering_tick(fake, 60), "");
	fake_free(fake);
}

/* Set back, the clock does not silence it until it was. */
static void
test_clock_set_back(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "give", "[count]", NULL);
	filtering_open(fake, 500);
	filtering_number(
	    fake, 100, filtering_series(fake, "a", "p", FARM_GAUGE, ""), 1);
	assert_string_equal(filtering_tick(fake, 101), "");
	assert_string_equal(filtering_tick(fake, 120), "c/all/p_count 1=1@120");
	fake_free(fake);
}

/* Many groups, with numbers at random, against the plain way. */
static void
test_many_groups(void **state)
{
	enum { GROUPS = 300, NODES = 7 };
	struct fake_host *fake = fake_new(&farm_module);
	char node[16], parameter[16], result[32];
	unsigned seed = 3;
	int64_t sums[GROUPS] = { 0 };

	(void)state;
	fake_options(fake, "give", "[sum, mean]", NULL);
	filtering_open(fake, 0);
	for (int g = 0; g < GROUPS; g++)
		for (int n = 0; n < NODES; n++) {
			int number = rand_r(&seed) % 2000 - 1000;

			snprintf(node, sizeof(node), "n%d", n);
			snprintf(parameter, sizeof(parameter), "p%d", g);
			filtering_number(fake, 1,
			    filtering_series(
				fake, node, parameter, FARM_GAUGE, ""),
			    number);
			sums[g] += number;
		}
	fake_clear(fake);
	fake->now_ns = 1020 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_values, 2 * GROUPS);
	for (int g = 0; g < GROUPS; g++) {
		snprintf(result, sizeof(result), "p%d_sum", g);
		assert_true(fake_value(fake, "all", result) == (double)sums[g]);
		snprintf(result, sizeof(result), "p%d_mean", g);
		assert_true(
		    fake_value(fake, "all", result) == (double)sums[g] / NODES);
	}
	fake_free(fake);
}

static void
test_quantiles(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);
	char node[16];

	(void)state;
	fake_options(
	    fake, "give", "[count]", "quantiles", "[0, 0.5, 0.999, 1]", NULL);
	filtering_open(fake, 0);
	for (int i = 0; i <= 1000; i++) {
		snprintf(node, sizeof(node), "n%d", i);
		filtering_number(fake, 1,
		    filtering_series(fake, node, "rtt", FARM_GAUGE, "ms"),
		    100 + i);
	}
	fake_clear(fake);
	fake->now_ns = 1020 * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
	assert_int_equal(fake->n_values, 5);
	assert_true(fabs(fake_value(fake, "all", "rtt_p0") - 100) <= 1);
	assert_true(fabs(fake_value(fake, "all", "rtt_p50") - 600) <= 6);
	assert_true(fabs(fake_value(fake, "all", "rtt_p99.9") - 1099) <= 11);
	assert_true(fabs(fake_value(fake, "all", "rtt_p100") - 1100) <= 11);
	assert_string_equal(fake_find(fake, "all", "rtt_p50")->unit, "ms");
	fake_free(fake);
}

/* The numbers of ten nodes in bins of one width, and between edges. */
static void
test_bins(void **state)
{
	static const struct {
		const char *option, *text, *out;
		double loads[10];
	} cases[] = {
		{ "bins", "8",
		    "c/all/p_bin1 1=2@20 c/all/p_bin2 1=1@20 "
		    "c/all/p_bin3 1=0@20 c/all/p_bin4 1=1@20 "
		    "c/all/p_bin5 1=1@20 c/all/p_bin6 1=1@20 "
		    "c/all/p_bin7 1=1@20 c/all/p_bin8 1=3@20",
		    { 10, 10.5, 11, 13, 14, 15, 16, 17, 17.5, 18 } },
		{ "edges", "[0.25, 0.5, 0.75, 1]",
		    "c/all/p_bin1 1=2@20 c/all/p_bin2 1=2@20 "
		    "c/all/p_bin3 1=1@20 c/all/p_bin4 1=1@20 "
		    "c/all/p_bin5 1=4@20",
		    { -1, 0.24, 0.25, 0.49, 0.5, 0.99, 1, 1.2, 20, 1e300 } },
		{ "bins", "2", "c/all/p_bin1 1=10@20 c/all/p_bin2 1=0@20",
		    { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		char node[16];

		fake_options(
		    fake, "give", "[]", cases[i].option, cases[i].text, NULL);
		filtering_open(fake, 0);
		for (int n = 0; n < 10; n++) {
			snprintf(node, sizeof(node), "n%d", n);
			filtering_number(fake, 1,
			    filtering_series(fake, node, "p", FARM_GAUGE, ""),
			    cases[i].loads[n]);
		}
		assert_string_equal(filtering_tick(fake, 20), cases[i].out);
		fake_free(fake);
	}
}

/* ------------------------------------------- what can be merged elsewhere */

enum { FARMS = 5, NODES = 40 };

/* The states that one farm has said go to another, as they would travel. */
static void
carry(struct fake_host *from, struct fake_host *to)
{
	for (size_t i = 0; i < from->n_records; i++) {
		const struct fake_record *r = &from->records[i];
		struct farm_record record = {
			.type = (uint16_t)r->type,
			.time_ns = r->time_ns,
			.payload = r->payload,
			.payload_size = r->size,
		};

		assert_int_equal(r->type, FARM_AGGREGATE);
		if (farm_module.descriptor->filter.apply(
			&to->host, fake_state(to), &record) != 0)
			fail_msg("%s", fake_failure(to));
	}
}

static struct fake_host *
new_farm(const char *source, const char *merge)
{
	struct fake_host *fake = fake_new(&farm_module);

	fake_options(fake, "by", "[parameter]", "give",
	    "[count, of, sum, min, max, mean, variance]", "quantiles",
	    "[0, 0.5, 0.95, 1]", "expire", "60s", "source", source, "merge",
	    merge, "partials", "yes", "replace", "yes", NULL);
	filtering_open(fake, 0);
	return fake;
}

static void
assert_same_results(struct fake_host *a, struct fake_host *b)
{
	assert_int_equal(a->n_values, b->n_values);
	for (size_t i = 0; i < a->n_values; i++) {
		const struct fake_value *v = &a->values[i];
		double other = fake_value(b, v->node, v->parameter);

		if (strstr(v->parameter, "_variance") != NULL)
			assert_true(fabs(v->value.number / other - 1) < 1e-9);
		else if (v->value.number != other)
			fail_msg("%s: %.17g, not %.17g", v->parameter,
			    v->value.number, other);
	}
}

/* A node's number, on one of the farms and where all are seen. */
static void
say(struct fake_host *farm, struct fake_host *direct, int node, unsigned *seed)
{
	double number = ldexp(rand_r(seed), rand_r(seed) % 90 - 60) *
			(rand_r(seed) % 3 - 1);
	char name[16], parameter[16];

	snprintf(name, sizeof(name), "n%d", node);
	snprintf(parameter, sizeof(parameter), "p%d", node % 3);
	filtering_number(farm, 1,
	    filtering_series(farm, name, parameter, FARM_GAUGE, "s"), number);
	filtering_number(direct, 1,
	    filtering_series(direct, name, parameter, FARM_GAUGE, "s"), number);
}

/* Farm i sends to farm (i - 1) / 2, each also has nodes of its own: what the
   first says is what a farm with all nodes says, to the last bit. */
static void
test_tree(void **state)
{
	unsigned seed = 17;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct fake_host *farms[FARMS], *direct = new_farm("d", "[]");
		char source[16];

		for (int i = 0; i < FARMS; i++) {
			snprintf(source, sizeof(source), "f%d", i);
			farms[i] = new_farm(source, "[\"*/*/*/p*\"]");
		}
		for (int n = 0; n < NODES; n++)
			say(farms[rand_r(&seed) % FARMS], direct, n, &seed);
		/* Twice: what is said again takes the place of what was. */
		for (int turn = 20; turn <= 40; turn += 20) {
			for (int i = FARMS - 1; i >= 0; i--) {
				filtering_tick(farms[i], turn);
				if (i > 0)
					carry(farms[i], farms[(i - 1) / 2]);
			}
			filtering_tick(direct, turn);
			assert_int_equal(direct->n_values, 3 * 11);
			assert_same_results(direct, farms[0]);
		}
		for (int i = 0; i < FARMS; i++)
			fake_free(farms[i]);
		fake_free(direct);
	}
}

/* A farm that is silent is known of, for a while. */
static void
test_silent_farm(void **state)
{
	struct fake_host *child = fake_new(&farm_module);
	struct fake_host *parent = fake_new(&farm_module);
	uint32_t s = filtering_series(child, "n", "p", FARM_GAUGE, "ms");

	(void)state;
	fake_options(child, "partials", "yes", "give", "[]", NULL);
	fake_options(parent, "merge", "*/c/all/p", "expire", "60s", "give",
	    "[count, of, max]", "quantiles", "0.5", NULL);
	filtering_open(child, 0);
	filtering_open(parent, 0);
	filtering_number(child, 5, s, 7);
	assert_string_equal(filtering_tick(child, 20), "");
	assert_int_equal(child->n_records, 1);
	parent->now_ns = child->now_ns;
	carry(child, parent);
	assert_int_equal(parent->n_records, 0);
	/* There is no sketch in it, so no quantile. */
	assert_string_equal(filtering_tick(parent, 80),
	    "c/all/p_count 1=1@80 c/all/p_of 1=1@80 c/all/p_max ms=7@80");
	assert_string_equal(filtering_tick(parent, 100),
	    "c/all/p_count 1=0@100 c/all/p_of 1=1@100");
	assert_string_equal(filtering_tick(parent, 620),
	    "c/all/p_count 1=0@620 c/all/p_of 1=1@620");
	assert_false(is_released(parent, "p_of"));
	assert_string_equal(filtering_tick(parent, 640), "");
	assert_true(is_released(parent, "p_of"));
	fake_free(child);
	fake_free(parent);
}

/* What is not merged goes on, as does what is none. */
static void
test_not_merged(void **state)
{
	struct fake_host *child = fake_new(&farm_module);
	struct farm_record garbage = {
		.type = FARM_AGGREGATE, .payload = "\2", .payload_size = 1
	};

	(void)state;
	fake_options(child, "partials", "yes", NULL);
	filtering_open(child, 0);
	filtering_number(
	    child, 5, filtering_series(child, "n", "p", FARM_GAUGE, ""), 7);
	filtering_tick(child, 20);
	for (int i = 0; i < 2; i++) {
		struct fake_host *parent = fake_new(&farm_module);

		fake_options(
		    parent, "merge", i == 0 ? "[]" : "*/c/all/Load5", NULL);
		filtering_open(parent, 0);
		carry(child, parent);
		assert_int_equal(parent->n_records, 1);
		assert_int_equal(
		    parent->records[0].size, child->records[0].size);
		assert_memory_equal(parent->records[0].payload,
		    child->records[0].payload, child->records[0].size);
		assert_true(
		    parent->records[0].time_ns == child->records[0].time_ns);
		if (i == 1) {
			assert_int_equal(
			    farm_module.descriptor->filter.apply(
				&parent->host, fake_state(parent), &garbage),
			    -1);
			assert_string_equal(fake_failure(parent),
			    "a partial aggregate of version 2; known is 1");
		}
		fake_free(parent);
	}
	fake_free(child);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *option, *text, *error;
	} cases[] = {
		{ "by", "[farm, host]",
		    "by: \"host\" is none of farm, cluster, node, parameter" },
		{ "give", "[]", "give: nothing to be said" },
		{ "give", "[sum, median]",
		    "give: \"median\" is none of count, of, sum, min, max, "
		    "mean, variance, deviation" },
		{ "give", "[sum, sum]", "give: sum stands there twice" },
		{ "quantiles", "[0.5, 1.1]",
		    "quantiles: \"1.1\" is no number from 0 to 1" },
		{ "quantiles", "median",
		    "quantiles: \"median\" is no number from 0 to 1" },
		{ "quantiles", "[0.5, 0.50]",
		    "quantiles: p50 stands there twice" },
		{ "edges", "[1, x]", "edges: \"x\" is no number" },
		{ "edges", "[1, 1.0]",
		    "edges: 1.0 is not above 1, the one before it" },
		{ "merge", "*/*/*/Load5>4",
		    "merge: there is no value to be compared" },
		{ "node", "{1}",
		    "node: \"{1}\": byte 1: there is no group 1: 0 in all" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = fake_new(&farm_module);

		fake_options(fake, cases[i].option, cases[i].text, NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), cases[i].error);
		fake_free(fake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ten_nodes),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_no_number),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_silent_farm),
		cmocka_unit_test(test_not_merged),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
