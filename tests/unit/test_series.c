#include "series.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

/* The test's own clock: quarantine takes ten minutes. */
static _Atomic int64_t now_ns = 1000 * NS_PER_S;

int64_t __wrap_clock_mono_ns(void);

int64_t
__wrap_clock_mono_ns(void)
{
	return now_ns;
}

static struct farm_series
named(const char *node, const char *parameter)
{
	return (struct farm_series){ .farm = "farm",
		.cluster = "cluster",
		.node = node,
		.parameter = parameter };
}

static uint32_t
define(struct series_table *t, const char *node, const char *parameter)
{
	const struct farm_series s = named(node, parameter);
	struct error err;
	uint32_t series = series_define(t, &s, &err);

	assert_int_not_equal(series, 0);
	return series;
}

static uint32_t
find(struct series_table *t, const char *node, const char *parameter)
{
	return series_find(t, "farm", "cluster", node, parameter);
}

static void
test_define_and_find(void **state)
{
	struct series_table *t = series_table_new(100);
	const struct farm_series *s;
	char name[] = "n1";

	(void)state;
	assert_int_equal(find(t, "n1", "p1"), 0);
	assert_int_equal(define(t, name, "p1"), 1);
	name[1] = '2';
	assert_int_equal(define(t, name, "p1"), 2);
	assert_int_equal(define(t, "n1", "p1"), 1);
	assert_int_equal(find(t, "n1", "p1"), 1);
	assert_int_equal(find(t, "n2", "p1"), 2);
	assert_int_equal(find(t, "n", "1p1"), 0);
	s = series_get(t, 1);
	assert_string_equal(s->farm, "farm");
	assert_string_equal(s->cluster, "cluster");
	assert_string_equal(s->node, "n1");
	assert_string_equal(s->parameter, "p1");
	assert_string_equal(s->unit, "");
	/* Names are kept once. */
	assert_ptr_equal(s->parameter, series_get(t, 2)->parameter);
	assert_null(series_get(t, 0));
	assert_null(series_get(t, 3));
	assert_null(series_get(t, UINT32_MAX));
	assert_int_equal(series_count(t), 2);
	assert_int_equal(series_bound(t), 3);
	series_table_free(t);
	series_table_free(NULL);
}

static void
test_metadata(void **state)
{
	struct series_table *t = series_table_new(100);
	char site[] = "geneva";
	const struct farm_label labels[] = { { "site", site }, { "rack", "" } };
	struct farm_series s = named("n", "p");
	uint32_t plain, labelled;

	(void)state;
	plain = series_define(t, &s, NULL);
	s.kind = FARM_COUNTER64;
	s.unit = "By";
	s.labels = labels;
	s.n_labels = 2;
	labelled = series_define(t, &s, NULL);
	assert_int_not_equal(labelled, plain);
	assert_int_equal(series_define(t, &s, NULL), labelled);
	assert_int_equal(find(t, "n", "p"), labelled);
	memset(site, 'x', 6);
	assert_string_equal(series_get(t, labelled)->labels[0].value, "geneva");
	assert_string_equal(series_get(t, labelled)->labels[1].name, "rack");
	assert_string_equal(series_get(t, labelled)->unit, "By");
	assert_int_equal(series_get(t, labelled)->kind, FARM_COUNTER64);
	/* Back and forth makes no third, and the last one is found. */
	assert_int_equal(define(t, "n", "p"), plain);
	assert_int_equal(find(t, "n", "p"), plain);
	assert_int_equal(series_count(t), 2);
	series_table_free(t);
}

static void
test_refused(void **state)
{
	static const struct farm_label many[FARM_LABELS_MAX + 1];
	static const struct farm_label bad[] = { { "", "x" } };
	const struct {
		struct farm_series series;
		const char *want;
	} cases[] = {
		{ { "f", "c", "n", "" }, "the name of a parameter is empty" },
		{ { "", "c", "n", "p" }, "the name of a farm is empty" },
		{ { "f", "c", "a\nb", "p" },
		    "the node name \"a\\x0ab\" holds a control character" },
		{ { "f", "c", "n", "p", .labels = many, .n_labels = 17 },
		    "p: 17 labels; at most 16 fit" },
		{ { "f", "c", "n", "p", .labels = bad, .n_labels = 1 },
		    "the name of a label is empty" },
	};
	struct series_table *t = series_table_new(100);
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(series_define(t, &cases[i].series, &err), 0);
		assert_string_equal(err.text, cases[i].want);
	}
	assert_int_equal(series_count(t), 0);
	series_table_free(t);
}

static void
test_full(void **state)
{
	struct series_table *t = series_table_new(2);
	const struct farm_series third = named("n", "c");
	struct error err;

	(void)state;
	define(t, "n", "a");
	define(t, "n", "b");
	assert_int_equal(series_define(t, &third, &err), 0);
	assert_string_equal(err.text, "the table of series is full (2)");
	/* What is there can still be had. */
	assert_int_equal(define(t, "n", "b"), 2);
	series_table_free(t);
}

static void
test_quarantine(void **state)
{
	struct series_table *t = series_table_new(100);
	uint32_t a = define(t, "n", "a"), b = define(t, "n", "b");
	size_t bytes;

	(void)state;
	assert_int_equal(define(t, "n", "a"), a);
	series_unpin(t, a);
	assert_int_equal(find(t, "n", "a"), a);
	series_unpin(t, a);
	assert_int_equal(find(t, "n", "a"), 0);
	assert_int_equal(series_count(t), 1);
	assert_string_equal(series_get(t, a)->parameter, "a");
	now_ns += SERIES_QUARANTINE_NS - 1;
	assert_int_equal(define(t, "n", "c"), 3);
	assert_string_equal(series_get(t, a)->parameter, "a");
	now_ns += NS_PER_S;
	bytes = series_bytes(t);
	assert_int_equal(define(t, "n", "d"), a);
	assert_string_equal(series_get(t, a)->parameter, "d");
	/* One name went, one came, both of the same length. */
	assert_int_equal(series_bytes(t), bytes);
	assert_int_equal(find(t, "n", "b"), b);
	assert_int_equal(series_bound(t), 4);
	series_table_free(t);
}

static void
test_pinned_out_of_quarantine(void **state)
{
	struct series_table *t = series_table_new(100);
	uint32_t drop[5], i, again;

	(void)state;
	for (i = 0; i < COUNT(drop); i++) {
		drop[i] = define(t, "n", (const char[]){ (char)('a' + i), 0 });
		series_unpin(t, drop[i]);
	}
	/* The first, one in the middle, the last. */
	series_pin(t, drop[0]);
	series_pin(t, drop[2]);
	series_pin(t, drop[4]);
	assert_int_equal(find(t, "n", "c"), drop[2]);
	/* One whose names are taken by now takes no place. */
	again = define(t, "n", "b");
	series_pin(t, drop[1]);
	assert_int_equal(find(t, "n", "b"), again);
	series_unpin(t, again);
	assert_int_equal(find(t, "n", "b"), drop[1]);
	now_ns += SERIES_QUARANTINE_NS + NS_PER_S;
	assert_int_equal(define(t, "n", "x"), drop[3]);
	assert_int_equal(define(t, "n", "y"), again);
	assert_int_equal(define(t, "n", "z"), again + 1);
	series_table_free(t);
}

#define THREADS 4
#define NODES 50
#define PARAMETERS 40

struct crowd {
	struct series_table *table;
	_Atomic uint32_t published[NODES * PARAMETERS];
	_Atomic unsigned tickets; /* a seed each */
	_Atomic unsigned failures;
};

static void
name_of(char to[2][16], unsigned i)
{
	snprintf(to[0], 16, "n%u", i / PARAMETERS);
	snprintf(to[1], 16, "p%u", i % PARAMETERS);
}

/* Define in an order of its own, read what others have made meanwhile, drop
   and define again. */
static void *
crowd_member(void *argument)
{
	struct crowd *c = argument;
	unsigned seed = atomic_fetch_add(&c->tickets, 1);
	const struct farm_series *s;
	uint32_t number, other;
	char name[2][16];
	unsigned i, k;

	for (i = 0; i < NODES * PARAMETERS * 3; i++) {
		k = (unsigned)rand_r(&seed) % (NODES * PARAMETERS);
		name_of(name, k);
		number = series_define(c->table,
		    &(struct farm_series){ "f", "c", name[0], name[1], "s" },
		    NULL);
		s = series_get(c->table, number);
		if (s == NULL || strcmp(s->parameter, name[1]) != 0)
			c->failures++;
		atomic_store_explicit(
		    &c->published[k], number, memory_order_relaxed);
		k = (unsigned)rand_r(&seed) % (NODES * PARAMETERS);
		other = atomic_load_explicit(
		    &c->published[k], memory_order_relaxed);
		name_of(name, k);
		s = series_get(c->table, other);
		if (other != 0 && (s == NULL || strcmp(s->node, name[0]) != 0))
			c->failures++;
		if (i % 8 == 0)
			series_unpin(c->table, number);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct crowd c = { .table = series_table_new(1000000) };
	pthread_t threads[THREADS];
	unsigned i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, crowd_member, &c), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(c.failures, 0);
	assert_in_range(series_count(c.table), 1000, NODES * PARAMETERS);
	series_table_free(c.table);
}

/* Many, so that the table grows; what one costs in memory is a promise. */
static void
test_memory(void **state)
{
	const uint32_t nodes = 1000, parameters = 100;
	struct series_table *t = series_table_new(nodes * parameters);
	char node[32], parameter[32];
	uint32_t n, p;

	(void)state;
	for (n = 0; n < nodes; n++)
		for (p = 0; p < parameters; p++) {
			snprintf(node, sizeof(node), "node%05u.local", n);
			snprintf(parameter, sizeof(parameter), "param_%u", p);
			assert_int_equal(
			    define(t, node, parameter), n * parameters + p + 1);
		}
	assert_int_equal(
	    find(t, "node00999.local", "param_99"), nodes * parameters);
	assert_in_range(series_bytes(t) / (nodes * parameters), 1, 90);
	series_table_free(t);
}

static void
test_lifetime(void **state)
{
	struct series_table *t = series_table_new(2);
	const struct farm_series names = {
		.farm = "f", .cluster = "c", .node = "n", .parameter = "p"
	};
	uint32_t series = series_define(t, &names, NULL);

	(void)state;
	assert_int_equal(series_lifetime(t, series), 0);
	series_set_lifetime(t, series, 5);
	assert_int_equal(series_lifetime(t, series), 5);
	series_set_lifetime(t, series, 0);
	assert_int_equal(series_lifetime(t, series), 0);
	series_set_lifetime(t, series, 7);
	series_unpin(t, series);
	/* Another series, even of the same names, knows nothing of it. */
	series = series_define(t, &names, NULL);
	assert_int_equal(series_lifetime(t, series), 0);
	series_set_lifetime(t, 99, 5);
	assert_int_equal(series_lifetime(t, 99), 0);
	series_unpin(t, series);
	series_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_define_and_find),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_pinned_out_of_quarantine),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
