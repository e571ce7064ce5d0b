#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* A folder for the files of one test, and the modules of the build. */
struct place {
	char folder[64];
	struct modules *modules;
};

static int
setup(void **state)
{
	static const char *const folders[] = { BUILD_FOLDER };
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->folder, "/tmp/test_plan.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	p->modules = modules_new(folders, 1, 1);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/farm.yaml", p->folder);
	(void)unlink(path);
	assert_int_equal(rmdir(p->folder), 0);
	modules_free(p->modules);
	free(p);
	return 0;
}

static struct config *
load(const struct place *p, const char *text)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *c;
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/farm.yaml", p->folder);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fprintf(f, "farm: f\nstate: s\n%s", text) >= 0);
	assert_int_equal(fclose(f), 0);
	c = config_load(path, p->modules, &problems);
	if (c == NULL && problems.n > 0)
		print_message("%s\n", problems.items[0].text);
	assert_non_null(c);
	problems_free(&problems);
	return c;
}

#define CLUSTER(NODES, COLLECT)                                                \
	"clusters:\n  a:\n    nodes: " NODES "\n    collect: [" COLLECT "]\n"

static const struct {
	const char *before;
	const char *after;
	const char *want;
} cases[] = {
	{ "", "", "0 kept" },
	{ CLUSTER("[x]", "proc"), CLUSTER("[x]", "proc"), "1 kept" },
	{ CLUSTER("[x]", "proc"), "\n\n" CLUSTER("[x]", "{proc: }"), "1 kept" },
	{ CLUSTER("[x, y]", "proc"), CLUSTER("[y, x]", "proc"), "1 kept" },
	{ "", CLUSTER("[x]", "proc"), "0 kept, 1 added (a/proc)" },
	{ CLUSTER("[x]", "proc"), "", "0 kept, 1 removed (a/proc)" },
	{ CLUSTER("[x]", "proc"), CLUSTER("[x]", "{proc: {every: 5s}}"),
	    "0 kept, 1 changed (a/proc: interval)" },
	{ CLUSTER("[x]", "{proc: {every: 30s}}"), CLUSTER("[x]", "proc"),
	    "1 kept" },
	{ CLUSTER("[x]", "proc"), CLUSTER("[x]", "{proc: {align: true}}"),
	    "0 kept, 1 changed (a/proc: interval)" },
	{ CLUSTER("[x]", "proc"), CLUSTER("['n[1-3]']", "proc"),
	    "0 kept, 1 changed (a/proc: nodes +3 -1)" },
	{ CLUSTER("[x]", "proc"), CLUSTER("[{name: x, address: y}]", "proc"),
	    "0 kept, 1 changed (a/proc: nodes +1 -1)" },
	{ CLUSTER("[x]", "icmp"), CLUSTER("[x]", "{icmp: {count: 7}}"),
	    "0 kept, 1 changed (a/icmp: options)" },
	{ CLUSTER("[x]", "icmp"), CLUSTER("[x]", "{icmp: {lifetime: 1m}}"),
	    "0 kept, 1 changed (a/icmp: lifetime)" },
	{ CLUSTER("[x]", "icmp"),
	    CLUSTER("[x, y]", "{icmp: {count: 7, every: 5s}}"),
	    "0 kept, 1 changed (a/icmp: interval, nodes, options +1)" },
	{ CLUSTER("[x]", "proc"), CLUSTER("[x]", "{proc: {enabled: false}}"),
	    "0 kept, 1 removed (a/proc)" },
	{ CLUSTER("[x]", "{proc: {name: p}}"),
	    CLUSTER("[x]", "{icmp: {name: p}}"),
	    "0 kept, 1 added (p), 1 removed (p)" },
	{ "filters: [rate]\n", "filters: [{rate: {match: '*/*/*/a'}}]\n",
	    "0 kept, 1 changed (filters/rate: match)" },
	{ "filters: [{rate: {match: '*/*/*/a'}}]\n",
	    "filters: [{rate: {match: '*/*/*/a', keep: true}}]\n",
	    "0 kept, 1 changed (filters/rate: options, match)" },
	{ "filters: [rate]\n", "filters: [{rate: {keep_counters: true}}]\n",
	    "0 kept, 1 changed (filters/rate: options)" },
	{ "", "socket: other\nlimits: {queue: 5MiB}\n",
	    "0 kept; needs a restart: socket, limits" },
};

static void
test_cases(void **state)
{
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct config *before = load(*state, cases[i].before);
		struct config *after = load(*state, cases[i].after);
		struct buffer text = BUFFER_INIT;
		struct plan plan;

		assert_int_equal(plan_make(&plan, before, after), 0);
		plan_text(&text, &plan);
		assert_string_equal(buffer_text(&text), cases[i].want);
		assert_int_equal(plan_is_empty(&plan),
		    strstr(cases[i].want, "ed (") == NULL);
		buffer_free(&text);
		plan_free(&plan);
		config_free(before);
		config_free(after);
	}
}

static void
test_order(void **state)
{
	static const char ab[] = "filters: [{rate: {name: a}}, "
				 "{rate: {name: b}}]\n";
	static const char ba[] = "filters: [{rate: {name: b}}, "
				 "{rate: {name: a}}]\n";
	struct config *before = load(*state, ab);
	struct config *after = load(*state, ba);
	struct plan plan;

	assert_int_equal(plan_make(&plan, before, after), 0);
	assert_true(plan.filters.reordered);
	assert_false(plan_is_empty(&plan));
	plan_free(&plan);
	config_free(before);
	config_free(after);
}

static void
test_json(void **state)
{
	struct config *before = load(*state, CLUSTER("[x]", "proc, icmp"));
	struct config *after = load(*state, CLUSTER("[y]", "proc"));
	struct buffer text = BUFFER_INIT;
	struct plan plan;

	assert_int_equal(plan_make(&plan, before, after), 0);
	plan_json(&text, &plan);
	assert_string_equal(buffer_text(&text),
	    "{\"kept\":0,\"changed\":[{\"instance\":\"a/proc\","
	    "\"role\":\"collector\",\"what\":[\"nodes\"],\"nodes_added\":1,"
	    "\"nodes_removed\":1}],\"added\":[],\"removed\":["
	    "{\"instance\":\"a/icmp\",\"role\":\"collector\"}],"
	    "\"restart\":[]}");
	buffer_free(&text);
	plan_free(&plan);
	config_free(before);
	config_free(after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_json, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
