/*
 * The simulated agents: an ordered MIB whose values are what mib.h says,
 * answers within their bounds, faults where they are expected.
 */
#include "agents.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "oid.h"
#include "respond.h"
#include "unit.h"

#define INTERFACES 20
#define HERE UINT32_C(0x7f000102) /* 127.0.1.2: H is 258 */

static const struct agents_options options = {
	.interfaces = INTERFACES, .max_size = 1472, .community = "public"
};

/* What one request is answered: varbinds in `list', head in `pdu'. */
struct reply {
	uint8_t bytes[DATAGRAM_MAX];
	size_t size;
	struct snmp_message message;
	struct snmp_pdu pdu;
};

static size_t
encode(uint8_t *memory, size_t size, int version, struct snmp_pdu pdu,
    const char *const *names, size_t n)
{
	struct snmp_message m = { .version = (uint8_t)version,
		.community = { (const uint8_t *)"public", 6 } };
	struct ber_writer out = ber_writer(memory, size);
	struct snmp_varbind v[16];
	struct oid oids[16];
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(oid_parse(names[i], &oids[i], NULL), 0);
		v[i].name = oid_bytes(&oids[i]);
		v[i].value = (struct ber_value){ .tag = BER_NULL };
	}
	snmp_pdu_encode(&out, &pdu, v, n);
	snmp_message_encode(&out, &m);
	assert_false(out.failed);
	memmove(memory, out.p, ber_written(&out));
	return ber_written(&out);
}

static void
ask(struct agents *a, int64_t uptime_ns, int version, struct snmp_pdu pdu,
    const char *const *names, size_t n, struct reply *ret)
{
	static uint8_t to[DATAGRAM_MAX];
	uint8_t request[1024];
	size_t size = encode(request, sizeof(request), version, pdu, names, n);
	struct ber_bytes got = agents_answer(
	    a, HERE, request, size, uptime_ns, to);
	struct error err;

	ret->size = got.size;
	if (got.size == 0)
		return;
	memcpy(ret->bytes, got.data, got.size);
	if (snmp_message_decode(ret->bytes, got.size, &ret->message, &err) !=
		0 ||
	    snmp_pdu_decode(&ret->message.data, version, &ret->pdu, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(ret->pdu.type, SNMP_RESPONSE);
	assert_int_equal(ret->pdu.request_id, pdu.request_id);
}

static struct agents *
make(struct faults *f)
{
	struct agents *a = NULL;

	assert_int_equal(agents_new(&a, &options, f, NULL), 0);
	return a;
}

static void
test_order(void **unused)
{
	const struct mib_moment when = { HERE, UINT64_C(99999999999), 0 };
	struct mib *m = mib_new(INTERFACES);
	uint8_t bytes[MIB_VARBIND_MAX];
	struct snmp_varbind v;
	struct error err;
	struct ber in;
	uint8_t *end;
	size_t i;

	(void)unused;
	assert_non_null(m);
	for (i = 0; i < mib_size(m); i++) {
		end = mib_put(m, i, &when, bytes);
		assert_true(end <= bytes + sizeof(bytes));
		in = ber_reader(bytes, (size_t)(end - bytes));
		if (snmp_varbind_next(&in, &v, &err) != 1)
			fail_msg("object %zu: %s", i, err.text);
		assert_true(ber_done(&in));
		assert_int_equal(mib_at(m, v.name), i);
		assert_int_equal(mib_after(m, v.name), i + 1);
		if (i > 0)
			assert_true(
			    ber_oid_compare(mib_name(m, i - 1), v.name) < 0);
	}
	mib_free(m);
}

/* sysUpTime, ifInOctets.3, ifHCInOctets.3, ssCpuRawIdle, memAvailReal. */
static const char *const watched[] = { "1.3.6.1.2.1.1.3.0",
	"1.3.6.1.2.1.2.2.1.10.3", "1.3.6.1.2.1.31.1.1.1.6.3",
	"1.3.6.1.4.1.2021.11.53.0", "1.3.6.1.4.1.2021.4.6.0" };

static void
check_numbers(struct agents *a, int64_t uptime_ns, const uint64_t *want)
{
	struct snmp_varbind v;
	struct reply r;
	uint64_t got;
	size_t i;

	ask(a, uptime_ns, SNMP_V2C,
	    (struct snmp_pdu){ .type = SNMP_GET, .request_id = 7 }, watched,
	    COUNT(watched), &r);
	for (i = 0; i < COUNT(watched); i++) {
		assert_int_equal(
		    snmp_varbind_next(&r.pdu.varbinds, &v, NULL), 1);
		got = v.value.tag == BER_INTEGER ? (uint64_t)v.value.integer
						 : v.value.number;
		assert_int_equal(got, want[i]);
	}
}

static void
test_values(void **unused)
{
	struct faults none = { .random = 1 }, wraps = { .random = 1 },
		      restarts = { .random = 1 };
	struct agents *a = make(&none), *b = make(&wraps), *c = make(&restarts);
	struct error err;

	(void)unused;
	check_numbers(a, 0, (uint64_t[]){ 0, 258000, 258000, 258000, 0 });
	check_numbers(a, 50 * NS_PER_S,
	    (uint64_t[]){ 5000, 15258000, 15258000, 278000, 8388608 });
	/* 300000 * 20000 s is more than 2^32. */
	check_numbers(a, 20000 * NS_PER_S,
	    (uint64_t[]){
		2000000, (uint32_t)6000258000, 6000258000, 8258000, 0 });
	assert_int_equal(faults_parse(&wraps, FAULT_WRAP, "100%:10s", &err), 0);
	check_numbers(b, 9 * NS_PER_S,
	    (uint64_t[]){ 900, UINT32_MAX - 299999, UINT64_MAX - 299999,
		UINT32_MAX - 399, 16777216 * 9 / 100 });
	check_numbers(
	    b, 10 * NS_PER_S, (uint64_t[]){ 1000, 0, 0, 0, 16777216 / 10 });
	assert_int_equal(
	    faults_parse(&restarts, FAULT_RESTART, "127.0.1.2:1m", &err), 0);
	check_numbers(c, 61 * NS_PER_S,
	    (uint64_t[]){ 100, 558000, 558000, 258400, 167772 });
	agents_free(a);
	agents_free(b);
	agents_free(c);
	faults_free(&restarts);
}

static size_t
count(struct reply *r)
{
	struct snmp_varbind v;
	size_t n = 0;

	while (snmp_varbind_next(&r->pdu.varbinds, &v, NULL) > 0)
		n++;
	return n;
}

static void
test_answers(void **unused)
{
	static const char *const column[] = { "1.3.6.1.2.1.2.2.1.10",
		"1.3.6.1.2.1.2.2.1.11" };
	static const char *const wide[] = { "1.3.6.1.2.1.31.1.1.1.6.1" };
	static const char *const last[] = { "1.4" };
	static const struct {
		const char *what;
		const char *fault; /* of --too-big */
		int version;
		struct snmp_pdu pdu;
		const char *const *names;
		size_t n_names;
		int status;
		size_t n;
	} cases[] = {
		{ "bulk", NULL, SNMP_V2C,
		    { .type = SNMP_GET_BULK, .max_repetitions = 5 }, column, 2,
		    0, 10 },
		{ "bulk with a non-repeater", NULL, SNMP_V2C,
		    { .type = SNMP_GET_BULK,
			.non_repeaters = 1,
			.max_repetitions = 5 },
		    column, 2, 0, 6 },
		{ "bulk over the end", NULL, SNMP_V2C,
		    { .type = SNMP_GET_BULK, .max_repetitions = 5 }, last, 1, 0,
		    1 },
		{ "too big for an agent", "100%:9", SNMP_V2C,
		    { .type = SNMP_GET_BULK, .max_repetitions = 5 }, column, 2,
		    SNMP_TOO_BIG, 0 },
		{ "not too big", "100%:10", SNMP_V2C,
		    { .type = SNMP_GET_BULK, .max_repetitions = 5 }, column, 2,
		    0, 10 },
		{ "wide, v2c", NULL, SNMP_V2C, { .type = SNMP_GET }, wide, 1, 0,
		    1 },
		{ "wide, v1", NULL, SNMP_V1, { .type = SNMP_GET }, wide, 1,
		    SNMP_NO_SUCH_NAME, 1 },
		{ "end, v1", NULL, SNMP_V1, { .type = SNMP_GET_NEXT }, last, 1,
		    SNMP_NO_SUCH_NAME, 1 },
		{ "a table, v2c", NULL, SNMP_V2C, { .type = SNMP_GET }, column,
		    2, 0, 2 },
		{ "set", NULL, SNMP_V2C, { .type = SNMP_SET }, wide, 1, 17, 1 },
	};
	struct faults f = { .random = 1 };
	struct agents *a;
	struct reply r;
	size_t i, n;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&f, 0, sizeof(f));
		if (cases[i].fault != NULL)
			assert_int_equal(faults_parse(&f, FAULT_TOO_BIG,
					     cases[i].fault, NULL),
			    0);
		a = make(&f);
		ask(a, 0, cases[i].version, cases[i].pdu, cases[i].names,
		    cases[i].n_names, &r);
		n = count(&r);
		if (r.size == 0 || r.pdu.error_status != cases[i].status ||
		    n != cases[i].n)
			fail_msg("%s: %zu bytes, status %d, %zu varbinds",
			    cases[i].what, r.size, (int)r.pdu.error_status, n);
		agents_free(a);
	}
}

/* As many varbinds as fit, and not one byte more. */
static void
test_size(void **unused)
{
	static const char *const column[] = { "1.3.6.1.2.1.2.2.1.10" };
	const struct snmp_pdu pdu = { .type = SNMP_GET_BULK,
		.max_repetitions = 1000,
		.request_id = INT32_MAX };
	struct faults f = { .random = 1 };
	struct agents *a = make(&f);
	struct reply r;

	(void)unused;
	ask(a, 1000000 * NS_PER_S, SNMP_V2C, pdu, column, 1, &r);
	assert_true(r.size <= options.max_size);
	assert_true(r.size > options.max_size - 40);
	agents_free(a);
}

/* Whatever comes in: nothing breaks, and no answer is longer than it may be. */
static void
test_hostile(void **unused)
{
	static uint8_t to[DATAGRAM_MAX];
	struct faults f = { .random = 3 };
	struct agents *a = make(&f);
	uint8_t request[512];
	size_t size, i, k;

	(void)unused;
	for (i = 0; i < 20000; i++) {
		size = encode(request, sizeof(request), SNMP_V2C,
		    (struct snmp_pdu){
			.type = SNMP_GET_BULK, .max_repetitions = 20 },
		    watched, COUNT(watched));
		for (k = 0; k < 3; k++)
			request[faults_random(&f) % size] = (uint8_t)
			    faults_random(&f);
		assert_true(agents_answer(a, HERE, request, size, 0, to).size <=
			    options.max_size);
	}
	assert_true(agents_counts(a)->malformed > 0);
	assert_true(agents_counts(a)->answered > 0);
	agents_free(a);
}

static void
test_shares(void **unused)
{
	struct faults f = { .random = 1 };
	uint32_t from, i, n;

	(void)unused;
	assert_int_equal(faults_parse(&f, FAULT_DEAD, "10%", NULL), 0);
	for (from = 0x7f000001; from < 0x7f100000; from += 54321) {
		for (n = i = 0; i < 500; i++)
			n += faults_strike(&f, FAULT_DEAD, from + i);
		assert_in_range(n, 48, 52);
	}
	assert_int_equal(
	    faults_parse(&f, FAULT_LOOP, "127.0.0.1,127.1.0.0/16", NULL), 0);
	assert_true(faults_strike(&f, FAULT_LOOP, 0x7f000001));
	assert_false(faults_strike(&f, FAULT_LOOP, 0x7f000002));
	assert_true(faults_strike(&f, FAULT_LOOP, 0x7f01ffff));
	assert_false(faults_strike(&f, FAULT_LOOP, 0x7f020000));
	faults_free(&f);
}

static void
test_bad_faults(void **unused)
{
	static const struct {
		enum fault fault;
		const char *text;
		const char *want;
	} cases[] = {
		{ FAULT_DEAD, "101%",
		    "--dead: \"101%\" is no share from 0% to 100%" },
		{ FAULT_DEAD, "10%:1s", "--dead 10%:1s: takes no argument" },
		{ FAULT_SLOW, "10%", "--slow 10%: WHO:DURATION is needed" },
		{ FAULT_SLOW, "10%:-1s", "--slow: \"-1s\" is negative" },
		{ FAULT_TOO_BIG, "10%:x", "--too-big: \"x\" is no number" },
		{ FAULT_LOOP, "127.0.0.256",
		    "--loop: \"127.0.0.256\" is no IPv4 address" },
		{ FAULT_LOOP, "127.0.0.1/33",
		    "--loop: \"33\" is no length of a prefix" },
		{ FAULT_LOSS, "127.0.0.1",
		    "--loss: \"127.0.0.1\" is no share such as 5%" },
	};
	struct faults f = { .random = 1 };
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    faults_parse(&f, cases[i].fault, cases[i].text, &err), -1);
		assert_string_equal(err.text, cases[i].want);
	}
	faults_free(&f);
}

static void
test_bad_users(void **unused)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "a:sha1", "user \"a:sha1\": should be NAME[:AUTH:PASSWORD"
			    "[:PRIV:PASSWORD]]" },
		{ "a:sha3:password",
		    "user \"a\": no digest is called \"sha3\"" },
		{ "a:sha1:password:rot13:password",
		    "user \"a\": no cipher is called \"rot13\"" },
	};
	struct agents_user u;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    agents_user_parse(&u, cases[i].text, &err), -1);
		assert_string_equal(err.text, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_bad_faults),
		cmocka_unit_test(test_bad_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
