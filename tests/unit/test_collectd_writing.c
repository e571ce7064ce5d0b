/* farm-collectd as a writer: names and values back to collectd's, and who has
   had what of a batch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "callbacks.h"
#include "clock.h"
#include "delivery.h"
#include "event_read.h"
#include "identity.h"
#include "insist.h"
#include "known.h"
#include "map.h"
#include "notify.h"
#include "output.h"
#include "homes.h"
#include "say.h"
#include "series.h"
#include "types_db.h"
#include "writes.h"
/* Its macros have the names of functions: last. */
#include "unit.h"

static const struct identity_rules plain = { "{node}", "{cluster}", "",
	"{kind}", "{parameter}" };

static void
add_type(const char *name, size_t n, const int *types)
{
	static char names[3][2] = { "a", "b", "c" };
	data_source_t sources[3];
	data_set_t ds = { .ds_num = n, .ds = sources };
	size_t i;

	memset(sources, 0, sizeof(sources));
	for (i = 0; i < n; i++) {
		strcpy(sources[i].name, names[i]);
		sources[i].type = types[i];
		sources[i].min = sources[i].max = NAN;
	}
	strcpy(ds.type, name);
	assert_int_equal(data_set_register(&ds), 0);
}

static int
set_up(void **state)
{
	static const int gauges[3] = { DS_TYPE_GAUGE, DS_TYPE_GAUGE,
		DS_TYPE_GAUGE };
	static const int derive = DS_TYPE_DERIVE, counter = DS_TYPE_COUNTER;

	(void)state;
	add_type("gauge", 1, gauges);
	add_type("cpu", 1, gauges);
	add_type("load", 3, gauges);
	add_type("derive", 1, &derive);
	add_type("counter", 1, &counter);
	hostname_set("here");
	return uc_init();
}

/* ------------------------------------------------------------------- names */

static value_list_t
list_of(const char *host, const char *plugin, const char *plugin_instance,
    const char *type, const char *type_instance)
{
	value_list_t list = VALUE_LIST_INIT;

	strcpy(list.host, host);
	strcpy(list.plugin, plugin);
	strcpy(list.plugin_instance, plugin_instance);
	strcpy(list.type, type);
	strcpy(list.type_instance, type_instance);
	return list;
}

static void
same_names(const value_list_t *a, const value_list_t *b)
{
	assert_string_equal(a->host, b->host);
	assert_string_equal(a->plugin, b->plugin);
	assert_string_equal(a->plugin_instance, b->plugin_instance);
	assert_string_equal(a->type, b->type);
	assert_string_equal(a->type_instance, b->type_instance);
}

/* Names that text alone could not take apart, and what a node is called by. */
static const char *const words[] = { "cpu", "load", "a", "a-b", "load-a", "b",
	"gauge", "here", "cpu-a", "-", "x y", "" };

static const char *
word(unsigned *seed, bool empty)
{
	return words[(unsigned)rand_r(seed) % (COUNT(words) - !empty)];
}

/* What came from collectd goes back to exactly what it was. */
static void
test_there_and_back(void **unused)
{
	static const struct farm_pair hosts[] = { { "a", "node" } };
	static const char *const types[] = { "cpu", "load", "gauge" };
	struct map m = {
		.farm = "f", .cluster = "c", .node = "me", .hosts = { hosts, 1 }
	};
	struct series_table *table = series_table_new(100000);
	unsigned seed = 1, i, k, back = 0;
	const uint32_t *series;
	const data_set_t *ds;
	struct identity id;
	struct known *known;
	value_list_t list;
	struct error err;

	(void)unused;
	for (i = 0; i < 5000; i++) {
		m.names = rand_r(&seed) % 2 ? NAMES_FULL : NAMES_SHORT;
		known = known_new(table, &m);
		list = list_of(word(&seed, false), word(&seed, false),
		    word(&seed, true), types[rand_r(&seed) % 3],
		    word(&seed, true));
		ds = plugin_get_ds(list.type);
		series = known_series(known, ds, &list, &err);
		assert_non_null(series);
		for (k = 0; k < ds->ds_num; k++, back++) {
			assert_int_equal(
			    identity_of(&plain, series_get(table, series[k]),
				FARM_DOUBLE, &id, &err),
			    0);
			same_names(&id.list, &list);
			assert_ptr_equal(id.ds, ds);
			assert_int_equal(id.source, k);
		}
		known_free(known);
	}
	assert_true(back > 5000);
	series_table_free(table);
}

static void
test_rules(void **unused)
{
	static const struct farm_label collectds[] = { { "plugin", "cpu" },
		{ "type", "cpu" } };
	static const struct farm_label unknown[] = { { "plugin", "p" },
		{ "type", "nosuch" } };
	static const struct identity_rules own = { "{farm}.{node}", "p{unit}",
		"", "cpu", "{cluster}-{kind}" };
	static const struct identity_rules empty = { "{node}", "{unit}", "",
		"gauge", "" };
	static const struct identity_rules several = { "h", "p", "", "load",
		"" };
	const struct {
		const struct identity_rules *rules;
		struct farm_series series;
		int type;
		const char *want; /* a name, or what is said */
	} cases[] = {
		{ &plain, { "f", "c", "n", "t", "", NULL, 0, FARM_GAUGE },
		    FARM_DOUBLE, "n/c/gauge-t/a" },
		{ &plain, { "f", "c", "n", "t", "", NULL, 0, FARM_STATE },
		    FARM_BOOLEAN, "n/c/gauge-t/a" },
		{ &plain,
		    { "f", "c", "n", "/t/u", "", NULL, 0, FARM_COUNTER32 },
		    FARM_UINT64, "n/c/counter-t_u/a" },
		{ &plain, { "f", "c", "n", "t", "", NULL, 0, FARM_COUNTER64 },
		    FARM_INT64, "n/c/derive-t/a" },
		{ &plain, { "f", "c", "n", "t", "", NULL, 0, FARM_COUNTER64 },
		    FARM_DOUBLE, "n/c/gauge-t/a" },
		/* The labels are there, but this is not their parameter. */
		{ &plain,
		    { "f", "c", "n", "cpu_rate", "", collectds, 2, FARM_GAUGE },
		    FARM_DOUBLE, "n/c/gauge-cpu_rate/a" },
		{ &plain,
		    { "f", "c", "n", "cpu", "", collectds, 2, FARM_GAUGE },
		    FARM_DOUBLE, "n/cpu/cpu/a" },
		{ &plain, { "f", "c", "n", "p", "", unknown, 2, FARM_GAUGE },
		    FARM_DOUBLE,
		    "c/n/p: no types.db has its type, \"nosuch\"" },
		{ &own, { "f", "c", "n", "t", "s", NULL, 0, FARM_GAUGE },
		    FARM_DOUBLE, "f.n/ps/cpu-c-gauge/a" },
		{ &empty, { "f", "c", "n", "t", "", NULL, 0, FARM_GAUGE },
		    FARM_DOUBLE, "c/n/t: its host and plugin would be empty" },
		{ &several, { "f", "c", "n", "t", "", NULL, 0, FARM_GAUGE },
		    FARM_DOUBLE,
		    "c/n/t: the type \"load\" is not one with a single data "
		    "source" },
	};
	char name[IDENTITY_NAME_MAX];
	struct identity id;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		if (identity_of(cases[i].rules, &cases[i].series, cases[i].type,
			&id, &err) == 0)
			identity_name(&id, name);
		assert_string_equal(
		    strchr(cases[i].want, ':') ? err.text : name,
		    cases[i].want);
	}
}

/* 127 bytes are a name of collectd's; one more is said, and nothing is cut. */
static void
test_long_names(void **unused)
{
	char parameter[DATA_MAX_NAME_LEN + 1];
	struct farm_series s = { "f", "c", "n", parameter, "", NULL, 0,
		FARM_GAUGE };
	struct identity id;
	struct error err;

	(void)unused;
	memset(parameter, 'x', sizeof(parameter));
	parameter[DATA_MAX_NAME_LEN - 1] = '\0';
	assert_int_equal(identity_of(&plain, &s, FARM_DOUBLE, &id, &err), 0);
	assert_string_equal(id.list.type_instance, parameter);
	parameter[DATA_MAX_NAME_LEN - 1] = 'x';
	parameter[DATA_MAX_NAME_LEN] = '\0';
	assert_int_equal(identity_of(&plain, &s, FARM_DOUBLE, &id, &err), -1);
	assert_non_null(strstr(err.text, "of 128 bytes: collectd's names have "
					 "at most 127"));
	assert_non_null(strstr(err.text, parameter));
}

static void
test_rules_read(void **unused)
{
	static const struct {
		struct farm_pair pair;
		const char *want; /* "" = good */
	} cases[] = {
		{ { "host", "{farm}-{node}" }, "" },
		{ { "type", "x" }, "" },
		{ { "name", "x" }, "identifier: an identifier has no \"name\"; "
				   "it has host, plugin, plugin_instance, type "
				   "and type_instance" },
		{ { "type", "{sort}" }, "identifier: type: {sort} stands for "
					"nothing; there are {farm}, {cluster}, "
					"{node}, {parameter}, {unit} and "
					"{kind}" },
		{ { "host", "a{node" }, "identifier: host: \"{node\" has no "
					"end" },
	};
	struct identity_rules rules;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct farm_map map = { &cases[i].pair, 1 };

		err.text[0] = '\0';
		assert_int_equal(identity_rules_read(&rules, &map, &err),
		    cases[i].want[0] == '\0' ? 0 : -1);
		assert_string_equal(err.text, cases[i].want);
	}
	assert_string_equal(rules.type_instance, "{parameter}");
}

static void
test_values_back(void **unused)
{
	static const double beyond = 9223372036854775808.0;
	const struct {
		int ds_type;
		struct farm_value value;
		bool fits;
		value_t want;
	} cases[] = {
		{ DS_TYPE_GAUGE, farm_double(0.5), true, { .gauge = 0.5 } },
		{ DS_TYPE_GAUGE, farm_int64(-3), true, { .gauge = -3 } },
		{ DS_TYPE_GAUGE, farm_boolean(true), true, { .gauge = 1 } },
		{ DS_TYPE_GAUGE, farm_text("x", 1), false, { 0 } },
		{ DS_TYPE_DERIVE, farm_int64(INT64_MIN), true,
		    { .derive = INT64_MIN } },
		{ DS_TYPE_DERIVE, farm_uint64(INT64_MAX), true,
		    { .derive = INT64_MAX } },
		{ DS_TYPE_DERIVE, farm_uint64((uint64_t)INT64_MAX + 1), false,
		    { 0 } },
		{ DS_TYPE_DERIVE, farm_double(-7), true, { .derive = -7 } },
		{ DS_TYPE_DERIVE, farm_double(0.5), false, { 0 } },
		{ DS_TYPE_DERIVE, farm_double(beyond), false, { 0 } },
		{ DS_TYPE_DERIVE, farm_double(-beyond), true,
		    { .derive = INT64_MIN } },
		{ DS_TYPE_COUNTER, farm_uint64(UINT64_MAX), true,
		    { .counter = UINT64_MAX } },
		{ DS_TYPE_COUNTER, farm_int64(-1), false, { 0 } },
		{ DS_TYPE_COUNTER, farm_double(2 * beyond), false, { 0 } },
		{ DS_TYPE_COUNTER, farm_double(beyond), true,
		    { .counter = UINT64_C(1) << 63 } },
		{ DS_TYPE_COUNTER, farm_double(NAN), false, { 0 } },
		{ DS_TYPE_ABSOLUTE, farm_uint64(5), true, { .absolute = 5 } },
	};
	value_t seen;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		seen.absolute = 0;
		assert_int_equal(
		    identity_value(cases[i].ds_type, &cases[i].value, &seen),
		    cases[i].fits);
		assert_memory_equal(&seen, &cases[i].want, sizeof(seen));
	}
}

/* ------------------------------------------------------------------ homes */

static uint32_t
define(struct series_table *table, const char *parameter)
{
	struct farm_series s = { "f", "c", "n", parameter, "", NULL, 0,
		FARM_COUNTER64 };
	struct error err;

	return series_define(table, &s, &err);
}

static void
test_homes(void **unused)
{
	struct series_table *table = series_table_new(100);
	struct homes *p = homes_new(table, &plain, TIME_T_TO_CDTIME_T(10));
	struct farm_value first = farm_int64(1), second = farm_int64(1);
	struct home *home;
	struct error err;

	(void)unused;
	first.series = define(table, "a/b");
	second.series = define(table, "a_b");
	home = homes_find(p, &first, &err);
	assert_non_null(home);
	assert_string_equal(home->name, "n/c/derive-a_b/a");
	assert_null(homes_find(p, &second, &err));
	assert_string_equal(err.text,
	    "c/n/a_b would be the same as c/n/a/b, n/c/derive-a_b/a; "
	    "\"match\" or \"identifier\" keeps them apart");
	assert_null(homes_find(p, &second, &err));
	assert_string_equal(err.text, "");
	assert_ptr_equal(homes_find(p, &first, &err), home);
	/* Once the counter has fractions it is another type. */
	first.type = FARM_DOUBLE;
	home = homes_find(p, &first, &err);
	assert_string_equal(home->name, "n/c/gauge-a_b/a");
	/* Forgotten, its name is free. */
	homes_sweep(p, -1);
	assert_non_null(homes_find(p, &second, &err));
	homes_free(p);
	series_unpin(table, first.series);
	series_unpin(table, second.series);
	assert_int_equal(series_count(table), 0);
	series_table_free(table);
}

/* A parameter that has another unit from now on is another series. */
static void
test_other_unit(void **unused)
{
	struct series_table *table = series_table_new(100);
	struct homes *p = homes_new(table, &plain, TIME_T_TO_CDTIME_T(10));
	struct farm_series names = { "f", "c", "n", "a", "", NULL, 0,
		FARM_COUNTER64 };
	struct farm_value old = farm_int64(1), young = farm_int64(1);
	struct home *home;
	struct error err;

	(void)unused;
	old.series = series_define(table, &names, &err);
	names.unit = "By";
	young.series = series_define(table, &names, &err);
	assert_int_not_equal(old.series, young.series);
	home = homes_find(p, &old, &err);
	(void)homes_interval(p, home, TIME_T_TO_CDTIME_T(1000));
	home = homes_find(p, &young, &err);
	assert_non_null(home);
	assert_string_equal(home->name, "n/c/derive-a/a");
	assert_int_equal(CDTIME_T_TO_TIME_T(
			     homes_interval(p, home, TIME_T_TO_CDTIME_T(1060))),
	    60);
	/* What waited still has the old one. */
	home = homes_find(p, &old, &err);
	assert_non_null(home);
	assert_string_equal(home->name, "n/c/derive-a/a");
	assert_non_null(homes_find(p, &young, &err));
	homes_free(p);
	series_unpin(table, old.series);
	series_unpin(table, young.series);
	assert_int_equal(series_count(table), 0);
	series_table_free(table);
}

/* The name of one that comes no more is for one that goes on. */
static void
test_rival_gone(void **unused)
{
	struct series_table *table = series_table_new(100);
	struct homes *p = homes_new(table, &plain, TIME_T_TO_CDTIME_T(10));
	struct farm_value first = farm_int64(1), second = farm_int64(1);
	struct error err;
	int64_t before;

	(void)unused;
	first.series = define(table, "a/b");
	second.series = define(table, "a_b");
	assert_non_null(homes_find(p, &first, &err));
	before = clock_mono_ns();
	while (clock_mono_ns() < before + 20 * NS_PER_MS)
		;
	assert_null(homes_find(p, &second, &err));
	homes_sweep(p, clock_mono_ns() - before - 10 * NS_PER_MS);
	assert_non_null(homes_find(p, &second, &err));
	assert_null(homes_find(p, &first, &err));
	homes_free(p);
	series_unpin(table, first.series);
	series_unpin(table, second.series);
	series_table_free(table);
}

static void
test_intervals(void **unused)
{
	static const struct {
		int at;
		int want;
	} cases[] = { { 1000, 10 }, { 1010, 10 }, { 1021, 10 }, { 1081, 60 },
		{ 1081, 60 }, { 1070, 60 }, { 1091, 10 } };
	struct series_table *table = series_table_new(100);
	struct homes *p = homes_new(table, &plain, TIME_T_TO_CDTIME_T(10));
	struct home home = { .interval = TIME_T_TO_CDTIME_T(10) };
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(CDTIME_T_TO_TIME_T(homes_interval(p, &home,
				     TIME_T_TO_CDTIME_T(cases[i].at))),
		    cases[i].want);
	homes_free(p);
	series_table_free(table);
}

/* -------------------------------------------------------------- deliveries */

/* A plugin: what it was given, and when it fails. */
struct plugin {
	char had[256]; /* gauges, as digits; "|" for a flush */
	char rates[256];
	int fail_at; /* the gauge that it fails on, so many times */
	int fail_times;
	int flush_rc;
	const char *says;
};

static int
take_write(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	struct plugin *p = data->data;
	int n = (int)list->values[0].derive;
	gauge_t *rates = uc_get_rate(ds, list);

	if (n == p->fail_at && p->fail_times > 0) {
		p->fail_times--;
		if (p->says != NULL)
			plugin_log(LOG_ERR, "%s", p->says);
		free(rates);
		return -1;
	}
	(void)snprintf(
	    p->had + strlen(p->had), sizeof(p->had) - strlen(p->had), "%d", n);
	if (rates != NULL)
		(void)snprintf(p->rates + strlen(p->rates),
		    sizeof(p->rates) - strlen(p->rates), "%g ", rates[0]);
	free(rates);
	return 0;
}

static int
take_flush(cdtime_t timeout, const char *identifier, user_data_t *data)
{
	struct plugin *p = data->data;

	assert_true(timeout == 0 && identifier == NULL);
	strcat(p->had, "|");
	return p->flush_rc;
}

static void
add_plugin(char *name, struct plugin *p, bool gathers)
{
	plugin_ctx_t context = { .name = name };
	struct context before = context_enter(&context, "config");
	user_data_t data = { .data = p };

	plugin_register_write(name, take_write, &data);
	if (gathers)
		plugin_register_flush(name, take_flush, &data);
	context_leave(before);
}

static void
clear(void)
{
	callbacks_clear(CALLBACK_WRITE);
	callbacks_clear(CALLBACK_FLUSH);
	callbacks_clear(CALLBACK_NOTIFICATION);
}

/* Three values of one series. */
static int
deliver(struct delivery *d, bool flush, struct error *err)
{
	static int series;
	value_list_t list;
	value_t value;
	int i;

	delivery_begin(d);
	if (!delivery_is_again(d))
		series++;
	for (i = 1; i <= 3; i++) {
		list = list_of("h", "p", "", "derive", "");
		(void)snprintf(list.type_instance, 8, "%d", series);
		value.derive = i;
		list.values = &value;
		list.values_len = 1;
		/* 1, 2 and 4 s apart, so that each rate is another. */
		list.time = TIME_T_TO_CDTIME_T(1000 + (1 << i));
		list.interval = TIME_T_TO_CDTIME_T(1);
		delivery_next(d, CALLBACK_WRITE);
		writes_deliver(&list);
	}
	return delivery_end(d, flush, err);
}

/*
 * The second fails now and then, in the way of its kind; the first, beside it,
 * has everything once.
 */
static void
test_deliveries(void **unused)
{
	static char bystander[] = "bystander";
	static const struct {
		char name[16];
		bool gathers;
		struct plugin plugin;
		int rounds; /* until all is well */
		const char *want;
		const char *why; /* of the last that failed */
	} cases[] = {
		{ "good", true, { .fail_at = 0 }, 1, "123|", "" },
		{ "plain", false, { .fail_at = 2, .fail_times = 2 }, 3, "123",
		    "the write callback plain failed: -1" },
		/* What it had gathered may be lost: from the beginning. */
		{ "gathers", true,
		    { .fail_at = 2, .fail_times = 2, .says = "no way" }, 3,
		    "1"
		    "1"
		    "123|",
		    "no way" },
		/* It hands on what it has, and does not take it twice. */
		{ "rrdtool", true,
		    { .fail_at = 2, .fail_times = 1, .says = "disk full" }, 2,
		    "123|", "disk full" },
		/* Without a word, it never will. */
		{ "rrdtool", true, { .fail_at = 2, .fail_times = 9 }, 1, "13|",
		    "" },
		/* It flushes single identifiers only. */
		{ "single", true, { .flush_rc = EINVAL }, 1, "123|", "" },
	};
	struct plugin beside, p;
	struct delivery *d;
	struct error err;
	char name[16];
	size_t i;
	int round;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		d = delivery_new();
		beside = (struct plugin){ .fail_at = 0 };
		p = cases[i].plugin;
		strcpy(name, cases[i].name);
		add_plugin(bystander, &beside, false);
		add_plugin(name, &p, cases[i].gathers);
		err.text[0] = '\0';
		for (round = 1; deliver(d, true, &err) != 0; round++)
			assert_true(round < 10);
		assert_int_equal(round, cases[i].rounds);
		assert_string_equal(p.had, cases[i].want);
		assert_string_equal(err.text, cases[i].why);
		assert_string_equal(beside.had, "123");
		clear();
		delivery_free(d);
	}
}

/* A failed flush means that what was gathered is lost. */
static void
test_failed_flush(void **unused)
{
	static char name[] = "gathers";
	struct plugin p = { .flush_rc = -1 };
	struct delivery *d = delivery_new();
	struct error err;

	(void)unused;
	add_plugin(name, &p, true);
	assert_int_equal(deliver(d, true, &err), -1);
	assert_string_equal(err.text, "the flush callback gathers failed: -1");
	p.flush_rc = 0;
	assert_int_equal(deliver(d, true, &err), 0);
	assert_string_equal(p.had, "123|123|");
	/* Or it is left to the plugin. */
	p.had[0] = '\0';
	assert_int_equal(deliver(d, false, &err), 0);
	assert_string_equal(p.had, "123");
	clear();
	delivery_free(d);
}

/* Given again, a value has the rate that it had, not that of the last one. */
static void
test_rates_again(void **unused)
{
	static char name[] = "gathers";
	struct plugin p = { .fail_at = 3, .fail_times = 1 };
	struct delivery *d = delivery_new();
	struct error err;

	(void)unused;
	add_plugin(name, &p, true);
	assert_int_equal(deliver(d, true, &err), -1);
	assert_string_equal(p.rates, "nan 0.5 ");
	assert_int_equal(deliver(d, true, &err), 0);
	assert_string_equal(p.rates, "nan 0.5 nan 0.5 0.25 ");
	clear();
	delivery_free(d);
}

/* A refusal that a plugin takes for success, but says. */
static int
take_http(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	int *status = data->data;

	(void)ds, (void)list;
	plugin_log(LOG_INFO, "write_http plugin: HTTP Error code: %d", *status);
	return 0;
}

static void
test_said_refusal(void **unused)
{
	int status = 500;
	user_data_t data = { .data = &status };
	struct delivery *d = delivery_new();
	struct error err;

	(void)unused;
	plugin_register_write("write_http/x", take_http, &data);
	assert_int_equal(deliver(d, true, &err), -1);
	assert_string_equal(
	    err.text, "write_http plugin: HTTP Error code: 500");
	clear();
	delivery_free(d);
}

/* What a plugin tells while it writes is its own, not part of the batch. */
static int notified;

static int
take_notification(const notification_t *n, user_data_t *data)
{
	(void)n, (void)data;
	return notified++ == 0 ? 0 : -1;
}

static int
tell(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	notification_t n = { .severity = NOTIF_OKAY };

	(void)ds, (void)list, (void)data;
	return plugin_dispatch_notification(&n);
}

static void
test_told_meanwhile(void **unused)
{
	struct delivery *d = delivery_new();
	notification_t n = { .severity = NOTIF_OKAY };
	struct error err;

	(void)unused;
	notified = 0;
	plugin_register_notification("n", take_notification, NULL);
	plugin_register_write("w", tell, NULL);
	assert_int_equal(deliver(d, true, &err), 0);
	assert_int_equal(notified, 3);
	/* As an item it is. */
	delivery_begin(d);
	delivery_next(d, CALLBACK_NOTIFICATION);
	notify_plugins(&n);
	assert_int_equal(delivery_end(d, true, &err), -1);
	assert_string_equal(err.text, "the notification callback n failed: -1");
	clear();
	delivery_free(d);
}

/* ------------------------------------------------------------------ events */

static void
read_one(const char *json, notification_t *ret, struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	err->text[0] = '\0';
	(void)event_read(json, strlen(json), 5 * NS_PER_S, ret, err);
}

static void
test_events(void **unused)
{
	notification_t n;
	struct error err;

	(void)unused;
	read_one("{\"event\":\"notification\",\"text\":\"hot\",\"node\":\"me\","
		 "\"host\":\"h\",\"severity\":\"failure\",\"plugin\":\"p\","
		 "\"plugin_instance\":\"0\",\"type\":\"t\",\"type_instance\":"
		 "\"i\",\"meta\":{\"a\":\"b\",\"n\":-1,\"x\":0.5,\"y\":true}}",
	    &n, &err);
	assert_string_equal(err.text, "");
	assert_string_equal(n.host, "h");
	assert_string_equal(n.plugin, "p");
	assert_string_equal(n.plugin_instance, "0");
	assert_string_equal(n.type, "t");
	assert_string_equal(n.type_instance, "i");
	assert_string_equal(n.message, "hot");
	assert_int_equal(n.severity, NOTIF_FAILURE);
	assert_true(n.time == TIME_T_TO_CDTIME_T(5));
	assert_string_equal(n.meta->nm_value.nm_string, "b");
	assert_int_equal(n.meta->next->nm_value.nm_signed_int, -1);
	plugin_notification_meta_free(n.meta);
	read_one("{\"event\":\"isolated\",\"node\":\"me\"}", &n, &err);
	assert_string_equal(n.host, "me");
	assert_string_equal(n.plugin, "farmd");
	assert_string_equal(n.plugin_instance, "isolated");
	assert_string_equal(n.message, "isolated");
	assert_int_equal(n.severity, NOTIF_OKAY);
	read_one("[1]", &n, &err);
	assert_string_equal(err.text, "an event that is no object");
	read_one("{", &n, &err);
	assert_non_null(strstr(err.text, "an event: "));
}

static void
test_long_events(void **unused)
{
	struct buffer b = BUFFER_INIT;
	notification_t n;
	struct error err;
	int i;

	(void)unused;
	buffer_puts(&b, "{\"text\":\"");
	for (i = 0; i < 200; i++)
		buffer_puts(&b, "é");
	buffer_puts(&b, "\"}");
	read_one(buffer_text(&b), &n, &err);
	/* 126 letters of two bytes, and three points. */
	assert_int_equal(strlen(n.message), 255);
	assert_string_equal(n.message + 250, "é...");
	buffer_clear(&b);
	buffer_printf(&b, "{\"plugin\":\"%0128d\"}", 0);
	read_one(buffer_text(&b), &n, &err);
	assert_non_null(strstr(err.text, "an event's plugin, \"0000"));
	assert_non_null(strstr(err.text, "has 128 bytes"));
	buffer_free(&b);
}

static void
quiet(struct output *o, int severity, const char *plugin, const char *text)
{
	(void)o, (void)severity, (void)plugin, (void)text;
}

static int
no_values(struct output *o, const data_set_t *ds, const value_list_t *list)
{
	(void)o, (void)ds, (void)list;
	return 0;
}

static void
no_notification(struct output *o, const notification_t *n)
{
	(void)o, (void)n;
}

int
main(void)
{
	static struct output silent = { .log = quiet,
		.values = no_values,
		.notification = no_notification };
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_rules_read),
		cmocka_unit_test(test_values_back),
		cmocka_unit_test(test_homes),
		cmocka_unit_test(test_other_unit),
		cmocka_unit_test(test_rival_gone),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_failed_flush),
		cmocka_unit_test(test_rates_again),
		cmocka_unit_test(test_said_refusal),
		cmocka_unit_test(test_told_meanwhile),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_long_events),
	};

	output = &silent;
	return cmocka_run_group_tests(tests, set_up, NULL);
}
