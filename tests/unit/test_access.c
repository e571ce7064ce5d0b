/* Policies: what is wrong with some, and who may what by others. */
#include "access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "token.h"
#include "unit.h"
#include "yaml.h"

#define TOKEN "farm-0123"
#define OTHER 54321 /* a user that is neither root nor the daemon's */

static struct access *
parse(const char *text, struct buffer *said)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *tree;
	struct access *a;
	size_t i;

	assert_int_equal(
	    yaml_parse(arena, "access", text, strlen(text), &tree, &problems),
	    0);
	a = access_new(tree, &problems);
	buffer_clear(said);
	for (i = 0; i < problems.n; i++)
		buffer_printf(said, "%u:%u: %s\n", problems.items[i].line,
		    problems.items[i].column, problems.items[i].text);
	problems_free(&problems);
	arena_free(arena);
	return a;
}

static void
test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "[a]",
		    "1:1: \"access\" is a mapping of classes of users, not a "
		    "list\n" },
		{ "{a: x}",
		    "1:5: a class is a mapping of who is in it and what that "
		    "may, not a string\n" },
		{ "{a: {user: root}}",
		    "1:12: unknown key \"user\"; did you mean \"users\"?\n" },
		{ "{a: {users: nobody-at-all}}",
		    "1:13: there is no user \"nobody-at-all\"\n" },
		{ "{a: {users: [root, -1]}}",
		    "1:13: there is no user \"-1\"\n" },
		{ "{a: {tokens: farm-0123}}",
		    "1:14: a token stands here as sha256: and 64 digits "
		    "0-9a-f, which farmctl token prints\n" },
		{ "{a: {certificates: \"\"}}",
		    "1:20: an empty subject means nobody\n" },
		{ "{a: {certificates: \"re:(\"}}",
		    "1:20: \"re:(\": Unmatched ( or \\(\n" },
		{ "{a: {from: [10.0.0.0/33, '::1', 10.0.0, /8]}}",
		    "1:12: \"10.0.0.0/33\" is not an address such as 10.0.0.1 "
		    "or a block such as 10.0.0.0/8\n"
		    "1:12: \"10.0.0\" is not an address such as 10.0.0.1 or a "
		    "block such as 10.0.0.0/8\n"
		    "1:12: \"/8\" is not an address such as 10.0.0.1 or a "
		    "block such as 10.0.0.0/8\n" },
		{ "{a: {may: latst}}",
		    "1:11: there is no mode \"latst\"; did you mean "
		    "\"latest\"?\n" },
		{ "{a: {may: {match: \"*\"}}}",
		    "1:11: a rule names its \"modes\"\n" },
		{ "{a: {may: [{modes: [latest, admin], match: \"*\"}]}}",
		    "1:12: admin is of the whole farm: a rule with it has no "
		    "\"match\"\n" },
		{ "{a: {may: [{modes: latest, match: \"*/*/*/x>4\"}]}}",
		    "1:35: a rule is about names, not about values\n" },
		{ "{a: {finest: 1ms}}",
		    "1:14: \"finest\" is 1ms; it must be 1s to 366d\n" },
	};
	struct buffer said = BUFFER_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(parse(cases[i].text, &said));
		assert_string_equal(buffer_text(&said), cases[i].want);
	}
	buffer_free(&said);
}

static const struct farm_series *
series(const char *cluster, const char *parameter)
{
	static struct farm_series s = { .farm = "f", .node = "n", .unit = "" };

	s.cluster = cluster;
	s.parameter = parameter;
	return &s;
}

static struct access *
good(const char *text)
{
	struct buffer said = BUFFER_INIT;
	struct access *a = parse(text, &said);

	assert_string_equal(buffer_text(&said), "");
	assert_non_null(a);
	buffer_free(&said);
	return a;
}

/* An address of either family as a caller's. */
static struct access_who *
from(struct access *policy, const char *address, const char *token,
    const char *subject)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct access_caller caller = { .token = token, .subject = subject };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		caller.address = (const struct sockaddr *)&v4;
	else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
		caller.address = (const struct sockaddr *)&v6;
	assert_non_null(caller.address);
	return access_identify(policy, &caller, NULL);
}

static struct access_who *
user(struct access *policy, uid_t uid)
{
	const struct access_caller caller = {
		.local = true, .uid = uid, .pid = 7
	};

	return access_identify(policy, &caller, NULL);
}

/* The modes one has of all series, or (in brackets) of some. */
static void
assert_modes(struct access_who *who, const char *want)
{
	struct buffer b = BUFFER_INIT;

	for (int mode = 0; mode < ACCESS_MODES; mode++) {
		const char *name = access_mode_name((enum access_mode)mode);

		if (access_may_all(who, (enum access_mode)mode))
			buffer_printf(&b, "%s ", name);
		else if (access_may_some(who, (enum access_mode)mode))
			buffer_printf(&b, "(%s) ", name);
	}
	assert_string_equal(buffer_text(&b), want);
	buffer_free(&b);
	access_who_free(who);
}

#define EVERYTHING "latest live summary history filter admin "
#define READING "latest live summary history "

/* As it was before there were policies. */
static void
test_no_policy(void **state)
{
	struct access_who *who;

	(void)state;
	assert_modes(NULL, EVERYTHING);
	assert_modes(user(NULL, OTHER), EVERYTHING);
	assert_modes(from(NULL, "127.0.0.1", NULL, NULL), READING);
	assert_modes(from(NULL, "192.0.2.1", "any", NULL), READING);
	who = from(NULL, "192.0.2.1", NULL, NULL);
	assert_false(access_has_policy(who));
	assert_string_equal(access_who_name(who), "somebody (192.0.2.1)");
	access_who_free(who);
	who = user(NULL, OTHER);
	assert_string_equal(access_who_name(who), "uid 54321 (pid 7)");
	access_who_free(who);
}

/* The row J19: internal by one address, offsite by another. */
static void
test_addresses(void **state)
{
	struct access *a = good("internal: {from: [127.0.0.1, 10.1.2.0/23, "
				"'fe80::/10'], may: [latest, live]}\n"
				"offsite: {from: '*', may: summary}\n");

	(void)state;
	assert_modes(from(a, "127.0.0.1", NULL, NULL), "latest live ");
	assert_modes(from(a, "127.0.0.2", NULL, NULL), "summary ");
	assert_modes(from(a, "10.1.2.255", NULL, NULL), "latest live ");
	assert_modes(from(a, "10.1.3.255", NULL, NULL), "latest live ");
	assert_modes(from(a, "10.1.4.0", NULL, NULL), "summary ");
	assert_modes(from(a, "::ffff:10.1.2.1", NULL, NULL), "latest live ");
	assert_modes(from(a, "febf::1", NULL, NULL), "latest live ");
	assert_modes(from(a, "fec0::1", NULL, NULL), "summary ");
	access_unref(a);
}

/* What is shown goes before where it comes from. */
static void
test_identities(void **state)
{
	struct buffer text = BUFFER_INIT;
	struct token_digest digest;
	struct access_who *who;
	struct access *a;

	(void)state;
	assert_int_equal(token_digest(TOKEN, &digest), 0);
	buffer_puts(&text, "ops: {tokens: ");
	token_print(&text, &digest);
	buffer_puts(&text, ", may: admin}\n"
			   "alice: {certificates: 'CN=alice,O=*', may: live}\n"
			   "owner: {users: [54321], may: history}\n"
			   "near: {from: 127.0.0.0/8, may: latest}\n");
	a = good(buffer_text(&text));
	assert_modes(from(a, "192.0.2.1", TOKEN, NULL), "admin ");
	assert_null(from(a, "127.0.0.1", "farm-0124", NULL));
	assert_null(from(a, "127.0.0.1", "", NULL));
	assert_modes(from(a, "127.0.0.1", TOKEN, "CN=alice,O=x"), "admin ");
	assert_modes(from(a, "127.0.0.1", NULL, "CN=alice,O=x"), "live ");
	assert_modes(from(a, "127.0.0.1", NULL, "CN=mallory,O=x"), "");
	assert_modes(from(a, "127.0.0.1", NULL, NULL), "latest ");
	assert_modes(from(a, "192.0.2.1", NULL, NULL), "");
	assert_modes(user(a, OTHER), "history ");
	assert_modes(user(a, OTHER + 1), "");
	assert_modes(user(a, 0), EVERYTHING);
	assert_modes(user(a, geteuid()), EVERYTHING);
	who = from(a, "192.0.2.1", TOKEN, NULL);
	assert_string_equal(access_who_class(who), "ops");
	assert_string_equal(access_who_name(who), "ops (token, 192.0.2.1)");
	access_who_free(who);
	who = from(a, "::1", NULL, "CN=alice,O=x");
	assert_string_equal(access_who_name(who), "alice (CN=alice,O=x, ::1)");
	access_who_free(who);
	who = from(a, "::1", NULL, NULL);
	assert_string_equal(access_who_name(who), "nobody (::1)");
	access_who_free(who);
	access_unref(a);
	buffer_free(&text);
}

static void
test_rules(void **state)
{
	struct access *a = good(
	    "c: {from: '*', finest: 5m, may: [summary,"
	    " {modes: [latest, history], match: '*/services/*'},"
	    " {modes: latest, match: ['*/*/*/Load5', '*/*/*/up|down']}]}");
	struct access_who *who = from(a, "192.0.2.1", NULL, NULL);
	struct buffer json = BUFFER_INIT;

	(void)state;
	/* The policy lives on with who asked by it. */
	access_unref(a);
	assert_true(access_may(who, ACCESS_SUMMARY, series("x", "y")));
	assert_true(access_may(who, ACCESS_LATEST, series("services", "y")));
	assert_true(access_may(who, ACCESS_LATEST, series("x", "Load5")));
	assert_true(access_may(who, ACCESS_LATEST, series("x", "down")));
	assert_false(access_may(who, ACCESS_LATEST, series("x", "y")));
	assert_true(access_may(who, ACCESS_HISTORY, series("services", "y")));
	assert_false(access_may(who, ACCESS_HISTORY, series("x", "Load5")));
	assert_false(access_may(who, ACCESS_LIVE, series("services", "y")));
	assert_false(access_may(who, ACCESS_ADMIN, series("services", "y")));
	assert_int_equal(access_finest_ns(who), 300 * NS_PER_S);
	access_json(&json, who);
	assert_string_equal(buffer_text(&json),
	    "{\"class\":\"c\",\"name\":\"c (192.0.2.1)\","
	    "\"finest_ns\":300000000000,\"allowed\":["
	    "{\"mode\":\"latest\",\"match\":[\"*/services/*/*\","
	    "\"*/*/*/Load5\",\"*/*/*/up|down\"]},"
	    "{\"mode\":\"summary\",\"match\":[\"*\"]},"
	    "{\"mode\":\"history\",\"match\":[\"*/services/*/*\"]}]}");
	buffer_free(&json);
	assert_modes(access_who_ref(who), "(latest) summary (history) ");
	access_who_free(who);
}

static void
test_sources(void **state)
{
	struct access *a = good(
	    "c: {from: '*', may: {modes: latest, match: '*/a/n1/Load*'}}");
	struct access_who *who = from(a, "192.0.2.1", NULL, NULL);
	const char *node = "n1";
	struct matcher_source source = {
		.farm = "f", .cluster = "a", .nodes = &node, .n_nodes = 1
	};

	(void)state;
	assert_true(access_may_source(who, ACCESS_LATEST, &source));
	node = "n2";
	assert_false(access_may_source(who, ACCESS_LATEST, &source));
	assert_false(access_may_source(who, ACCESS_HISTORY, &source));
	assert_true(access_may_source(NULL, ACCESS_HISTORY, &source));
	access_who_free(who);
	access_unref(a);
}

static void
test_tokens(void **state)
{
	struct buffer a = BUFFER_INIT, b = BUFFER_INIT, text = BUFFER_INIT;
	struct token_digest x, y;

	(void)state;
	assert_int_equal(token_new(&a, NULL), 0);
	assert_int_equal(token_new(&b, NULL), 0);
	assert_int_equal(a.size, 69);
	assert_string_not_equal(buffer_text(&a), buffer_text(&b));
	assert_int_equal(token_digest(buffer_text(&a), &x), 0);
	assert_int_equal(token_digest(buffer_text(&b), &y), 0);
	assert_false(token_equal(&x, &y));
	token_print(&text, &x);
	assert_int_equal(token_parse(buffer_text(&text), &y, NULL), 0);
	assert_true(token_equal(&x, &y));
	buffer_clear(&text);
	/* FIPS 180-4's own example. */
	assert_int_equal(token_digest("abc", &x), 0);
	token_print(&text, &x);
	assert_string_equal(buffer_text(&text),
	    "sha256:ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	buffer_free(&a);
	buffer_free(&b);
	buffer_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
