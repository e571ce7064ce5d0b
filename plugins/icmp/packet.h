/*
 * packet.h - echo requests, and what comes back.  Pure functions over bytes:
 * whatever a peer sends, nothing outside of them is read.
 *
 * A probe is known by the cookie at the head of its payload: the instance's
 * random token and the probe's number.  The id and sequence number of ICMP are
 * never asked: 16 bits are too few, and an unprivileged socket rewrites the id.
 */
#ifndef ICMP_PACKET_H
#define ICMP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cookie {
	uint64_t token;
	uint64_t number;
};

/* ICMP header and cookie; the rest of the payload is zeros. */
#define PACKET_HEAD 24
/* The least payload, and the most that fits an IPv4 packet. */
#define PACKET_PAYLOAD_MIN 16
#define PACKET_PAYLOAD_MAX 65507
/* All that is ever looked at: IP and ICMP header, and twice in an error. */
#define PACKET_LOOK 256

/* Why there is no answer.  The order is that of reason_text(). */
enum reason {
	REASON_NONE = 0, /* silence */
	REASON_NET,
	REASON_HOST,
	REASON_PROTOCOL,
	REASON_PORT,
	REASON_TOO_BIG,
	REASON_ROUTE,
	REASON_PROHIBITED,
	REASON_TTL,
	REASON_BAD,
	REASON_OTHER,
	REASON_LOCAL, /* sending failed here */
};
const char *reason_text(enum reason);

/* The first PACKET_HEAD bytes of an echo request. */
void packet_build(uint8_t head[PACKET_HEAD], bool ipv6, uint16_t id,
    uint16_t sequence, const struct cookie *);

/*
 * What came from a raw (IPv4: with its IP header) or a ping socket: 1 if it is
 * an echo reply, with the cookie of its probe; 2 if it is an error about one,
 * with the reason too; 0 if it is neither.  `ret' is untouched then.
 */
enum packet { PACKET_OTHER = 0, PACKET_REPLY = 1, PACKET_ERROR = 2 };
enum packet packet_parse(const uint8_t *bytes, size_t size, bool ipv6,
    bool ip_header, struct cookie *ret, enum reason *ret_reason);

/* The cookie of an echo request of ours, from its ICMP header on. */
bool packet_parse_request(const uint8_t *bytes, size_t size, bool ipv6,
    struct cookie *ret);

/* The reason in an ICMP error; REASON_NONE if the type is no error. */
enum reason packet_reason(bool ipv6, uint8_t type, uint8_t code);

#endif
