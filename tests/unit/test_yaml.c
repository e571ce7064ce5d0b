#include "yaml.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "unit.h"

/* The tree as JSON, or the problems, a line each. */
static void
outcome(struct buffer *got, const char *text, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *root;
	const struct problem *p;

	buffer_clear(got);
	if (yaml_parse(arena, "f", text, size, &root, &problems) == 0)
		tree_json(got, root);
	problems_sort(&problems);
	for (p = problems.items; p < problems.items + problems.n; p++)
		buffer_printf(got, "%s:%u:%u: %s\n", p->file, (unsigned)p->line,
		    (unsigned)p->column, p->text);
	problems_free(&problems);
	arena_free(arena);
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "", "{}" },
		{ "# nothing\n", "{}" },
		{ "---\n", "{}" },
		{ "a: 1\nb: [x, 'y', {c: true}]\n",
		    "{\"a\":1,\"b\":[\"x\",\"y\",{\"c\":true}]}" },
		{ "- 1\n- -1.5e3\n- 01\n- 1.\n- +1\n- 0x10\n- '1'\n- 1e\n",
		    "[1,-1.5e3,\"01\",\"1.\",\"+1\",\"0x10\",\"1\",\"1e\"]" },
		{ "[null, ~, '', \"true\", yes]",
		    "[null,null,\"\",\"true\",\"yes\"]" },
		{ "a:\n", "{\"a\":null}" },
		{ "a: |\n  ${FARM_A}\nb: '${FARM_A}'\n",
		    "{\"a\":\"${FARM_A}\\n\",\"b\":\"${FARM_A}\"}" },
		{ "a: ${FARM_A}\nb: \"x${FARM_A}\"\n${FARM_A}: c\n",
		    "{\"a\":\"one\",\"b\":\"xone\",\"one\":\"c\"}" },
		{ "a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x\n",
		    "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":2,\"d\":2}" },
		{ "a: 1\nb: 2\na: 3\n", "f:3:4: the key \"a\" stands here "
					"twice, first in line 1\n" },
		{ "a: 1\n---\nb: 2\n", "f:2:1: a second document begins; only "
				       "one may be here\n" },
		{ "a: !!int 1\nb: ${FARM_NONE}\n? [x]\n: y\n",
		    "f:1:4: the tag \"tag:yaml.org,2002:int\": tags have no "
		    "meaning here\n"
		    "f:2:4: the variable FARM_NONE is not set and has no "
		    "default (${FARM_NONE:-default})\n"
		    "f:3:3: a key must be a string, not a list\n" },
		{ "a: [1, 2\nb: 3\n", "f:2:2: while parsing a flow sequence "
				      "did not find expected ',' or ']'\n" },
		{ "a: 1\nb: \xff\n", "f:2:4: invalid leading UTF-8 octet\n" },
		{ "a: *x\n",
		    "f:1:4: no anchor \"&x\" ends before this alias\n" },
		{ "a: &x [*x]\n",
		    "f:1:8: no anchor \"&x\" ends before this alias\n" },
		{ "a: \"x\\0y\"\n", "f:1:4: a text cannot hold a NUL\n" },
	};
	struct buffer got = BUFFER_INIT;
	size_t i;

	(void)state;
	setenv("FARM_A", "one", 1);
	unsetenv("FARM_NONE");
	for (i = 0; i < COUNT(cases); i++) {
		outcome(&got, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buffer_text(&got), cases[i].want);
	}
	buffer_free(&got);
}

static void
test_places(void **state)
{
	static const char text[] = "a:\n  - x\n  - 'y'\nb: {c: z}\n";
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *root, *a, *c;

	(void)state;
	assert_int_equal(yaml_parse(arena, "f.yaml", text, sizeof(text) - 1,
			     &root, &problems),
	    0);
	a = tree_get(root, "a");
	c = tree_get(tree_get(root, "b"), "c");
	assert_string_equal(a->key, "a");
	assert_string_equal(a->file, "f.yaml");
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 3);
	assert_int_equal(a->children[1]->line, 3);
	assert_int_equal(a->children[1]->column, 5);
	assert_int_equal(a->children[0]->quoted, 0);
	assert_int_equal(a->children[1]->quoted, 1);
	assert_string_equal(c->value, "z");
	assert_int_equal(c->line, 4);
	assert_int_equal(c->column, 8);
	assert_null(tree_get(root, "z"));
	assert_null(tree_get(c, "z"));
	assert_null(tree_get(NULL, "z"));
	assert_string_equal(tree_kind_name(root), "a mapping");
	assert_string_equal(tree_kind_name(a), "a list");
	assert_string_equal(tree_kind_name(c), "a string");
	assert_string_equal(tree_kind_name(NULL), "nothing");
	arena_free(arena);
}

/* Each level is ten of the level before: a billion, if written out. */
static void
test_laughs(void **state)
{
	struct buffer text = BUFFER_INIT, got = BUFFER_INIT;
	int i, j;

	(void)state;
	buffer_puts(&text, "a0: &a0 x\n");
	for (i = 1; i < 10; i++) {
		buffer_printf(&text, "a%d: &a%d [", i, i);
		for (j = 0; j < 10; j++)
			buffer_printf(&text, "*a%d,", i - 1);
		buffer_puts(&text, "]\n");
	}
	outcome(&got, text.data, text.size);
	assert_string_equal(buffer_text(&got),
	    "f:8:10: more than 2000000 values, aliases counted\n");

	/* The same with one long text. */
	buffer_clear(&text);
	buffer_printf(&text, "- &a %0*d\n", 1 << 20, 1);
	for (i = 0; i < 70; i++)
		buffer_puts(&text, "- *a\n");
	outcome(&got, text.data, text.size);
	assert_string_equal(buffer_text(&got),
	    "f:65:3: more than 64 MiB of text, aliases counted\n");
	buffer_free(&text);
	buffer_free(&got);
}

static void
test_depth(void **state)
{
	struct buffer text = BUFFER_INIT, got = BUFFER_INIT;
	int i;

	(void)state;
	for (i = 0; i < YAML_DEPTH_MAX - 1; i++)
		buffer_putc(&text, '[');
	buffer_puts(&text, "x");
	for (i = 0; i < YAML_DEPTH_MAX - 1; i++)
		buffer_putc(&text, ']');
	outcome(&got, text.data, text.size);
	assert_string_equal(buffer_text(&got),
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]"
	    "]]]]]]]]]]]]]]]]]]]]");

	buffer_clear(&text);
	for (i = 0; i < 1000; i++)
		buffer_putc(&text, '[');
	outcome(&got, text.data, text.size);
	assert_string_equal(
	    buffer_text(&got), "f:1:33: is nested more than 32 levels deep\n");

	/* What an alias brings is as deep as where it was written. */
	buffer_clear(&text);
	buffer_puts(&text, "- &a [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\n- ");
	for (i = 0; i < 14; i++)
		buffer_putc(&text, '[');
	buffer_puts(&text, "*a]");
	outcome(&got, text.data, text.size);
	assert_string_equal(
	    buffer_text(&got), "f:2:17: is nested more than 32 levels deep\n");
	buffer_free(&text);
	buffer_free(&got);
}

static void
test_load(void **state)
{
	char path[] = "/tmp/test_yaml.XXXXXX";
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *root = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "a: b\n", 5), 5);
	close(fd);
	assert_int_equal(yaml_load(arena, path, &root, &problems), 0);
	assert_string_equal(tree_get(root, "a")->value, "b");
	assert_string_equal(root->file, path);
	unlink(path);

	root = NULL;
	assert_int_equal(yaml_load(arena, path, &root, &problems), -1);
	assert_int_equal(yaml_load(arena, "/", &root, &problems), -1);
	assert_int_equal(yaml_load(arena, "/dev/zero", &root, &problems), -1);
	assert_null(root);
	assert_int_equal(problems.n, 3);
	assert_string_equal(
	    problems.items[0].text, "No such file or directory");
	assert_string_equal(problems.items[0].file, path);
	assert_string_equal(problems.items[1].text, "Is a directory");
	assert_string_equal(problems.items[2].text, "is larger than 64 MiB");
	problems_free(&problems);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_laughs),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
