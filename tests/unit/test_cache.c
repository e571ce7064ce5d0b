#include "cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

#define WALL (INT64_C(1700000000) * NS_PER_S)

struct fixture {
	struct series_table *series;
	struct cache *cache;
	struct matcher *all;
	struct batch *removals;
	uint64_t position;
};

static const struct farm_predicate everything = {
	.farm = "*",
	.cluster = "*",
	.node = "*",
	.parameters = (const char *const[]){ "*" },
	.n_parameters = 1,
};

static int
setup(void **state)
{
	const struct cache_config config = {
		.recent_ns = 3600 * NS_PER_S,
		.recent_bytes = 1 << 20,
	};
	struct fixture *f = calloc(1, sizeof(*f));
	struct error err;

	f->series = series_table_new(10000);
	f->cache = cache_new(f->series, &config);
	f->removals = batch_new();
	assert_int_equal(0, matcher_new(&f->all, &everything, 1, &err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	batch_unref(f->removals);
	matcher_free(f->all);
	cache_free(f->cache);
	assert_int_equal(0, series_count(f->series));
	series_table_free(f->series);
	free(f);
	return 0;
}

/* The cache alone holds on to it. */
static uint32_t
define(struct fixture *f, const char *cluster, const char *node,
    const char *parameter)
{
	struct farm_series s = {
		.farm = "farm",
		.cluster = cluster,
		.node = node,
		.parameter = parameter,
	};
	uint32_t number = series_define(f->series, &s, NULL);

	assert_true(number != 0);
	return number;
}

static void
put(struct fixture *f, uint32_t series, struct farm_value v,
    const struct lifetimes *lifetimes, int64_t mono_ns)
{
	struct farm_record record = { .type = FARM_RESULT,
		.time_ns = WALL + mono_ns,
		.position = ++f->position,
		.values = &v,
		.n_values = 1 };

	v.series = series;
	cache_begin(f->cache);
	cache_put(f->cache, &record, &lifetimes, 1, mono_ns);
	cache_end(f->cache);
}

static void
put_names(struct fixture *f, const char *cluster, const char *node,
    const char *parameter, double number, const struct lifetimes *lifetimes,
    int64_t mono_ns)
{
	uint32_t series = define(f, cluster, node, parameter);

	put(f, series, farm_double(number), lifetimes, mono_ns);
	series_unpin(f->series, series);
}

static bool
print_latest(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct buffer *b = context;

	buffer_printf(b, "%s/%s/%s=", s->cluster, s->node, s->parameter);
	buffer_value(b, &p->value);
	buffer_putc(b, ' ');
	return true;
}

static void
assert_latest(struct fixture *f, const char *want)
{
	struct buffer b = BUFFER_INIT;

	cache_latest(f->cache, f->all, print_latest, &b);
	assert_string_equal(want, buffer_text(&b));
	buffer_free(&b);
}

/* The removals so far, as text; none are left. */
static void
assert_removals(struct fixture *f, const char *want)
{
	struct buffer b = BUFFER_INIT;

	for (size_t i = 0; i < f->removals->view.n_records; i++) {
		const struct farm_record *r = &f->removals->view.records[i];

		assert_int_equal(FARM_REMOVAL, r->type);
		buffer_put(&b, r->payload, r->payload_size);
	}
	assert_string_equal(want, buffer_text(&b));
	buffer_free(&b);
	batch_unref(f->removals);
	f->removals = batch_new();
}

static void
expire(struct fixture *f, int64_t mono_ns)
{
	cache_expire(f->cache, mono_ns, WALL + mono_ns, f->removals);
}

static void
last_values_come_sorted(void **state)
{
	static const struct lifetimes none;
	struct fixture *f = *state;
	uint32_t text;

	put_names(f, "b", "n2", "y", 1, &none, 0);
	put_names(f, "b", "n1", "y", 2, &none, 0);
	put_names(f, "a", "n9", "z", 3, &none, 0);
	put_names(f, "b", "n1", "x", 4, &none, 0);
	put_names(f, "b", "n1", "y", 5, &none, 0);
	text = define(f, "b", "n1", "t");
	put(f, text, farm_text("hello", 5), &none, 0);
	put(f, text, farm_text("", 0), &none, 0);
	put(f, text, farm_text("world", 5), &none, 0);
	series_unpin(f->series, text);
	assert_latest(f, "a/n9/z=3 b/n1/t=world b/n1/x=4 b/n1/y=5 b/n2/y=1 ");
}

static void
parameters_expire_and_come_back(void **state)
{
	static const struct lifetimes ten = {
		.parameter_ns = 10 * NS_PER_S,
		.node_ns = 60 * NS_PER_S,
	};
	struct fixture *f = *state;

	put_names(f, "c", "n", "p", 1, &ten, 5 * NS_PER_S);
	put_names(f, "c", "n", "q", 1, &ten, 5 * NS_PER_S);
	put_names(f, "c", "n", "q", 2, &ten, 12 * NS_PER_S);
	expire(f, 15 * NS_PER_S - 1);
	assert_removals(f, "");
	expire(f, 16 * NS_PER_S);
	assert_removals(f,
	    "{\"farm\":\"farm\",\"cluster\":\"c\",\"node\":\"n\","
	    "\"parameter\":\"p\",\"reason\":\"lifetime\"}");
	assert_latest(f, "c/n/q=2 ");
	put_names(f, "c", "n", "p", 3, &ten, 17 * NS_PER_S);
	assert_latest(f, "c/n/p=3 c/n/q=2 ");
	expire(f, 21 * NS_PER_S);
	assert_removals(f, "");
}

/* What a series was given counts for it alone, as it stands when a value
   comes. */
static void
a_series_has_a_lifetime_of_its_own(void **state)
{
	static const struct lifetimes ever;
	static const struct lifetimes ten = { .parameter_ns = 10 * NS_PER_S };
	struct fixture *f = *state;
	uint32_t brief = define(f, "c", "n", "brief");
	uint32_t lasting = define(f, "c", "n", "lasting");

	put_names(f, "c", "n", "ever", 1, &ever, 0);
	put_names(f, "c", "n", "ten", 1, &ten, 0);
	series_set_lifetime(f->series, brief, 3 * NS_PER_S);
	series_set_lifetime(f->series, lasting, 30 * NS_PER_S);
	put(f, brief, farm_double(1), &ever, 0);
	put(f, lasting, farm_double(1), &ten, 0);
	expire(f, 4 * NS_PER_S);
	assert_removals(f,
	    "{\"farm\":\"farm\",\"cluster\":\"c\",\"node\":\"n\","
	    "\"parameter\":\"brief\",\"reason\":\"lifetime\"}");
	expire(f, 11 * NS_PER_S);
	assert_latest(f, "c/n/ever=1 c/n/lasting=1 ");
	series_set_lifetime(f->series, lasting, 0);
	put(f, lasting, farm_double(2), &ten, 12 * NS_PER_S);
	expire(f, 23 * NS_PER_S);
	assert_latest(f, "c/n/ever=1 ");
	series_unpin(f->series, brief);
	series_unpin(f->series, lasting);
}

/* One that knows how seldom its values come lives as configured, but long
   enough for them. */
static void
a_series_has_a_least_lifetime(void **state)
{
	static const struct {
		int64_t given_s;
		int64_t configured_s;
		int64_t want_s; /* 0: for ever */
	} cases[] = {
		{ -30, 10, 30 },
		{ -30, 60, 60 },
		{ -30, 0, 0 },
		{ 0, 10, 10 },
		{ 5, 10, 5 },
	};
	struct fixture *f = *state;
	uint32_t series = define(f, "c", "n", "p");
	int64_t now_ns = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct lifetimes l = {
			.parameter_ns = cases[i].configured_s * NS_PER_S
		};
		int64_t want_ns = cases[i].want_s * NS_PER_S;

		series_set_lifetime(
		    f->series, series, cases[i].given_s * NS_PER_S);
		put(f, series, farm_double(1), &l, now_ns);
		expire(f, now_ns + (want_ns == 0 ? 3600 * NS_PER_S
						 : want_ns - 2 * NS_PER_S));
		assert_latest(f, "c/n/p=1 ");
		now_ns += want_ns + 3600 * NS_PER_S;
		expire(f, now_ns);
		assert_latest(f, want_ns == 0 ? "c/n/p=1 " : "");
	}
	series_set_lifetime(f->series, series, INT64_MIN);
	put(f, series, farm_double(1),
	    &(const struct lifetimes){ .parameter_ns = NS_PER_S }, now_ns);
	expire(f, now_ns + 3600 * NS_PER_S);
	assert_latest(f, "c/n/p=1 ");
	series_unpin(f->series, series);
}

static void
nodes_and_clusters_expire(void **state)
{
	static const struct lifetimes node = { .node_ns = 10 * NS_PER_S };
	static const struct lifetimes cluster = {
		.node_ns = 5 * NS_PER_S,
		.cluster_ns = 5 * NS_PER_S,
	};
	struct fixture *f = *state;

	put_names(f, "a", "n1", "p", 1, &node, 0);
	put_names(f, "a", "n1", "q", 1, &node, 0);
	put_names(f, "a", "n2", "p", 1, &node, 9 * NS_PER_S);
	put_names(f, "b\"", "n", "p", 1, &cluster, 9 * NS_PER_S);
	expire(f, 10 * NS_PER_S);
	assert_removals(f, "{\"farm\":\"farm\",\"cluster\":\"a\","
			   "\"node\":\"n1\",\"reason\":\"lifetime\"}");
	assert_latest(f, "a/n2/p=1 b\"/n/p=1 ");
	expire(f, 14 * NS_PER_S);
	assert_removals(f, "{\"farm\":\"farm\",\"cluster\":\"b\\\"\","
			   "\"reason\":\"lifetime\"}");
	expire(f, 19 * NS_PER_S);
	assert_removals(f, "{\"farm\":\"farm\",\"cluster\":\"a\","
			   "\"node\":\"n2\",\"reason\":\"lifetime\"}"
			   "{\"farm\":\"farm\",\"cluster\":\"a\","
			   "\"reason\":\"empty\"}");
	assert_latest(f, "");
}

/* Another kind is another series; only one of them is shown, and the end of
   the old one is no removal. */
static void
a_series_defined_anew_takes_over(void **state)
{
	static const struct lifetimes ten = { .parameter_ns = 10 * NS_PER_S };
	struct farm_series s = {
		.farm = "farm",
		.cluster = "c",
		.node = "n",
		.parameter = "p",
		.kind = FARM_COUNTER64,
	};
	struct fixture *f = *state;
	uint32_t number;

	put_names(f, "c", "n", "p", 1, &ten, 0);
	number = series_define(f->series, &s, NULL);
	put(f, number, farm_uint64(2), &ten, 5 * NS_PER_S);
	assert_latest(f, "c/n/p=2 ");
	expire(f, 12 * NS_PER_S);
	assert_removals(f, "");
	assert_latest(f, "c/n/p=2 ");
	series_unpin(f->series, number);
}

static void
the_tree_reads_as_json(void **state)
{
	static const struct lifetimes l = {
		.node_ns = 60 * NS_PER_S,
		.cluster_ns = 90 * NS_PER_S,
	};
	struct buffer b = BUFFER_INIT;
	struct fixture *f = *state;

	put_names(f, "c", "n2", "p", 1, &l, 0);
	put_names(f, "c", "n1", "p", 2, &l, 1);
	put_names(f, "d", "n1", "p", 3, &l, 2);
	assert_int_equal(0, cache_tree_json(f->cache, &b,
				&(struct cache_tree_view){ .cluster = "c" }));
	assert_string_equal(buffer_text(&b),
	    "[{\"farm\":\"farm\",\"cluster\":\"c\","
	    "\"lifetime_ns\":90000000000,\"nodes\":["
	    "{\"node\":\"n1\",\"parameters\":1,"
	    "\"last\":\"2023-11-14T22:13:20.000000001Z\",\"lifetime_ns\":"
	    "60000000000},"
	    "{\"node\":\"n2\",\"parameters\":1,"
	    "\"last\":\"2023-11-14T22:13:20.000Z\",\"lifetime_ns\":60000000000}"
	    "]}]");
	buffer_clear(&b);
	assert_int_equal(
	    0, cache_tree_json(f->cache, &b,
		   &(struct cache_tree_view){ .cluster = "d", .node = "n1" }));
	assert_string_equal(buffer_text(&b),
	    "[{\"farm\":\"farm\",\"cluster\":\"d\","
	    "\"lifetime_ns\":90000000000,\"nodes\":["
	    "{\"node\":\"n1\",\"parameters\":1,"
	    "\"last\":\"2023-11-14T22:13:20.000000002Z\",\"lifetime_ns\":"
	    "60000000000,"
	    "\"values\":[{\"parameter\":\"p\","
	    "\"time\":\"2023-11-14T22:13:20.000000002Z\",\"value\":3,\"unit\":"
	    "\"\"}]"
	    "}]}]");
	buffer_clear(&b);
	assert_int_equal(-1, cache_tree_json(f->cache, &b,
				 &(struct cache_tree_view){ .cluster = "e" }));
	buffer_free(&b);
}

/* --------------------------------------------------------------- recent -- */

struct seen {
	uint64_t first;
	uint64_t last;
	size_t n;
};

static bool
see(void *context, const struct farm_series *s,
    const struct cache_point *points, size_t n)
{
	struct seen *seen = context;

	(void)s;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			assert_true(
			    points[i].position > points[i - 1].position);
		if (seen->n == 0 || points[i].position < seen->first)
			seen->first = points[i].position;
		if (points[i].position > seen->last)
			seen->last = points[i].position;
		seen->n++;
	}
	return true;
}

static void
recent_points_are_bounded(void **state)
{
	static const struct lifetimes none;
	struct fixture *f = *state;
	struct seen seen = { 0 };
	struct cache_stats stats;
	uint32_t numbers[10];
	char name[16];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		numbers[i] = define(f, "c", "n", name);
	}
	for (int i = 0; i < 100000; i++)
		put(f, numbers[i % 10],
		    i % 7 == 0 ? farm_text("0123456789", 10) : farm_int64(i),
		    &none, i);
	cache_stats(f->cache, &stats);
	assert_int_equal(10, stats.series);
	assert_true(stats.recent_bytes <= 1 << 20);
	assert_true(stats.recent_bytes > 1 << 19);
	assert_int_equal(100000, stats.points + stats.points_given_up);
	/* Whole beyond the mark, and to the last one. */
	cache_recent(f->cache, f->all, 0, INT64_MAX,
	    cache_whole_after(f->cache, f->all), see, &seen);
	assert_int_equal(100000, seen.last);
	assert_int_equal(cache_whole_after(f->cache, f->all) + 1, seen.first);
	assert_int_equal(seen.last - seen.first + 1, seen.n);
	/* A span is half open. */
	seen = (struct seen){ 0 };
	cache_recent(
	    f->cache, f->all, WALL + 99990, WALL + 99999, 99993, see, &seen);
	assert_int_equal(99994, seen.first);
	assert_int_equal(99999, seen.last);
	/* With age all of them go, the last values stay. */
	expire(f, 3601 * NS_PER_S);
	cache_stats(f->cache, &stats);
	assert_int_equal(0, stats.points);
	assert_int_equal(0, stats.recent_bytes);
	assert_int_equal(10, stats.series);
	for (int i = 0; i < 10; i++)
		series_unpin(f->series, numbers[i]);
}

/* ------------------------------------------------- against a naive model -- */

#define NODES 5
#define PARAMETERS 6
#define STEPS 20000

struct model {
	bool live;
	int64_t value;
	int64_t renewed;
	int64_t lifetime;
};

struct compare {
	struct model (*want)[PARAMETERS];
	int64_t now;
	size_t live;
};

/* Within a second after its time a series may still be there. */
static bool
compare_one(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	struct compare *c = context;
	struct model *m = &c->want[s->node[0] - '0'][s->parameter[0] - '0'];

	assert_true(m->live);
	assert_int_equal(m->value, p->value.int64);
	if (m->lifetime > 0)
		assert_true(c->now < m->renewed + m->lifetime + NS_PER_S);
	c->live++;
	return true;
}

static void
compare_all(
    struct fixture *f, struct model want[NODES][PARAMETERS], int64_t now)
{
	struct compare c = { .want = want, .now = now };
	size_t surely = 0;

	cache_latest(f->cache, f->all, compare_one, &c);
	for (int n = 0; n < NODES; n++) {
		for (int p = 0; p < PARAMETERS; p++) {
			struct model *m = &want[n][p];

			if (m->live && (m->lifetime == 0 ||
					   now < m->renewed + m->lifetime))
				surely++;
		}
	}
	assert_true(c.live >= surely);
}

static void
equals_a_naive_model(void **state)
{
	static const int64_t seconds[] = { 0, 1, 2, 7, 600, 2000 };
	struct model want[NODES][PARAMETERS] = { 0 };
	struct lifetimes lifetimes[COUNT(seconds)] = { 0 };
	struct fixture *f = *state;
	struct cache_stats stats;
	unsigned seed = 99;
	int64_t now = 0;

	for (size_t i = 0; i < COUNT(seconds); i++)
		lifetimes[i].parameter_ns = seconds[i] * NS_PER_S;
	for (int i = 0; i < STEPS; i++) {
		int n = rand_r(&seed) % NODES;
		int p = rand_r(&seed) % PARAMETERS;
		size_t l = (size_t)rand_r(&seed) % COUNT(seconds);
		char node[] = { (char)('0' + n), '\0' };
		char parameter[] = { (char)('0' + p), '\0' };
		uint32_t number = define(f, "c", node, parameter);

		put(f, number, farm_int64(i), &lifetimes[l], now);
		series_unpin(f->series, number);
		want[n][p] = (struct model){ true, i, now,
			lifetimes[l].parameter_ns };
		now += rand_r(&seed) % 100 == 0
			   ? rand_r(&seed) % 1000 * NS_PER_S
			   : rand_r(&seed) % NS_PER_S;
		if (rand_r(&seed) % 10 != 0)
			continue;
		expire(f, now);
		batch_unref(f->removals);
		f->removals = batch_new();
		compare_all(f, want, now);
	}
	now += 3000 * NS_PER_S;
	expire(f, now);
	compare_all(f, want, now);
	cache_stats(f->cache, &stats);
	assert_true(stats.expired > 100);
	assert_int_equal(0, stats.lost);
}

/* Removals come in parts that make frames of a good size. */
static void
a_mass_expiry_comes_in_parts(void **state)
{
	static const struct lifetimes one = { .parameter_ns = NS_PER_S };
	struct fixture *f = *state;
	struct cache_stats stats;
	char name[16];
	size_t total = 0;
	size_t n;

	for (int i = 0; i < 9000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		put_names(f, "c", "n", name, i, &one, 0);
	}
	do {
		expire(f, 5 * NS_PER_S);
		n = f->removals->view.n_records;
		total += n;
		assert_true(n <= CACHE_REMOVALS + 2);
		batch_unref(f->removals);
		f->removals = batch_new();
	} while (n >= CACHE_REMOVALS);
	/* And the node and the cluster, which are empty. */
	assert_int_equal(9002, total);
	cache_stats(f->cache, &stats);
	assert_int_equal(0, stats.series);
	assert_int_equal(0, stats.nodes);
	assert_int_equal(0, stats.clusters);
}

/* ----------------------------------------------------- readers at work -- */

struct reading {
	struct fixture *f;
	_Atomic(bool) stop;
	_Atomic(int) rounds;
};

/* A number is its parameter's: what is read is never half of two. */
static bool
read_one(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	(void)context;
	assert_int_equal(atoi(s->parameter), p->value.int64 % 1000);
	return true;
}

static bool
read_recent(void *context, const struct farm_series *s,
    const struct cache_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		read_one(context, s, &points[i]);
	return true;
}

static void *
reader(void *context)
{
	struct reading *r = context;
	struct buffer b = BUFFER_INIT;

	while (!r->stop) {
		cache_latest(r->f->cache, r->f->all, read_one, NULL);
		cache_recent(
		    r->f->cache, r->f->all, 0, INT64_MAX, 0, read_recent, NULL);
		buffer_clear(&b);
		(void)cache_tree_json(
		    r->f->cache, &b, &(struct cache_tree_view){ 0 });
		r->rounds++;
	}
	buffer_free(&b);
	return NULL;
}

static void
readers_see_whole_series(void **state)
{
	static const struct lifetimes ten = { .parameter_ns = 10 * NS_PER_S };
	struct fixture *f = *state;
	struct reading reading = { .f = f };
	pthread_t thread;
	unsigned seed = 5;
	char name[8];

	assert_int_equal(0, pthread_create(&thread, NULL, reader, &reading));
	for (int64_t i = 0; i < 50000 || reading.rounds < 3; i++) {
		int p = rand_r(&seed) % 300;
		uint32_t number;

		snprintf(name, sizeof(name), "%d", p % 1000);
		number = define(f, "c", "n", name);
		put(f, number, farm_int64(i * 1000 + p), &ten,
		    i * 10 * NS_PER_MS);
		series_unpin(f->series, number);
		if (i % 50 == 0) {
			expire(f, i * 10 * NS_PER_MS);
			batch_unref(f->removals);
			f->removals = batch_new();
		}
	}
	reading.stop = true;
	assert_int_equal(0, pthread_join(thread, NULL));
}

#define EACH(TEST) cmocka_unit_test_setup_teardown(TEST, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(last_values_come_sorted),
		EACH(parameters_expire_and_come_back),
		EACH(a_series_has_a_lifetime_of_its_own),
		EACH(a_series_has_a_least_lifetime),
		EACH(nodes_and_clusters_expire),
		EACH(a_series_defined_anew_takes_over),
		EACH(the_tree_reads_as_json),
		EACH(recent_points_are_bounded),
		EACH(equals_a_naive_model),
		EACH(a_mass_expiry_comes_in_parts),
		EACH(readers_see_whole_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
