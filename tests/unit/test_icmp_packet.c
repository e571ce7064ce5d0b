/* What comes in from the network, taken apart. */
#include "packet.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* An IPv4 header of 20 bytes, one with options, one of IPv6; then a request
   and a reply, whose cookie is 16 bytes of 11 to 20. */
#define IP4                                                                    \
	"45000054000040004001000000000000"                                     \
	"00000000"
#define IP4_OPTIONS                                                            \
	"46000054000040004001000000000000"                                     \
	"00000000"                                                             \
	"94040000"
#define IP4_UDP                                                                \
	"45000054000040004011000000000000"                                     \
	"00000000"
#define IP6                                                                    \
	"6000000000203a40"                                                     \
	"00000000000000000000000000000000"                                     \
	"00000000000000000000000000000000"
#define COOKIE "11121314151617181920212223242526"
#define REQUEST "08000000aaaa0001" COOKIE
#define REPLY "00000000aaaa0001" COOKIE
#define REQUEST6 "80000000aaaa0001" COOKIE
#define REPLY6 "81000000aaaa0001" COOKIE

static const struct {
	const char *what;
	bool ipv6;
	bool ip_header;
	const char *hex;
	enum packet want;
	enum reason reason;
} cases[] = {
	{ "reply", false, true, IP4 REPLY, PACKET_REPLY, REASON_NONE },
	{ "reply, long payload", false, true, IP4 REPLY "0000000000",
	    PACKET_REPLY, REASON_NONE },
	{ "reply, IP options", false, true, IP4_OPTIONS REPLY, PACKET_REPLY,
	    REASON_NONE },
	{ "reply, ping socket", false, false, REPLY, PACKET_REPLY,
	    REASON_NONE },
	{ "reply, IPv6", true, false, REPLY6, PACKET_REPLY, REASON_NONE },
	{ "request", false, true, IP4 REQUEST, PACKET_OTHER, REASON_NONE },
	{ "reply with a code", false, false, "00010000aaaa0001" COOKIE,
	    PACKET_OTHER, REASON_NONE },
	{ "reply of the other family", true, false, REPLY, PACKET_OTHER,
	    REASON_NONE },
	{ "reply of the other family", false, false, REPLY6, PACKET_OTHER,
	    REASON_NONE },
	{ "not ICMP", false, true, IP4_UDP REPLY, PACKET_OTHER, REASON_NONE },
	{ "header too short", false, true,
	    "44000054000040004001000000000000" REPLY, PACKET_OTHER,
	    REASON_NONE },
	{ "header longer than all", false, true,
	    "4f"
	    "0000540000400040010000"
	    "0000000000000000",
	    PACKET_OTHER, REASON_NONE },
	{ "not IPv4", false, true,
	    "65000054000040004001000000000000"
	    "00000000" REPLY,
	    PACKET_OTHER, REASON_NONE },
	{ "host unreachable", false, true, IP4 "0301000000000000" IP4 REQUEST,
	    PACKET_ERROR, REASON_HOST },
	{ "network unreachable", false, true,
	    IP4 "0300000000000000" IP4 REQUEST, PACKET_ERROR, REASON_NET },
	{ "port unreachable", false, true,
	    IP4 "0303000000000000" IP4_OPTIONS REQUEST, PACKET_ERROR,
	    REASON_PORT },
	{ "prohibited", false, true, IP4 "030d000000000000" IP4 REQUEST,
	    PACKET_ERROR, REASON_PROHIBITED },
	{ "unknown code", false, true, IP4 "03ff000000000000" IP4 REQUEST,
	    PACKET_ERROR, REASON_OTHER },
	{ "time to live", false, true, IP4 "0b00000000000000" IP4 REQUEST,
	    PACKET_ERROR, REASON_TTL },
	{ "parameter", false, true, IP4 "0c00000000000000" IP4 REQUEST,
	    PACKET_ERROR, REASON_BAD },
	{ "source quench", false, true, IP4 "0400000000000000" IP4 REQUEST,
	    PACKET_OTHER, REASON_NONE },
	{ "error about a reply", false, true, IP4 "0301000000000000" IP4 REPLY,
	    PACKET_OTHER, REASON_NONE },
	{ "error about UDP", false, true,
	    IP4 "0303000000000000" IP4_UDP REQUEST, PACKET_OTHER, REASON_NONE },
	{ "error that quotes 8 bytes", false, true,
	    IP4 "0301000000000000" IP4 "08000000aaaa0001", PACKET_OTHER,
	    REASON_NONE },
	{ "unreachable, IPv6", true, false, "0103000000000000" IP6 REQUEST6,
	    PACKET_ERROR, REASON_HOST },
	{ "too big, IPv6", true, false, "0200000000000500" IP6 REQUEST6,
	    PACKET_ERROR, REASON_TOO_BIG },
	{ "hop limit, IPv6", true, false, "0300000000000000" IP6 REQUEST6,
	    PACKET_ERROR, REASON_TTL },
	{ "unknown code, IPv6", true, false, "0109000000000000" IP6 REQUEST6,
	    PACKET_ERROR, REASON_OTHER },
	{ "neighbour advertisement", true, false,
	    "8800000000000000" IP6 REQUEST6, PACKET_OTHER, REASON_NONE },
};

static const uint8_t cookie_bytes[16] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
	0x17, 0x18, 0x19, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26 };

static uint8_t
nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* In a block of its own, so that sanitizers see its end. */
static uint8_t *
from_hex(const char *hex, size_t *ret_size)
{
	size_t i, size = strlen(hex) / 2;
	uint8_t *bytes = malloc(size + (size == 0));

	assert_non_null(bytes);
	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(nibble(hex[2 * i]) << 4 |
				     nibble(hex[2 * i + 1]));
	*ret_size = size;
	return bytes;
}

static void
test_cases(void **unused)
{
	struct cookie cookie;
	enum reason reason;
	enum packet got;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&cookie, 0, sizeof(cookie));
		reason = REASON_NONE;
		bytes = from_hex(cases[i].hex, &size);
		got = packet_parse(bytes, size, cases[i].ipv6,
		    cases[i].ip_header, &cookie, &reason);
		free(bytes);
		if (got != cases[i].want || reason != cases[i].reason)
			fail_msg("%s: packet %d, \"%s\"", cases[i].what, got,
			    reason_text(reason));
		if (got == PACKET_OTHER)
			assert_int_equal(cookie.token | cookie.number, 0);
		else
			assert_memory_equal(&cookie, cookie_bytes, 16);
	}
}

/* Cut anywhere, a packet is itself or nothing. */
static void
test_truncated(void **unused)
{
	struct cookie cookie;
	enum reason reason;
	enum packet got;
	uint8_t *bytes, *cut;
	size_t i, n, size;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = from_hex(cases[i].hex, &size);
		for (n = 0; n < size; n++) {
			cut = malloc(n + (n == 0));
			assert_non_null(cut);
			memcpy(cut, bytes, n);
			got = packet_parse(cut, n, cases[i].ipv6,
			    cases[i].ip_header, &cookie, &reason);
			assert_true(
			    got == PACKET_OTHER || got == cases[i].want);
			free(cut);
		}
		free(bytes);
	}
}

static void
test_build(void **unused)
{
	struct cookie cookie, back;
	uint8_t head[PACKET_HEAD];
	uint32_t sum = 0;
	size_t i;

	(void)unused;
	memcpy(&cookie, cookie_bytes, sizeof(cookie));
	packet_build(head, false, 0xaaaa, 1, &cookie);
	for (i = 0; i < PACKET_HEAD; i += 2)
		sum += (uint32_t)(head[i] << 8 | head[i + 1]);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	head[2] = head[3] = 0;
	assert_memory_equal(head, "\x08\0\0\0\xaa\xaa\0\x01", 8);
	assert_true(packet_parse_request(head, PACKET_HEAD, false, &back));
	assert_memory_equal(&back, &cookie, sizeof(back));
	packet_build(head, true, 0xaaaa, 1, &cookie);
	assert_memory_equal(head, "\x80\0\0\0\xaa\xaa\0\x01", 8);
	assert_true(packet_parse_request(head, PACKET_HEAD, true, &back));
	assert_false(packet_parse_request(head, PACKET_HEAD, false, &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
