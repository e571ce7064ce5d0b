#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static bool
match(const char *text, bool compat, const char *name)
{
	struct pattern *p = NULL;
	bool matched;

	assert_int_equal(pattern_new(&p, text, compat, NULL), 0);
	matched = pattern_match(p, name, strlen(name));
	pattern_free(p);
	return matched;
}

static void
test_vectors(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool compat;
		bool glob;
	} cases[] = {
		/* Those of the real matcher. */
		{ "*", "anything", true, true },
		{ "%", "anything", true, true },
		{ "*", "", true, true },
		{ "eth*", "eth0_IN", true, true },
		{ "*_IN", "eth0_IN", true, true },
		{ "eth0_in", "eth0_IN", false, false },
		{ "*Load*", "Load5", true, true },
		{ "PN%", "PN_popcrn", true, true },
		{ "a.c*d", "abcXd", true, false },
		{ "a.c*d", "a.cXd", true, true },
		{ "a.c", "abc", false, false },
		{ "a.c", "a.c", true, true },
		{ "*[a*", "x[a", false, true },
		{ "", "", true, true },
		{ "*_(IN|OUT)*", "eth0_IN", true, false },
		{ "*_(IN|OUT)*", "eth0_OUTx", true, false },
		{ "*_(IN|OUT)*", "eth0_UP", false, false },
		{ "a?b", "ab", false, false },
		{ "a?b", "a?b", true, true },
		{ "a?*", "a?x", true, true },
		{ "*a*", "b\na", false, true },
		{ "*?a", "x?a", true, true },
		/* What follows from the rules. */
		{ "", "name", true, true },
		{ "**", "", true, true },
		{ "a*a", "a", false, false },
		{ "a*a", "aa", true, true },
		{ "*ab*ab*", "abab", true, true },
		{ "*ab*ab*", "abb", false, false },
		{ "a%b*c", "a-b-c", true, true },
		{ "a*b*c", "acb", false, false },
		{ "a*bc", "abcbc", true, true },
		{ "*a)(b*", "a)(b", false, true },
		{ "a|b*c", "bxc", true, false },
		{ "a\\*b", "a*b", false, true },
		{ "a\\*b", "axb", false, false },
		{ "a\\b", "ab", false, true },
		{ "a\\b", "a\\b", true, false },
		{ "a\\", "a\\", true, true },
		{ "re:a+", "aaa", false, true },
		{ "re:a+", "re:a+", true, false },
		{ "re:a|bc", "bc", false, true },
		{ "re:a|bc", "ac", false, false },
		{ "re:a|ab", "ab", false, true },
		{ "re:eth[0-9]+_(IN|OUT)", "eth12_OUT", false, true },
		{ "re:eth[0-9]+", "eth12_OUT", false, false },
		{ "re:", "x", false, false },
		{ "re:a+b+c+d+e+f+g+h+i+j+k+l+m+", "abcdefghijklm", false,
		    true },
		{ "re:(a{40}){90}", "aaaa", false, false },
		{ "re:a)|b", "a", false, false },
		{ "re:a)|b", "a)", false, true },
		{ "\\re:a", "re:a", false, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (match(cases[i].pattern, true, cases[i].name) !=
		    cases[i].compat)
			fail_msg("compat: \"%s\" on \"%s\"", cases[i].pattern,
			    cases[i].name);
		if (match(cases[i].pattern, false, cases[i].name) !=
		    cases[i].glob)
			fail_msg("glob: \"%s\" on \"%s\"", cases[i].pattern,
			    cases[i].name);
	}
}

static void
random_text(char *to, const char *alphabet, size_t longest)
{
	size_t length = (size_t)rand() % (longest + 1), i;

	for (i = 0; i < length; i++)
		to[i] = alphabet[(size_t)rand() % strlen(alphabet)];
	to[length] = '\0';
}

/* The plainest matcher there is, as the judge of both. */
static bool
judge(const char *pattern, const char *name)
{
	if (*pattern == '\0')
		return *name == '\0';
	if (*pattern == '*' || *pattern == '%')
		return judge(pattern + 1, name) ||
		       (*name != '\0' && judge(pattern, name + 1));
	return *name == *pattern && judge(pattern + 1, name + 1);
}

/* Without characters of regular expressions both modes are one. */
static void
test_modes_agree(void **state)
{
	char pattern[16], name[16];
	unsigned matches = 0;
	bool want;
	int i;

	(void)state;
	srand(25);
	for (i = 0; i < 60000; i++) {
		random_text(pattern, "aab_0*%", 7);
		random_text(name, "aab_0", 9);
		want = pattern[0] == '\0' || judge(pattern, name);
		matches += want;
		if (match(pattern, false, name) != want ||
		    match(pattern, true, name) != want)
			fail_msg("\"%s\" on \"%s\"", pattern, name);
	}
	assert_in_range(matches, 5000, 55000);
}

/* Is there a name that both match?  Both may have wildcards. */
static bool
meet(const char *a, const char *b)
{
	if (*a == '\0' && *b == '\0')
		return true;
	if (*a == '*')
		return meet(a + 1, b) || (*b != '\0' && meet(a, b + 1));
	if (*b == '*')
		return meet(a, b + 1) || (*a != '\0' && meet(a + 1, b));
	return *a == *b && *a != '\0' && meet(a + 1, b + 1);
}

static void
test_may_match(void **state)
{
	char pattern[16], form[16];
	struct pattern *p = NULL;
	unsigned matches = 0;
	bool want;
	int i;

	(void)state;
	srand(26);
	for (i = 0; i < 60000; i++) {
		random_text(pattern, "aab_*", 6);
		random_text(form, "aab__", 6);
		if (i % 3 > 0 && form[0] != '\0')
			form[(size_t)rand() % strlen(form)] = '*';
		assert_int_equal(pattern_new(&p, pattern, false, NULL), 0);
		want = pattern[0] == '\0' || meet(pattern, form);
		matches += want;
		if (pattern_may_match(p, form) != want)
			fail_msg("\"%s\" and \"%s\"", pattern, form);
		pattern_free(p);
	}
	assert_in_range(matches, 5000, 55000);
	/* Of an expression nothing is known but what it matches. */
	assert_int_equal(pattern_new(&p, "re:a+", false, NULL), 0);
	assert_true(pattern_may_match(p, "b*"));
	assert_true(pattern_may_match(p, "aa"));
	assert_false(pattern_may_match(p, "b"));
	pattern_free(p);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "re:[a", "\"re:[a\": Unmatched [, [^, [:, [., or [=" },
		{ "re:a)(b", "\"re:a)(b\": Unmatched ( or \\(" },
		{ "re:(a)\\1", "\"re:(a)\\1\": refers back" },
		{ "re:((a{40}){20}){6}",
		    "\"re:((a{40}){20}){6}\": repeats too much" },
		{ "re:a{1,99999999999999999999}",
		    "\"re:a{1,99999999999999999999}\": repeats too much" },
		{ "re:a{70}{70}", "\"re:a{70}{70}\": repeats too much" },
		{ "re:a++++++++++++++",
		    "\"re:a++++++++++++++\": repeats too much" },
		{ "re:(a{90}[)]){90}",
		    "\"re:(a{90}[)]){90}\": repeats too much" },
		{ "re:(a{90}[^][:alpha:])]\\[x){90}",
		    "\"re:(a{90}[^][:alpha:])]\\[x){90}\": repeats too much" },
	};
	struct pattern *p = NULL;
	struct error err;
	char text[2000] = "re:";
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    pattern_new(&p, cases[i].text, false, &err), -1);
		assert_string_equal(err.text, cases[i].want);
		assert_null(p);
	}
	memset(text + 3, '(', PATTERN_DEPTH_MAX + 1);
	assert_int_equal(pattern_new(&p, text, false, &err), -1);
	assert_non_null(strstr(err.text, ": nests too deep"));
	memset(text + 3, 'a', sizeof(text) - 4);
	assert_int_equal(pattern_new(&p, text, false, &err), -1);
	assert_string_equal(err.text,
	    "\"re:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaa...\": too long");
	pattern_free(NULL);
}

static void
test_shortcuts(void **state)
{
	static const struct {
		const char *text;
		bool compat;
		bool any;
		const char *exact;
	} cases[] = {
		{ "", false, true, NULL },
		{ "*", true, true, NULL },
		{ "*%", false, true, NULL },
		{ "n1", false, false, "n1" },
		{ "n\\*1", false, false, "n*1" },
		{ "n\\*1", true, false, NULL },
		{ "n\\1", true, false, "n\\1" },
		{ "n*", false, false, NULL },
		{ "re:n", false, false, NULL },
	};
	struct pattern *p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    pattern_new(&p, cases[i].text, cases[i].compat, NULL), 0);
		assert_int_equal(pattern_is_any(p), cases[i].any);
		if (cases[i].exact == NULL)
			assert_null(pattern_exact(p));
		else
			assert_string_equal(pattern_exact(p), cases[i].exact);
		pattern_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_modes_agree),
		cmocka_unit_test(test_may_match),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shortcuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
