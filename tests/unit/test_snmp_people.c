/* SNMP for people: ranges of addresses, values as JSON and as lines, and who
   is remembered by which credential. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "range.h"
#include "roster.h"
#include "show.h"
#include "unit.h"

/* ---------------------------------------------------------------- ranges -- */

static void
assert_address(const union address *a, const char *want)
{
	const void *bytes = a->any.sa_family == AF_INET
				? (const void *)&a->ipv4.sin_addr
				: &a->ipv6.sin6_addr;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(a->any.sa_family, bytes, text, sizeof(text));
	assert_string_equal(text, want);
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *first, *last;
		const char *error;
	} cases[] = {
		{ "127.1.0.0/24", 254, "127.1.0.1", "127.1.0.254", NULL },
		{ "127.1.0.77/30", 2, "127.1.0.77", "127.1.0.78", NULL },
		{ "127.1.0.6/31", 2, "127.1.0.6", "127.1.0.7", NULL },
		{ "127.1.0.7/32", 1, "127.1.0.7", "127.1.0.7", NULL },
		{ "127.2.0.0/16", 65534, "127.2.0.1", "127.2.255.254", NULL },
		{ "127.1.0.[1-254]", 254, "127.1.0.1", "127.1.0.254", NULL },
		{ "127.1.[0-1].[8,9]", 4, "127.1.0.8", "127.1.1.9", NULL },
		{ "127.1.0.7", 1, "127.1.0.7", "127.1.0.7", NULL },
		{ "127.0.0.0/8", 0, NULL, NULL,
		    "127.0.0.0/8: more than 65536 addresses" },
		{ "127.0.[0-255].[0-255]", 65536, "127.0.0.0", "127.0.255.255",
		    NULL },
		{ "127.[0-1].[0-255].[0-128]", 0, NULL, NULL,
		    "127.[0-1].[0-255].[0-128]: more than 65536 addresses" },
		{ "127.0.0.0/33", 0, NULL, NULL,
		    "\"127.0.0.0/33\" is no range of addresses" },
		{ "127.0.0/24", 0, NULL, NULL,
		    "\"127.0.0/24\" is no range of addresses" },
		{ "127.0.0.0/", 0, NULL, NULL,
		    "\"127.0.0.0/\" is no range of addresses" },
		{ "127.0.0.0/ 24", 0, NULL, NULL,
		    "\"127.0.0.0/ 24\" is no range of addresses" },
		{ "::1/128", 1, "::1", "::1", NULL },
		{ "2001:db8::7:1/127", 2, "2001:db8::7:0", "2001:db8::7:1",
		    NULL },
		{ "2001:db8::1234/120", 255, "2001:db8::1201", "2001:db8::12ff",
		    NULL },
		{ "2001:db8::/112", 65535, "2001:db8::1", "2001:db8::ffff",
		    NULL },
		{ "2001:db8::[1-12]", 12, "2001:db8::1", "2001:db8::12", NULL },
		{ "2001:db8::/111", 0, NULL, NULL,
		    "2001:db8::/111: more than 65536 addresses" },
		{ "::/0", 0, NULL, NULL, "::/0: more than 65536 addresses" },
		{ "::1/129", 0, NULL, NULL,
		    "\"::1/129\" is no range of addresses" },
		{ "2001:db8::1:2:3:4:5:6:7:8/120", 0, NULL, NULL,
		    "\"2001:db8::1:2:3:4:5:6:7:8/120\" is no range of "
		    "addresses" },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/120", 0,
		    NULL, NULL,
		    "\"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/120"
		    "\" is no range of addresses" },
		{ "localhost", 0, NULL, NULL,
		    "\"localhost\" is no numeric address" },
		{ "127.1.0.[250-256]", 0, NULL, NULL,
		    "\"127.1.0.256\" is no numeric address" },
	};
	struct range range;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct farm_list list = { &cases[i].text, 1 };
		int rc = range_parse(&range, &list, &err);

		if (cases[i].error != NULL) {
			assert_int_equal(rc, -1);
			assert_string_equal(err.text, cases[i].error);
		} else {
			if (rc != 0)
				fail_msg("%s: %s", cases[i].text, err.text);
			assert_int_equal(range.n, cases[i].n);
			assert_address(&range.addresses[0], cases[i].first);
			assert_address(
			    &range.addresses[range.n - 1], cases[i].last);
		}
		range_free(&range);
	}
}

static void
test_ranges_add_up(void **state)
{
	static const char *const texts[] = { "127.2.0.0/16", "127.1.0.1", "::1",
		"127.1.0.2" };
	const struct farm_list three = { texts, 3 }, four = { texts, 4 },
			       none = { NULL, 0 };
	struct range range;
	struct error err;

	(void)state;
	assert_int_equal(range_parse(&range, &three, &err), 0);
	assert_int_equal(range.n, 65536);
	assert_int_equal(range.addresses[65535].any.sa_family, AF_INET6);
	range_free(&range);
	assert_int_equal(range_parse(&range, &four, &err), -1);
	assert_string_equal(err.text, "127.1.0.2: more than 65536 addresses");
	range_free(&range);
	assert_int_equal(range_parse(&range, &none, &err), -1);
	assert_string_equal(err.text, "no range is given");
	range_free(&range);
}

/* ---------------------------------------------------------------- values -- */

static const char catalogue[] =
    "A-MIB::text\t1.3.6.1.4.1.9.1\toctets\t-\thint=255a\n"
    "A-MIB::mac\t1.3.6.1.4.1.9.2\toctets\t-\thint=1x%3a\n"
    "A-MIB::state\t1.3.6.1.4.1.9.3\tinteger\t-\tenum=1:up,2:down\n"
    "A-MIB::tenths\t1.3.6.1.4.1.9.4\tinteger\t-\thint=d-1\n";

static void
test_values(void **state)
{
#define OCTETS(TEXT)                                                           \
	{                                                                      \
		.tag = BER_OCTETS, .bytes = {                                  \
			(const uint8_t *)(TEXT),                               \
			sizeof(TEXT) - 1                                       \
		}                                                              \
	}
	static const struct {
		const char *oid;
		struct ber_value value;
		const char *line;
		const char *numeric;
	} cases[] = {
		{ "1.3.6.1.4.1.9.1.7", OCTETS("eth0"),
		    "A-MIB::text.7 = \"eth0\"\n",
		    "1.3.6.1.4.1.9.1.7 = \"eth0\"\n" },
		{ "1.3.6.1.4.1.9.1.7", OCTETS("a\n\"\\\033[2J\xc2\x9bx"),
		    "A-MIB::text.7 = \"a\\n\\\"\\\\\\x1b[2J\\xc2\\x9bx\"\n",
		    "1.3.6.1.4.1.9.1.7 = "
		    "0x610a225c1b5b324ac29b78\n" },
		{ "1.3.6.1.4.1.9.2.7", OCTETS("\0\1\xff"),
		    "A-MIB::mac.7 = \"00:01:ff\"\n",
		    "1.3.6.1.4.1.9.2.7 = 0x0001ff\n" },
		{ "1.3.6.1.4.1.9.3.7", { .tag = BER_INTEGER, .integer = 2 },
		    "A-MIB::state.7 = down(2)\n", "1.3.6.1.4.1.9.3.7 = 2\n" },
		{ "1.3.6.1.4.1.9.3.7", { .tag = BER_INTEGER, .integer = -3 },
		    "A-MIB::state.7 = -3\n", "1.3.6.1.4.1.9.3.7 = -3\n" },
		{ "1.3.6.1.4.1.9.4.7", { .tag = BER_INTEGER, .integer = 215 },
		    "A-MIB::tenths.7 = 21.5\n", "1.3.6.1.4.1.9.4.7 = 215\n" },
		{ "1.3.6.1.4.2.1",
		    { .tag = BER_COUNTER64, .number = UINT64_MAX },
		    "1.3.6.1.4.2.1 = 18446744073709551615\n",
		    "1.3.6.1.4.2.1 = 18446744073709551615\n" },
		{ "1.3.6.1.4.2.1", { .tag = BER_TIMETICKS, .number = 8765432 },
		    "1.3.6.1.4.2.1 = (8765432) 1 day, 0:20:54.32\n",
		    "1.3.6.1.4.2.1 = 8765432\n" },
		{ "1.3.6.1.4.2.1", { .tag = BER_NO_SUCH_INSTANCE },
		    "1.3.6.1.4.2.1 = noSuchInstance\n",
		    "1.3.6.1.4.2.1 = noSuchInstance\n" },
	};
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = objects_new();
	struct buffer json = BUFFER_INIT, line = BUFFER_INIT;
	struct snmp_varbind v;
	struct oid oid;
	json_t *root;
	size_t i;

	(void)state;
	assert_int_equal(objects_read(objects, "a", catalogue,
			     sizeof(catalogue) - 1, &problems),
	    4);
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].oid, &oid, NULL), 0);
		v.name = oid_bytes(&oid);
		v.value = cases[i].value;
		buffer_clear(&json);
		show_varbind(&json, objects, &v);
		root = json_loads(buffer_text(&json), 0, NULL);
		if (root == NULL)
			fail_msg("no JSON: %s", buffer_text(&json));
		buffer_clear(&line);
		print_value(&line, root, false);
		assert_string_equal(buffer_text(&line), cases[i].line);
		buffer_clear(&line);
		print_value(&line, root, true);
		assert_string_equal(buffer_text(&line), cases[i].numeric);
		json_decref(root);
	}
	buffer_free(&json);
	buffer_free(&line);
	objects_free(objects);
	problems_free(&problems);
}

static void
test_error_and_cells(void **state)
{
	struct buffer out = BUFFER_INIT;
	struct oid oid;

	(void)state;
	assert_int_equal(oid_parse("1.3.6.1.4.2.1", &oid, NULL), 0);
	show_error(&out, NULL, oid_bytes(&oid), "noSuchName");
	assert_string_equal(buffer_text(&out),
	    "{\"oid\":\"1.3.6.1.4.2.1\",\"name\":\"1.3.6.1.4.2.1\","
	    "\"type\":\"noSuchName\",\"value\":null}");
	buffer_clear(&out);
	print_cell(&out, "Router,\r\nVersion \033[1m\xc3\xa9\xff");
	assert_string_equal(
	    buffer_text(&out), "Router,  Version  [1m\xc3\xa9 ");
	buffer_free(&out);
}

/* ---------------------------------------------------------------- roster -- */

static struct credential items[] = { { .label = "v2c #1" },
	{ .label = "v2c #2" }, { .label = "user a" } };
static const struct credentials three = { items, 3 };
static const struct credentials two = { items, 2 };

static uint8_t
first_tried(
    const struct credentials *c, const struct buffer *kept, const char *node)
{
	struct roster *r = roster_new(c, buffer_text(kept), kept->size);
	uint8_t credential = 99;

	assert_non_null(roster_add(r, node, "127.0.0.1", &credential));
	roster_free(r);
	return credential;
}

static void
test_roster(void **state)
{
	struct roster *r = roster_new(&three, NULL, 0);
	struct buffer kept = BUFFER_INIT, address = BUFFER_INIT;
	struct roster_entry *a, *b;
	uint8_t credential = 99;

	(void)state;
	a = roster_add(r, "a", "127.0.0.1", &credential);
	assert_int_equal(credential, 0);
	b = roster_add(r, "b", "127.0.0.2:1161", &credential);
	assert_false(roster_changed(r));
	roster_opened(r, a, 0);
	assert_false(roster_changed(r));
	roster_opened(r, b, 2);
	assert_true(roster_changed(r));
	assert_true(roster_find(r, "b", &address, &credential));
	assert_string_equal(buffer_text(&address), "127.0.0.2:1161");
	assert_int_equal(credential, 2);
	assert_false(roster_find(r, "c", &address, &credential));
	roster_keep(r, &kept);
	assert_false(roster_changed(r));
	roster_remove(r, a);
	roster_remove(r, NULL);
	assert_false(roster_find(r, "a", &address, &credential));
	roster_free(r);

	assert_int_equal(first_tried(&three, &kept, "b"), 2);
	assert_int_equal(first_tried(&three, &kept, "a"), 0);
	/* Numbers of other credentials say nothing. */
	assert_int_equal(first_tried(&two, &kept, "b"), 0);
	kept.size--;
	assert_int_equal(first_tried(&three, &kept, "b"), 0);
	kept.size++;
	kept.data[kept.size - 1] = 3; /* there is none of that number */
	assert_int_equal(first_tried(&three, &kept, "b"), 0);
	buffer_free(&kept);
	buffer_free(&address);
}

/* What was kept is kept again, whether its node had a turn or not. */
static void
test_roster_keeps(void **state)
{
	struct buffer kept = BUFFER_INIT, again = BUFFER_INIT;
	struct roster *r = roster_new(&three, NULL, 0);
	uint8_t credential;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		roster_opened(
		    r, roster_add(r, name, "127.0.0.1", &credential), 1);
	}
	roster_keep(r, &kept);
	roster_free(r);
	assert_true(kept.size <= ROSTER_BYTES_MAX);
	assert_true(kept.size > ROSTER_BYTES_MAX - 9);

	r = roster_new(&three, kept.data, kept.size);
	assert_non_null(roster_add(r, "n9999", "127.0.0.1", &credential));
	assert_int_equal(credential, 1);
	roster_keep(r, &again);
	assert_int_equal(again.size, kept.size);
	roster_free(r);
	buffer_free(&kept);
	buffer_free(&again);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_ranges_add_up),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_error_and_cells),
		cmocka_unit_test(test_roster),
		cmocka_unit_test(test_roster_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
