#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree_text.h"
#include "unit.h"
#include "yaml.h"

static const struct farm_tree *
parse(struct arena *arena, const char *text)
{
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree = NULL;

	assert_int_equal(
	    yaml_parse(arena, "t", text, strlen(text), &tree, &problems), 0);
	problems_free(&problems);
	return tree;
}

static const struct farm_tree *
change(struct arena *arena, const char *path, const char *value)
{
	return change_new(
	    arena, 0, "joe", path, value != NULL ? parse(arena, value) : NULL);
}

static const char root_text[] =
    "clusters: {a: {nodes: ['n[1-3]'], collect: [proc, {icmp: {name: r}}]},"
    " b.c: {nodes: x}}\n"
    "filters: [rate]\n"
    "writers: {s: {match: m, sql: {url: u}}}\n";

static const struct {
	const char *path;
	const char *value;  /* NULL: remove */
	const char *within; /* of the result; what it must say */
	const char *error;
} cases[] = {
	{ "clusters.a.nodes", "[y]", "nodes: [y]", NULL },
	{ "clusters.a.nodes.n9", "~", "nodes: ['n[1-3]', n9]", NULL },
	{ "clusters.a.nodes.n9", "10.0.0.9",
	    "nodes: ['n[1-3]', {name: n9, address: 10.0.0.9}]", NULL },
	{ "clusters.a.nodes.n2", NULL, "nodes: [n1, n3]", NULL },
	{ "clusters.\"b.c\".nodes.y", "~", "b.c: {nodes: [x, y]}", NULL },
	{ "clusters.a.collect.r.every", "5s", "{icmp: {name: r, every: 5s}}",
	    NULL },
	{ "clusters.a.collect.proc.every", "5s", "[{proc: {every: 5s}},",
	    NULL },
	{ "clusters.a.collect.p2", "{proc: {every: 1s}}",
	    "{proc: {every: 1s, name: p2}}", NULL },
	{ "clusters.a.collect.*", NULL, "collect: []", NULL },
	{ "filters.rate.keep", "true", "filters: [{rate: {keep: true}}]",
	    NULL },
	{ "writers.s.url", "v", "{match: m, sql: {url: v}}", NULL },
	{ "writers.s.match", "k", "{match: k, sql: {url: u}}", NULL },
	{ "writers.t", "{sql: {url: w}}", "t: {sql: {url: w}}", NULL },
	{ "clusters.*", NULL, "clusters: {}", NULL },
	{ "clusters.z", NULL, NULL,
	    "there is no \"z\" in clusters; there is: a, b.c" },
	{ "clusters.a.collect.z.every", "1s", NULL,
	    "there is no \"z\" in collect; there is: proc, r" },
	{ "clusters.a.nodes.z", NULL, NULL,
	    "there is no \"z\" in nodes; there is: n[1-3]" },
	{ "limits.queue", "1", NULL,
	    "\"limits.queue\" cannot be changed while running; what is below "
	    "clusters, filters and writers can" },
	{ "clusters.\"b", NULL, NULL,
	    "\"clusters.\"b\" is no path such as "
	    "clusters.workers.collect.reach.every" },
};

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new(0);
		struct buffer text = BUFFER_INIT;
		struct error err;
		const struct farm_tree *after = change_apply(arena,
		    parse(arena, root_text),
		    change(arena, cases[i].path, cases[i].value), &err);

		if (cases[i].error != NULL) {
			assert_null(after);
			assert_string_equal(err.text, cases[i].error);
		} else {
			assert_non_null(after);
			tree_flow(&text, after);
			if (strstr(buffer_text(&text), cases[i].within) == NULL)
				assert_string_equal(
				    buffer_text(&text), cases[i].within);
		}
		buffer_free(&text);
		arena_free(arena);
	}
}

static bool
is_hollow(const struct farm_tree *t)
{
	size_t i;

	for (i = 0; i < t->n_children; i++)
		if (!is_hollow(t->children[i]))
			return false;
	return t->kind != FARM_SCALAR;
}

/* Is all of a in b, in whatever order?  What holds nothing does not count: a
   cluster without nodes and collectors is as good as none. */
static bool
within(const struct farm_tree *a, const struct farm_tree *b)
{
	size_t i, k;

	if (a->kind != b->kind || strcmp(a->key, b->key) != 0 ||
	    strcmp(a->value, b->value) != 0)
		return false;
	for (i = 0; i < a->n_children; i++) {
		if (is_hollow(a->children[i]))
			continue;
		for (k = 0; k < b->n_children; k++)
			if (within(a->children[i], b->children[k]))
				break;
		if (k == b->n_children)
			return false;
	}
	return true;
}

static bool
same(const struct farm_tree *a, const struct farm_tree *b)
{
	return within(a, b) && within(b, a);
}

/* What is left out of the list makes no difference but to the order. */
static void
test_sequences(void **state)
{
	static const char *const paths[] = { "clusters.a", "clusters.d",
		"clusters.a.nodes", "clusters.d.nodes", "clusters.a.collect",
		"clusters.a.collect.q", "clusters.a.collect.r.every",
		"filters.f", "filters.f.keep", "clusters.*" };
	static const char *const values[] = { "{nodes: [k], collect: [proc]}",
		"{nodes: [l]}", "[m, n]", "[o]", "[rate, icmp]",
		"{proc: {every: 2s}}", "7s", "{rate: {keep: false}}", "true",
		"" };
	unsigned seed = 7;
	int round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct arena *arena = arena_new(0);
		const struct farm_tree *files = parse(arena, root_text);
		const struct farm_tree *stepwise = files, *list = NULL;
		struct problems problems = PROBLEMS_INIT;

		for (i = 0; i < 12; i++) {
			size_t k = (size_t)rand_r(&seed) % COUNT(paths);
			bool set = rand_r(&seed) % 3 > 0 && k < 9;
			const struct farm_tree *one = change(
			    arena, paths[k], set ? values[k] : NULL);
			struct error err;
			const struct farm_tree *next = change_apply(
			    arena, stepwise, one, &err);

			if (next == NULL)
				continue;
			stepwise = next;
			list = changes_add(arena, list, one, &err);
			assert_non_null(list);
			list = changes_prune(arena, files, list);
		}
		assert_true(same(
		    stepwise, changes_apply(arena, files, list, &problems)));
		assert_int_equal(problems.n, 0);
		problems_free(&problems);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_sequences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
