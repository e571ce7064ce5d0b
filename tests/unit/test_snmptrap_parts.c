/* The trap listener's parts: traps of all versions in one shape, networks,
   rules, identity, what is remembered and forgotten. */
#include <farm/module.h>
#include <stdio.h>

#include "clock.h"
#include "hex.h"
#include "identity.h"
#include "lru.h"
#include "networks.h"
#include "rules.h"
#include "sources.h"
#include "trap.h"
#include "yaml.h"

/* What net-snmp 5.9.3 sent, and then what nobody should. */
static const struct {
	const char *hex;
	const char *want; /* oid ticks agent enterprise n, or the error */
} traps[] = {
	/* snmptrap -v1: enterpriseSpecific 17, then linkDown */
	{ "303702010004046661726da42c06072b06010401ce0f40040a000009020106020111"
	  "430210683011300f06082b06010401ce0f010403686f74",
	    "1.3.6.1.4.1.9999.0.17 4200 10.0.0.9 1.3.6.1.4.1.9999 1" },
	{ "304802010004046661726da43d06072b06010401ce0f40040a000009020102020100"
	  "430210683022300f060a2b060102010202010107020107300f060a2b060102010202"
	  "010807020102",
	    "1.3.6.1.6.3.1.1.5.3 4200 10.0.0.9 1.3.6.1.4.1.9999 2" },
	/* snmptrap -v2c, snmpinform */
	{ "306402010104046661726da759020424aed1e8020100020100304b300e06082b0601"
	  "0201010300430210683017060a2b06010603010104010006092b0601060301010503"
	  "300f060a2b060102010202010107020107300f060a2b06010201020201080702010"
	  "2",
	    "1.3.6.1.6.3.1.1.5.3 4200 - - 2" },
	{ "306402010104046661726da6590204282073a5020100020100304b300e06082b0601"
	  "0201010300430210683017060a2b06010603010104010006092b0601060301010503"
	  "300f060a2b060102010202010107020107300f060a2b06010201020201080702010"
	  "2",
	    "inform 1.3.6.1.6.3.1.1.5.3 4200 - - 2" },
	/* With a value of each type; the forwarder's community is not shown. */
	{ "3082012302010104046661726da782011602045837291802010002010030820106"
	  "300e06082b06010201010300430210683017060a2b06010603010104010006092b"
	  "06010401ce0f0001300f06082b06010401ce0f010403686f74301106082b060104"
	  "01ce0f02410500ffffffff301506082b06010401ce0f03460900ffffffffffffff"
	  "ff300d06082b06010401ce0f04420105300e06082b06010401ce0f054302106830"
	  "1006082b06010401ce0f0640040a010203301006082b06010401ce0f0706042b06"
	  "0104300f06082b06010401ce0f08040300ff10301106092b060106031201030040"
	  "040a000009301306092b060106031201040004067365637265743015060a2b0601"
	  "0603010104030006072b06010401ce0f300d06082b06010401ce0f090201fd",
	    "1.3.6.1.4.1.9999.0.1 4200 10.0.0.9 1.3.6.1.4.1.9999 11" },
	/* Without sysUpTime: devices do it. */
	{ "302f02010104046661726da7240201010201000201003019"
	  "3017060a2b06010603010104010006092b0601060301010503",
	    "1.3.6.1.6.3.1.1.5.3 - - - 0" },
	/* No varbinds. */
	{ "301602010104046661726da70b0201010201000201003000",
	    "none of the first two varbinds is snmpTrapOID.0" },
	/* generic-trap 7 */
	{ "302502010004046661726da41a06072b06010401ce0f4004000000000201070201"
	  "004301003000",
	    "generic-trap 7 is none of 0 to 6" },
};

static void
describe(struct buffer *b, const struct trap *t)
{
	struct ber in = t->varbinds;
	struct snmp_varbind v;
	int n = 0;

	while (trap_next(&in, &v))
		n++;
	buffer_puts(b, t->inform ? "inform " : "");
	oid_print(b, oid_bytes(&t->id));
	if (t->has_ticks)
		buffer_printf(b, " %llu ", (unsigned long long)t->ticks);
	else
		buffer_puts(b, " - ");
	if (t->has_agent)
		buffer_printf(b, "%u.%u.%u.%u ", t->agent[0], t->agent[1],
		    t->agent[2], t->agent[3]);
	else
		buffer_puts(b, "- ");
	if (t->enterprise.size > 0)
		oid_print(b, t->enterprise);
	else
		buffer_putc(b, '-');
	buffer_printf(b, " %d", n);
}

static void
decode(struct buffer *b, const uint8_t *bytes, size_t size)
{
	struct snmp_message m;
	struct snmp_pdu pdu;
	struct error err;
	struct trap t;

	if (snmp_message_decode(bytes, size, &m, &err) != 0 ||
	    snmp_pdu_decode(&m.data, m.version, &pdu, &err) != 0)
		buffer_printf(b, "no PDU: %s", err.text);
	else if (trap_decode(&pdu, m.version, &t, &err) != 0)
		buffer_puts(b, err.text);
	else
		describe(b, &t);
}

static void
test_traps(void **unused)
{
	struct buffer b = BUFFER_INIT;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(traps); i++) {
		bytes = hex_bytes(traps[i].hex, &size);
		buffer_clear(&b);
		decode(&b, bytes, size);
		assert_string_equal(buffer_text(&b), traps[i].want);
		free(bytes);
	}
	buffer_free(&b);
}

/* A v2c trap with so many empty varbinds behind its name. */
static size_t
crowd(uint8_t *memory, size_t size, size_t n, uint8_t **ret)
{
	static const uint8_t name[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	struct ber_writer out = ber_writer(memory, size);
	struct snmp_pdu pdu = { .type = SNMP_TRAP2 };
	struct snmp_message m = { .version = SNMP_V2C };
	struct snmp_varbind *v = calloc(n + 1, sizeof(*v));

	v[0].name = (struct ber_bytes){ name, sizeof(name) };
	v[0].value.tag = BER_OID;
	v[0].value.bytes = v[0].name;
	for (size_t i = 1; i <= n; i++) {
		v[i].name = (struct ber_bytes){ name, 3 };
		v[i].value.tag = BER_NULL;
	}
	snmp_pdu_encode(&out, &pdu, v, n + 1);
	snmp_message_encode(&out, &m);
	free(v);
	assert_false(out.failed);
	*ret = out.p;
	return ber_written(&out);
}

static void
test_too_many_varbinds(void **unused)
{
	static uint8_t memory[65536];
	struct buffer b = BUFFER_INIT;
	uint8_t *bytes;
	size_t size;

	(void)unused;
	size = crowd(memory, sizeof(memory), TRAP_VARBINDS_MAX - 1, &bytes);
	decode(&b, bytes, size);
	assert_string_equal(buffer_text(&b), "1.3.6.1.6.3.1.1.4.1.0 - - - 999");
	size = crowd(memory, sizeof(memory), TRAP_VARBINDS_MAX, &bytes);
	buffer_clear(&b);
	decode(&b, bytes, size);
	assert_string_equal(buffer_text(&b), "more than 1000 varbinds");
	buffer_free(&b);
}

/* ---------------------------------------------------------------- networks --
 */

static struct place
place(const char *text)
{
	struct networks one = { .n = 0 };
	struct place p;

	assert_int_equal(networks_add(&one, text, "", NULL), 0);
	p = one.items[0].base;
	networks_free(&one);
	return p;
}

static void
test_networks(void **unused)
{
	static const char *const list[] = { "10.0.0.0/8", "10.1.2.3",
		"10.1.0.0/16", "2001:db8::/32", "2001:db8::7", "0.0.0.0/0",
		"10.1.2.128/25" };
	static const struct {
		const char *address;
		const char *want;
	} cases[] = {
		{ "10.1.2.3", "10.1.2.3" },
		{ "10.1.2.4", "10.1.0.0/16" },
		{ "10.1.2.200", "10.1.2.128/25" },
		{ "10.2.2.4", "10.0.0.0/8" },
		{ "192.0.2.1", "0.0.0.0/0" },
		{ "2001:db8::7", "2001:db8::7" },
		{ "2001:db8:1::7", "2001:db8::/32" },
		{ "2001:db9::7", NULL },
		{ "::ffff:10.2.2.4", "10.0.0.0/8" },
	};
	struct networks t = { .n = 0 };
	const char *found;
	struct place p;

	(void)unused;
	for (size_t i = 0; i < COUNT(list); i++)
		assert_int_equal(networks_add(&t, list[i], list[i], NULL), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		p = place(cases[i].address);
		found = networks_find(&t, &p);
		if (cases[i].want == NULL)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].want);
	}
	networks_free(&t);
}

static void
test_wrong_networks(void **unused)
{
	static const char *const wrong[] = { "", "10", "10.0.0.0/33",
		"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "host",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };
	struct networks t = { .n = 0 };
	struct error err;
	char want[200];

	(void)unused;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(networks_add(&t, wrong[i], "", &err), -1);
		snprintf(want, sizeof(want),
		    "\"%s\" is no address or network such as 10.1.2.3, "
		    "10.1.0.0/16 or 2001:db8::/32",
		    wrong[i]);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(networks_add(&t, "10.1.0.0/16", "", &err), 0);
	assert_int_equal(networks_add(&t, "10.1.2.0/16", "", &err), -1);
	assert_string_equal(err.text, "\"10.1.2.0/16\" is there twice");
	networks_free(&t);
}

/* ------------------------------------------------------------------- rules --
 */

static void
test_rules(void **unused)
{
	static const struct {
		const char *yaml;
		const char *want; /* the first problem; "" if there is none */
	} cases[] = {
		{ "{}", "" },
		{ "1.3.6.1.4.1.9: {name: x, ignore: yes}", "" },
		{ "1.3.6.1.4.1.9: {values: {a: 1.3.6.1, b: '=1'}}", "" },
		{ "- 1", "traps: expected a mapping from traps to rules" },
		{ "1.3.6.1.4.1.9: x",
		    "1.3.6.1.4.1.9: expected name, ignore or values" },
		{ "1.3.6.1.4.1.9: {nam: x}",
		    "unknown key \"nam\", did you mean \"name\"?" },
		{ "1.3.6.1.4.1.9: {colour: x}", "unknown key \"colour\"" },
		{ "1.3.6.1.4.1.9: {ignore: x}",
		    "ignore: \"x\" is neither yes nor no" },
		{ "1.3.6.1.4.1.9: {name: [x]}", "name: expected a value" },
		{ "1.3.6.1.4.1.9: {values: x}",
		    "values: expected PARAMETER: OBJECT or PARAMETER: "
		    "\"=TEXT\"" },
		{ "1.3.6.1.4.1.9: {values: {a: [1]}}", "a: expected a value" },
	};
	struct objects *objects = objects_new();

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct problems p = PROBLEMS_INIT;
		struct arena *arena = arena_new(0);
		const struct farm_tree *tree;
		struct rules r = { .n = 0 };
		int rc;

		assert_int_equal(yaml_parse(arena, "x.yaml", cases[i].yaml,
				     strlen(cases[i].yaml), &tree, &p),
		    0);
		rc = rules_parse(&r, tree, objects, &p);
		assert_int_equal(rc, *cases[i].want == '\0' ? 0 : -1);
		if (rc != 0)
			assert_string_equal(p.items[0].text, cases[i].want);
		rules_free(&r);
		problems_free(&p);
		arena_free(arena);
	}
	objects_free(objects);
}

static void
test_the_longest_rule(void **unused)
{
	static const char yaml[] = "1.3.6.1.4.1: {name: all}\n"
				   "1.3.6.1.4.1.9.1: {name: exact}\n"
				   "1.3.6.1.4.1.9: {name: cisco}\n";
	static const struct {
		const char *oid;
		const char *want;
	} cases[] = {
		{ "1.3.6.1.4.1.9.1", "exact" },
		{ "1.3.6.1.4.1.9.1.5", "exact" },
		{ "1.3.6.1.4.1.9.2", "cisco" },
		{ "1.3.6.1.4.1.10", "all" },
		{ "1.3.6.1.5", NULL },
	};
	struct problems p = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct objects *objects = objects_new();
	const struct farm_tree *tree;
	struct rules r = { .n = 0 };
	const struct rule *found;
	struct oid oid;

	(void)unused;
	assert_int_equal(
	    yaml_parse(arena, "x", yaml, sizeof(yaml) - 1, &tree, &p), 0);
	assert_int_equal(rules_parse(&r, tree, objects, &p), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(oid_parse(cases[i].oid, &oid, NULL), 0);
		found = rules_find(&r, oid_bytes(&oid));
		if (cases[i].want == NULL)
			assert_null(found);
		else
			assert_string_equal(found->name, cases[i].want);
	}
	rules_free(&r);
	objects_free(objects);
	arena_free(arena);
	problems_free(&p);
}

/* ---------------------------------------------------------------- identity --
 */

static void
test_identity(void **unused)
{
	static const char *const wrong[] = { "", "0x", "8000", "0x80000000",
		"0x8000000001020304050607080900010203040506070809"
		"0001020304050607080900",
		"0x800000000", "0x80000000zz", "0000000000", "0xffffffffff" };
	struct identity a, b, c;
	struct error err;
	char want[200];

	(void)unused;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(identity_parse(&a, wrong[i], &err), -1);
		snprintf(want, sizeof(want),
		    "engine_id: \"%s\" is not 5 to 32 bytes in hexadecimal "
		    "digits",
		    wrong[i]);
		assert_string_equal(err.text, want);
	}
	assert_int_equal(identity_parse(&a, "0x80000000aB01", &err), 0);
	assert_int_equal(a.size, 6);
	assert_memory_equal(a.id, "\x80\0\0\0\xab\1", 6);
	/* The same each time, another for another address. */
	assert_int_equal(
	    identity_derive(&a, "/dev/null", "udp://*:1", &err), 0);
	assert_int_equal(
	    identity_derive(&b, "/dev/null", "udp://*:1", &err), 0);
	assert_int_equal(
	    identity_derive(&c, "/dev/null", "udp://*:2", &err), 0);
	assert_memory_equal(a.id, b.id, a.size);
	assert_memory_not_equal(a.id, c.id, a.size);
	assert_true(usm_engine_id_valid((struct ber_bytes){ a.id, a.size }));
}

static void
test_boots(void **unused)
{
	const int64_t begin_ns = INT64_C(1577836800) * NS_PER_S;

	(void)unused;
	assert_int_equal(identity_boots(begin_ns + 7 * NS_PER_S, 0), 7);
	assert_int_equal(identity_boots(begin_ns + 7 * NS_PER_S, 6), 7);
	assert_int_equal(identity_boots(begin_ns + 7 * NS_PER_S, 7), 8);
	/* The clock was set back; it has no battery. */
	assert_int_equal(identity_boots(begin_ns, 900), 901);
	assert_int_equal(identity_boots(0, 0), 1);
	assert_int_equal(identity_boots(INT64_MAX, 0), INT32_MAX);
	assert_int_equal(identity_boots(0, INT32_MAX), INT32_MAX);
}

/* -------------------------------------------------------------- remembering --
 */

static void
count_drop(void *value, void *cookie)
{
	*(int *)cookie += *(int *)value;
}

static void
test_lru(void **unused)
{
	int dropped = 0;
	struct lru *l = lru_new(3, sizeof(int), count_drop);
	int *value;

	(void)unused;
	for (int i = 1; i <= 3; i++) {
		value = lru_add(l, &i, sizeof(i), &dropped);
		assert_int_equal(*value, 0);
		*value = i;
	}
	/* 1 is used again, so 2 makes room. */
	assert_int_equal(*(int *)lru_find(l, &(int){ 1 }, sizeof(int)), 1);
	value = lru_add(l, &(int){ 4 }, sizeof(int), &dropped);
	*value = 4;
	assert_int_equal(dropped, 2);
	assert_null(lru_find(l, &(int){ 2 }, sizeof(int)));
	assert_int_equal(*(int *)lru_find(l, &(int){ 3 }, sizeof(int)), 3);
	/* The length is part of a key. */
	assert_null(lru_find(l, &(long){ 3 }, sizeof(long)));
	assert_int_equal(lru_count(l), 3);
	assert_int_equal(lru_forgotten(l), 1);
	lru_free(l, &dropped);
	assert_int_equal(dropped, 2 + 1 + 3 + 4);
	lru_free(NULL, NULL);
}

/* Against a plain array that does the same. */
static void
test_lru_like_an_array(void **unused)
{
	enum { CAPACITY = 50, KEYS = 120 };
	struct lru *l = lru_new(CAPACITY, sizeof(int), NULL);
	int used[KEYS] = { 0 }; /* when; 0: not there */
	unsigned seed = 1;

	(void)unused;
	for (int now = 1, n = 0; now < 20000; now++) {
		int key = (int)((seed = seed * 1103515245 + 12345) >> 16) %
			  KEYS;
		int *value = lru_find(l, &key, sizeof(key));

		assert_int_equal(value != NULL, used[key] != 0);
		if (value == NULL && n == CAPACITY) {
			int oldest = -1;

			for (int i = 0; i < KEYS; i++)
				if (used[i] != 0 &&
				    (oldest < 0 || used[i] < used[oldest]))
					oldest = i;
			used[oldest] = 0;
		} else if (value == NULL) {
			n++;
		}
		if (value == NULL)
			value = lru_add(l, &key, sizeof(key), NULL);
		used[key] = now;
	}
	assert_int_equal(lru_count(l), CAPACITY);
	lru_free(l, NULL);
}

static void
test_bucket(void **unused)
{
	struct bucket b = { 0 };
	int64_t now_ns = 5 * NS_PER_S;
	int i, n = 0;

	(void)unused;
	for (i = 0; i < 10; i++)
		n += bucket_take(&b, 2, 4, now_ns);
	assert_int_equal(n, 4);
	assert_false(bucket_take(&b, 2, 4, now_ns + 400 * NS_PER_MS));
	assert_true(bucket_take(&b, 2, 4, now_ns + 500 * NS_PER_MS));
	assert_false(bucket_take(&b, 2, 4, now_ns + 600 * NS_PER_MS));
	for (i = 0, n = 0; i < 10; i++)
		n += bucket_take(&b, 2, 4, now_ns + 100 * NS_PER_S);
	assert_int_equal(n, 4);
}

static void
test_repeats(void **unused)
{
	struct place a = place("10.0.0.1"), b = place("10.0.0.2");
	struct sources s = { .repeat_ns = 5 * NS_PER_S };

	(void)unused;
	assert_int_equal(sources_init(&s, 10, NULL), 0);
	assert_false(sources_repeats(&s, &a, "xy", 2, 100));
	sources_took(&s, &a, "xy", 2, 100);
	assert_true(sources_repeats(&s, &a, "xy", 2, 100 + 5 * NS_PER_S));
	assert_false(sources_repeats(&s, &a, "xy", 2, 101 + 5 * NS_PER_S));
	assert_false(sources_repeats(&s, &b, "xy", 2, 100));
	assert_false(sources_repeats(&s, &a, "xz", 2, 100));
	assert_false(sources_repeats(&s, &a, "xy", 1, 100));
	s.repeat_ns = 0;
	assert_false(sources_repeats(&s, &a, "xy", 2, 100));
	sources_free(&s, NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_too_many_varbinds),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_wrong_networks),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_the_longest_rule),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_boots),
		cmocka_unit_test(test_lru),
		cmocka_unit_test(test_lru_like_an_array),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
