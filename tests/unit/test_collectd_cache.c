#include <stdatomic.h>

#include "by_name.h"
#include "types_db.h"

#include "engine.h"

#include "unit.h"

static data_source_t sources[] = { { "v", DS_TYPE_DERIVE, 0, 1000 } };
static const data_set_t ds = { "speed", 1, sources };

static value_list_t
list(const char *instance, value_t *value, double seconds)
{
	value_list_t vl = { .values = value, .values_len = 1 };

	vl.time = DOUBLE_TO_CDTIME_T(seconds);
	vl.interval = MS_TO_CDTIME_T(1);
	sstrncpy(vl.host, "h", sizeof(vl.host));
	sstrncpy(vl.plugin, "p", sizeof(vl.plugin));
	sstrncpy(vl.type, "speed", sizeof(vl.type));
	sstrncpy(vl.type_instance, instance, sizeof(vl.type_instance));
	return vl;
}

static void
test_update(void **state)
{
	value_t value = { .derive = 10 };
	value_list_t vl = list("u", &value, 100);
	gauge_t *rates;

	(void)state;
	engine_calls[0] = '\0';
	assert_int_equal(uc_update(&ds, &vl), 0);
	assert_string_equal(engine_calls, "event new h/p/speed-u\n");
	/* The same time again. */
	assert_int_equal(uc_update(&ds, &vl), -1);
	assert_string_equal(engine_log, "h/p/speed-u: its time, 100.000, is "
					"not after that of the value before");
	value.derive = 30;
	vl.time = TIME_T_TO_CDTIME_T(110);
	assert_int_equal(uc_set_callbacks_mask("h/p/speed-u", 5), 0);
	assert_int_equal(uc_set_callbacks_mask("none", 5), -1);
	assert_int_equal(uc_update(&ds, &vl), 0);
	assert_string_equal(
	    engine_calls, "event new h/p/speed-u\nevent update h/p/speed-u\n");
	rates = uc_get_rate(&ds, &vl);
	assert_true(rates[0] == 2);
	free(rates);
	/* A list that is not of the type. */
	vl.values_len = 2;
	assert_int_equal(uc_update(&ds, &vl), -1);
}

static void
test_history(void **state)
{
	value_t value = { .derive = 0 };
	value_list_t vl = list("h", &value, 1000);
	gauge_t history[6];
	int i;

	(void)state;
	assert_int_equal(uc_update(&ds, &vl), 0);
	assert_int_equal(uc_get_history(&ds, &vl, history, 3, 1), 0);
	assert_int_not_equal(uc_get_history(&ds, &vl, history, 3, 2), 0);
	assert_int_not_equal(uc_get_history(&ds, &vl, history, SIZE_MAX, 1), 0);
	for (i = 1; i <= 5; i++) {
		value.derive += i * 10;
		vl.time += TIME_T_TO_CDTIME_T(10);
		assert_int_equal(uc_update(&ds, &vl), 0);
	}
	/* Longer than it was kept: the newest three, then nothing. */
	assert_int_equal(uc_get_history(&ds, &vl, history, 6, 1), 0);
	for (i = 0; i < 3; i++)
		assert_true(history[i] == 5 - i);
	for (; i < 6; i++)
		assert_true(isnan(history[i]));
	value.derive += 70;
	vl.time += TIME_T_TO_CDTIME_T(10);
	assert_int_equal(uc_update(&ds, &vl), 0);
	assert_int_equal(uc_get_history(&ds, &vl, history, 4, 1), 0);
	assert_true(history[0] == 7 && history[3] == 3);
}

static void
test_names(void **state)
{
	char **names;
	cdtime_t *times;
	size_t i, n;

	(void)state;
	assert_int_equal(uc_get_names(&names, &times, &n), 0);
	assert_int_equal(n, uc_get_size());
	for (i = 1; i < n; i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	strarray_free(names, n);
	free(times);
}

/* Series of 1 ms intervals; those of an hour stay. */
static void
test_timeout(void **state)
{
	value_t value = { .derive = 0 };
	value_list_t old = list("old", &value, 2000);
	value_list_t kept = list("kept", &value, 2000);
	struct timespec pause = { 0, 1000000 };
	int tries;

	(void)state;
	kept.interval = TIME_T_TO_CDTIME_T(3600);
	assert_int_equal(uc_update(&ds, &old), 0);
	assert_int_equal(uc_update(&ds, &kept), 0);
	uc_set_callbacks_mask("h/p/speed-old", 1);
	engine_calls[0] = '\0';
	for (tries = 0; tries < 5000 && uc_get_state(&ds, &old) == 0; tries++) {
		nanosleep(&pause, NULL);
		assert_int_equal(uc_check_timeout(), 0);
	}
	assert_non_null(strstr(engine_calls,
	    "missing h/p/speed-old\nevent expired h/p/speed-old\n"));
	assert_null(strstr(engine_calls, "kept"));
	assert_int_equal(uc_get_state(&ds, &old), STATE_ERROR);
	assert_int_equal(uc_get_state(&ds, &kept), STATE_UNKNOWN);
}

static atomic_bool stop;

static void *
ask(void *arg)
{
	value_list_t vl = list("t0", NULL, 0);
	uc_iter_t *iter;
	gauge_t history[4];
	uint64_t n;
	char *name;

	while (!atomic_load(&stop)) {
		free(uc_get_rate(&ds, &vl));
		uc_get_history(&ds, &vl, history, 4, 1);
		uc_meta_data_add_unsigned_int(&vl, "n", 7);
		if (uc_meta_data_get_unsigned_int(&vl, "n", &n) == 0)
			assert_int_equal(n, 7);
		iter = uc_get_iterator();
		while (uc_iterator_next(iter, &name) == 0)
			assert_non_null(name);
		uc_iterator_destroy(iter);
		assert_int_equal(data_set_register(&ds), 0);
		assert_int_equal(plugin_get_ds("speed")->ds_num, 1);
	}
	return arg;
}

static void *
update(void *arg)
{
	value_t value = { .derive = 0 };
	value_list_t vl = list(arg, &value, 5000);
	int i;

	vl.interval = TIME_T_TO_CDTIME_T(3600);
	for (i = 0; i < 2000; i++) {
		value.derive += 10;
		vl.time += TIME_T_TO_CDTIME_T(1);
		assert_int_equal(uc_update(&ds, &vl), 0);
	}
	return arg;
}

static void
test_threads(void **state)
{
	static char names[2][3] = { "t0", "t1" };
	value_list_t vl = list("t1", NULL, 0);
	pthread_t asking, updating[2];
	gauge_t *rates;
	int i;

	(void)state;
	assert_int_equal(pthread_create(&asking, NULL, ask, NULL), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&updating[i], NULL, update, names[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(updating[i], NULL);
	atomic_store(&stop, true);
	pthread_join(asking, NULL);
	rates = uc_get_rate(&ds, &vl);
	assert_true(rates[0] == 10);
	free(rates);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
test_thresholds(void **state)
{
	static const char *const keys[] = { "//speed", "h//speed-i",
		"h/p/speed", "h/p-q/speed", "h/p-q/speed-i" };
	threshold_t thresholds[COUNT(keys)] = { { .hits = 0 } }, found;
	value_list_t vl = list("i", NULL, 0);
	size_t i;

	(void)state;
	strcpy(vl.plugin_instance, "q");
	assert_int_equal(ut_search_threshold(&vl, &found), ENOENT);
	assert_int_equal(ut_search_threshold(NULL, &found), EINVAL);
	threshold_tree = c_avl_create(compare);
	/* Each names more than those before, and is preferred. */
	for (i = 0; i < COUNT(keys); i++) {
		thresholds[i].hits = (int)i;
		thresholds[i].next = &thresholds[0];
		c_avl_insert(
		    threshold_tree, (void *)(uintptr_t)keys[i], &thresholds[i]);
		assert_int_equal(ut_search_threshold(&vl, &found), 0);
		assert_int_equal(found.hits, i);
		assert_null(found.next);
	}
	c_avl_destroy(threshold_tree);
	threshold_tree = NULL;
}

/* Comes and goes at random: what is there is found, and nothing else. */
static void
test_by_name(void **state)
{
	enum { NAMES = 300, STEPS = 20000 };
	static char names[NAMES][8];
	struct by_name b = { .n = 0 };
	bool there[NAMES] = { false };
	size_t i, which, n = 0;
	unsigned seed = 7;

	(void)state;
	assert_null(by_name_get(&b, "n1"));
	by_name_remove(&b, "n1");
	for (i = 0; i < NAMES; i++)
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
	for (i = 0; i < STEPS; i++) {
		which = (size_t)rand_r(&seed) % NAMES;
		if (there[which])
			by_name_remove(&b, names[which]);
		else
			assert_int_equal(
			    by_name_put(&b, names[which], names[which]), 0);
		there[which] = !there[which];
		n += there[which] ? 1 : (size_t)-1;
		assert_int_equal(b.n, n);
		which = (size_t)rand_r(&seed) % NAMES;
		assert_ptr_equal(by_name_get(&b, names[which]),
		    there[which] ? names[which] : NULL);
	}
	for (i = 0; i < NAMES; i++)
		assert_ptr_equal(
		    by_name_get(&b, names[i]), there[i] ? names[i] : NULL);
	by_name_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
