/* Catalogues: read, looked up by name and number. */
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const char catalogue[] =
    "# a comment\n"
    "\n"
    "SNMPv2-SMI::enterprises\t1.3.6.1.4.1\tnode\n"
    "SNMPv2-MIB::sysUpTime\t1.3.6.1.2.1.1.3\tticks\tcs\t-\n"
    "IF-MIB::ifTable\t1.3.6.1.2.1.2.2\ttable\r\n"
    "IF-MIB::ifEntry\t\t1.3.6.1.2.1.2.2.1\trow\t-\tindex=ifIndex\n"
    "IF-MIB::ifIndex\t1.3.6.1.2.1.2.2.1.1\tinteger\t-\thint=d\t# its key\n"
    "IF-MIB::ifPhysAddress\t1.3.6.1.2.1.2.2.1.6\toctets\t-\t"
    "hint=1x%3a access=none\n"
    "IF-MIB::ifOperStatus\t1.3.6.1.2.1.2.2.1.8\tinteger\t-\t"
    "enum=1:up,2:down,-7:not%20here%2c%20yet\n"
    "IF-MIB::ifInOctets\t1.3.6.1.2.1.2.2.1.10\tcounter32\t%\n"
    "RFC1213-MIB::ifInOctets\t1.3.6.1.2.1.2.2.1.10\tcounter32\n"
    "IF-MIB::linkDown\t1.3.6.1.6.3.1.1.5.3\tnotification\n";

struct fixture {
	struct objects *objects;
	struct problems problems;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->objects = objects_new();
	assert_non_null(f->objects);
	assert_int_equal(objects_read(f->objects, "a.tsv", catalogue,
			     sizeof(catalogue) - 1, &f->problems),
	    10);
	assert_int_equal(f->problems.n, 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	objects_free(f->objects);
	problems_free(&f->problems);
	free(f);
	return 0;
}

static void
test_fields(void **state)
{
	struct fixture *f = *state;
	const struct object *o;

	o = objects_by_name(f->objects, "IF-MIB::ifOperStatus");
	assert_non_null(o);
	assert_string_equal(o->module, "IF-MIB");
	assert_string_equal(o->name, "ifOperStatus");
	assert_int_equal(o->syntax, OBJECT_INTEGER);
	assert_string_equal(o->unit, "");
	assert_string_equal(o->hint, "");
	assert_int_equal(o->n_enums, 3);
	assert_int_equal(o->enums[1].value, 2);
	assert_string_equal(o->enums[1].name, "down");
	assert_int_equal(o->enums[2].value, -7);
	assert_string_equal(o->enums[2].name, "not here, yet");

	o = objects_by_name(f->objects, "ifPhysAddress");
	assert_string_equal(o->hint, "1x:");
	o = objects_by_name(f->objects, "ifEntry");
	assert_int_equal(o->n_indices, 1);
	assert_string_equal(o->indices[0], "ifIndex");
	assert_string_equal(object_syntax_name(o->syntax), "row");
	o = objects_by_name(f->objects, "sysUpTime");
	assert_string_equal(o->unit, "cs");
}

static void
test_by_name(void **state)
{
	struct fixture *f = *state;
	const struct object *o;

	/* The first wins, but either can be meant. */
	o = objects_by_name(f->objects, "ifInOctets");
	assert_string_equal(o->module, "IF-MIB");
	assert_string_equal(o->unit, "%");
	o = objects_by_name(f->objects, "RFC1213-MIB::ifInOctets");
	assert_string_equal(o->unit, "");
	assert_null(objects_by_name(f->objects, "ifInOctet"));
	assert_null(objects_by_name(f->objects, "ifInOctetsX"));
	assert_null(objects_by_name(f->objects, "SNMPv2-MIB::ifInOctets"));
	assert_null(objects_by_name(f->objects, ""));
	assert_null(objects_by_name(f->objects, "::"));
}

static void
test_by_oid(void **state)
{
	static const struct {
		const char *oid;
		const char *name; /* NULL: none */
		const char *printed;
	} cases[] = {
		{ "1.3.6.1.2.1.2.2.1.10", "ifInOctets", "ifInOctets" },
		{ "1.3.6.1.2.1.2.2.1.10.5", "ifInOctets", "ifInOctets.5" },
		{ "1.3.6.1.2.1.2.2.1.9.5", "ifEntry", "ifEntry.9.5" },
		{ "1.3.6.1.2.1.2.2", "ifTable", "ifTable" },
		{ "1.3.6.1.2.1.2.2.2", "ifTable", "ifTable.2" },
		{ "1.3.6.1.2.1.2.3", NULL, "1.3.6.1.2.1.2.3" },
		{ "1.3.6.1.4.1.2021.10.1.3.1", "enterprises",
		    "enterprises.2021.10.1.3.1" },
		{ "1.3.6.1.6.3.1.1.5.3", "linkDown", "linkDown" },
		{ "1.3", NULL, "1.3" },
		{ "2.5", NULL, "2.5" },
	};
	struct fixture *f = *state;
	struct buffer b = BUFFER_INIT;
	const struct object *o;
	struct oid oid;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].oid, &oid, NULL), 0);
		o = objects_by_oid(f->objects, oid_bytes(&oid));
		if (cases[i].name == NULL)
			assert_null(o);
		else
			assert_string_equal(o->name, cases[i].name);
		buffer_clear(&b);
		objects_print_oid(&b, f->objects, oid_bytes(&oid));
		assert_string_equal(buffer_text(&b), cases[i].printed);
	}
	buffer_clear(&b);
	objects_print_oid(&b, NULL, oid_bytes(&oid));
	assert_string_equal(buffer_text(&b), "2.5");
	buffer_free(&b);
}

static void
test_resolve(void **state)
{
	static const struct {
		const char *text;
		const char *oid; /* or the error */
		const char *object;
	} cases[] = {
		{ "sysUpTime", "1.3.6.1.2.1.1.3", "sysUpTime" },
		{ "sysUpTime.0", "1.3.6.1.2.1.1.3.0", "sysUpTime" },
		{ ".1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.3.0", "sysUpTime" },
		{ "IF-MIB::ifInOctets.5", "1.3.6.1.2.1.2.2.1.10.5",
		    "ifInOctets" },
		{ "ifEntry.10.5", "1.3.6.1.2.1.2.2.1.10.5", "ifInOctets" },
		{ "1.3.6.1.9", "1.3.6.1.9", NULL },
		{ "sysUptime.0",
		    "\"sysUptime.0\": unknown object \"sysUptime\"; did you "
		    "mean \"sysUpTime\"?",
		    "" },
		{ "IF-MIB::ifInOctts",
		    "\"IF-MIB::ifInOctts\": unknown object \"ifInOctts\"; "
		    "did you mean \"ifInOctets\"?",
		    "" },
		{ "IF-MBI::ifInOctets",
		    "\"IF-MBI::ifInOctets\": unknown MIB module \"IF-MBI\"; "
		    "did you mean \"IF-MIB\"?",
		    "" },
		{ "SNMPv2-MIB::ifInOctets",
		    "\"SNMPv2-MIB::ifInOctets\": unknown object "
		    "\"ifInOctets\"",
		    "" },
		{ "rtt", "\"rtt\": unknown object \"rtt\"", "" },
		{ "sysUpTime.x",
		    "\"sysUpTime.x\": numbers with dots between them must "
		    "follow the name",
		    "" },
		{ "sysUpTime.",
		    "\"sysUpTime.\": numbers with dots between them must "
		    "follow the name",
		    "" },
		{ "1.x",
		    "\"1.x\" is no OID: numbers with dots between them are "
		    "expected",
		    "" },
		{ "",
		    "\"\" is no OID: numbers with dots between them are "
		    "expected",
		    "" },
	};
	struct fixture *f = *state;
	struct buffer b = BUFFER_INIT;
	const struct object *o;
	struct error err;
	struct oid oid;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		if (objects_resolve(
			f->objects, cases[i].text, &oid, &o, &err) != 0) {
			assert_string_equal(err.text, cases[i].oid);
			assert_string_equal(cases[i].object, "");
			continue;
		}
		oid_print(&b, oid_bytes(&oid));
		assert_string_equal(buffer_text(&b), cases[i].oid);
		if (cases[i].object == NULL)
			assert_null(o);
		else
			assert_string_equal(o->name, cases[i].object);
	}
	buffer_free(&b);
	assert_int_equal(objects_resolve(NULL, "1.3.6", &oid, &o, &err), 0);
	assert_null(o);
	assert_int_equal(
	    objects_resolve(NULL, "ifIndex", &oid, NULL, &err), -1);
	assert_string_equal(
	    err.text, "\"ifIndex\": no names are known, only numbers");
}

static void
test_wrong_lines(void **state)
{
	static const struct {
		const char *line;
		const char *want;
	} cases[] = {
		{ "ifX\t1.3\tnode", "1: \"ifX\" is not MODULE::NAME" },
		{ "A:b\t1.3\tnode", "1: \"A:b\" is not MODULE::NAME" },
		{ "::x\t1.3\tnode", "1: the name of a MIB module is empty" },
		{ "A::\t1.3\tnode", "4: the name of a MIB object is empty" },
		{ "A::b.c\t1.3\tnode",
		    "5: the MIB object name \"b.c\" holds more than letters, "
		    "digits, \"-\" and \"_\"" },
		{ "A::b", "5: \"\" is no OID: numbers with dots between them "
			  "are expected" },
		{ "A::b\t1.3.x\tnode",
		    "6: \"1.3.x\" is no OID: numbers with dots between them "
		    "are expected" },
		{ "A::b\t1.3", "9: unknown syntax \"\"" },
		{ "A::b\t1.3\tcounter23",
		    "10: unknown syntax \"counter23\"; did you mean "
		    "\"counter32\"?" },
		{ "A::b\t1.3\tinteger\t-\tenum=up",
		    "25: an enumeration is NUMBER:NAME,NUMBER:NAME" },
		{ "A::b\t1.3\tinteger\t-\tenum=1:",
		    "25: an enumeration is NUMBER:NAME,NUMBER:NAME" },
		{ "A::b\t1.3\toctets\t-\thint=1%3",
		    "25: \"1%3\": two hexadecimal digits must follow "
		    "\"%\"" },
		{ "A::b\t1.3\toctets\t-\thint=%00",
		    "24: \"%00\": two hexadecimal digits must follow "
		    "\"%\"" },
		{ "A::b\t1.3\trow\t-\tindex=a,,b",
		    "24: the name of a column is empty" },
		{ "A::b\t1.3\toctets\t\xff", "1: the line is not UTF-8" },
		{ "IF-MIB::ifIndex\t1.3.6\tnode",
		    "1: IF-MIB::ifIndex is 1.3.6 here and "
		    "1.3.6.1.2.1.2.2.1.1 before" },
	};
	struct fixture *f = *state;
	const struct problem *p;
	char said[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    objects_read(f->objects, "b.tsv", cases[i].line,
			strlen(cases[i].line), &f->problems),
		    0);
		assert_int_equal(f->problems.n_errors, 1);
		p = f->problems.items;
		snprintf(said, sizeof(said), "%u: %s", p->column, p->text);
		assert_string_equal(said, cases[i].want);
		assert_int_equal(p->line, 1);
		assert_string_equal(p->file, "b.tsv");
		problems_free(&f->problems);
	}
}

static void
test_the_other_lines_count(void **state)
{
	static const char text[] = "A::a\t1.5.1\tnode\n"
				   "A::b\n"
				   "A::c\t1.5.3\tinteger\t-\tcolor=red\n"
				   "A::a\t1.5.1\tnode\n"
				   "A::d\t1.5.4\tinteger";
	struct fixture *f = *state;

	assert_int_equal(objects_read(f->objects, "b.tsv", text,
			     sizeof(text) - 1, &f->problems),
	    3);
	assert_int_equal(f->problems.n, 2);
	assert_int_equal(f->problems.n_errors, 1);
	assert_int_equal(f->problems.items[0].line, 2);
	assert_string_equal(
	    f->problems.items[1].text, "\"color\" is unknown and skipped");
	assert_true(f->problems.items[1].warning);
	assert_non_null(objects_by_name(f->objects, "A::d"));
}

static void
test_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    objects_read_file(f->objects, "/nonexistent", &f->problems), 0);
	assert_string_equal(
	    f->problems.items[0].text, "No such file or directory");
	assert_string_equal(f->problems.items[0].file, "/nonexistent");
}

/* The one that comes with farmd has no problems and what profiles need. */
static void
test_ours(void **state)
{
	static const char *const names[] = { "SNMPv2-MIB::sysUpTime.0",
		"IF-MIB::ifHCInOctets.1", "HOST-RESOURCES-MIB::hrStorageUsed",
		"UCD-SNMP-MIB::laLoadInt.1", "UCD-DISKIO-MIB::diskIONReadX",
		"ENTITY-SENSOR-MIB::entPhySensorValue",
		"Printer-MIB::prtMarkerSuppliesLevel",
		"UPS-MIB::upsEstimatedChargeRemaining.0",
		"NET-SNMP-EXTEND-MIB::nsExtendOutput1Line",
		"SNMP-USER-BASED-SM-MIB::usmStatsWrongDigests.0", "coldStart",
		"linkUp" };
	struct problems problems = PROBLEMS_INIT;
	struct objects *ours = objects_new();
	const struct object *o;
	struct error err;
	struct oid oid;
	size_t i;

	(void)state;
	assert_non_null(ours);
	assert_true(objects_read_file(ours, TEST_CATALOGUE, &problems) > 500);
	assert_int_equal(problems.n, 0);
	for (i = 0; i < COUNT(names); i++)
		assert_int_equal(
		    objects_resolve(ours, names[i], &oid, NULL, &err), 0);
	for (i = 0; (o = objects_at(ours, i)) != NULL; i++)
		if (o->syntax == OBJECT_ROW)
			assert_true(o->n_indices > 0);
	objects_free(ours);
	problems_free(&problems);
}

/* Many objects at random, each found again; neighbours by slow search. */
static void
test_many(void **state)
{
	enum { MANY = 3000 };
	struct fixture *f = *state;
	struct buffer b = BUFFER_INIT;
	const struct object *o, *found, *best;
	struct ber_bytes asked;
	struct oid oid;
	size_t i, j;

	srand(7);
	for (i = 0; i < MANY; i++)
		buffer_printf(&b, "M%zu::o%d\t1.4.%d.%d.%d%s\tnode\n", i % 3,
		    rand() % MANY, rand() % 7, rand() % 300, rand() % 5,
		    i % 2 ? ".1" : "");
	assert_true(objects_read(f->objects, "c.tsv", buffer_text(&b), b.size,
			&f->problems) > MANY / 2);
	for (i = 0; i < 300; i++) {
		buffer_clear(&b);
		buffer_printf(&b, "1.4.%d.%d.%d.%d.%d", rand() % 7,
		    rand() % 300, rand() % 5, rand() % 3, rand() % 3);
		assert_int_equal(oid_parse(buffer_text(&b), &oid, NULL), 0);
		asked = oid_bytes(&oid);
		best = NULL;
		for (j = 0; (o = objects_at(f->objects, j)) != NULL; j++)
			if (ber_oid_below(asked, o->oid))
				best = o;
		found = objects_by_oid(f->objects, asked);
		assert_ptr_equal(found, best);
	}
	for (j = 0; (o = objects_at(f->objects, j)) != NULL; j++) {
		assert_ptr_equal(objects_by_oid(f->objects, o->oid), o);
		assert_string_equal(
		    objects_by_name(f->objects, o->name)->name, o->name);
	}
	buffer_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
		TEST(test_fields),
		TEST(test_by_name),
		TEST(test_by_oid),
		TEST(test_resolve),
		TEST(test_wrong_lines),
		TEST(test_the_other_lines_count),
		TEST(test_files),
		TEST(test_ours),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
