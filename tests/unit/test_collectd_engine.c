/* The engine of farm-collectd: callbacks, contexts, names, versions. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "callbacks.h"
#include "context.h"
#include "event.h"
#include "imports.h"
#include "clock.h"
#include "known.h"
#include "map.h"
#include "output.h"
#include "series.h"
/* Its macros have the names of functions: last. */
#include "unit.h"

/* ---------------------------------------------------------------- contexts */

static void *
interval_of_thread(void *interval)
{
	*(cdtime_t *)interval = plugin_get_interval();
	return NULL;
}

static void
test_context(void **unused)
{
	char name[] = "own";
	plugin_ctx_t own = { .name = name, .interval = 7 };
	cdtime_t plain = 0, ours = 0;
	struct context before;
	pthread_t thread;

	(void)unused;
	interval_g = 5;
	before = context_enter(&own, "read");
	assert_string_equal(context_plugin(), "own");
	assert_string_equal(context_doing(), "read");
	assert_int_equal(plugin_get_interval(), 7);
	/* A plugin's own thread has it only if it was made by us. */
	pthread_create(&thread, NULL, interval_of_thread, &plain);
	pthread_join(thread, NULL);
	assert_int_equal(plugin_thread_create(&thread, interval_of_thread,
			     &ours, "a name that is too long"),
	    0);
	pthread_join(thread, NULL);
	context_leave(before);
	assert_int_equal(plain, 5);
	assert_int_equal(ours, 7);
	assert_string_equal(context_plugin(), "");
	interval_g = 0;
	assert_int_equal(plugin_get_interval(), TIME_T_TO_CDTIME_T(10));
}

/* --------------------------------------------------------------- callbacks */

static int freed;

static void
count_free(void *data)
{
	freed += *(int *)data;
}

static int
read_nothing(user_data_t *data)
{
	(void)data;
	return 0;
}

static int
write_nothing(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	(void)ds, (void)list, (void)data;
	return 0;
}

static void
test_taken_name_frees(void **unused)
{
	int one = 1, ten = 10;

	(void)unused;
	freed = 0;
	assert_int_equal(plugin_register_complex_read("g", "r", read_nothing, 0,
			     &(user_data_t){ &one, count_free }),
	    0);
	assert_int_equal(plugin_register_complex_read("g", "r", read_nothing, 0,
			     &(user_data_t){ &ten, count_free }),
	    EINVAL);
	assert_int_equal(freed, 10);
	assert_int_equal(plugin_unregister_read_group("none"), ENOENT);
	assert_int_equal(plugin_unregister_read_group("g"), 0);
	assert_int_equal(freed, 11);
	assert_int_equal(plugin_unregister_read("r"), ENOENT);
}

/* Who walks a list keeps it as it was; what was replaced lives as long. */
static void
test_lists_do_not_change(void **unused)
{
	int one = 1, ten = 10;
	struct callbacks *list;

	(void)unused;
	freed = 0;
	plugin_register_write(
	    "w", write_nothing, &(user_data_t){ &one, count_free });
	list = callbacks_get(CALLBACK_WRITE);
	assert_int_equal(list->n, 1);
	plugin_register_write(
	    "w", write_nothing, &(user_data_t){ &ten, count_free });
	plugin_register_write("v", write_nothing, NULL);
	assert_int_equal(callbacks_count(CALLBACK_WRITE), 2);
	assert_int_equal(list->n, 1);
	assert_true(list->items[0]->gone);
	assert_int_equal(freed, 0);
	callbacks_put(list);
	assert_int_equal(freed, 1);
	callbacks_clear(CALLBACK_WRITE);
	assert_int_equal(freed, 11);
	assert_null(callbacks_get(CALLBACK_WRITE));
}

static int wanted_calls, other_calls;

static int
want(cache_event_t *e, user_data_t *data)
{
	(void)data;
	wanted_calls++;
	e->ret = e->type == CE_VALUE_NEW;
	return 0;
}

static int
want_not(cache_event_t *e, user_data_t *data)
{
	(void)e, (void)data;
	other_calls++;
	return 0;
}

/* News are for all; updates for those whose bit the cache keeps, whoever has
   left meanwhile. */
static void
test_cache_events(void **unused)
{
	value_list_t list = VALUE_LIST_INIT;

	(void)unused;
	plugin_register_cache_event("first", want_not, NULL);
	plugin_register_cache_event("second", want, NULL);
	plugin_dispatch_cache_event(CE_VALUE_NEW, 0, "h/p/t", &list);
	assert_int_equal(wanted_calls, 1);
	assert_int_equal(other_calls, 1);
	(void)callbacks_remove(CALLBACK_CACHE_EVENT, "first");
	plugin_dispatch_cache_event(CE_VALUE_UPDATE, 2, "h/p/t", &list);
	assert_int_equal(wanted_calls, 2);
	plugin_dispatch_cache_event(CE_VALUE_UPDATE, 1, "h/p/t", &list);
	assert_int_equal(wanted_calls, 2);
	callbacks_clear(CALLBACK_CACHE_EVENT);
}

/* ------------------------------------------------------------------- names */

static data_source_t sources[] = { { "rx", DS_TYPE_DERIVE, 0, NAN },
	{ "tx", DS_TYPE_DERIVE, 0, NAN } };
static const data_set_t one_source = { "x", 1, sources };
static const data_set_t two_sources = { "x", 2, sources };

static value_list_t
list_of(const char *plugin, const char *plugin_instance, const char *type,
    const char *type_instance)
{
	value_list_t list = VALUE_LIST_INIT;

	strcpy(list.host, "h");
	strcpy(list.plugin, plugin);
	strcpy(list.plugin_instance, plugin_instance);
	strcpy(list.type, type);
	strcpy(list.type_instance, type_instance);
	return list;
}

static void
test_parameters(void **unused)
{
	static const struct {
		const char *names[4];
		size_t sources;
		const char *brief;
		const char *full;
	} cases[] = {
		{ { "cpu", "0", "cpu", "user" }, 1, "cpu-0/user",
		    "cpu-0/cpu-user" },
		{ { "cpu", "0", "percent", "user" }, 1, "cpu-0/percent-user",
		    "cpu-0/percent-user" },
		{ { "load", "", "load", "" }, 2, "load/tx", "load/load/tx" },
		{ { "uptime", "", "uptime", "" }, 1, "uptime",
		    "uptime/uptime" },
		{ { "interface", "eth0", "if_octets", "" }, 2,
		    "interface-eth0/if_octets/tx",
		    "interface-eth0/if_octets/tx" },
	};
	struct buffer b = BUFFER_INIT;
	value_list_t list;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const data_set_t *ds = cases[i].sources == 1 ? &one_source
							     : &two_sources;

		list = list_of(cases[i].names[0], cases[i].names[1],
		    cases[i].names[2], cases[i].names[3]);
		map_parameter(&b, NAMES_SHORT, ds, &list, ds->ds_num - 1);
		assert_string_equal(buffer_text(&b), cases[i].brief);
		buffer_clear(&b);
		map_parameter(&b, NAMES_FULL, ds, &list, ds->ds_num - 1);
		assert_string_equal(buffer_text(&b), cases[i].full);
		buffer_clear(&b);
	}
	buffer_free(&b);
}

static void
test_nodes(void **unused)
{
	static const struct farm_pair hosts[] = { { "Old", "new" } };
	struct map m = { .node = "me", .hosts = { hosts, 1 } };

	(void)unused;
	hostname_set("here");
	assert_string_equal(map_node(&m, "here"), "me");
	assert_string_equal(map_node(&m, "there"), "there");
	assert_string_equal(map_node(&m, "old"), "new");
	m.node = "";
	assert_string_equal(map_node(&m, "here"), "here");
}

static void
test_values(void **unused)
{
	struct farm_value v;

	(void)unused;
	assert_false(map_value(DS_TYPE_GAUGE, (value_t){ .gauge = NAN }, &v));
	assert_true(map_value(DS_TYPE_DERIVE, (value_t){ .derive = -5 }, &v));
	assert_int_equal(v.type, FARM_INT64);
	assert_int_equal(v.int64, -5);
	assert_true(
	    map_value(DS_TYPE_COUNTER, (value_t){ .counter = UINT64_MAX }, &v));
	assert_int_equal(v.type, FARM_UINT64);
	assert_true(v.uint64 == UINT64_MAX);
	assert_int_equal(map_kind(DS_TYPE_GAUGE), FARM_GAUGE);
	assert_int_equal(map_kind(DS_TYPE_ABSOLUTE), FARM_GAUGE);
	assert_int_equal(map_kind(DS_TYPE_DERIVE), FARM_COUNTER64);
	assert_int_equal(map_kind(DS_TYPE_COUNTER), FARM_COUNTER64);
}

/* The same names are the same series; two that would be one are not. */
static void
test_known(void **unused)
{
	struct map m = { .farm = "f", .cluster = "c", .node = "" };
	struct series_table *table = series_table_new(100);
	struct known *k = known_new(table, &m);
	value_list_t first = list_of("cpu", "", "cpu", "user");
	value_list_t second = list_of("cpu", "", "user", "");
	value_list_t many = list_of("irq", "", "irq", "");
	const uint32_t *series;
	struct error err;
	uint32_t number;
	int i;

	(void)unused;
	series = known_series(k, &one_source, &first, &err);
	assert_non_null(series);
	number = series[0];
	assert_string_equal(series_get(table, number)->parameter, "cpu/user");
	assert_ptr_equal(known_series(k, &one_source, &first, &err), series);
	assert_null(known_series(k, &one_source, &second, &err));
	assert_string_equal(err.text,
	    "h/cpu/user would be the same parameter as h/cpu/cpu-user; "
	    "\"names: full\" keeps them apart");
	assert_null(known_series(k, &one_source, &second, &err));
	assert_string_equal(err.text, "");
	assert_int_equal(known_count(k), 2);
	for (i = 0; i < 50; i++) {
		(void)snprintf(
		    many.type_instance, sizeof(many.type_instance), "%d", i);
		assert_non_null(known_series(k, &one_source, &many, &err));
	}
	known_sweep(k, 3600 * NS_PER_S);
	assert_int_equal(known_count(k), 52);
	known_sweep(k, -1);
	assert_int_equal(known_count(k), 0);
	assert_int_equal(series_find(table, "f", "c", "h", "cpu/user"), 0);
	known_free(k);
	series_table_free(table);
}

static void
test_event(void **unused)
{
	struct map m = { .farm = "f", .cluster = "c", .node = "" };
	struct buffer b = BUFFER_INIT;
	notification_t n = { .severity = NOTIF_FAILURE,
		.message = "too \"hot\"",
		.host = "h",
		.plugin = "thermal",
		.type = "temperature",
		.type_instance = "cpu" };

	(void)unused;
	plugin_notification_meta_add_string(&n, "a", "b");
	plugin_notification_meta_add_signed_int(&n, "n", -1);
	event_json(&b, &m, &n);
	assert_string_equal(buffer_text(&b),
	    "{\"event\":\"notification\",\"text\":\"too \\\"hot\\\"\","
	    "\"cluster\":\"c\",\"node\":\"h\","
	    "\"parameter\":\"thermal/temperature-cpu\","
	    "\"severity\":\"failure\",\"plugin\":\"thermal\","
	    "\"type\":\"temperature\",\"type_instance\":\"cpu\","
	    "\"meta\":{\"a\":\"b\",\"n\":-1}}");
	plugin_notification_meta_free(n.meta);
	buffer_free(&b);
}

/* ---------------------------------------------------------------- versions */

static void
test_versions(void **unused)
{
	static const struct {
		const char *version;
		const char *want; /* "" = known */
	} cases[] = {
		{ "5.12.0-14", "" },
		{ "5.11.0-7", "" },
		{ "5.10.0-3", "its plugins call plugin_thread_create() with "
			      "one more argument" },
		{ "5.8.1-1.3", "collectd 5.8.1-1.3 is not known" },
		{ "6.0.0~rc2-1", "plugins give metrics of another kind" },
		{ "git", "collectd \"git\": not a version" },
	};
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err.text[0] = '\0';
		assert_int_equal(imports_known(cases[i].version, &err),
		    cases[i].want[0] == '\0' ? 0 : -1);
		assert_non_null(strstr(err.text, cases[i].want));
	}
}

static void
quiet(struct output *o, int severity, const char *plugin, const char *text)
{
	(void)o, (void)severity, (void)plugin, (void)text;
}

int
main(void)
{
	static struct output silent = { .log = quiet };
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_taken_name_frees),
		cmocka_unit_test(test_lists_do_not_change),
		cmocka_unit_test(test_cache_events),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_versions),
	};

	output = &silent;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
