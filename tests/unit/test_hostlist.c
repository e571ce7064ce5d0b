#include "hostlist.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "unit.h"

static void
test_expand(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* names with a space between, or the error */
	} cases[] = {
		{ "localhost", "localhost" },
		{ "node[1-3]", "node1 node2 node3" },
		{ "node[008-011].local",
		    "node008.local node009.local node010.local node011.local" },
		{ "n[1-2,7]-[a,b]", "n1-a n1-b n2-a n2-b n7-a n7-b" },
		{ "[a,b][0-1]x", "a0x a1x b0x b1x" },
		{ "n[099-101]", "n099 n100 n101" },
		{ "n[5]", "n5" },
		{ "n[rack-a,rack-b]", "nrack-a nrack-b" },
		{ "[::1]", "[::1]" },
		{ "[2001:db8::1]:161", "[2001:db8::1]:161" },
		{ "n[18446744073709551615]", "n18446744073709551615" },
		{ "", "the name of a node is empty" },
		{ "n[1-3", "\"n[1-3\": a \"[\" without its \"]\"" },
		{ "n1-3]", "\"n1-3]\": a \"]\" without its \"[\"" },
		{ "n[1[2]]", "\"n[1[2]]\": a \"[\" inside of \"[\"" },
		{ "n[]", "\"n[]\": nothing between two of \"[\", \",\" and "
			 "\"]\"" },
		{ "n[1,,2]", "\"n[1,,2]\": nothing between two of \"[\", "
			     "\",\" and \"]\"" },
		{ "n[1-]", "\"n[1-]\": \"1-\" is not a range such as 01-20" },
		{ "n[1-2-3]",
		    "\"n[1-2-3]\": \"1-2-3\" is not a range such as 01-20" },
		{ "n[3-1]", "\"n[3-1]\": the range \"3-1\" runs backwards" },
		{ "n[1-9999999999999999999]",
		    "\"n[1-9999999999999999999]\": the range "
		    "\"1-9999999999999999999...\" has numbers of more than 18 "
		    "digits" },
		{ "n[1-100001]",
		    "\"n[1-100001]\": gives more than 100000 names" },
		{ "[1-400][1-400]",
		    "\"[1-400][1-400]\": gives more than 100000 names" },
		{ "a\n[1-2]", "the node name \"a\\x0a1\" holds a control "
			      "character" },
	};
	struct buffer got = BUFFER_INIT;
	const char *const *names;
	struct arena *arena;
	struct error err;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		arena = arena_new(0);
		buffer_clear(&got);
		if (hostlist_expand(arena, cases[i].text, &names, &n, &err))
			buffer_puts(&got, err.text);
		else
			for (j = 0; j < n; j++)
				buffer_printf(
				    &got, "%s%s", j == 0 ? "" : " ", names[j]);
		assert_string_equal(buffer_text(&got), cases[i].want);
		arena_free(arena);
	}
	buffer_free(&got);
}

static void
test_largest(void **state)
{
	struct arena *arena = arena_new(0);
	const char *const *names;
	char want[32];
	size_t i, n;

	(void)state;
	assert_int_equal(
	    hostlist_expand(arena, "[0-9]n[0-9999]", &names, &n, NULL), 0);
	assert_int_equal(n, HOSTLIST_MAX);
	for (i = 0; i < n; i += 997) {
		snprintf(want, sizeof(want), "%zun%zu", i / 10000, i % 10000);
		assert_string_equal(names[i], want);
	}
	arena_free(arena);
}

/* Many brackets of one item each are many parts of one name. */
static void
test_too_many_parts(void **state)
{
	struct arena *arena = arena_new(0);
	const char *const *names;
	char text[3 * 600 + 1] = "";
	struct error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < 600; i++)
		memcpy(text + 3 * i, "[1]", 4);
	assert_int_equal(hostlist_expand(arena, text, &names, &n, &err), -1);
	assert_string_equal(err.text,
	    "\"[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]..."
	    "\": has more than 250 brackets");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_too_many_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
