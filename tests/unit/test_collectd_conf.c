#include "conf.h"
#include "conf_tree.h"

#include <fcntl.h>

#include "engine.h"
#include "yaml.h"

#include "unit.h"

/* An option tree on one line: Key value "string" { children }. */
static void
print(FILE *to, const oconfig_item_t *ci)
{
	int i;

	fprintf(to, "%s", ci->key == NULL ? "-" : ci->key);
	for (i = 0; i < ci->values_num; i++)
		if (ci->values[i].type == OCONFIG_TYPE_STRING)
			fprintf(to, " \"%s\"", ci->values[i].value.string);
		else if (ci->values[i].type == OCONFIG_TYPE_NUMBER)
			fprintf(to, " %g", ci->values[i].value.number);
		else
			fprintf(to, " %s",
			    ci->values[i].value.boolean ? "true" : "false");
	if (ci->children_num > 0)
		fprintf(to, " {");
	for (i = 0; i < ci->children_num; i++) {
		assert_ptr_equal(ci->children[i].parent, ci);
		fprintf(to, i > 0 ? "; " : " ");
		print(to, &ci->children[i]);
	}
	if (ci->children_num > 0)
		fprintf(to, " }");
}

static void
assert_tree(const oconfig_item_t *root, const char *want)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	print(f, root);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "A\n", "f:1: A has no value" },
		{ "\n\nA /path\n",
		    "f:3: unexpected /: such values stand in \"quotes\"" },
		{ "A 'x'\n",
		    "f:1: unexpected ': such values stand in \"quotes\"" },
		{ "A \303\244\n", "f:1: unexpected byte 0xc3: such values "
				  "stand in \"quotes\"" },
		{ "A 1\nB \"x\ny\n", "f:2: a string without an end" },
		{ "A \"x\\", "f:1: a string without an end" },
		{ "true 1\n",
		    "f:1: true is a value, not the name of an option" },
		{ "1 2\n", "f:1: unexpected 1: such values stand in "
			   "\"quotes\"" },
		{ "A 1\n<B>\nC 1\n", "f:2: <B> without an end" },
		{ "<B>\nC 1\n</D>\n", "f:3: </D> ends <B> of line 1" },
		{ "</B>\n", "f:1: the end of a block that nothing began" },
		{ "<B\n>\n", "f:1: the line ends too early" },
		{ "<B", "f:1: the text ends too early" },
		{ "A 1 \\\n2 \\\n=\n",
		    "f:3: unexpected =: such values stand in \"quotes\"" },
	};
	oconfig_item_t *root = NULL;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		err.text[0] = '\0';
		assert_int_equal(conf_parse("f", cases[i].text,
				     strlen(cases[i].text), &root, &err),
		    -1);
		assert_string_equal(err.text, cases[i].error);
		assert_null(root);
	}
	assert_int_equal(conf_parse("f", "A \"x\0y\"\n", 9, &root, &err), -1);
	assert_string_equal(err.text, "f:1: a NUL byte in a string");
}

static void
test_words(void **state)
{
	static const struct {
		const char *text, *tree;
	} cases[] = {
		{ "A 1", "- { A 1 }" },
		{ "A host.example.org:80", "- { A \"host.example.org:80\" }" },
		{ "A 1e3 1e+3 1.5e3 TRUE on",
		    "- { A \"1e3\" 1000 1500 \"TRUE\" true }" },
		{ "A 10.0.0 -x under_score-dash",
		    "- { A \"10.0.0\" \"-x\" \"under_score-dash\" }" },
		{ "<A x>\n<B>\n</B>\nC 1 # c\n</A>\nD \"\"",
		    "- { A \"x\" { C 1 }; D \"\" }" },
	};
	oconfig_item_t *root;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(conf_parse("f", cases[i].text,
				     strlen(cases[i].text), &root, &err),
		    0);
		assert_tree(root, cases[i].tree);
		oconfig_free(root);
	}
}

static void
test_depth(void **state)
{
	char text[4 * (CONF_DEPTH_MAX + 2)] = "";
	oconfig_item_t *root;
	struct error err;
	int i;

	(void)state;
	for (i = 0; i <= CONF_DEPTH_MAX; i++)
		strcat(text, "<A>\n");
	assert_int_equal(conf_parse("f", text, strlen(text), &root, &err), -1);
	assert_string_equal(
	    err.text, "f:33: blocks within blocks, more than 32");
}

static void
test_values_text(void **state)
{
	oconfig_item_t *root;
	struct error err;
	char *text;

	(void)state;
	assert_int_equal(conf_parse("f", "A x 5 on -1.5", 13, &root, &err), 0);
	text = conf_values_text(&root->children[0]);
	assert_string_equal(text, "x 5.000000 true -1.500000");
	free(text);
	oconfig_free(root);
}

static void
put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_include(void **state)
{
	char folder[] = "/tmp/farm-conf-XXXXXX", path[128], text[512];
	oconfig_item_t *root;
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/d", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file(path, "b.conf", "B 2\n");
	put_file(path, "a.conf", "<A>\nx 1\n</A>\n");
	put_file(path, "c.txt", "C 3\n");
	snprintf(text, sizeof(text),
	    "Z 1\n<Include \"%s\">\nFilter \"*.conf\"\n</Include>\n"
	    "Include \"%s/none*\"\nInclude \"%s/c.*\"\nY 1\n",
	    path, path, path);
	put_file(folder, "main", text);
	snprintf(path, sizeof(path), "%s/main", folder);
	if (conf_read(path, &root, &err) != 0)
		fail_msg("%s", err.text);
	assert_tree(root, "- { Z 1; A { x 1 }; B 2; C 3; Y 1 }");
	oconfig_free(root);

	put_file(folder, "d/b.conf", "B =\n");
	assert_int_equal(conf_read(path, &root, &err), -1);
	snprintf(text, sizeof(text),
	    "%s: %s/d/b.conf:1: unexpected =: such "
	    "values stand in \"quotes\"",
	    path, folder);
	assert_string_equal(err.text, text);

	/* One that includes itself. */
	snprintf(text, sizeof(text), "Include \"%s\"\n", path);
	put_file(folder, "main", text);
	assert_int_equal(conf_read(path, &root, &err), -1);
	assert_non_null(strstr(err.text, "included more than 8 deep"));

	put_file(folder, "main", "Include \"/nonexistent/file\"\n");
	assert_int_equal(conf_read(path, &root, &err), -1);
	snprintf(text, sizeof(text),
	    "%s: Include \"/nonexistent/file\": no such file", path);
	assert_string_equal(err.text, text);
	snprintf(text, sizeof(text), "rm -rf '%s'", folder);
	assert_int_equal(system(text), 0);
}

static void
test_yaml(void **state)
{
	static const struct {
		const char *yaml, *tree;
	} cases[] = {
		{ "{}", "Plugin \"p\"" },
		{ "MountPoint: [/, /home]\nReportInodes: true\n",
		    "Plugin \"p\" { MountPoint \"/\"; MountPoint \"/home\"; "
		    "ReportInodes true }" },
		{ "Interval: 5\nText: '5'\nImport: [[a, b], c]\n",
		    "Plugin \"p\" { Interval 5; Text \"5\"; Import \"a\" "
		    "\"b\"; Import \"c\" }" },
		{ "Timeouts: {Read: 1}\nHost db1:\n  Port: 25\n",
		    "Plugin \"p\" { Timeouts { Read 1 }; Host \"db1\" { Port "
		    "25 } }" },
		{ "Host \"my db\" 3:\n  Port: 25\n",
		    "Plugin \"p\" { Host \"my db\" 3 { Port 25 } }" },
		{ "Host: [{_args: db1, Port: 25}, {_args: [db2, 7]}]\n",
		    "Plugin \"p\" { Host \"db1\" { Port 25 }; Host \"db2\" 7 "
		    "}" },
		{ "Host a:\nEmpty: {}\n", "Plugin \"p\" { Host \"a\" }" },
		{ "Data x: {Values: [1.5, -2]}\nT: 017\n",
		    "Plugin \"p\" { Data \"x\" { Values 1.5; Values -2 }; T "
		    "17 }" },
		{ "A:\n", "f:1: A has no value" },
		{ "A: [{B: 1}, [[1]]]\n", "f:1: A: an argument is a value" },
		{ "a/b: 1\n", "f:1: \"a/b\" is not the name of an option: "
			      "key:1: unexpected /: such values stand in "
			      "\"quotes\"" },
		{ "A: {_args: {x: 1}}\n",
		    "f:1: A: arguments are a value or a list" },
		{ "[1]\n", "f:1: options are a mapping" },
	};
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree;
	oconfig_item_t *root;
	struct arena *arena;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		arena = arena_new(0);
		assert_int_equal(yaml_parse(arena, "f", cases[i].yaml,
				     strlen(cases[i].yaml), &tree, &problems),
		    0);
		if (conf_from_tree("Plugin", "p", tree, &root, &err) == 0) {
			assert_tree(root, cases[i].tree);
			oconfig_free(root);
		} else
			assert_string_equal(err.text, cases[i].tree);
		arena_free(arena);
	}
	assert_int_equal(conf_from_tree("Plugin", NULL, NULL, &root, &err), 0);
	assert_tree(root, "Plugin");
	oconfig_free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_values_text),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
