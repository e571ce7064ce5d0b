/* A device in memory is read: what is asked, what comes of it, and what is
   said of devices that do not do as they should. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fake_host.h"
#include "mib.h"
#include "reader.h"
#include "unit.h"
#include "yaml.h"

#define IF "1.3.6.1.2.1.2.2.1"
#define IFX "1.3.6.1.2.1.31.1.1.1"
#define HR "1.3.6.1.2.1.25.2.3.1"
#define UPTIME "1.3.6.1.2.1.1.3.0"
#define NOW (1700000000 * NS_PER_S)

/* What stands in for the one of the exchange. */
const char *
outcome_text(enum outcome outcome)
{
	return outcome == TIMED_OUT ? "timeout" : "another";
}

/* A few objects, as a catalogue has them. */
static const char catalogue[] =
    "IF-MIB::ifTable\t1.3.6.1.2.1.2.2\ttable\n"
    "IF-MIB::ifEntry\t1.3.6.1.2.1.2.2.1\trow\t-\tindex=ifIndex\n"
    "IF-MIB::ifDescr\t" IF ".2\toctets\n"
    "IF-MIB::ifOperStatus\t" IF ".8\tinteger\t-\tenum=1:up,2:down\n"
    "IF-MIB::ifInOctets\t" IF ".10\tcounter32\tBy\n"
    "IF-MIB::ifOutOctets\t" IF ".16\tcounter32\tBy\n"
    "IF-MIB::ifHCInOctets\t" IFX ".6\tcounter64\tBy\n"
    "HOST-RESOURCES-MIB::hrStorageAllocationUnits\t" HR ".4\tinteger\tBy\n"
    "HOST-RESOURCES-MIB::hrStorageUsed\t" HR ".6\tinteger\n"
    "HOST-RESOURCES-MIB::hrStorageAllocationFailures\t" HR ".7\tcounter32\t1\n"
    "SNMPv2-MIB::system\t1.3.6.1.2.1.1\tnode\n"
    "SNMPv2-MIB::sysUpTime\t1.3.6.1.2.1.1.3\tticks\tcs\n"
    "SNMPv2-MIB::sysName\t1.3.6.1.2.1.1.5\toctets\n";

struct bench {
	struct fake_host *fake;
	struct farm_target *target;
	struct objects *objects;
	struct plan *plan;
	struct reading reading;
	struct reader reader;
	struct mib mib;
	int64_t mono_ns;
	char failure[256];
	/* What happens on the device before question `number' of a poll. */
	void (*happens)(struct bench *, unsigned number);
	unsigned when;
};

static struct plan *
plan_of(struct objects *objects, const char *yaml)
{
	struct plan_defaults defaults = { .refresh_ns = 300 * NS_PER_S,
		.rate = "{name}_rate" };
	struct problems problems = PROBLEMS_INIT;
	struct plan *plan = plan_new(objects);
	const struct farm_tree *tree;

	assert_non_null(plan);
	if (yaml_parse(plan->arena, "test", yaml, strlen(yaml), &tree,
		&problems) != 0 ||
	    plan_add(plan, tree, NULL, &defaults, &problems) != 0)
		fail_msg("%s", problems.items[0].text);
	problems_free(&problems);
	return plan;
}

static struct bench *
set_up(const char *yaml)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct problems problems = PROBLEMS_INIT;

	assert_non_null(b);
	b->objects = objects_new();
	objects_read(
	    b->objects, "test", catalogue, strlen(catalogue), &problems);
	assert_int_equal(problems.n, 0);
	b->plan = plan_of(b->objects, yaml);
	b->fake = fake_new(NULL);
	b->target = fake_target(b->fake, "net", "switch", "");
	b->reading.plan = b->plan;
	b->reading.host = &b->fake->host;
	b->mib.version = SNMP_V2C;
	b->mib.max_size = 1430;
	b->mono_ns = 1000 * NS_PER_S;
	b->mib.time_ns = NOW;
	mib_set(&b->mib, UPTIME, BER_TIMETICKS, 100000);
	return b;
}

static void
tear_down(struct bench *b)
{
	reader_free(&b->reader, &b->reading);
	reading_free(&b->reading);
	plan_free(b->plan);
	objects_free(b->objects);
	mib_free(&b->mib);
	fake_free(b->fake);
	free(b);
}

/* One poll, `seconds' after the one before; how many questions it took. */
static unsigned
poll_again(struct bench *b, int seconds, bool answered)
{
	unsigned before = b->mib.questions;
	struct question q;
	struct answer a;
	const char *failure;

	fake_clear(b->fake);
	b->mono_ns += seconds * NS_PER_S;
	b->mib.time_ns += seconds * NS_PER_S;
	assert_int_equal(reader_begin(&b->reader, &b->reading, b->target,
			     b->mib.version, answered, b->mono_ns),
	    0);
	while (reader_next(&b->reader, &q)) {
		if (b->happens != NULL)
			b->happens(b, b->mib.questions - before);
		mib_answer(&b->mib, &q, &a);
		reader_take(&b->reader, &a);
		if (b->mib.questions - before > 5000)
			fail_msg("no end of questions");
	}
	failure = reader_end(&b->reader, &b->mib.agent);
	snprintf(b->failure, sizeof(b->failure), "%s",
	    failure != NULL ? failure : "");
	return b->mib.questions - before;
}

/* The same with the device's clock going on. */
static unsigned
poll_one(struct bench *b, int seconds)
{
	size_t i;

	for (i = 0; i < b->mib.n; i++)
		if (b->mib.entries[i].value.tag == BER_TIMETICKS)
			b->mib.entries[i].value.number += 100 * seconds;
	return poll_again(b, seconds, false);
}

static void
set_row(
    struct bench *b, const char *column, int row, uint8_t tag, uint64_t number)
{
	char oid[128];

	snprintf(oid, sizeof(oid), "%s.%d", column, row);
	mib_set(&b->mib, oid, tag, number);
}

static void
set_row_text(struct bench *b, const char *column, int row, const char *text)
{
	char oid[128];

	snprintf(oid, sizeof(oid), "%s.%d", column, row);
	mib_set_text(&b->mib, oid, text);
}

static void
remove_row(struct bench *b, const char *column, int row)
{
	char oid[128];

	snprintf(oid, sizeof(oid), "%s.%d", column, row);
	mib_remove(&b->mib, oid);
}

static void
set_interface(struct bench *b, int row, const char *name)
{
	set_row_text(b, IF ".2", row, name);
	set_row(b, IF ".8", row, BER_INTEGER, 1);
	set_row(b, IF ".10", row, BER_COUNTER32, 1000u * (unsigned)row);
	set_row(b, IF ".16", row, BER_COUNTER32, 2000u * (unsigned)row);
}

static void
assert_status(const struct bench *b, const char *status, double missing)
{
	assert_string_equal(
	    fake_text(b->fake, "switch", "snmp_status"), status);
	assert_true(fake_value(b->fake, "switch", "snmp_missing") == missing);
}

static double
value(const struct bench *b, const char *parameter)
{
	return fake_value(b->fake, "switch", parameter);
}

/* ------------------------------------------------------------- scalars -- */

static void
test_scalars(void **state)
{
	struct bench *b = set_up("get: {up: sysUpTime, name: sysName.0}");

	(void)state;
	mib_set_text(&b->mib, "1.3.6.1.2.1.1.5.0", "core");
	assert_int_equal(poll_one(b, 10), 1);
	assert_int_equal(b->mib.gets, 1);
	assert_string_equal(fake_text(b->fake, "switch", "name"), "core");
	assert_true(value(b, "up") == 101000);
	assert_true(value(b, "snmp_uptime") == 1010);
	assert_true(value(b, "snmp_rtt") == 2);
	assert_true(value(b, "snmp_values") == 2);
	assert_string_equal(fake_find(b->fake, "switch", "up")->unit, "cs");
	assert_status(b, "ok", 0);
	assert_int_equal(
	    fake_find(b->fake, "switch", "up")->time_ns, NOW + 10 * NS_PER_S);
	tear_down(b);
}

/* With their tables: several may have columns of one name. */
static void
test_missing_columns(void **state)
{
	struct bench *b = set_up(
	    "get: {none: 1.3.6.1.2.1.1.9.0}\n"
	    "table:\n"
	    "  - columns: {IN: ifInOctets, x: 1.3.6.1.9.1, y: 1.3.6.1.9.2}\n"
	    "  - columns: {OUT: ifOutOctets}\n"
	    "  - columns: {first: 1.3.6.1.9.3, x: 1.3.6.1.9.4}\n"
	    "  - columns: {only: 1.3.6.1.9.5}\n"
	    "walk: 1.3.6.1.4.1.77");

	(void)state;
	set_row(b, IF ".10", 1, BER_COUNTER32, 1);
	set_row(b, IF ".16", 1, BER_COUNTER32, 1);
	poll_one(b, 10);
	assert_string_equal(b->fake->logs[0].text,
	    "switch: missing: none; 1.3.6.1.4.1.77; x, y of table IN; "
	    "all of table first; all of table only");
	assert_status(b, "partial", 7);
	tear_down(b);
}

/* v1 says noSuchName for the whole question: all others are still had, and
   the one is not asked for each time. */
static void
test_missing_scalar(void **state)
{
	static const int versions[] = { SNMP_V1, SNMP_V2C };
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(versions); i++) {
		b = set_up("get: {none: 1.3.6.1.2.1.1.9.0, up: sysUpTime}");
		b->mib.version = versions[i];
		poll_one(b, 10);
		assert_true(fake_has(b->fake, "switch", "up"));
		assert_status(b, "partial", 1);
		assert_int_equal(
		    fake_find(b->fake, "switch", "snmp_status")->flags,
		    FARM_PARTIAL);
		assert_int_equal(b->fake->n_logs, 1);
		assert_string_equal(
		    b->fake->logs[0].text, "switch: missing: none");
		assert_int_equal(poll_one(b, 10), 1);
		assert_status(b, "partial", 1);
		assert_int_equal(b->fake->n_logs, 0);
		mib_set(&b->mib, "1.3.6.1.2.1.1.9.0", BER_GAUGE32, 7);
		poll_one(b, 400);
		assert_status(b, "ok", 0);
		assert_true(value(b, "none") == 7);
		assert_string_equal(
		    b->fake->logs[0].text, "switch: complete again");
		tear_down(b);
	}
}

/* ------------------------------------------------------------- tables -- */

static const char interfaces[] =
    "table: {columns: {IN: ifInOctets, OUT: ifOutOctets}, row: ifDescr}";

static void
test_table(void **state)
{
	struct bench *b = set_up(interfaces);

	(void)state;
	set_interface(b, 1, "lo");
	set_interface(b, 2, "Gi1/0/1");
	poll_one(b, 10);
	assert_true(value(b, "lo_IN") == 1000);
	assert_true(value(b, "Gi1/0/1_OUT") == 4000);
	assert_int_equal(
	    fake_find(b->fake, "switch", "lo_IN")->kind, FARM_COUNTER32);
	assert_string_equal(fake_find(b->fake, "switch", "lo_IN")->unit, "By");
	assert_status(b, "ok", 0);
	/* Names are known now. */
	assert_int_equal(poll_one(b, 10), 1);
	assert_true(value(b, "Gi1/0/1_IN") == 2000);
	assert_true(value(b, "snmp_values") == 4);
	tear_down(b);
}

/* 10 columns of 20 rows and the uptime, cut at 67 values an answer. */
static void
test_steady_state(void **state)
{
	char yaml[512] = "table: {columns: [", column[64];
	struct bench *b;
	int i, row;

	(void)state;
	for (i = 1; i <= 10; i++)
		sprintf(yaml + strlen(yaml), IFX ".%d, ", i);
	strcat(yaml, "], name: \"{index}/{column}\"}");
	b = set_up(yaml);
	for (i = 1; i <= 10; i++)
		for (row = 1; row <= 20; row++) {
			sprintf(column, IFX ".%d", i);
			set_row(b, column, row, BER_COUNTER64, 0x1122334455ull);
		}
	/* 22 bytes each, 67 of them. */
	b->mib.max_size = 22 * 67;
	poll_one(b, 10);
	assert_true(value(b, "snmp_values") == 200);
	assert_int_equal(poll_one(b, 10), 3);
	assert_true(value(b, "snmp_values") == 200);
	assert_int_equal(poll_one(b, 10), 3);
	assert_status(b, "ok", 0);
	/* One big answer, once it is known that there may be one. */
	b->mib.max_size = 60000;
	poll_one(b, 10);
	poll_one(b, 10);
	assert_int_equal(poll_one(b, 10), 1);
	assert_true(value(b, "snmp_values") == 200);
	tear_down(b);
}

static void
test_rows_come_and_go(void **state)
{
	struct bench *b = set_up(interfaces);

	(void)state;
	set_interface(b, 1, "lo");
	set_interface(b, 3, "eth3");
	poll_one(b, 10);
	poll_one(b, 10);
	/* Between two, and behind the last, seen by the way. */
	set_interface(b, 2, "eth2");
	set_interface(b, 4, "eth4");
	poll_one(b, 10);
	assert_true(value(b, "eth2_IN") == 2000);
	assert_true(value(b, "eth4_IN") == 4000);
	assert_true(value(b, "snmp_values") == 8);
	assert_int_equal(poll_one(b, 10), 1);
	assert_true(value(b, "snmp_values") == 8);
	remove_row(b, IF ".2", 2);
	remove_row(b, IF ".10", 2);
	remove_row(b, IF ".16", 2);
	poll_one(b, 10);
	assert_false(fake_has(b->fake, "switch", "eth2_IN"));
	assert_true(value(b, "snmp_values") == 6);
	poll_one(b, 10);
	assert_int_equal(poll_one(b, 10), 1);
	assert_status(b, "ok", 0);
	tear_down(b);
}

/* How many values "NUMBER_..." there were: a name that no interface has. */
static size_t
misnamed(const struct bench *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->fake->n_series; i++)
		n += b->fake->series[i].names.parameter[0] >= '0' &&
		     b->fake->series[i].names.parameter[0] <= '9';
	return n;
}

static void
fifth_comes(struct bench *b, unsigned number)
{
	if (number == b->when)
		set_interface(b, 5, "eth5");
}

static void
one_more_comes(struct bench *b, unsigned number)
{
	char name[16];

	if (number > 12)
		return;
	sprintf(name, "port%u", 50 - number);
	set_interface(b, 50 - (int)number, name);
}

static void
one_goes(struct bench *b, unsigned number)
{
	if (number != b->when)
		return;
	remove_row(b, IF ".2", 3);
	remove_row(b, IF ".10", 3);
	remove_row(b, IF ".16", 3);
}

static struct bench *
set_up_few(void)
{
	struct bench *b = set_up(interfaces);
	char name[16];
	int i;

	for (i = 1; i < 10; i++) {
		sprintf(name, "port%d", i);
		if (i != 5)
			set_interface(b, i, name);
	}
	/* Many questions: two rows an answer. */
	b->mib.max_size = 22 * 4;
	return b;
}

/* Whenever a row comes, no value of it is said under another name. */
static void
test_rows_come_meanwhile(void **state)
{
	static void (*const what[])(struct bench *, unsigned) = { fifth_comes,
		one_more_comes, one_goes };
	static const double rows[] = { 9, 8 + 13, 7 };
	struct bench *b;
	unsigned when;
	size_t i, polls;

	(void)state;
	for (i = 0; i < COUNT(what); i++)
		for (when = 0; when < 20; when++) {
			b = set_up_few();
			b->happens = what[i];
			b->when = when;
			for (polls = 0; polls < 2; polls++) {
				poll_one(b, 10);
				assert_true(value(b, "port1_IN") == 1000);
				assert_true(value(b, "snmp_values") <=
					    2 * rows[i] + 2 * (i == 2));
			}
			b->happens = NULL;
			poll_one(b, 300);
			assert_status(b, "ok", 0);
			assert_int_equal(misnamed(b), 0);
			tear_down(b);
		}
}

static void
test_holes(void **state)
{
	struct bench *b = set_up(interfaces);
	int row, i;
	char name[16];

	(void)state;
	for (row = 1; row <= 40; row++) {
		sprintf(name, "p%d", row);
		set_interface(b, row, name);
		if (row % 3 != 0)
			remove_row(b, IF ".10", row);
	}
	for (i = 0; i < 4; i++) {
		poll_one(b, 10);
		assert_true(value(b, "snmp_values") == 53);
		assert_true(value(b, "p39_IN") == 39000);
		assert_true(value(b, "p40_OUT") == 80000);
	}
	/* A hole is filled, another one opens. */
	set_row(b, IF ".10", 5, BER_COUNTER32, 5);
	remove_row(b, IF ".10", 6);
	poll_one(b, 10);
	assert_true(value(b, "p5_IN") == 5);
	assert_false(fake_has(b->fake, "switch", "p6_IN"));
	assert_status(b, "ok", 0);
	tear_down(b);
}

static void
test_v1(void **state)
{
	struct bench *b = set_up("get: {up: sysUpTime}\n"
				 "table: {columns: {IN: ifInOctets, "
				 "HC: ifHCInOctets}, row: ifDescr}");

	(void)state;
	b->mib.version = SNMP_V1;
	set_interface(b, 1, "lo");
	set_interface(b, 2, "eth2");
	poll_one(b, 10);
	assert_int_equal(b->mib.bulks, 0);
	assert_true(value(b, "eth2_IN") == 2000);
	assert_true(value(b, "up") == 101000);
	assert_status(b, "partial", 1);
	tear_down(b);
}

static void
test_fallback(void **state)
{
	struct bench *b = set_up(
	    "get: {n: 1.3.6.1.2.1.1.7.0}\n"
	    "table: {columns: {HC: ifHCInOctets}, row: ifDescr}\n"
	    "fallback: {HC: ifInOctets, n: 1.3.6.1.2.1.1.8.0}");

	(void)state;
	mib_set(&b->mib, "1.3.6.1.2.1.1.8.0", BER_INTEGER, 8);
	set_interface(b, 1, "lo");
	poll_one(b, 10);
	assert_true(value(b, "lo_HC") == 1000);
	assert_true(value(b, "n") == 8);
	assert_status(b, "ok", 0);
	assert_int_equal(poll_one(b, 10), 1);
	assert_true(value(b, "lo_HC") == 1000);
	tear_down(b);
}

static void
set_storage(struct bench *b, int row, int unit, int used)
{
	set_row(b, HR ".6", row, BER_INTEGER, (uint64_t)used);
	set_row(b, HR ".7", row, BER_COUNTER32, 1000);
	if (unit != 0)
		set_row(b, HR ".4", row, BER_INTEGER, (uint64_t)unit);
}

/* What is counted in units that stand beside it. */
static void
test_scaled_by_a_column(void **state)
{
	struct bench *b = set_up(
	    "table: {columns: {used: hrStorageUsed, "
	    "failed: hrStorageAllocationFailures}, counters: both, "
	    "scale: {used: hrStorageAllocationUnits, "
	    "failed: hrStorageAllocationUnits}}");
	const struct fake_value *v;

	(void)state;
	set_storage(b, 1, 4096, 10);
	set_storage(b, 2, 65536, INT32_MAX);
	set_storage(b, 3, 0, 30);
	set_storage(b, 4, -7, 40);
	poll_one(b, 10);
	v = fake_find(b->fake, "switch", "2_used");
	assert_int_equal(v->value.type, FARM_INT64);
	assert_int_equal(v->value.int64, (int64_t)INT32_MAX * 65536);
	assert_int_equal(v->kind, FARM_GAUGE);
	assert_string_equal(v->unit, "By");
	v = fake_find(b->fake, "switch", "1_failed");
	assert_int_equal(v->value.uint64, 4096000);
	/* It does not wrap where its 32 bits do. */
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_true(value(b, "4_used") == -280);
	assert_false(fake_has(b->fake, "switch", "3_used"));
	assert_false(fake_has(b->fake, "switch", "3_failed"));
	set_row(b, HR ".7", 1, BER_COUNTER32, 1010);
	set_storage(b, 3, 512, 30);
	assert_int_equal(poll_one(b, 10), 1);
	assert_true(value(b, "1_failed_rate") == 4096);
	assert_string_equal(
	    fake_find(b->fake, "switch", "1_failed_rate")->unit, "By/s");
	assert_false(fake_has(b->fake, "switch", "3_used"));
	/* Units are read again as names are. */
	set_storage(b, 1, 8192, 10);
	poll_one(b, 300);
	assert_true(value(b, "1_used") == 81920);
	assert_true(value(b, "3_used") == 15360);
	tear_down(b);
}

/* A whole number times an integer stays one while it fits. */
static void
test_scaled_integers(void **state)
{
	static const struct {
		const char *scale;
		uint8_t tag;
		uint64_t number;
		struct farm_value want;
	} cases[] = {
		{ "1024", BER_GAUGE32, 7, { .uint64 = 7168 } },
		{ "1024", BER_COUNTER64, UINT64_MAX, { .number = 0x1p74 } },
		{ "0.5", BER_GAUGE32, 7, { .number = 3.5 } },
		{ "-2", BER_GAUGE32, 7, { .number = -14 } },
		{ "1e300", BER_GAUGE32, 1, { .number = 1e300 } },
		{ "3", BER_INTEGER, (uint64_t)-5, { .int64 = -15 } },
	};
	static const uint16_t types[] = { FARM_UINT64, FARM_DOUBLE, FARM_DOUBLE,
		FARM_DOUBLE, FARM_DOUBLE, FARM_INT64 };
	char yaml[128];
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(yaml, sizeof(yaml),
		    "get: {x: 1.3.6.1.4.1.9.1.0}\nscale: {x: %s}",
		    cases[i].scale);
		b = set_up(yaml);
		mib_set(&b->mib, "1.3.6.1.4.1.9.1.0", cases[i].tag,
		    cases[i].number);
		poll_one(b, 10);
		assert_int_equal(
		    fake_find(b->fake, "switch", "x")->value.type, types[i]);
		assert_true(fake_find(b->fake, "switch", "x")->value.uint64 ==
			    cases[i].want.uint64);
		tear_down(b);
	}
}

static void
test_chained_lookup(void **state)
{
	struct bench *b = set_up("table: {columns: {x: 1.3.6.1.4.1.9.1.1}, "
				 "row: {via: 1.3.6.1.4.1.9.1.2, to: ifDescr}}");

	(void)state;
	set_interface(b, 7, "seven");
	set_interface(b, 8, "eight");
	set_row(b, "1.3.6.1.4.1.9.1.1", 1, BER_GAUGE32, 11);
	set_row(b, "1.3.6.1.4.1.9.1.1", 2, BER_GAUGE32, 12);
	set_row(b, "1.3.6.1.4.1.9.1.1", 3, BER_GAUGE32, 13);
	set_row(b, "1.3.6.1.4.1.9.1.2", 1, BER_INTEGER, 8);
	set_row(b, "1.3.6.1.4.1.9.1.2", 2, BER_INTEGER, 7);
	set_row(b, "1.3.6.1.4.1.9.1.2", 3, BER_INTEGER, 99);
	poll_one(b, 10);
	assert_true(value(b, "eight_x") == 11);
	assert_true(value(b, "seven_x") == 12);
	assert_true(value(b, "3_x") == 13);
	tear_down(b);
}

static void
test_names(void **state)
{
	struct bench *b = set_up(interfaces);

	(void)state;
	set_interface(b, 1, "port");
	set_interface(b, 2, "port");
	set_interface(b, 3, "port.1");
	set_interface(b, 4, "");
	set_interface(b, 5, "a\tb ");
	poll_one(b, 10);
	assert_true(value(b, "port.2_IN") == 2000);
	assert_true(value(b, "port.1.3_IN") == 3000);
	assert_true(value(b, "port.1.1_IN") == 1000);
	assert_true(value(b, "4_IN") == 4000);
	assert_true(value(b, "a\\x09b_IN") == 5000);
	/* A new name is a new series, when names are read again. */
	set_row_text(b, IF ".2", 4, "four");
	poll_one(b, 10);
	assert_true(fake_has(b->fake, "switch", "4_IN"));
	poll_one(b, 300);
	assert_true(value(b, "four_IN") == 4000);
	assert_false(fake_has(b->fake, "switch", "4_IN"));
	tear_down(b);
}

static void
test_where(void **state)
{
	struct bench *b = set_up(
	    "table: {columns: {IN: ifInOctets}, row: ifDescr, "
	    "where: {ifDescr: [\"eth*\", \"!eth13\"], ifOperStatus: up}}");
	unsigned before;
	char name[16];
	int row;

	(void)state;
	for (row = 1; row <= 40; row++) {
		sprintf(name, "%s%d", row > 10 && row < 15 ? "eth" : "lo", row);
		set_interface(b, row, name);
	}
	set_row(b, IF ".8", 14, BER_INTEGER, 2);
	poll_one(b, 10);
	assert_true(value(b, "snmp_values") == 2);
	assert_true(value(b, "eth12_IN") == 12000);
	before = b->mib.gets;
	poll_one(b, 10);
	assert_int_equal(b->mib.gets - before, 2); /* and the uptime */
	assert_true(value(b, "snmp_values") == 2);
	assert_status(b, "ok", 0);
	tear_down(b);
}

static void
test_walk(void **state)
{
	struct bench *b = set_up("walk: [system, 1.3.6.1.4.1.77]");

	(void)state;
	mib_set_text(&b->mib, "1.3.6.1.2.1.1.5.0", "core");
	mib_set(&b->mib, "1.3.6.1.4.1.77.1.2", BER_INTEGER, (uint64_t)-5);
	mib_set(&b->mib, "1.3.6.1.2.1.1.3.1", BER_INTEGER, 1);
	mib_set(&b->mib, "1.3.6.1.2.1.1.4.0", BER_INTEGER, 4);
	poll_one(b, 10);
	assert_string_equal(fake_text(b->fake, "switch", "sysName.0"), "core");
	assert_true(value(b, "sysUpTime.0") == 101000);
	/* Each by its own object, or the nearest above it. */
	assert_true(value(b, "sysUpTime.1") == 1);
	assert_true(value(b, "system.4.0") == 4);
	assert_string_equal(
	    fake_find(b->fake, "switch", "sysUpTime.1")->unit, "cs");
	assert_string_equal(
	    fake_find(b->fake, "switch", "system.4.0")->unit, "");
	assert_true(value(b, "1.3.6.1.4.1.77.1.2") == -5);
	assert_status(b, "ok", 0);
	tear_down(b);
}

static void
test_values(void **state)
{
	struct bench *b = set_up(
	    "get: {kb: 1.3.6.1.4.1.77.1.0, load: 1.3.6.1.4.1.77.2.0, "
	    "on: 1.3.6.1.4.1.77.3.0}\n"
	    "scale: {kb: 1024}\nunit: {kb: By}\nkind: {load: gauge}\n"
	    "map: {on: {1: lit, 2: dark}}");

	(void)state;
	mib_set(&b->mib, "1.3.6.1.4.1.77.1.0", BER_INTEGER, 3);
	mib_set_text(&b->mib, "1.3.6.1.4.1.77.2.0", "0.25\n");
	mib_set(&b->mib, "1.3.6.1.4.1.77.3.0", BER_INTEGER, 2);
	poll_one(b, 10);
	assert_true(value(b, "kb") == 3072);
	assert_string_equal(fake_find(b->fake, "switch", "kb")->unit, "By");
	assert_true(value(b, "load") == 0.25);
	assert_string_equal(fake_text(b->fake, "switch", "on"), "dark");
	mib_set(&b->mib, "1.3.6.1.4.1.77.3.0", BER_INTEGER, 3);
	poll_one(b, 10);
	assert_true(value(b, "on") == 3);
	tear_down(b);
}

static void
test_rates(void **state)
{
	struct bench *b = set_up(
	    "table: {columns: {IN: ifInOctets}, row: ifDescr, "
	    "counters: both}");

	(void)state;
	set_interface(b, 1, "lo");
	poll_one(b, 10);
	assert_false(fake_has(b->fake, "switch", "lo_IN_rate"));
	set_row(b, IF ".10", 1, BER_COUNTER32, 4294967290u);
	poll_one(b, 10);
	set_row(b, IF ".10", 1, BER_COUNTER32, 994);
	poll_one(b, 10);
	assert_true(value(b, "lo_IN_rate") == 100);
	assert_true(value(b, "lo_IN") == 994);
	assert_string_equal(
	    fake_find(b->fake, "switch", "lo_IN_rate")->unit, "By/s");
	/* A restart is not a wrap. */
	mib_set(&b->mib, UPTIME, BER_TIMETICKS, 50);
	set_row(b, IF ".10", 1, BER_COUNTER32, 10);
	poll_again(b, 10, false);
	assert_false(fake_has(b->fake, "switch", "lo_IN_rate"));
	set_row(b, IF ".10", 1, BER_COUNTER32, 30);
	poll_one(b, 10);
	assert_true(value(b, "lo_IN_rate") == 2);
	tear_down(b);
}

/* After a restart numbers may mean other rows. */
static void
test_restart(void **state)
{
	struct bench *b = set_up(interfaces);

	(void)state;
	set_interface(b, 1, "left");
	set_interface(b, 2, "right");
	poll_one(b, 10);
	set_interface(b, 1, "right");
	set_interface(b, 2, "left");
	mib_set(&b->mib, UPTIME, BER_TIMETICKS, 50);
	poll_again(b, 10, false);
	assert_true(value(b, "left_IN") == 2000);
	assert_true(value(b, "right_IN") == 1000);
	assert_true(value(b, "snmp_values") == 4);
	tear_down(b);
}

/* ------------------------------------------------------------- trouble -- */

static void
test_dead(void **state)
{
	struct bench *b = set_up(interfaces);

	(void)state;
	set_interface(b, 1, "lo");
	poll_one(b, 10);
	b->mib.dead = true;
	assert_int_equal(poll_one(b, 10), 1);
	assert_string_equal(b->failure, "timeout");
	assert_status(b, "timeout", 2);
	assert_true(value(b, "snmp_timeouts") == 1);
	assert_int_equal(b->fake->n_logs, 0);
	tear_down(b);
}

/* GetBulk is beyond the agent: rows one by one, from then on. */
static void
test_no_bulk(void **state)
{
	struct bench *b;
	int silent;

	(void)state;
	for (silent = 0; silent < 2; silent++) {
		b = set_up(interfaces);
		b->mib.bulk_fails = !silent;
		b->mib.bulk_silent = silent;
		set_interface(b, 1, "lo");
		set_interface(b, 2, "eth2");
		poll_again(b, 10, true);
		assert_true(value(b, "eth2_IN") == 2000);
		assert_true(value(b, "snmp_missing") == 0);
		poll_one(b, 10);
		assert_true(value(b, "eth2_IN") == 2000);
		b->mib.bulks = 0;
		poll_one(b, 10);
		assert_int_equal(b->mib.bulks, 0);
		assert_status(b, "ok", 0);
		tear_down(b);
	}
}

/* A table that fails costs itself; what came before and comes after it is
   there. */
static void
test_bad_table(void **state)
{
	static const char plan[] = "table:\n"
				   "- {columns: {IN: ifInOctets}}\n"
				   "- {columns: {bad: 1.3.6.1.4.1.66.1}}\n"
				   "- {columns: {good: 1.3.6.1.4.1.77.1}}\n";
	struct bench *b;
	int how;

	(void)state;
	for (how = 0; how < 2; how++) {
		b = set_up(plan);
		set_interface(b, 1, "lo");
		set_row(b, "1.3.6.1.4.1.66.1", 1, BER_GAUGE32, 1);
		set_row(b, "1.3.6.1.4.1.77.1", 1, BER_GAUGE32, 5);
		*(how == 0 ? &b->mib.broken
			   : &b->mib.silent_at) = "1.3.6.1.4.1.66";
		poll_one(b, 10);
		assert_true(value(b, "1_IN") == 1000);
		assert_true(value(b, "1_good") == 5);
		assert_status(b, "partial", 1);
		assert_int_equal(b->fake->n_logs, 1);
		assert_string_equal(b->fake->logs[0].text,
		    how == 0
			? "switch: missing: all of table bad; bad: genErr"
			: "switch: missing: all of table bad; bad: timeout");
		poll_one(b, 10);
		if (b->fake->n_logs > 0)
			fail_msg("%s", b->fake->logs[0].text);
		tear_down(b);
	}
}

static void
test_loops(void **state)
{
	struct bench *b;
	int how;

	(void)state;
	for (how = 0; how < 2; how++) {
		b = set_up("table: {columns: {IN: ifInOctets}}");
		set_interface(b, 1, "a");
		set_interface(b, 2, "b");
		set_interface(b, 3, "c");
		b->mib.stands_still = how == 0;
		b->mib.goes_back = how == 1;
		poll_one(b, 10);
		assert_true(value(b, "1_IN") == 1000);
		assert_int_equal(b->fake->n_logs, 1);
		assert_non_null(
		    strstr(b->fake->logs[0].text, "IN: OID not increasing"));
		/* Not well again because it is not looked at. */
		poll_one(b, 10);
		assert_status(b, "partial", 1);
		tear_down(b);
	}
}

static void
test_too_big(void **state)
{
	char yaml[512] = "table: {columns: [", column[64];
	struct bench *b;
	int i, row;

	(void)state;
	for (i = 1; i <= 12; i++)
		sprintf(yaml + strlen(yaml), IFX ".%d, ", i);
	strcat(yaml, "]}");
	b = set_up(yaml);
	for (i = 1; i <= 12; i++)
		for (row = 1; row <= 5; row++) {
			sprintf(column, IFX ".%d", i);
			set_row(b, column, row, BER_GAUGE32, 1);
		}
	b->mib.max_varbinds = 7;
	poll_one(b, 10);
	assert_true(value(b, "snmp_values") == 60);
	assert_status(b, "ok", 0);
	poll_one(b, 10);
	assert_true(value(b, "snmp_values") == 60);
	assert_true(value(b, "snmp_missing") == 0);
	tear_down(b);
}

/* An agent whose table has no end. */
static void
test_endless(void **state)
{
	struct bench *b = set_up("table:\n"
				 "- {columns: {x: 1.3.6.1.4.1.77.1}, "
				 "counters: rate}\n"
				 "- {columns: {IN: ifInOctets}}\n");

	(void)state;
	set_row(b, "1.3.6.1.4.1.77.1", 1, BER_COUNTER32, 1);
	set_interface(b, 1, "lo");
	b->mib.endless = "1.3.6.1.4.1.77.1";
	b->mib.max_size = 60000;
	poll_one(b, 10);
	assert_int_equal(b->reader.layouts[0].n_rows, READER_ROWS_MAX);
	assert_string_equal(b->fake->logs[0].text,
	    "switch: missing: all of table IN; x: the device has more than "
	    "100000 rows; "
	    "IN: the device has more than 100000 rows");
	tear_down(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_missing_scalar),
		cmocka_unit_test(test_missing_columns),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_steady_state),
		cmocka_unit_test(test_rows_come_and_go),
		cmocka_unit_test(test_rows_come_meanwhile),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_scaled_by_a_column),
		cmocka_unit_test(test_scaled_integers),
		cmocka_unit_test(test_chained_lookup),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_no_bulk),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
