/* What the writer `ldap' is made of, without a server: names, what is due. */
#include <ldap.h>
#include <string.h>

#include <farm/result.h>

#include "accepted.h"
#include "tree.h"
#include "unit.h"

#define SECOND INT64_C(1000000000)

static void
test_escaped(void **state)
{
	static const struct {
		const char *text, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "James \"Jim\" Smith, III",
		    "James \\\"Jim\\\" Smith\\, III" },
		{ "Before\rAfter", "Before\\0dAfter" },
		{ " ", "\\ " },
		{ " a b ", "\\ a b\\ " },
		{ "#a#", "\\#a#" },
		{ "a+b;c<d>e\\f=g", "a\\+b\\;c\\<d\\>e\\\\f\\=g" },
		{ "Lu\xc4\x8di\xc4\x87", "Lu\xc4\x8di\xc4\x87" },
	};
	struct buffer b = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		dn_put_value(&b, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buffer_text(&b), cases[i].out);
	}
	buffer_free(&b);
}

/* As another reads it: the library. */
static void
test_escaped_comes_back(void **state)
{
	static const char bytes[] = "ab ,+\"\\<>;=#\n\x7f\xc3\xa4";
	struct buffer b = BUFFER_INIT;
	char text[12];

	(void)state;
	srandom(7);
	for (int round = 0; round < 20000; round++) {
		size_t n = 1 + (size_t)random() % (sizeof(text) - 1);
		struct berval *value;
		LDAPDN dn = NULL;

		for (size_t i = 0; i < n; i++)
			text[i] = bytes[(size_t)random() % (sizeof(bytes) - 3)];
		buffer_clear(&b);
		buffer_puts(&b, "cn=");
		dn_put_value(&b, text, n);
		assert_int_equal(
		    ldap_str2dn(buffer_text(&b), &dn, LDAP_DN_FORMAT_LDAPV3),
		    LDAP_SUCCESS);
		value = &dn[0][0]->la_value;
		assert_int_equal(value->bv_len, n);
		assert_memory_equal(value->bv_val, text, n);
		ldap_dnfree(dn);
	}
	buffer_free(&b);
}

static void
test_plans_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "an entry needs {node} in its name" },
		{ "cn={farm}", "an entry needs {node} in its name" },
		{ "node", "\"node\": no attribute=value" },
		{ "cn={node},=x", "\"\": no name of an attribute" },
		{ "c n={node}", "\"c n\": no name of an attribute" },
		{ "cn=", "\"cn=\": no value" },
		{ "cn={host}", "\"{host}\": byte 1: {host} is none of {farm}, "
			       "{cluster}, {node}, {parameter}, {0} to {9}" },
		{ "a=1,a=2,a=3,a=4,a=5,a=6,a=7,a=8,a={node}",
		    "more than 8 levels" },
	};
	struct dn_plan plan;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(dn_plan_parse(&plan, cases[i].text, &err), -1);
		assert_string_equal(err.text, cases[i].error);
	}
}

/* A level of fewer variables below one of more is still that one's. */
static void
test_plan(void **state)
{
	const struct farm_series names = { "f", "c", "n,1", "p", "" };
	struct buffer b = BUFFER_INIT;
	struct dn_plan plan;
	struct error err;

	(void)state;
	assert_int_equal(
	    dn_plan_parse(&plan, "cn=all, cn={node}@{cluster},o=top", &err), 0);
	assert_int_equal(plan.n, 3);
	assert_int_equal(plan.levels[0].depth, DEPTH_NONE);
	assert_int_equal(plan.levels[1].depth, DEPTH_NODE);
	assert_int_equal(plan.levels[2].depth, DEPTH_NODE);
	dn_put_level(&b, &plan.levels[1], &names);
	assert_string_equal(buffer_text(&b), "cn=n\\,1@c");
	buffer_free(&b);
	dn_plan_free(&plan);
}

/* ----------------------------------------------------------- the tree -- */

struct fixture {
	struct layout layout;
	struct tree *tree;
	uint64_t position;
};

static void
set_up(struct fixture *f, int kind, size_t most)
{
	const struct layout_options names = { .kind = kind, .dn = "" };
	const struct tree_options bounds = { "o=x", most, 10 * SECOND };
	struct error err;

	*f = (struct fixture){ .position = 0 };
	assert_int_equal(layout_make(&f->layout, &names, &err), 0);
	f->tree = tree_new(&f->layout, &bounds);
	assert_non_null(f->tree);
}

static void
tear_down(struct fixture *f)
{
	tree_free(f->tree);
	layout_free(&f->layout);
}

/* A value of f/c/NODE/PARAMETER; does it wait to be written? */
static bool
put_at(struct fixture *f, const char *node, const char *parameter,
    double number, int64_t time_ns)
{
	const struct farm_series names = { "f", "c", node, parameter, "" };
	const struct farm_value v = farm_double(number);
	struct farm_record record = { .instance = "i", .time_ns = time_ns };
	struct reading *r;
	struct error err;
	bool waits;

	record.position = ++f->position;
	assert_int_equal(tree_reading(f->tree, &names, &r, &err), 0);
	assert_int_equal(tree_set(f->tree, r, &record, &v, "", &waits), 0);
	reading_unref(r);
	return waits;
}

static bool
put(struct fixture *f, const char *node, const char *parameter, double number)
{
	return put_at(f, node, parameter, number, (int64_t)f->position + 1);
}

static void
drop(struct fixture *f, const char *node, const char *parameter)
{
	const struct farm_series names = { "f", "c", node, parameter, "" };
	struct error err;

	assert_int_equal(tree_remove(f->tree, &names, ++f->position, &err), 0);
}

/* All that is due at that second is written; its names, "-" if removed. */
static const char *
write_due(struct fixture *f, int64_t s)
{
	static struct buffer b;
	struct entry *e;

	buffer_clear(&b);
	tree_wake(f->tree, s * SECOND);
	while ((e = tree_next(f->tree, s * SECOND)) != NULL) {
		buffer_printf(&b, "%s%s%s", b.size > 0 ? " " : "",
		    e->doomed ? "-" : "", e->name);
		if (e->doomed)
			tree_gone(f->tree, e);
		else
			tree_written(f->tree, e, s * SECOND);
	}
	return buffer_text(&b);
}

static void
test_only_changes(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, LAYOUT_PARAMETERS, 100);
	assert_true(put(&f, "n", "a", 1));
	assert_true(put(&f, "n", "b", 1));
	assert_int_equal(tree_waiting_since(f.tree), 1);
	assert_string_equal(write_due(&f, 100), "a b");
	assert_true(tree_waiting_since(f.tree) == UINT64_MAX);
	assert_false(put(&f, "n", "a", 1));
	assert_string_equal(write_due(&f, 200), "");
	assert_true(put(&f, "n", "a", 2));
	assert_string_equal(write_due(&f, 201), "a");
	/* Not more often than every ten seconds. */
	assert_true(put(&f, "n", "a", 3));
	assert_true(put(&f, "n", "a", 4));
	assert_string_equal(write_due(&f, 205), "");
	assert_int_equal(tree_waiting_since(f.tree), f.position - 1);
	assert_string_equal(write_due(&f, 211), "a");
	tear_down(&f);
}

static void
test_removed(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, LAYOUT_PARAMETERS, 100);
	put(&f, "n", "a", 1);
	put(&f, "n", "b", 1);
	put(&f, "m", "a", 1);
	assert_string_equal(write_due(&f, 100), "a b a");
	drop(&f, "n", "a");
	assert_string_equal(write_due(&f, 101), "-a");
	/* With what is below it, which goes first. */
	drop(&f, "n", NULL);
	assert_string_equal(write_due(&f, 102), "-b -n");
	/* What comes again is not removed. */
	drop(&f, "m", "a");
	put(&f, "m", "a", 2);
	assert_string_equal(write_due(&f, 200), "a");
	drop(&f, NULL, NULL);
	assert_string_equal(write_due(&f, 201), "-a -m -c");
	assert_int_equal(tree_size(f.tree), 1);
	tear_down(&f);
}

/* An entry that waits for its children to go is spared with one of them:
   nothing waits for ever. */
static void
test_spared(void **state)
{
	struct fixture f;
	struct entry *e;

	(void)state;
	set_up(&f, LAYOUT_PARAMETERS, 100);
	put(&f, "n", "a", 1);
	put(&f, "n", "b", 1);
	assert_string_equal(write_due(&f, 100), "a b");
	drop(&f, "n", NULL);
	e = tree_next(f.tree, 101 * SECOND);
	assert_string_equal(e->name, "a");
	tree_gone(f.tree, e);
	put(&f, "n", "b", 2);
	assert_string_equal(write_due(&f, 200), "b n");
	assert_true(tree_waiting_since(f.tree) == UINT64_MAX);
	tear_down(&f);
}

/* A removal and what came after it, twice. */
static void
test_removed_again(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, LAYOUT_PARAMETERS, 100);
	put_at(&f, "n", "a", 1, 10);
	assert_string_equal(write_due(&f, 100), "a");
	for (int i = 0; i < 2; i++) {
		drop(&f, "n", "a");
		assert_true(put_at(&f, "n", "a", 2, 20));
	}
	assert_string_equal(write_due(&f, 200), "a");
	/* Older ones say nothing of what is there. */
	drop(&f, "n", "a");
	put_at(&f, "n", "a", 3, 19);
	assert_string_equal(write_due(&f, 300), "-a");
	tear_down(&f);
}

static void
test_readings_of_nodes(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, LAYOUT_NODES, 100);
	put(&f, "n", "a", 1);
	put(&f, "n", "b", 1);
	assert_string_equal(write_due(&f, 100), "n");
	drop(&f, "n", "a");
	assert_string_equal(write_due(&f, 200), "n");
	drop(&f, "n", "b");
	assert_string_equal(write_due(&f, 300), "-n");
	tear_down(&f);
}

static void
test_bounded(void **state)
{
	const struct farm_series names = { "f", "c", "n", "d", "" };
	struct reading *r;
	struct fixture f;
	struct error err;

	(void)state;
	set_up(&f, LAYOUT_PARAMETERS, 6);
	put(&f, "n", "a", 1);
	put(&f, "n", "b", 1);
	put(&f, "n", "c", 1);
	assert_int_equal(tree_reading(f.tree, &names, &r, &err), -1);
	assert_string_equal(
	    err.text, "c/n/d: there are 6 entries already, as many as may be");
	tear_down(&f);
}

static void
test_accepted(void **state)
{
	struct accepted a = { .spans = NULL };
	struct span s;

	(void)state;
	for (uint64_t i = 0; i < ACCEPTED_MAX; i++)
		assert_int_equal(accepted_add(&a, i * 10 + 1, i * 10 + 9), 0);
	assert_int_equal(accepted_add(&a, 1, 2), -1);
	assert_false(accepted_take(&a, 9, &s));
	assert_true(accepted_take(&a, 10, &s));
	assert_int_equal(s.first, 1);
	assert_int_equal(s.last, 9);
	assert_false(accepted_take(&a, 10, &s));
	accepted_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_escaped_comes_back),
		cmocka_unit_test(test_plans_refused),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_only_changes),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_spared),
		cmocka_unit_test(test_removed_again),
		cmocka_unit_test(test_readings_of_nodes),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
