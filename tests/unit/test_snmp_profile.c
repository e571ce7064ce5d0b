/* Every profile that is shipped can be read, and what is said of others. */
#include <string.h>

#include "clock.h"
#include "profile.h"
#include "unit.h"

static const struct plan_defaults defaults = { .refresh_ns = 300 * NS_PER_S,
	.rate = "{name}_rate" };

static void
find(struct profiles *p, struct problems *problems)
{
	static const char *const folders[] = { TEST_PROFILES };

	if (profiles_find(p, folders, 1, problems) != 0)
		fail_msg("%s", problems->items[0].text);
}

static void
test_shipped(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = objects_new();
	struct profiles p;
	struct plan *plan;
	size_t i;

	(void)state;
	assert_true(objects_read_file(objects, TEST_CATALOGUE, &problems) > 0);
	find(&p, &problems);
	assert_int_equal(p.n, 7);
	for (i = 0; i < p.n; i++) {
		plan = plan_new(objects);
		if (profiles_get(&p, p.items[i].name, "profile", &problems) ==
			NULL ||
		    profile_add(&p.items[i], plan, &defaults, &problems) != 0)
			fail_msg("%s:%u: %s", p.items[i].path,
			    problems.items[0].line, problems.items[0].text);
		assert_true(plan->n_values > 0);
		plan_free(plan);
	}
	assert_int_equal(problems.n, 0);
	problems_free(&problems);
	profiles_free(&p);
	objects_free(objects);
}

static void
test_unknown(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct profiles p;

	(void)state;
	find(&p, &problems);
	assert_null(profiles_get(&p, "pinter", "profile[1]", &problems));
	assert_string_equal(problems.items[0].text,
	    "profile[1]: no profile \"pinter\"; did you mean \"printer\"? "
	    "There are host, "
	    "interfaces, monalisa, netsnmp-extend, printer, ucd, ups");
	problems_free(&problems);
	profiles_free(&p);
}

/* The names of those that fit a sysObjectID. */
static const char *
fitting(const struct profiles *p, const char *id)
{
	static char names[256];
	struct oid oid;
	uint64_t set;
	size_t i;

	assert_int_equal(oid_parse(id, &oid, NULL), 0);
	set = profiles_fitting(p, oid_bytes(&oid));
	names[0] = '\0';
	for (i = 0; i < p->n; i++)
		if (set >> i & 1) {
			strcat(names, p->items[i].name);
			strcat(names, " ");
		}
	return names;
}

static void
test_auto(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct profiles p;

	(void)state;
	find(&p, &problems);
	assert_int_equal(profiles_read(&p, &problems), 0);
	assert_string_equal(
	    fitting(&p, "1.3.6.1.4.1.8072.3.2.10"), "host interfaces ucd ");
	assert_string_equal(fitting(&p, "1.3.6.1.4.1.9.1.1208"), "interfaces ");
	assert_string_equal(
	    fitting(&p, "1.3.6.1.4.1.11.2.3.9.1"), "interfaces printer ");
	problems_free(&problems);
	profiles_free(&p);
}

static void
test_no_folder(void **state)
{
	static const char *const folders[] = { "/nonexistent" };
	struct problems problems = PROBLEMS_INIT;
	struct profiles p;

	(void)state;
	assert_int_equal(profiles_find(&p, folders, 1, &problems), -1);
	assert_string_equal(problems.items[0].file, "/nonexistent");
	assert_string_equal(
	    problems.items[0].text, "No such file or directory");
	problems_free(&problems);
	profiles_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
