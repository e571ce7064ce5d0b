#include "farmfile.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "unit.h"

/* --- a tree as a farm file: one line for each thing, nothing left to rules */

static void
print_timeout(struct buffer *out, const char *name, uint32_t seconds)
{
	if (seconds > 0)
		buffer_printf(out, ", %s=%u", name, seconds);
}

static void
print_module(
    struct buffer *out, const char *mark, const struct farmfile_module *m)
{
	const struct farmfile_timeouts *t = &m->timeouts;

	buffer_printf(out, "%s%s", mark, m->name);
	if (m->arguments != NULL) {
		buffer_printf(out, "{%s", m->arguments);
		print_timeout(out, "ParamTimeout", t->parameter);
		print_timeout(out, "NodeTimeout", t->node);
		print_timeout(out, "ClusterTimeout", t->cluster);
		buffer_putc(out, '}');
	}
	buffer_printf(out, "%%%u\n", m->every);
}

static void
print_cluster(struct buffer *out, const struct farmfile_cluster *c)
{
	const struct farmfile_module *m = c->external;
	const struct farmfile_node *n;

	if (m != NULL)
		buffer_printf(out, "*%s{%s, %s,%s}%%%u\n", c->name, m->name,
		    m->node, m->arguments, m->every);
	if (m == NULL || c->n_nodes > 0)
		buffer_printf(out, "*%s\n", c->name);
	for (n = c->nodes; n != NULL; n = n->next) {
		buffer_printf(out, ">%s%s%s\n", n->name,
		    n->alias == NULL ? "" : " ",
		    n->alias == NULL ? "" : n->alias);
		for (m = n->modules; m != NULL; m = m->next)
			print_module(out, "", m);
	}
}

static void
print_tree(struct buffer *out, const struct farmfile *tree)
{
	const struct farmfile_cluster *c;
	const struct farmfile_module *m;

	for (c = tree->clusters; c != NULL; c = c->next)
		print_cluster(out, c);
	for (m = tree->modules; m != NULL; m = m->next)
		print_module(out, "^", m);
}

/* Parse, and print the tree and what was said. */
static void
parse(const char *const *files, size_t n, struct buffer *tree,
    struct buffer *said)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct farmfile_parser *p = farmfile_parser_new(arena, &problems);
	char name[8] = "a.conf";
	size_t i;

	assert_non_null(p);
	for (i = 0; i < n; i++, name[0]++)
		farmfile_parse(p, name, files[i], strlen(files[i]));
	buffer_clear(tree);
	print_tree(tree, farmfile_tree(p));
	buffer_clear(said);
	problems_sort(&problems);
	for (i = 0; i < problems.n; i++)
		buffer_printf(said, "%s:%u:%u: %s: %s\n",
		    problems.items[i].file, problems.items[i].line,
		    problems.items[i].column,
		    problems.items[i].warning ? "warning" : "error",
		    problems.items[i].text);
	problems_free(&problems);
	farmfile_parser_free(p);
	arena_free(arena);
}

/* --- every valid line --- */

static void
test_valid(void **state)
{
	static const struct {
		const char *file;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "\n \n# comment\n  # another\n", "" },
		{ "*Master\n", "*Master\n" },
		{ "*Master\n>localhost\n", "*Master\n>localhost\n" },
		{ "*Master\n>localhost me\n", "*Master\n>localhost me\n" },
		{ "*Master\n>localhost\nmonProcLoad%30\n",
		    "*Master\n>localhost\nmonProcLoad%30\n" },
		{ "*Master\n>localhost\nmonProcLoad\n",
		    "*Master\n>localhost\nmonProcLoad%30\n" },
		{ "*M\n>n\nmonProcIO{eth0,eth1}%60\n",
		    "*M\n>n\nmonProcIO{eth0,eth1}%60\n" },
		{ "*M\n>n\nmonProcIO{eth0, eth1}\n",
		    "*M\n>n\nmonProcIO{eth0, eth1}%30\n" },
		{ "*M\n>n\nm{}%5\n", "*M\n>n\nm{}%5\n" },
		{ " * M \r\n\t> n \t alias\r\n  m  { a }  % 7 \r\n",
		    "*M\n>n alias\nm{ a }%7\n" },
		/* A cluster that one module feeds. */
		{ "*PN_farm{monIGangliaTCP, popcrn01, 8649}%30\n",
		    "*PN_farm{monIGangliaTCP, popcrn01, 8649}%30\n" },
		{ "*PN_cit{monMcastGanglia, tier2, \"GangliaMcastAddress="
		  "239.2.11.71; GangliaMcastPort=8649\"}\n",
		    "*PN_cit{monMcastGanglia, tier2, \"GangliaMcastAddress="
		    "239.2.11.71; GangliaMcastPort=8649\"}%30\n" },
		{ "*JOBS{LSFJobs, localhost, user_arguments}%60\n",
		    "*JOBS{LSFJobs, localhost, user_arguments}%60\n" },
		{ "*J{ m ,n , a,  b ,c }%6\n", "*J{m, n, a,  b ,c }%6\n" },
		{ "*J{m,n,}\n", "*J{m, n,}%30\n" },
		/* Modules of the whole farm. */
		{ "^monXDRUDP{ListenPort=8884, ParamTimeout=900}%30\n",
		    "^monXDRUDP{ListenPort=8884, ParamTimeout=900}%30\n" },
		{ "^m{NodeTimeout=1,a=b , ClusterTimeout = 3,c,"
		  "ParamTimeout=2}\n",
		    "^m{a=b, c, ParamTimeout=2, NodeTimeout=1, "
		    "ClusterTimeout=3}%30\n" },
		{ "^m\n^m%9\n", "^m%30\n^m%9\n" },
		{ "*A\n>n\n^m\nx%9\n", "*A\n>n\nx%9\n^m%30\n" },
		/* No cluster, the same cluster, the same node. */
		{ ">n\nmm\n*A\n>k\n", "*ProcNode\n>n\nmm%30\n*A\n>k\n" },
		{ ">n\n*ProcNode\n>k\n", "*ProcNode\n>n\n>k\n" },
		{ "*A\n>n\naa\n*B\n>n\nbb\n*A\n>k\ncc\n>n\ndd\n",
		    "*A\n>n\naa%30\ndd%30\n>k\ncc%30\n*B\n>n\nbb%30\n" },
		{ "*E{m,n,a}\n*E\n>k\nxx\n", "*E{m, n,a}%30\n*E\n>k\nxx%30\n" },
		{ "*A\n>n\naa", "*A\n>n\naa%30\n" },
		{ "\xef\xbb\xbf*A\n", "*A\n" },
		{ "*\xc3\xa9t\xc3\xa9\n", "*\xc3\xa9t\xc3\xa9\n" },
		{ "# not UTF-8: \x80\n*A\n", "*A\n" },
		{ "*A\n>n\nhttp://ml.local/modules/!mine{a}%20\n",
		    "*A\n>n\nhttp://ml.local/modules/!mine{a}%20\n" },
	};
	struct buffer tree = BUFFER_INIT, said = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		parse(&cases[i].file, 1, &tree, &said);
		assert_string_equal(buffer_text(&said), "");
		assert_string_equal(buffer_text(&tree), cases[i].want);
	}
	buffer_free(&tree);
	buffer_free(&said);
}

/* --- the traps --- */

static void
test_traps(void **state)
{
	static const struct {
		const char *file;
		const char *tree;
		const char *want;
	} cases[] = {
		{ "*A\n>n\nm%x\n", "*A\n>n\n",
		    "a.conf:3:2: error: \"%x\" is not an interval of 1 to "
		    "31622400 seconds; write one such as \"%30\"\n" },
		{ "*A\n>n\nm%\n", "*A\n>n\n",
		    "a.conf:3:2: error: \"%\" is not an interval of 1 to "
		    "31622400 seconds; write one such as \"%30\"\n" },
		{ "*A\n>n\nm{a}%0\n", "*A\n>n\n",
		    "a.conf:3:5: error: \"%0\" is not an interval of 1 to "
		    "31622400 seconds; write one such as \"%30\"\n" },
		{ "*A\n>n\nm%99999999999999999999\n", "*A\n>n\n",
		    "a.conf:3:2: error: \"%99999999999999999999\" is not an "
		    "interval of 1 to 31622400 seconds; write one such as "
		    "\"%30\"\n" },
		{ "*E{m,n,a}%x\n>k\n", "",
		    "a.conf:1:10: error: \"%x\" is not an interval of 1 to "
		    "31622400 seconds; write one such as \"%30\"\n" },
		{ "monProcLoad%30\n", "",
		    "a.conf:1:1: error: module \"monProcLoad\" has no node; "
		    "write a line such as \">localhost\" before it\n" },
		{ "*A\n  mm\n", "*A\n",
		    "a.conf:2:3: error: module \"mm\" has no node; "
		    "write a line such as \">localhost\" before it\n" },
		{ "*A\n>n\nmod{a%b}%7\n", "*A\n>n\nmod{a%b}%7\n",
		    "a.conf:3:6: warning: MonALISA cannot read a \"%\" inside "
		    "of \"{}\"; taken as part of the arguments\n" },
		{ "*A\n>n\nm%3%4\n", "*A\n>n\n",
		    "a.conf:3:2: error: \"%3%4\" is two intervals; write one, "
		    "such as \"%30\"\n" },
		{ "*E{m,n,a}%9\n>k\nxx\n*B\n", "*E{m, n,a}%9\n*B\n",
		    "a.conf:2:2: warning: \"k\" is ignored, as cluster \"E\" "
		    "is fed by a module; write a line \"*E\" before it to give "
		    "it nodes\n"
		    "a.conf:3:1: warning: \"xx\" is ignored, as cluster \"E\" "
		    "is fed by a module; write a line \"*E\" before it to give "
		    "it nodes\n" },
		{ "*E{mod,node}%9\n", "*E{mod, node,}%9\n",
		    "a.conf:1:3: warning: without arguments MonALISA hands mod "
		    "the word \"null\"; taken as no arguments; write \"{mod, "
		    "node, ARGUMENTS}\"\n" },
		{ "*E{mod}%9\n>k\nxx\n", "",
		    "a.conf:1:3: error: a cluster fed by a module needs its "
		    "module and node; write \"*E{MODULE, NODE, "
		    "ARGUMENTS}\"\n" },
		{ "*E{,n,a}\n", "",
		    "a.conf:1:3: error: a cluster fed by a module needs its "
		    "module and node; write \"*E{MODULE, NODE, "
		    "ARGUMENTS}\"\n" },
		/* Not among MonALISA's own, but as easily written. */
		{ "*A\n>n\nm{a%7\n", "*A\n>n\n",
		    "a.conf:3:2: error: a \"{\" without its \"}\"; write "
		    "\"m{ARGUMENTS}\"\n" },
		{ "*E{m,n\n>k\n", "",
		    "a.conf:1:3: error: a \"{\" without its \"}\"; write "
		    "\"E{ARGUMENTS}\"\n" },
		{ "*A\n>n\nm{a{b}c}%7\n", "*A\n>n\nm{a{b}%7\n",
		    "a.conf:3:7: warning: \"c}\" is ignored: the arguments end "
		    "at the first \"}\"\n" },
		{ "*A\n>n\n{a}%7\n%7\n", "*A\n>n\n",
		    "a.conf:3:1: error: no module before \"{a}%7\"; write "
		    "\"MODULE{a}%7\"\n"
		    "a.conf:4:1: error: no module before \"%7\"; write "
		    "\"MODULE%7\"\n" },
		{ "*{m,n,a}\n", "",
		    "a.conf:1:2: error: the name of a cluster is empty\n" },
		{ "*A%30\n", "*A%30\n",
		    "a.conf:1:3: warning: a cluster has no interval; \"A%30\" "
		    "is taken as its name\n" },
		{ "*A\n>n a b\n", "*A\n>n a\n",
		    "a.conf:2:6: warning: \"b\" is ignored: a node has a name "
		    "and an alias\n" },
		{ "*A\n>n[1]\n", "*A\n",
		    "a.conf:2:2: error: the node name \"n[1]\" holds a "
		    "bracket; write a name without\n" },
		{ "*A\n>n a\n>n b\n", "*A\n>n b\n",
		    "a.conf:3:4: warning: node \"n\" was called \"a\" before; "
		    "this name wins\n" },
		{ "*A\n>n\nm%5\nkk\nm{x}%6\n", "*A\n>n\nm{x}%6\nkk%30\n",
		    "a.conf:5:1: warning: takes the place of \"m\" of the same "
		    "node in a.conf:3\n" },
		{ "*E{a,b,c}\n*E{d,e,f}\n", "*E{d, e,f}%30\n",
		    "a.conf:2:2: warning: takes the place of what feeds "
		    "cluster \"E\" since a.conf:1\n" },
		{ "^m{ParamTimeout=soon}%x\n", "^m{}%30\n",
		    "a.conf:1:2: warning: \"ParamTimeout=soon\" is ignored: "
		    "not 1 to 31622400 seconds\n"
		    "a.conf:1:22: warning: \"%x\" is not an interval of 1 to "
		    "31622400 seconds; taken as \"%30\"\n" },
		{ "^m%3%4\n", "^m%30\n",
		    "a.conf:1:3: warning: \"%3%4\" is not an interval of 1 to "
		    "31622400 seconds; taken as \"%30\"\n" },
		{ "*\n>\nx\n", "",
		    "a.conf:1:1: warning: a line of one character is ignored, "
		    "as by MonALISA\n"
		    "a.conf:2:1: warning: a line of one character is ignored, "
		    "as by MonALISA\n"
		    "a.conf:3:1: warning: a line of one character is ignored, "
		    "as by MonALISA\n" },
		{ "*A\x80\n*B\x01\n*C\xe2\x80\xa8x\n", "",
		    "a.conf:1:3: error: the byte \\x80 is not UTF-8; write the "
		    "file in UTF-8\n"
		    "a.conf:2:3: error: a control character; remove it\n"
		    "a.conf:3:3: error: a control character; remove it\n" },
	};
	struct buffer tree = BUFFER_INIT, said = BUFFER_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		parse(&cases[i].file, 1, &tree, &said);
		assert_string_equal(buffer_text(&said), cases[i].want);
		assert_string_equal(buffer_text(&tree), cases[i].tree);
	}
	buffer_free(&tree);
	buffer_free(&said);
}

static void
test_several_files(void **state)
{
	static const char *const files[] = { "*A\n>n\nm%5\n",
		">k\nm%6\n*A\n>n\nm%7\n" };
	struct buffer tree = BUFFER_INIT, said = BUFFER_INIT;

	(void)state;
	parse(files, 2, &tree, &said);
	assert_string_equal(
	    buffer_text(&tree), "*A\n>n\nm%7\n*ProcNode\n>k\nm%6\n");
	assert_string_equal(buffer_text(&said),
	    "b.conf:5:1: warning: takes the place of \"m\" of the same node in "
	    "a.conf:3\n");
	buffer_free(&tree);
	buffer_free(&said);
}

/* --- bounds --- */

static void
test_bounds(void **state)
{
	struct buffer file = BUFFER_INIT;
	struct buffer tree = BUFFER_INIT, said = BUFFER_INIT;
	const char *text;
	char want[400];
	int i;

	(void)state;
	buffer_puts(&file, "*A\n>n\n");
	for (i = 0; i <= FARMFILE_MODULES_MAX; i++)
		buffer_printf(&file, "mod%d\n", i);
	text = buffer_text(&file);
	parse(&text, 1, &tree, &said);
	assert_string_equal(buffer_text(&said),
	    "a.conf:253:1: error: node \"n\" has more than 250 modules\n");

	buffer_clear(&file);
	buffer_putc(&file, '*');
	for (i = 0; i < FARMFILE_LINE_MAX; i++)
		buffer_putc(&file, 'x');
	text = buffer_text(&file);
	parse(&text, 1, &tree, &said);
	assert_string_equal(buffer_text(&said),
	    "a.conf:1:1: error: is longer than 65536 bytes\n");

	buffer_clear(&file);
	buffer_putc(&file, '*');
	for (i = 0; i < 251; i++)
		buffer_putc(&file, 'x');
	text = buffer_text(&file);
	parse(&text, 1, &tree, &said);
	(void)snprintf(want, sizeof(want),
	    "a.conf:1:2: error: the cluster name \"%.100s...\" is 251 bytes "
	    "long; at most 250 fit\n",
	    text + 1);
	assert_string_equal(buffer_text(&said), want);
	buffer_free(&file);
	buffer_free(&tree);
	buffer_free(&said);
}

/* --- random farms: what they are, and a messy file that means them --- */

struct farm {
	struct buffer plain; /* as print_tree() prints it */
	struct buffer farm;  /* the last part of it: "^" lines */
	struct buffer messy;
	unsigned seed;
};

static unsigned
draw(struct farm *f, unsigned n)
{
	f->seed = f->seed * 1103515245u + 12345u;
	return (f->seed >> 16) % n;
}

/* Whatever changes nothing. */
static const char *
blank(struct farm *f)
{
	static const char *const blanks[] = { "", "", " ", "\t", "   " };

	return blanks[draw(f, COUNT(blanks))];
}

static void
end_line(struct farm *f)
{
	static const char *const ends[] = { "\n", "\r\n", " \n", "\n\n",
		"\n# >x\n", "\n  #*y{\n" };

	buffer_puts(&f->messy, ends[draw(f, COUNT(ends))]);
}

/* A line for both, beginning with `mark'. */
static void
use_line(struct farm *f, struct buffer *plain, const char *mark,
    const char *name, const char *arguments)
{
	unsigned every = draw(f, 3) == 0 ? 30 : 1 + draw(f, 10000);

	buffer_printf(plain, "%s%s%s%%%u\n", mark, name, arguments, every);
	buffer_printf(&f->messy, "%s%s%s%s%s%s%s", blank(f), mark,
	    mark[0] == '\0' ? "" : blank(f), name, blank(f), arguments,
	    blank(f));
	if (every != 30 || draw(f, 2) == 0)
		buffer_printf(&f->messy, "%%%s%u", blank(f), every);
	end_line(f);
}

static void
draw_farm_module(struct farm *f)
{
	static const char *const arguments[] = { "", "{}", "{a=1}",
		"{a=1, b, ParamTimeout=900}",
		"{x, NodeTimeout=1, ClusterTimeout=31622400}" };

	use_line(f, &f->farm, "^", "monXDRUDP",
	    arguments[draw(f, COUNT(arguments))]);
}

static void
draw_node(struct farm *f, const char *cluster, unsigned number)
{
	static const char *const arguments[] = { "", "", "{}", "{eth0,eth1}",
		"{ a = b ; c }", "{*>^#}" };
	unsigned alias = draw(f, 2);
	char name[32];
	unsigned i;

	if (draw(f, 4) == 0)
		buffer_printf(&f->messy, "*%s\n", cluster);
	buffer_printf(&f->plain, ">n%u", number);
	buffer_printf(&f->messy, "%s>%sn%u", blank(f), blank(f), number);
	if (alias) {
		buffer_printf(&f->plain, " alias%u", number);
		buffer_printf(&f->messy, " %salias%u", blank(f), number);
	}
	buffer_putc(&f->plain, '\n');
	end_line(f);
	for (i = draw(f, 4); i > 0; i--) {
		(void)snprintf(name, sizeof(name), "mod%u", i);
		if (draw(f, 4) == 0) /* the later one wins */
			buffer_printf(&f->messy, "%s{x}%%99\n", name);
		use_line(f, &f->plain, "", name,
		    arguments[draw(f, COUNT(arguments))]);
		if (draw(f, 8) == 0)
			draw_farm_module(f);
	}
}

static void
draw_farm(struct farm *f)
{
	unsigned c, i;
	char cluster[32];

	buffer_clear(&f->plain);
	buffer_clear(&f->farm);
	buffer_clear(&f->messy);
	for (c = draw(f, 5); c > 0; c--) {
		(void)snprintf(cluster, sizeof(cluster), "cl%u", c);
		if (draw(f, 3) == 0) {
			use_line(
			    f, &f->plain, "*", cluster, "{m, n, a, \"b; c\" }");
			continue;
		}
		buffer_printf(&f->plain, "*%s\n", cluster);
		buffer_printf(
		    &f->messy, "%s*%s%s", blank(f), cluster, blank(f));
		end_line(f);
		for (i = draw(f, 5); i > 0; i--)
			draw_node(f, cluster, i);
	}
	buffer_puts(&f->plain, buffer_text(&f->farm));
}

static void
test_random(void **state)
{
	struct buffer tree = BUFFER_INIT, said = BUFFER_INIT;
	struct farm f = { .seed = 4711 };
	const char *file;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		draw_farm(&f);
		file = buffer_text(&f.messy);
		parse(&file, 1, &tree, &said);
		assert_null(strstr(buffer_text(&said), "error"));
		assert_string_equal(buffer_text(&tree), buffer_text(&f.plain));
		/* What is printed means itself, and nobody wonders. */
		file = buffer_text(&f.plain);
		parse(&file, 1, &tree, &said);
		assert_string_equal(buffer_text(&said), "");
		assert_string_equal(buffer_text(&tree), buffer_text(&f.plain));
	}
	buffer_free(&f.plain);
	buffer_free(&f.farm);
	buffer_free(&f.messy);
	buffer_free(&tree);
	buffer_free(&said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_several_files),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
