/* What is to be read, and what is wrong with it. */
#include <string.h>

#include "clock.h"
#include "plan.h"
#include "unit.h"
#include "yaml.h"

static const char catalogue[] =
    "IF-MIB::ifTable\t1.3.6.1.2.1.2.2\ttable\n"
    "IF-MIB::ifEntry\t1.3.6.1.2.1.2.2.1\trow\t-\tindex=ifIndex\n"
    "IF-MIB::ifDescr\t1.3.6.1.2.1.2.2.1.2\toctets\n"
    "IF-MIB::ifInOctets\t1.3.6.1.2.1.2.2.1.10\tcounter32\tBy\n"
    "SNMPv2-MIB::sysUpTime\t1.3.6.1.2.1.1.3\tticks\tcs\n";

static struct objects *
read_catalogue(void)
{
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = objects_new();

	assert_non_null(objects);
	objects_read(objects, "test", catalogue, strlen(catalogue), &problems);
	assert_int_equal(problems.n, 0);
	return objects;
}

static int
add(struct plan *plan, const char *yaml, struct problems *problems)
{
	struct plan_defaults defaults = { .refresh_ns = 300 * NS_PER_S,
		.rate = "{name}_rate" };
	const struct farm_tree *tree;

	if (yaml_parse(
		plan->arena, "test", yaml, strlen(yaml), &tree, problems) != 0)
		fail_msg("%s", problems->items[0].text);
	return plan_add(plan, tree, NULL, &defaults, problems);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *yaml;
		const char *want;
	} cases[] = {
		{ "gte: {}", "unknown key \"gte\"; did you mean \"get\"?" },
		{ "get: sysUpTime",
		    "`get' is a string, not a list or a mapping" },
		{ "get: [[sysUpTime]]", "an object is a list, not a name" },
		{ "get: [ifTable]",
		    "ifTable has no value of its own: use `walk'" },
		{ "get: [ifInOctets]",
		    "ifInOctets is a column: use `table', or name the row as "
		    "in \"ifInOctets.1\"" },
		{ "get: {a: sysUpTime, b: sysUpTime}\nscale: {c: 2}",
		    "\"c\" is no parameter or column that is read" },
		{ "get: {a: sysUpTime}\nscale: {a: x}",
		    "\"x\" is no number, and \"a\" no column of a table, "
		    "which another column may scale" },
		{ "get: {a: sysUpTime}\nscale: {a: 0}",
		    "\"0\" is no number other than 0" },
		{ "table: {columns: [ifInOctets]}\n"
		  "scale: {ifInOctets: ifInOctet}",
		    "\"ifInOctet\": unknown object \"ifInOctet\"; did you "
		    "mean \"ifInOctets\"?" },
		{ "get: {a: sysUpTime}\nkind: {a: speed}",
		    "\"speed\" is none of gauge, counter32, counter64, "
		    "state" },
		{ "get: {a: sysUpTime}\ncounters: often",
		    "`counters' is none of raw, rate, both" },
		{ "get: {a: sysUpTime}\nrate: faster",
		    "`rate' is no text with {name} in it" },
		{ "table: {row: ifDescr}", "`columns' is missing" },
		{ "table: {columns: []}", "`columns' is empty" },
		{ "table: {columns: [ifEntry]}",
		    "ifEntry has no values of its own" },
		{ "table: {columns: [ifDescr, ifDescr]}",
		    "column \"ifDescr\" stands there twice" },
		{ "table: {columns: [ifDescr], name: \"{column}\"}",
		    "\"{column}\" is the same for all rows: put {row} or "
		    "{index} in it" },
		{ "table: {columns: [ifDescr], name: \"{row}{x}\"}",
		    "\"{row}{x}\": only {row}, {column}, {index} and {text} "
		    "stand for something" },
		{ "table: {columns: [ifDescr], row: {via: ifDescr}}",
		    "a chained lookup has two keys, `via' and `to'" },
		{ "table: {columns: [ifDescr], refresh: soon}",
		    "\"soon\" is not a duration such as 500ms, 10s or "
		    "1h30m" },
		{ "table: {columns: [ifDescr], where: {ifDescr: \"re:(\"}}",
		    NULL },
		{ "walk: {a: b}", "`walk' is a mapping, not a list" },
	};
	struct objects *objects = read_catalogue();
	struct problems problems;
	struct plan *plan;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		plan = plan_new(objects);
		problems = (struct problems)PROBLEMS_INIT;
		if (add(plan, cases[i].yaml, &problems) == 0)
			fail_msg("%s: taken", cases[i].yaml);
		assert_string_equal(problems.items[0].file, "test");
		assert_int_not_equal(problems.items[0].line, 0);
		if (cases[i].want != NULL)
			assert_string_equal(
			    problems.items[0].text, cases[i].want);
		problems_free(&problems);
		plan_free(plan);
	}
	objects_free(objects);
}

static void
test_scalars(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = read_catalogue();
	struct plan *plan = plan_new(objects);
	const struct plan_value *v;

	(void)state;
	assert_int_equal(add(plan,
			     "get: [SNMPv2-MIB::sysUpTime, "
			     "1.3.6.1.4.1.8072.9.0, ifInOctets.5]\n"
			     "unit: {ifInOctets.5: B}",
			     &problems),
	    0);
	assert_int_equal(plan->n_scalars, 3);
	v = plan->scalars;
	assert_string_equal(v[0].name, "sysUpTime");
	assert_int_equal(v[0].source.oid.size, 8);
	assert_int_equal(v[0].source.before.size, 7);
	assert_string_equal(v[1].name, "1.3.6.1.4.1.8072.9.0");
	assert_string_equal(v[2].name, "ifInOctets.5");
	assert_int_equal(
	    v[2].source.before.data[v[2].source.before.size - 1], 4);
	assert_string_equal(v[2].unit, "B");
	/* Again is nothing new; as something else it is an error. */
	assert_int_equal(add(plan, "get: [sysUpTime]", &problems), 0);
	assert_int_equal(plan->n_scalars, 3);
	assert_int_equal(
	    add(plan, "get: {sysUpTime: 1.3.6.1.2.1.1.5.0}", &problems), -1);
	assert_string_equal(problems.items[0].text,
	    "\"sysUpTime\" is the name of another object already");
	problems_free(&problems);
	plan_free(plan);
	objects_free(objects);
}

static void
test_tables(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = read_catalogue();
	struct plan *plan = plan_new(objects);
	const struct plan_table *t;

	(void)state;
	assert_int_equal(add(plan,
			     "get: [sysUpTime]\n"
			     "table:\n"
			     "- columns: {IN: ifInOctets}\n"
			     "  row: [1.3.6.1.2.1.31.1.1.1.1, ifDescr]\n"
			     "  where: {ifDescr: [\"eth*\", \"!eth9\"]}\n"
			     "  refresh: 1h\n"
			     "  counters: rate\n"
			     "- columns: [ifInOctets]\n"
			     "scale: {IN: 8e-6}",
			     &problems),
	    0);
	assert_int_equal(plan->n_tables, 2);
	assert_int_equal(plan->n_values, 3);
	t = plan->tables;
	assert_int_equal(t->first, 1);
	assert_int_equal(t->n_lookups, 2); /* one serves both ends */
	assert_int_equal(t->lookups[1].rank, 1);
	assert_int_equal(t->lookups[1].filter, 0);
	assert_int_equal(t->refresh_ns, 3600 * NS_PER_S);
	assert_true(t->rated);
	assert_false(t[1].rated);
	assert_true(t->columns[0].scale == 8e-6);
	assert_true(plan_passes(t->filters, "eth1", 4));
	assert_false(plan_passes(t->filters, "eth9", 4));
	assert_false(plan_passes(t->filters, "", 0));
	problems_free(&problems);
	plan_free(plan);
	objects_free(objects);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
