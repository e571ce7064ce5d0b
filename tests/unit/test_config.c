#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buffer.h"
#include "clock.h"
#include "config_check.h"
#include "unit.h"

/* A folder for the files of one test. */
struct place {
	char folder[64];
	struct modules *modules;
};

static int
setup(void **state)
{
	static const char *const folders[] = { BUILD_FOLDER };
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->folder, "/tmp/test_config.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	p->modules = modules_new(folders, 1, 1);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	modules_free(p->modules);
	(void)snprintf(command, sizeof(command), "rm -rf %s", p->folder);
	assert_int_equal(system(command), 0);
	free(p);
	return 0;
}

static void
write_file(const struct place *p, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
put_problems(
    const struct place *p, const struct problems *problems, struct buffer *said)
{
	size_t i;

	buffer_clear(said);
	for (i = 0; i < problems->n; i++) {
		const struct problem *one = &problems->items[i];
		const char *file = one->file == NULL ? "?" : one->file;

		if (strncmp(file, p->folder, strlen(p->folder)) == 0)
			file += strlen(p->folder) + 1;
		buffer_printf(said, "%s:%u:%u: %s%s\n", file, one->line,
		    one->column, one->warning ? "warning: " : "", one->text);
	}
}

static struct config *
load(const struct place *p, struct buffer *said)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *c;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/farm.yaml", p->folder);
	c = config_load(path, p->modules, &problems);
	put_problems(p, &problems, said);
	problems_free(&problems);
	return c;
}

static void
test_defaults(void **state)
{
	struct buffer said = BUFFER_INIT;
	struct config *c;

	write_file(*state, "farm.yaml", "farm: caltech\n");
	c = load(*state, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_non_null(c);
	assert_string_equal(c->farm, "caltech");
	assert_string_equal(c->state, "/var/lib/farm");
	assert_string_equal(c->socket, "/run/farm/farmd.sock");
	assert_string_equal(c->http.address.host, "127.0.0.1");
	assert_int_equal(c->http.address.port, 9649);
	assert_int_equal(c->pool.max, 64);
	assert_int_equal(c->self_every_ns, 60 * NS_PER_S);
	assert_int_equal(c->n_collectors, 0);
	config_free(c);
	buffer_free(&said);
}

static void
test_whole(void **state)
{
	const struct instance_config *i;
	struct buffer said = BUFFER_INIT;
	struct config *c;

	write_file(*state, "farm.yaml",
	    "clusters:\n"
	    "  workers:\n"
	    "    nodes: [\"n[08-10]\", {name: gw, address: 127.0.0.9}]\n"
	    "    lifetime: 15m\n"
	    "    collect:\n"
	    "      - proc: {every: 2m}\n"
	    "      - icmp: {every: 10s, name: reach, deadline: 5s, lifetime: "
	    "{node: 1h}}\n"
	    "filters:\n"
	    "  - rate: {match: \"*/*/*/*_octets\", keep: true}\n"
	    "writers:\n"
	    "  store: {match: \"*/workers\", sql: {url: \"sqlite:x.db\"}}\n");
	c = load(*state, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_non_null(c);
	assert_int_equal(c->n_collectors, 2);
	i = &c->collectors[0];
	assert_string_equal(i->name, "workers/proc");
	assert_int_equal(i->every_ns, 120 * NS_PER_S);
	assert_int_equal(i->deadline_ns, 60 * NS_PER_S);
	assert_int_equal(i->n_nodes, 4);
	assert_string_equal(i->nodes[0].name, "n08");
	assert_string_equal(i->nodes[3].name, "gw");
	assert_string_equal(i->nodes[3].address, "127.0.0.9");
	assert_int_equal(i->lifetimes.cluster_ns, 900 * NS_PER_S);
	i = &c->collectors[1];
	assert_string_equal(i->name, "reach");
	assert_int_equal(i->deadline_ns, 5 * NS_PER_S);
	assert_int_equal(i->lifetimes.node_ns, 3600 * NS_PER_S);
	assert_int_equal(i->lifetimes.parameter_ns, 900 * NS_PER_S);
	assert_string_equal(c->filters[0].name, "filters/rate");
	assert_true(c->filters[0].keep);
	assert_string_equal(c->writers[0].name, "store");
	assert_string_equal(c->writers[0].match[0].cluster, "workers");
	config_free(c);
	buffer_free(&said);
}

static void
test_chosen_nodes(void **state)
{
	struct buffer said = BUFFER_INIT;
	struct config *c;

	write_file(*state, "farm.yaml",
	    "clusters:\n  a:\n    nodes: [\"n[1-9]\"]\n"
	    "    collect:\n"
	    "      - icmp: {nodes: [n7, \"n[2-3]\"]}\n"
	    "      - proc: {nodes: n9}\n");
	c = load(*state, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_non_null(c);
	assert_int_equal(c->collectors[0].n_nodes, 3);
	assert_string_equal(c->collectors[0].nodes[0].name, "n2");
	assert_string_equal(c->collectors[0].nodes[2].name, "n7");
	assert_int_equal(c->collectors[1].n_nodes, 1);
	assert_string_equal(c->collectors[1].nodes[0].name, "n9");
	config_free(c);
	buffer_free(&said);
}

static void
test_nodes_of_files(void **state)
{
	const struct instance_config *i;
	struct buffer said = BUFFER_INIT;
	struct config *c;

	write_file(*state, "switches",
	    "# all of them\n\n"
	    "core1\n"
	    "\tcore2  127.0.0.2:1161 # by the door\r\n"
	    "edge[1-2] 127.0.1.[1-2]\n"
	    "odd#name");
	write_file(*state, "farm.yaml",
	    "clusters:\n  a:\n    nodes: [n1, \"@switches\"]\n"
	    "    collect: [proc]\n");
	c = load(*state, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_non_null(c);
	i = &c->collectors[0];
	assert_int_equal(i->n_nodes, 6);
	assert_string_equal(i->nodes[1].name, "core1");
	assert_string_equal(i->nodes[1].address, "core1");
	assert_string_equal(i->nodes[2].address, "127.0.0.2:1161");
	assert_string_equal(i->nodes[4].name, "edge2");
	assert_string_equal(i->nodes[4].address, "127.0.1.2");
	assert_string_equal(i->nodes[5].name, "odd#name");
	config_free(c);

	write_file(*state, "switches",
	    "core1 127.0.0.1 up\n"
	    "\n"
	    "  edge[1-3] 127.0.1.[1-2]\n"
	    "edge[1- x\n"
	    "b\nb b\n");
	assert_null(load(*state, &said));
	assert_string_equal(buffer_text(&said),
	    "switches:1:1: a line is a name and perhaps an address, but "
	    "\"up\" follows\n"
	    "switches:3:3: 3 names, but 2 addresses\n"
	    "switches:4:1: \"edge[1-\": a \"[\" without its \"]\"\n"
	    "switches:6:1: node \"b\" is in cluster \"a\" twice\n");
	buffer_free(&said);
}

/* What a node takes is the same in a long file. */
static void
test_many_nodes_of_a_file(void **state)
{
	enum { NODES = 5000, NODE_BYTES = 1024 };
	struct buffer said = BUFFER_INIT, text = BUFFER_INIT;
	struct config *c;
	int i;

	for (i = 0; i < NODES; i++)
		buffer_printf(&text, "node%d 127.0.0.1\n", i);
	write_file(*state, "nodes", buffer_text(&text));
	write_file(*state, "farm.yaml",
	    "clusters:\n  a:\n    nodes: [\"@nodes\"]\n"
	    "    collect: [proc]\n");
	c = load(*state, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_non_null(c);
	assert_int_equal(c->collectors[0].n_nodes, NODES);
	assert_string_equal(c->collectors[0].nodes[NODES - 1].name, "node4999");
	assert_true(arena_bytes(c->arena) < (size_t)NODES * NODE_BYTES);
	config_free(c);
	buffer_free(&text);
	buffer_free(&said);
}

static void
test_problems(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "frm: x\n",
		    "farm.yaml:1:6: unknown key \"frm\"; did you mean "
		    "\"farm\"?\n" },
		{ "- 1\n", "farm.yaml:1:1: a configuration is a mapping, not a "
			   "list\n" },
		{ "pool: {threads: 0}\n",
		    "farm.yaml:1:17: \"threads\" is 0; it must be 1 to "
		    "1024\n" },
		{ "clusters:\n  a:\n    nodes: [n1, \"n[1-2]\"]\n",
		    "farm.yaml:3:17: node \"n1\" is in cluster \"a\" twice\n" },
		{ "clusters:\n  a:\n    nodes: [n1, \"@none\"]\n",
		    "farm.yaml:3:17: FOLDER/none: No such file or "
		    "directory\n" },
		{ "clusters:\n  a:\n    nodes: [n1, \"@.\"]\n",
		    "farm.yaml:3:17: FOLDER/.: Is a directory\n" },
		{ "clusters:\n  a:\n    nodes: [\"n[1-3]\"]\n    collect:\n"
		  "      - icmp: {nodes: [n1, \"n[3-4]\"]}\n"
		  "      - icmp: {name: b, nodes: [n1, n1]}\n"
		  "      - icmp: {name: c, nodes: []}\n"
		  "      - icmp: {name: d, nodes: [[n1]]}\n",
		    "farm.yaml:5:28: cluster \"a\" has no node \"n4\"\n"
		    "farm.yaml:6:37: node \"n1\" is named twice\n"
		    "farm.yaml:7:32: \"nodes\" is a list of the cluster's "
		    "nodes\n"
		    "farm.yaml:8:33: a node of the cluster is meant by its "
		    "name, not by a list\n" },
		{ "clusters:\n  a:\n    nodes: [n1]\n    collect: [icpm]\n",
		    "farm.yaml:4:15: no collector \"icpm\" (did you mean "
		    "\"icmp\"?); searched " BUILD_FOLDER "\n" },
		{ "clusters:\n  a:\n    nodes: [n1]\n    collect:\n"
		  "      - icmp: {evry: 10s, count: 0}\n"
		  "      - proc: {every: soon}\n",
		    "farm.yaml:5:22: unknown key \"evry\"; did you mean "
		    "\"every\"?\n"
		    "farm.yaml:5:34: \"count\" is 0; it must be 1 to 64\n"
		    "farm.yaml:6:23: \"every\": \"soon\" is not a duration "
		    "such as 500ms, 10s or 1h30m\n" },
		{ "clusters:\n  a:\n    nodes: [n1]\n"
		  "    collect: [proc, proc]\n",
		    "farm.yaml:4:21: a second instance named \"a/proc\"; the "
		    "first is at FOLDER/farm.yaml:4; give one of them a "
		    "\"name\"\n" },
		{ "writers:\n  store: {match: \"*\"}\n",
		    "farm.yaml:2:10: writer \"store\" names no module, such "
		    "as sql: {...}\n" },
		{ "clusters:\n  a:\n    nodes: [n1]\n    lifetime: -5s\n",
		    "farm.yaml:4:15: \"lifetime\" is negative; 0s means for "
		    "ever\n" },
	};
	struct place *p = *state;
	struct buffer said = BUFFER_INIT;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char want[1024];
		const char *folder = strstr(cases[i].want, "FOLDER");

		if (folder == NULL)
			(void)snprintf(want, sizeof(want), "%s", cases[i].want);
		else
			(void)snprintf(want, sizeof(want), "%.*s%s%s",
			    (int)(folder - cases[i].want), cases[i].want,
			    p->folder, folder + strlen("FOLDER"));
		write_file(p, "farm.yaml", cases[i].text);
		assert_null(load(p, &said));
		assert_string_equal(buffer_text(&said), want);
	}
	buffer_free(&said);
}

/* conf.d: lists are joined, mappings united, all files' errors in one go. */
static void
test_additions(void **state)
{
	struct place *p = *state;
	struct buffer said = BUFFER_INIT;
	struct config *c;
	char folder[128];

	(void)snprintf(folder, sizeof(folder), "%s/conf.d", p->folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	write_file(p, "farm.yaml",
	    "farm: a\nclusters: {x: {nodes: [n1], collect: [proc]}}\n");
	write_file(p, "conf.d/10-more.yaml",
	    "clusters:\n  x: {nodes: [n2]}\n  y: {nodes: [n3]}\n");
	write_file(p, "conf.d/20-ignored.txt", "farm: b\n");
	c = load(p, &said);
	assert_string_equal(buffer_text(&said), "");
	assert_int_equal(c->collectors[0].n_nodes, 2);
	config_free(c);

	write_file(p, "conf.d/30-again.yaml", "farm: b\n");
	write_file(p, "conf.d/40-bad.yaml", "pool: [\n");
	assert_null(load(p, &said));
	assert_non_null(strstr(buffer_text(&said),
	    "conf.d/30-again.yaml:1:7: \"farm\" is given already at "));
	assert_non_null(strstr(buffer_text(&said), "conf.d/40-bad.yaml:"));
	buffer_free(&said);
}

/* What modules say of a file that is good by itself. */
static int
check(const struct place *p, enum check_whom whom, struct buffer *said)
{
	static const char *const folders[] = { BUILD_FOLDER,
		BUILD_FOLDER "/tests/good" };
	struct modules *modules = modules_new(folders, 2, 1);
	struct problems problems = PROBLEMS_INIT;
	struct config *c;
	char path[128];
	int status;

	(void)snprintf(path, sizeof(path), "%s/farm.yaml", p->folder);
	c = config_load(path, modules, &problems);
	put_problems(p, &problems, said);
	assert_string_equal(buffer_text(said), "");
	assert_non_null(c);
	status = config_check(c, whom, &problems);
	put_problems(p, &problems, said);
	problems_free(&problems);
	config_free(c);
	modules_free(modules);
	return status;
}

#define PICKY "clusters:\n  c:\n    nodes: [n]\n    collect:\n      - picky: "

static void
test_check(void **state)
{
	static const struct {
		const char *options;
		int status;
		const char *want;
	} cases[] = {
		{ "{}", 0, "" },
		{ "{words: [a,\n    bad, b, bad]}", -1,
		    "farm.yaml:6:5: words[1]: a bad one\n"
		    "farm.yaml:6:13: words[3]: a bad one\n" },
		{ "{words: bad}", -1, "farm.yaml:5:24: words[0]: a bad one\n" },
		{ "{pairs: {a: x, b: bad}, tree: bad}", -1,
		    "farm.yaml:5:34: pairs[1]: a bad one\n"
		    "farm.yaml:5:46: a bad tree\n" },
		{ "{manner: doubtful}", 0,
		    "farm.yaml:5:25: warning: manner: a doubtful one\n" },
		{ "{manner: silent}", -1,
		    "farm.yaml:5:16: it failed without saying why\n" },
		{ "{manner: strange}", -1,
		    "farm.yaml:5:16: a:1 is no place, manner: nor this\n" },
		{ "{manner: beyond, words: [a]}", -1,
		    "farm.yaml:5:40: words[7]: there is no seventh\n" },
		{ "{manner: emits}", -1,
		    "farm.yaml:5:16: farm_emit() is not available in this "
		    "callback\n" },
		{ "{manner: silent, enabled: false}", 0, "" },
	};
	struct buffer said = BUFFER_INIT;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		(void)snprintf(
		    text, sizeof(text), PICKY "%s\n", cases[i].options);
		write_file(*state, "farm.yaml", text);
		assert_int_equal(
		    check(*state, CHECK_ALL, &said), cases[i].status);
		assert_string_equal(buffer_text(&said), cases[i].want);
		/* It is not one of ours. */
		assert_int_equal(check(*state, CHECK_OURS, &said), 0);
		assert_string_equal(buffer_text(&said), "");
	}
	buffer_free(&said);
}

/* Nothing is cut. */
static void
test_check_long(void **state)
{
	struct buffer said = BUFFER_INIT;

	write_file(*state, "farm.yaml", PICKY "{manner: long}\n");
	assert_int_equal(check(*state, CHECK_ALL, &said), -1);
	assert_int_equal(
	    said.size, strlen("farm.yaml:5:25: manner: \n") + 3000);
	buffer_free(&said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_chosen_nodes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_many_nodes_of_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_nodes_of_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problems, setup, teardown),
		cmocka_unit_test_setup_teardown(test_check, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_check_long, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_additions, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
