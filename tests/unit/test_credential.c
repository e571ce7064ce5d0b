/* What opens agents, as configuration says it. */
#include "credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "buffer.h"
#include "unit.h"
#include "yaml.h"

struct fixture {
	struct arena *arena;
	struct problems problems;
	struct credentials list;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->arena = arena_new(0);
	assert_non_null(f->arena);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	credentials_free(&f->list);
	problems_free(&f->problems);
	arena_free(f->arena);
	free(f);
	return 0;
}

static int
parse(struct fixture *f, const char *text)
{
	const struct farm_tree *tree;

	assert_int_equal(yaml_parse(f->arena, "farm.yaml", text, strlen(text),
			     &tree, &f->problems),
	    0);
	return credentials_parse(&f->list, tree, &f->problems);
}

static void
test_in_order(void **state)
{
	static const char text[] =
	    "- {community: s3cret}\n"
	    "- {community: old, version: 1}\n"
	    "- {user: monitor, auth: sha1, auth_password: maplesyrup,\n"
	    "   priv: aes256c, priv_password: othersyrup, context: vlan7,\n"
	    "   engine_id: 0x80001F8801020304, context_engine_id: "
	    "80000000010203}\n"
	    "- {user: noone, version: 3}\n";
	/* RFC 3414 A.3.2: "maplesyrup" by SHA */
	static const uint8_t key[] = { 0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b,
		0x37, 0x93, 0x52, 0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d, 0x79,
		0x14, 0x52, 0x11 };
	struct fixture *f = *state;
	const struct credential *c;

	assert_int_equal(parse(f, text), 0);
	assert_int_equal(f->problems.n, 0);
	assert_int_equal(f->list.n, 4);
	c = f->list.items;
	assert_int_equal(c[0].version, SNMP_V2C);
	assert_string_equal(c[0].community, "s3cret");
	assert_string_equal(c[0].label, "v2c #1");
	assert_int_equal(c[1].version, SNMP_V1);
	assert_string_equal(c[1].label, "v1 #2");
	assert_int_equal(c[2].version, SNMP_V3);
	assert_string_equal(c[2].label, "user monitor");
	assert_string_equal(c[2].user, "monitor");
	assert_string_equal(c[2].context, "vlan7");
	assert_int_equal(c[2].flags, SNMP_AUTH | SNMP_PRIV);
	assert_int_equal(c[2].keys.auth, USM_SHA1);
	assert_int_equal(c[2].keys.priv, USM_AES256_REEDER);
	assert_memory_equal(c[2].keys.auth_key, key, sizeof(key));
	assert_int_equal(c[2].engine_id.size, 8);
	assert_memory_equal(c[2].engine_id.data, "\x80\0\x1f\x88\1\2\3\4", 8);
	assert_int_equal(c[2].context_engine_id.size, 7);
	assert_int_equal(c[3].flags, 0);
	assert_string_equal(c[3].context, "");
	assert_int_equal(c[3].engine_id.size, 0);
}

static void
test_one_mapping_or_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(credentials_parse(&f->list, NULL, &f->problems), 0);
	assert_int_equal(f->list.n, 0);
	assert_int_equal(parse(f, "{community: public}"), 0);
	assert_int_equal(f->list.n, 1);
}

static void
test_from_files(void **state)
{
	char path[] = "/tmp/test_credential.XXXXXX";
	struct fixture *f = *state;
	char text[256];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "maplesyrup\n", 11), 11);
	snprintf(text, sizeof(text), "[{community: 'file:%s'}]", path);
	assert_int_equal(parse(f, text), 0);
	assert_string_equal(f->list.items[0].community, "maplesyrup");
	credentials_free(&f->list);
	assert_int_equal(unlink(path), 0);
	close(fd);
	assert_int_equal(parse(f, text), -1);
	assert_non_null(strstr(f->problems.items[0].text, path));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "hunter2", "1:1: credentials are a mapping such as "
			     "{community: file:PATH}, not a string" },
		{ "{version: 2c}", "1:1: needs \"community\" or \"user\"" },
		{ "{community: ''}", "1:13: \"community\" is empty" },
		{ "{community: hunter2, version: 2}",
		    "1:31: \"version\" must be 1, 2c or 3, not \"2\"" },
		{ "{community: hunter2, version: 3}",
		    "1:31: version 3 needs \"user\", not \"community\"" },
		{ "{community: hunter2, auth: md5}",
		    "1:28: \"auth\" is of v3 and needs \"user\"" },
		{ "{comunity: hunter2}",
		    "1:12: unknown key \"comunity\"; did you mean "
		    "\"community\"?" },
		{ "{community: [hunter2]}",
		    "1:13: \"community\" must be a string, not a list" },
		{ "{community: hunter2, user: me}",
		    "1:1: \"community\" and \"user\" are two sets, not one" },
		{ "{user: me, version: 2c}", "1:21: a user is of version 3" },
		{ "{user: me, auth: sha}",
		    "1:18: \"auth\" must be none, md5, sha1, sha224, sha256, "
		    "sha384 or sha512, not \"sha\"" },
		{ "{user: me, auth: sha1}",
		    "1:18: \"auth\" needs \"auth_password\"" },
		{ "{user: me, auth_password: hunter22}",
		    "1:1: \"auth_password\" needs \"auth\"" },
		{ "{user: me, priv: des, priv_password: hunter22}",
		    "1:18: \"priv\" needs \"auth\", too" },
		{ "{user: me, auth: md5, auth_password: hunter2}",
		    "1:1: user \"me\": authentication: a pass phrase of 7 "
		    "bytes is too short; at least 8" },
		{ "{user: me, engine_id: 80}",
		    "1:23: \"engine_id\" must be 5 to 32 bytes in "
		    "hexadecimal, not \"80\"" },
		{ "{user: me, engine_id: 8000000001020g}",
		    "1:23: \"engine_id\" must be 5 to 32 bytes in "
		    "hexadecimal, not \"8000000001020g\"" },
		{ "{user: me, context_engine_id: ffffffffffff}",
		    "1:31: \"context_engine_id\" must be 5 to 32 bytes in "
		    "hexadecimal, not \"ffffffffffff\"" },
		{ "{user: 123456789012345678901234567890123}",
		    "1:8: the user \"123456789012345678901234567890123\" is "
		    "33 bytes long; at most 32 fit" },
	};
	struct fixture *f = *state;
	const struct problem *p;
	char said[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse(f, cases[i].text), -1);
		assert_int_equal(f->list.n, 0);
		assert_int_equal(f->problems.n, 1);
		p = f->problems.items;
		snprintf(said, sizeof(said), "%u:%u: %s", p->line, p->column,
		    p->text);
		assert_string_equal(said, cases[i].want);
		assert_null(strstr(p->text, "hunter"));
		credentials_free(&f->list);
		problems_free(&f->problems);
	}
}

/* The others count where one is wrong, and all that is wrong is said. */
static void
test_some_are_wrong(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, "[{community: a}, {user: b, auth: md5}, {}, "
				  "{community: c}]"),
	    -1);
	assert_int_equal(f->problems.n, 2);
	assert_int_equal(f->list.n, 2);
	assert_string_equal(f->list.items[1].community, "c");
}

static void
test_not_too_many(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < CREDENTIALS_MAX; i++)
		assert_int_equal(
		    credentials_add_community(&f->list, "public", SNMP_V1), 0);
	assert_string_equal(f->list.items[63].label, "v1 #64");
	assert_int_equal(
	    credentials_add_community(&f->list, "public", SNMP_V1), -1);
	assert_int_equal(f->list.n, CREDENTIALS_MAX);
	credentials_free(&f->list);

	for (i = 0; i <= CREDENTIALS_MAX; i++)
		buffer_puts(&b, "- {community: x}\n");
	assert_int_equal(parse(f, buffer_text(&b)), -1);
	assert_string_equal(f->problems.items[0].text,
	    "65 sets of credentials are too many; at most 64");
	buffer_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
		TEST(test_in_order),
		TEST(test_one_mapping_or_none),
		TEST(test_from_files),
		TEST(test_refused),
		TEST(test_some_are_wrong),
		TEST(test_not_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
