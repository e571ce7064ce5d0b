/* The ganglia collector, told by a server what real gmonds and gmetads said. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "dump_server.h"
#include "fake_host.h"
#include "unit.h"
#include "whole_file.h"

#define FOLDER TEST_DATA "/ganglia/"
/* When gmond.xml was taken. */
#define THEN_S INT64_C(1795206240)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	struct farm_target *target;
	struct dump_server server;
	char *bytes;
};

static char *
load(const char *file, size_t *ret_size)
{
	char path[512];

	snprintf(path, sizeof(path), FOLDER "%s", file);
	return whole_file(path, ret_size);
}

/* `path' may be NULL. */
static void
set_up(struct fixture *f, const char *file, const char *path, const char *names)
{
	*f = (struct fixture){ .server.asks = path != NULL };
	f->bytes = load(file, &f->server.size);
	f->server.bytes = f->bytes;
	dump_server_start(&f->server);
	f->fake = fake_new(&farm_module);
	f->fake->now_ns = THEN_S * NS_PER_S;
	fake_options(f->fake, "names", names, NULL);
	if (path != NULL)
		fake_options(f->fake, "path", path, NULL);
	assert_int_equal(fake_open(f->fake), 0);
	f->target = fake_target(f->fake, "ganglia", "head", f->server.address);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	dump_server_stop(&f->server);
	free(f->bytes);
}

/* What stands behind the address of a failure. */
static const char *
why(const struct fixture *f)
{
	const char *text = fake_failure(f->fake);
	size_t n = strlen(f->server.address);

	assert_memory_equal(text, f->server.address, n);
	return text + n;
}

static void
a_dump_becomes_values(void **state)
{
	const struct fake_value *v;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	v = fake_find(f.fake, "node01.farm.test", "test_uint32");
	assert_non_null(v);
	assert_string_equal(v->cluster, "LoopFarm");
	assert_string_equal(v->unit, "units/s");
	assert_int_equal(v->kind, FARM_GAUGE);
	assert_int_equal(v->value.type, FARM_UINT64);
	assert_int_equal(v->value.uint64, 42);
	assert_int_equal(v->lifetime_ns, 600 * NS_PER_S);
	v = fake_find(f.fake, "node01.farm.test", "test_int16");
	assert_int_equal(v->value.int64, -7);
	v = fake_find(f.fake, "node01.farm.test", "ctr");
	assert_int_equal(v->kind, FARM_COUNTER32);
	assert_int_equal(v->lifetime_ns, 4 * 60 * NS_PER_S);
	v = fake_find(f.fake, "node01.farm.test", "bytes_in");
	assert_string_equal(v->unit, "By/s");
	v = fake_find(f.fake, "node01.farm.test", "machine_type");
	assert_int_equal(v->kind, FARM_STATE);
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "machine_type"), "x86_64");
	assert_true(fake_value(f.fake, "node01.farm.test", "test_double") ==
		    2.718281828459045);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 31.5);
	assert_true(fake_value(f.fake, "head", "ganglia_hosts") == 2);
	assert_true(fake_value(f.fake, "head", "ganglia_metrics") == 27);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 0);
	assert_true(fake_value(f.fake, "head", "ganglia_bytes") ==
		    (double)f.server.size);
	assert_int_equal(f.fake->n_logs, 0);
	tear_down(&f);
}

/* REPORTED and TN of the host, less TN of the metric. */
static void
times_are_those_of_the_source(void **state)
{
	static const char dump[] =
	    "<GANGLIA_XML><CLUSTER NAME=\"c\">"
	    "<HOST NAME=\"h\" REPORTED=\"1795206200\" TN=\"7\" TMAX=\"20\" "
	    "GMOND_STARTED=\"1795206000\">"
	    "<METRIC NAME=\"a\" VAL=\"1\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "<METRIC NAME=\"b\" VAL=\"2\" TYPE=\"uint8\" TN=\"60\"></METRIC>"
	    "<METRIC NAME=\"c\" VAL=\"3\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "</HOST><HOST NAME=\"old\" REPORTED=\"7\" TN=\"3\">"
	    "<METRIC NAME=\"a\" VAL=\"1\" TYPE=\"uint8\" TN=\"5\"></METRIC>"
	    "</HOST></CLUSTER></GANGLIA_XML>";
	const struct fake_value *a, *b, *c;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.bytes = dump;
	f.server.size = sizeof(dump) - 1;
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	a = fake_find(f.fake, "h", "a");
	b = fake_find(f.fake, "h", "b");
	c = fake_find(f.fake, "h", "c");
	assert_int_equal(a->time_ns, 1795206202 * NS_PER_S);
	assert_int_equal(b->time_ns, 1795206147 * NS_PER_S);
	assert_int_equal(a->call, c->call);
	assert_int_not_equal(a->call, b->call);
	a = fake_find(f.fake, "h", "heartbeat");
	assert_int_equal(a->value.uint64, 1795206000);
	assert_int_equal(a->time_ns, 1795206200 * NS_PER_S);
	/* A clock that cannot be right. */
	a = fake_find(f.fake, "old", "a");
	assert_int_equal(a->time_ns, (THEN_S - 5) * NS_PER_S);
	assert_false(fake_has(f.fake, "old", "heartbeat"));
	tear_down(&f);
}

static void
what_is_no_xml_counts(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond-hostile.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "utf1"), "w\303\266rld");
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "esc1"), "a<b&c>d");
	assert_string_equal(
	    fake_text(f.fake, "node01.farm.test", "ctrl"), "a\tb\001c");
	assert_true(
	    fake_value(f.fake, "node01.farm.test", "name with space") == 1);
	assert_true(fake_value(f.fake, "head", "ganglia_metrics") == 30);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 0);
	tear_down(&f);
}

static void
nothing_comes_twice(void **state)
{
	struct fixture f;
	char *at;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	fake_clear(f.fake);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "node01.farm.test"), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 0);
	/* Another value at the same rounded second is new. */
	at = strstr(f.bytes, "VAL=\"31.5\"");
	assert_non_null(at);
	memcpy(at, "VAL=\"32.5\"", 10);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 1);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 32.5);
	/* And so is the same value, sent again later. */
	fake_clear(f.fake);
	at = strstr(f.bytes, "UNITS=\"Celsius\" TN=\"");
	assert_non_null(at);
	memcpy(at + 20, "02", 2);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "rack17.farm.test"), 1);
	tear_down(&f);
}

/* However much of it came: the hosts that did are there, no other is. */
static void
a_cut_dump_gives_whole_hosts(void **state)
{
	struct fixture f;
	char want[128];
	size_t i, whole, size, hosts;
	const char *first;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	size = f.server.size;
	first = strstr(f.bytes, "</HOST>");
	assert_non_null(first);
	for (i = 0; i < 40; i++) {
		f.server.size = size * i / 40;
		fake_clear(f.fake);
		assert_int_equal(fake_collect(f.fake, f.target), -1);
		whole = (size_t)(first - f.bytes) + 7;
		hosts = f.server.size >= whole;
		snprintf(want, sizeof(want),
		    ": the dump ends in the middle, after %zu hosts", hosts);
		assert_string_equal(why(&f), want);
		assert_int_equal(fake_count(f.fake, "node01.farm.test"), 0);
		assert_false(fake_has(f.fake, "head", "ganglia_hosts"));
	}
	tear_down(&f);
}

static void
malformed_parts_cost_themselves(void **state)
{
	static const char dump[] =
	    "<GANGLIA_XML>\n<CLUSTER NAME=\"unspecified\">\n"
	    "<HOST NAME=\"a\">\n"
	    "<METRIC NAME=\"x\" VAL=\"1\" TYPE=\"uint8\n"
	    "<METRIC NAME=\"y\" VAL=\"2\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"z\" VAL=\"many\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"\" VAL=\"1\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"a&#10;b\" VAL=\"1\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<METRIC NAME=\"\351t\351\" VAL=\"\351\" TYPE=\"string\">\n"
	    "</METRIC>\n</HOST>\n"
	    "<HOST NAME=\"b\">\n"
	    "<METRIC NAME=\"y\" VAL=\"3\" TYPE=\"uint8\">\n</METRIC>\n"
	    "<HOST NAME=\"c\">\n"
	    "<METRIC NAME=\"y\" VAL=\"4\" TYPE=\"uint8\">\n</METRIC>\n"
	    "</HOST>\n</CLUSTER>\n</GANGLIA_XML>\n";
	struct fixture f;
	char want[256];

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.bytes = dump;
	f.server.size = sizeof(dump) - 1;
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_count(f.fake, "a"), 2);
	assert_string_equal(fake_find(f.fake, "a", "y")->cluster, "ganglia");
	assert_string_equal(
	    fake_text(f.fake, "a", "\303\251t\303\251"), "\303\251");
	assert_int_equal(fake_count(f.fake, "b"), 0);
	assert_int_equal(fake_count(f.fake, "c"), 1);
	assert_true(fake_value(f.fake, "head", "ganglia_hosts") == 2);
	assert_true(fake_value(f.fake, "head", "ganglia_refused") == 3);
	assert_true(fake_value(f.fake, "head", "ganglia_malformed") == 1);
	assert_int_equal(f.fake->n_logs, 2);
	snprintf(want, sizeof(want),
	    "%s: 1 tags could not be read, and 1 hosts were not whole",
	    f.server.address);
	assert_string_equal(f.fake->logs[0].text, want);
	snprintf(want, sizeof(want),
	    "%s: 3 metrics left out, the first: ganglia/a/z: its value reads "
	    "as none of its type",
	    f.server.address);
	assert_string_equal(f.fake->logs[1].text, want);
	tear_down(&f);
}

static void
an_answer_must_be_about_the_path(void **state)
{
	static const struct {
		const char *file;
		const char *path;
		const char *want; /* "" = taken */
	} cases[] = {
		{ "gmetad-node01.xml", "/LoopFarm/node01.farm.test", "" },
		{ "gmetad-node01.xml", "/LoopFarm", "" },
		{ "gmetad.xml", "/", "" },
		{ "gmetad.xml", "/LoopFarm/nohost",
		    ": an answer about \"rack17.farm.test\", which was not "
		    "asked for" },
		{ "gmetad.xml", "/nonexist",
		    ": an answer about \"LoopFarm\", which was not asked for" },
		{ "gmetad-node01.xml", "/LoopFarm/node01.farm.test/load_one",
		    ": an answer about \"*\", which was not asked for" },
		{ "gmetad-summary.xml", "/LoopFarm?filter=summary", "" },
		{ "gmetad-summary.xml", "/LoopFarm/node01.farm.test",
		    ": no answer to what was asked" },
	};
	struct fixture f;
	char *name;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		set_up(&f, cases[i].file, cases[i].path, "original");
		assert_int_equal(fake_collect(f.fake, f.target),
		    *cases[i].want == '\0' ? 0 : -1);
		assert_string_equal(f.server.line, cases[i].path);
		if (*cases[i].want != '\0') {
			name = strstr(cases[i].want, "\"*\"");
			if (name != NULL)
				assert_memory_equal(why(&f), cases[i].want,
				    (size_t)(name - cases[i].want));
			else
				assert_string_equal(why(&f), cases[i].want);
			assert_int_equal(fake_count(f.fake, NULL), 0);
		}
		tear_down(&f);
	}
}

static void
names_of_monalisa(void **state)
{
	const struct fake_value *v;
	struct fixture f;

	(void)state;
	set_up(&f, "gmond-hostile.xml", NULL, "monalisa");
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_false(fake_has(f.fake, "node01.farm.test", "bytes_in"));
	v = fake_find(f.fake, "node01.farm.test", "TotalIO_Rate_IN");
	assert_string_equal(v->unit, "Mb/s");
	assert_int_equal(v->value.type, FARM_DOUBLE);
	assert_true(fabs(v->value.number - 21 * 8 / 1e6) < 1e-12);
	assert_true(fake_has(f.fake, "node01.farm.test", "Load1"));
	assert_true(fake_has(f.fake, "node01.farm.test", "NoCPUs"));
	assert_true(fake_has(f.fake, "node01.farm.test", "proc_total"));
	v = fake_find(f.fake, "node01.farm.test", "MEM_free");
	assert_string_equal(v->unit, "MiBy");
	tear_down(&f);
}

static void
who_does_not_answer_is_named(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	dump_server_stop(&f.server);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": Connection refused, after 0 hosts");
	fake_free(f.fake);
	free(f.bytes);

	set_up(&f, "gmond.xml", NULL, "original");
	fake_free(f.fake);
	f.fake = fake_new(&farm_module);
	fake_options(f.fake, "size", "4096B", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	f.target = fake_target(f.fake, "ganglia", "head", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": more than 4096 bytes, after 0 hosts");
	tear_down(&f);
}

/* One that asks for a line, and is not told any, is waited for no longer. */
static void
a_silent_one_is_given_up(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	f.server.asks = true;
	fake_free(f.fake);
	f.fake = fake_new(&farm_module);
	fake_options(f.fake, "timeout", "50ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	f.target = fake_target(f.fake, "ganglia", "head", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), -1);
	assert_string_equal(why(&f), ": Connection timed out, after 0 hosts");
	tear_down(&f);
}

/* Two gmonds of one cluster tell of the same hosts. */
static void
series_have_several_sources(void **state)
{
	struct farm_target *other;
	struct fixture f;
	size_t i;
	char *at;

	(void)state;
	set_up(&f, "gmond.xml", NULL, "original");
	other = fake_target(f.fake, "ganglia", "second", f.server.address);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_int_equal(fake_collect(f.fake, other), 0);
	fake_target_close(f.fake, other);
	for (i = 0; i < f.fake->n_series; i++)
		assert_false(f.fake->series[i].released);
	at = strstr(f.bytes, "VAL=\"31.5\"");
	memcpy(at, "VAL=\"33.5\"", 10);
	fake_clear(f.fake);
	assert_int_equal(fake_collect(f.fake, f.target), 0);
	assert_true(
	    fake_value(f.fake, "rack17.farm.test", "rack_temp") == 33.5);
	/* A host that is gone for some polls is forgotten. */
	at = strstr(f.bytes, "rack17");
	memcpy(at, "rack18", 6);
	for (i = 0; i < 12; i++)
		assert_int_equal(fake_collect(f.fake, f.target), 0);
	for (i = 0; i < f.fake->n_series; i++)
		assert_int_equal(f.fake->series[i].released,
		    strcmp(f.fake->series[i].names.node, "rack17.farm.test") ==
			0);
	tear_down(&f);
}

static void
a_path_is_checked(void **state)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)state;
	fake_options(fake, "path", "LoopFarm", NULL);
	assert_int_equal(fake_check(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "path: \"LoopFarm\" is none of at most 8 names, each after \"/\"");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_becomes_values),
		cmocka_unit_test(times_are_those_of_the_source),
		cmocka_unit_test(what_is_no_xml_counts),
		cmocka_unit_test(nothing_comes_twice),
		cmocka_unit_test(a_cut_dump_gives_whole_hosts),
		cmocka_unit_test(malformed_parts_cost_themselves),
		cmocka_unit_test(an_answer_must_be_about_the_path),
		cmocka_unit_test(names_of_monalisa),
		cmocka_unit_test(who_does_not_answer_is_named),
		cmocka_unit_test(a_silent_one_is_given_up),
		cmocka_unit_test(series_have_several_sources),
		cmocka_unit_test(a_path_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
