/* What name servers answer: as dnsmasq 2.90 has, but for the SOA. */
#include "message.h"

#include <arpa/nameser.h>

#include "hex.h"
#include "unit.h"

#define HEAD "123485800001000100000000"
#define ZONE "076578616d706c65036f726700"

static const struct {
	const char *hex;
	int type;
	const char *data;
	const char *figures; /* id, code, answers, ttl, serial, flags */
} cases[] = {
	{ HEAD "03777777" ZONE "00010001c00c000100010000012c0004c0000250",
	    ns_t_a, "192.0.2.80\n", "1234 NOERROR 1 300 0 authoritative" },
	{ HEAD "03777777" ZONE
	       "001c0001c00c001c00010000012c001020010db80000000000000000000000"
	       "80",
	    ns_t_aaaa, "2001:db8::80\n", "1234 NOERROR 1 300 0 authoritative" },
	{ HEAD ZONE "000f0001c00c000f0001000000000012000a026d78" ZONE, ns_t_mx,
	    "10 mx.example.org\n", "1234 NOERROR 1 0 0 authoritative" },
	{ HEAD "055f6c646170045f746370" ZONE
	       "00210001c00c002100010000000000180000000501850"
	       "46c646170" ZONE,
	    ns_t_srv, "0 5 389 ldap.example.org\n",
	    "1234 NOERROR 1 0 0 authoritative" },
	{ HEAD "0174" ZONE
	       "00100001c00c0010000100000000000c0b763d73706631202d616c6c",
	    ns_t_txt, "v=spf1 -all\n", "1234 NOERROR 1 0 0 authoritative" },
	{ HEAD "0163" ZONE "00050001c00c0005000100000000001103777777" ZONE,
	    ns_t_cname, "www.example.org\n",
	    "1234 NOERROR 1 0 0 authoritative" },
	/* Only those of the type. */
	{ "1234858000010002000000000163" ZONE
	  "00010001c00c0005000100000000001103777777" ZONE
	  "c02b000100010000012c0004c0000250",
	    ns_t_a, "192.0.2.80\n", "1234 NOERROR 1 300 0 authoritative" },
	{ "12348183000100000000000004676f6e65" ZONE "00010001", ns_t_a, "",
	    "1234 NXDOMAIN 0 0 0 " },
	{ HEAD ZONE "00060001c00c0006000100000e10001d026e73c00c0161c00c"
		    "789a00010000000100000002000000030000"
		    "0004",
	    ns_t_soa, "ns.example.org 2023358465\n",
	    "1234 NOERROR 1 3600 2023358465 authoritative" },
	{ "12348780000100000000000004676f6e65" ZONE "00010001", ns_t_a, "",
	    "0 NOERROR 0 0 0  truncated" },
	/* In the midst of a record. */
	{ "123487800001000100000000"
	  "03777777" ZONE "00010001c00c0001000100",
	    ns_t_a, "", "0 NOERROR 0 0 0  truncated" },
};
/* Those that say that they are. */
#define N_TRUNCATED 2

static void
show(struct buffer *b, const struct message *m)
{
	buffer_clear(b);
	buffer_printf(b, "%x %s %u %u %u %s%s", m->id, message_code(m->code),
	    m->answers, m->ttl, m->serial,
	    m->authoritative ? "authoritative" : "",
	    m->truncated ? " truncated" : "");
}

static void
test_answers(void **unused)
{
	struct buffer data = BUFFER_INIT, figures = BUFFER_INIT;
	struct message m;
	struct error err;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = hex_bytes(cases[i].hex, &size);
		buffer_clear(&data);
		assert_int_equal(
		    message_read(&m, &data, bytes, size, cases[i].type, &err),
		    0);
		assert_string_equal(buffer_text(&data), cases[i].data);
		show(&figures, &m);
		assert_string_equal(buffer_text(&figures), cases[i].figures);
		free(bytes);
	}
	buffer_free(&data);
	buffer_free(&figures);
}

/* At each byte: none is taken for whole. */
static void
test_truncated(void **unused)
{
	struct buffer data = BUFFER_INIT;
	struct message m;
	struct error err;
	uint8_t *bytes, *part;
	size_t i, size, length;

	(void)unused;
	for (i = 0; i < COUNT(cases) - N_TRUNCATED; i++) {
		bytes = hex_bytes(cases[i].hex, &size);
		for (length = 0; length < size; length++) {
			part = malloc(length + (length == 0));
			assert_non_null(part);
			memcpy(part, bytes, length);
			assert_int_equal(message_read(&m, &data, part, length,
					     cases[i].type, &err),
			    -1);
			free(part);
		}
		free(bytes);
	}
	buffer_free(&data);
}

static void
test_wrong(void **unused)
{
	static const struct {
		const char *hex;
		int type;
		const char *want;
	} bad[] = {
		{ "", ns_t_a, "it is no message of DNS" },
		{ "123401000001000000000000" ZONE "00010001", ns_t_a,
		    "it is a question" },
		/* An address of three bytes. */
		{ HEAD "03777777" ZONE "00010001c00c000100010000012c0003c00002",
		    ns_t_a, "its answer 0 is malformed" },
		/* A text longer than its record. */
		{ HEAD "0174" ZONE "00100001c00c001000010000000000020b76",
		    ns_t_txt, "its answer 0 is malformed" },
		/* A name that points to itself. */
		{ HEAD "0163" ZONE "00050001c00c000500010000000000"
		       "02c02b",
		    ns_t_cname, "its answer 0 is malformed" },
		/* A SOA without its numbers. */
		{ HEAD ZONE "00060001c00c0006000100000e100004c00cc00c",
		    ns_t_soa, "its answer 0 is malformed" },
	};
	struct buffer data = BUFFER_INIT;
	struct message m;
	struct error err;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++) {
		bytes = hex_bytes(bad[i].hex, &size);
		assert_int_equal(
		    message_read(&m, &data, bytes, size, bad[i].type, &err),
		    -1);
		assert_string_equal(err.text, bad[i].want);
		free(bytes);
	}
	buffer_free(&data);
	assert_string_equal(message_code(5), "REFUSED");
	assert_string_equal(message_code(15), "an unknown code");
	assert_string_equal(message_code(-1), "an unknown code");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
