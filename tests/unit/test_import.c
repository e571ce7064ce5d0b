#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "yaml.h"

#define HEAD "# Made by `farmctl import' of a farm configuration of MonALISA.\n"

/* The YAML of a farm file, and what was said; "" if there is none. */
static void
import(const char *file, struct buffer *yaml, struct buffer *said)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct farmfile_parser *p = farmfile_parser_new(arena, &problems);
	struct import plan;
	size_t i;

	assert_non_null(p);
	buffer_clear(yaml);
	buffer_clear(said);
	farmfile_parse(p, "a.conf", file, strlen(file));
	if (import_plan(arena, farmfile_tree(p), &plan, &problems) == 0)
		import_print(yaml, &plan);
	assert_false(buffer_failed(yaml));
	problems_sort(&problems);
	for (i = 0; i < problems.n; i++)
		buffer_printf(said, "%u:%u: %s: %s\n", problems.items[i].line,
		    problems.items[i].column,
		    problems.items[i].warning ? "warning" : "error",
		    problems.items[i].text);
	problems_free(&problems);
	farmfile_parser_free(p);
	arena_free(arena);
}

static void
test_translations(void **state)
{
	static const struct {
		const char *file;
		const char *yaml;
		const char *said;
	} cases[] = {
		{ "", HEAD "clusters: {}\n", "" },
		{ "*M\n>localhost\nmonProcLoad\nmonProcStat\nDiskDF%60\n"
		  "netstat%30\nmonDiskIOStat\n",
		    HEAD
		    "clusters:\n"
		    "  M:\n"
		    "    nodes: [localhost]\n"
		    "    collect:\n"
		    "      - proc:\n"
		    "          every: 30s\n"
		    "          groups: [load, stat, paging, disk, sockets]\n"
		    "      - proc:\n"
		    "          name: M/proc-2\n"
		    "          every: 1m\n"
		    "          groups: [df]\n",
		    "" },
		{ ">n\nmonProcIO{eth0, eth1.5}%90\n",
		    HEAD "clusters:\n"
			 "  ProcNode:\n"
			 "    nodes: [n]\n"
			 "    collect:\n"
			 "      - proc:\n"
			 "          every: 1m30s\n"
			 "          groups: [net]\n"
			 "          interfaces: [eth0, eth1.5]\n",
		    "" },
		/* Lifetimes keep modules apart. */
		{ "*M\n>n\nmonProcLoad{ParamTimeout=900}\n"
		  "DiskDF{ParamTimeout=60,NodeTimeout=60,ClusterTimeout=60}\n"
		  "netstat{NodeTimeout=3600, ParamTimeout=900}\n",
		    HEAD "clusters:\n"
			 "  M:\n"
			 "    nodes: [n]\n"
			 "    collect:\n"
			 "      - proc:\n"
			 "          every: 30s\n"
			 "          groups: [load]\n"
			 "          lifetime: {parameter: 15m}\n"
			 "      - proc:\n"
			 "          name: M/proc-2\n"
			 "          every: 30s\n"
			 "          groups: [df]\n"
			 "          lifetime: 1m\n"
			 "      - proc:\n"
			 "          name: M/proc-3\n"
			 "          every: 30s\n"
			 "          groups: [sockets]\n"
			 "          lifetime: {parameter: 15m, node: 1h}\n",
		    "" },
		{ "*W\n>a\nmonPing%60\n>b\nmonPing%60\nmonABPing%4\n",
		    HEAD "clusters:\n"
			 "  W:\n"
			 "    nodes: [a, b]\n"
			 "    collect:\n"
			 "      - icmp:\n"
			 "          every: 1m\n"
			 "          count: 1\n"
			 "          size: 1400B\n"
			 "          timeout: 4s\n"
			 "      - icmp:\n"
			 "          name: W/icmp-2\n"
			 "          nodes: [b]\n"
			 "          every: 4s\n"
			 "          count: 1\n"
			 "          timeout: 1s\n"
			 "          lifetime: 5m\n",
		    "3:1: warning: \"monPing\" becomes icmp: RTT is called "
		    "rtt, and LostPackages loss, in percent\n"
		    "6:1: warning: \"monABPing\" becomes icmp: RTT is called "
		    "rtt, and PacketLoss loss, in percent; RTime and Jitter "
		    "are not there\n" },
		/* An answer is awaited for less than the interval. */
		{ "*W\n>a\nmonPing%4\n",
		    HEAD "clusters:\n"
			 "  W:\n"
			 "    nodes: [a]\n"
			 "    collect:\n"
			 "      - icmp:\n"
			 "          every: 4s\n"
			 "          count: 1\n"
			 "          size: 1400B\n"
			 "          timeout: 2s\n",
		    "3:1: warning: \"monPing\" becomes icmp: RTT is called "
		    "rtt, and LostPackages loss, in percent\n" },
		/* Nodes that share everything, in whatever order. */
		{ "*M\n>n08.x n08\nmonProcLoad\nDiskDF\n>n09.x n09\nDiskDF\n"
		  "monProcLoad\n>n10.x n10\nDiskDF\nmonProcLoad\n>gw gw\n",
		    HEAD "clusters:\n"
			 "  M:\n"
			 "    nodes: [{name: \"n[08-10]\", address: "
			 "\"n[08-10].x\"}, gw]\n"
			 "    collect:\n"
			 "      - proc:\n"
			 "          nodes: [\"n[08-10]\"]\n"
			 "          every: 30s\n"
			 "          groups: [load, df]\n",
		    "" },
		/* What is left over stays at its place. */
		{ "*M\n>n1\nsnmp_Load{a b}%60\nmonProcLoad\n>n2\nmonProcLoad\n"
		  "*K\n>x\nmonLMSensors\n",
		    HEAD
		    "clusters:\n"
		    "  M:\n"
		    "    nodes: [\"n[1-2]\"]\n"
		    "    collect:\n"
		    "      # not there yet: snmp_Load{a b} every 1m on n1\n"
		    "      - proc:\n"
		    "          every: 30s\n"
		    "          groups: [load]\n"
		    "  K:\n"
		    "    nodes: [x]\n"
		    "    # not there yet: monLMSensors every 30s\n",
		    "3:1: warning: farmd has nothing for \"snmp_Load\" yet; "
		    "kept as a comment\n"
		    "9:1: warning: farmd has nothing for \"monLMSensors\" yet; "
		    "kept as a comment\n" },
		{ "*M\n>n\nDiskDF{/boot, ParamTimeout=60}\n",
		    HEAD "clusters:\n"
			 "  M:\n"
			 "    nodes: [n]\n"
			 "    collect:\n"
			 "      # not taken over: the arguments of "
			 "DiskDF{/boot}\n"
			 "      - proc:\n"
			 "          every: 30s\n"
			 "          groups: [df]\n"
			 "          lifetime: {parameter: 1m}\n",
		    "3:1: warning: the arguments of \"DiskDF\" are not taken "
		    "over; kept as a comment\n" },
		{ "*P{monIGangliaTCP, pop, 8649}\n*P\n>n\n*Empty\n"
		  "^monXDRUDP{ListenPort=8884, ParamTimeout=900}\n^x%5\n",
		    HEAD "clusters:\n"
			 "  # not there yet: *P{monIGangliaTCP, pop, 8649} "
			 "every 30s\n"
			 "  P:\n"
			 "    nodes: [n]\n"
			 "  # cluster Empty has no nodes\n"
			 "  ApMon-8884:\n"
			 "    nodes: [localhost]\n"
			 "    collect:\n"
			 "      - udp:\n"
			 "          format: apmon\n"
			 "          listen: \"udp://*:8884\"\n"
			 "          rate: 50\n"
			 "          lifetime: {parameter: 15m}\n"
			 "# not there yet, for the whole farm: ^x every 5s\n",
		    "1:2: warning: farmd has nothing for a cluster fed by "
		    "\"monIGangliaTCP\" yet; kept as a comment\n"
		    "4:2: warning: cluster \"Empty\" has no nodes; kept as a "
		    "comment\n"
		    "6:2: warning: farmd has nothing for \"^x\" yet; kept as a "
		    "comment\n" },
		{ "^monXDRUDP{ListenPort=70000, MaxMsgRate=7,AccessConfFile=a,"
		  "ReportSenderID=false}\n",
		    HEAD "clusters:\n"
			 "  ApMon-8884:\n"
			 "    nodes: [localhost]\n"
			 "    collect:\n"
			 "      - udp:\n"
			 "          format: apmon\n"
			 "          listen: \"udp://*:8884\"\n"
			 "          rate: 7\n",
		    "1:2: warning: \"ListenPort=70000\" of \"^monXDRUDP\" is "
		    "not taken over\n"
		    "1:2: warning: \"AccessConfFile=a\" of \"^monXDRUDP\" is "
		    "not taken over\n" },
		/* Names that YAML or farmd would read otherwise. */
		{ "*no\n>123 true\n*a: \"b\" # $c \\\n>\xc3\xa9\n",
		    HEAD "clusters:\n"
			 "  \"no\":\n"
			 "    nodes: [{name: \"true\", address: \"123\"}]\n"
			 "  \"a: \\\"b\\\" # $$c \\\\\":\n"
			 "    nodes: [\"\xc3\xa9\"]\n",
		    "" },
		{ "*A\n>x n\n>n\n", "",
		    "3:2: error: two nodes of cluster \"A\" are called \"n\"; "
		    "give each an alias of its own\n" },
	};
	struct buffer yaml = BUFFER_INIT, said = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		import(cases[i].file, &yaml, &said);
		assert_string_equal(buffer_text(&yaml), cases[i].yaml);
		assert_string_equal(buffer_text(&said), cases[i].said);
	}
	buffer_free(&yaml);
	buffer_free(&said);
}

/* Many nodes without order are a line each; the name comes back whole. */
static void
test_long_lists(void **state)
{
	struct buffer file = BUFFER_INIT, yaml = BUFFER_INIT;
	struct buffer said = BUFFER_INIT;
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *root, *nodes;
	int i;

	(void)state;
	buffer_puts(&file, "*$$A\n>${HOME}\n");
	for (i = 0; i < 40; i++)
		buffer_printf(&file, ">host%c%d\n", 'a' + i % 3, i);
	import(buffer_text(&file), &yaml, &said);
	assert_non_null(strstr(buffer_text(&yaml), "\n      - hosta0\n"));
	assert_int_equal(yaml_parse(arena, "farm.yaml", yaml.data, yaml.size,
			     &root, &problems),
	    0);
	nodes = tree_get(tree_get(tree_get(root, "clusters"), "$$A"), "nodes");
	assert_non_null(nodes);
	assert_int_equal(nodes->n_children, 41);
	assert_string_equal(nodes->children[0]->value, "${HOME}");
	problems_free(&problems);
	arena_free(arena);
	buffer_free(&file);
	buffer_free(&yaml);
	buffer_free(&said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_translations),
		cmocka_unit_test(test_long_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
