#include "packet.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define ICMP_HEADER 8
#define IPV6_HEADER 40

static const char *const reasons[] = {
	[REASON_NONE] = "no answer",
	[REASON_NET] = "network unreachable",
	[REASON_HOST] = "host unreachable",
	[REASON_PROTOCOL] = "protocol unreachable",
	[REASON_PORT] = "port unreachable",
	[REASON_TOO_BIG] = "packet too big",
	[REASON_ROUTE] = "source route failed",
	[REASON_PROHIBITED] = "administratively prohibited",
	[REASON_TTL] = "time to live exceeded",
	[REASON_BAD] = "bad parameter",
	[REASON_OTHER] = "unreachable",
	[REASON_LOCAL] = "cannot send",
};

const char *
reason_text(enum reason reason)
{
	return reasons[reason];
}

/* RFC 1071; PACKET_HEAD is even and the zeros behind it change nothing. */
static uint16_t
checksum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;
	uint16_t word;
	size_t i;

	for (i = 0; i < size; i += 2) {
		memcpy(&word, bytes + i, 2);
		sum += word;
	}
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}

void
packet_build(uint8_t head[PACKET_HEAD], bool ipv6, uint16_t id,
    uint16_t sequence, const struct cookie *cookie)
{
	struct icmphdr icmp = {
		.type = ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.un.echo = { .id = htons(id), .sequence = htons(sequence) },
	};

	memcpy(head, &icmp, sizeof(icmp));
	memcpy(head + ICMP_HEADER, cookie, sizeof(*cookie));
	if (ipv6)
		return; /* the kernel does it: it knows the source address */
	icmp.checksum = checksum(head, PACKET_HEAD);
	memcpy(head, &icmp, sizeof(icmp));
}

static bool
parse_echo(const uint8_t *bytes, size_t size, uint8_t type, struct cookie *ret)
{
	if (size < PACKET_HEAD || bytes[0] != type || bytes[1] != 0)
		return false;
	memcpy(ret, bytes + ICMP_HEADER, sizeof(*ret));
	return true;
}

bool
packet_parse_request(
    const uint8_t *bytes, size_t size, bool ipv6, struct cookie *ret)
{
	return parse_echo(
	    bytes, size, ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, ret);
}

static enum reason
reason_ipv4(uint8_t type, uint8_t code)
{
	/* RFC 792, 1122 and 1812 5.2.7.1 */
	static const uint8_t unreachable[] = { REASON_NET, REASON_HOST,
		REASON_PROTOCOL, REASON_PORT, REASON_TOO_BIG, REASON_ROUTE,
		REASON_NET, REASON_HOST, REASON_HOST, REASON_PROHIBITED,
		REASON_PROHIBITED, REASON_NET, REASON_HOST, REASON_PROHIBITED,
		REASON_PROHIBITED, REASON_PROHIBITED };

	switch (type) {
	case ICMP_DEST_UNREACH:
		return code < sizeof(unreachable) ? unreachable[code]
						  : REASON_OTHER;
	case ICMP_TIME_EXCEEDED:
		return REASON_TTL;
	case ICMP_PARAMETERPROB:
		return REASON_BAD;
	default:
		return REASON_NONE;
	}
}

static enum reason
reason_ipv6(uint8_t type, uint8_t code)
{
	/* RFC 4443 3.1 */
	static const uint8_t unreachable[] = { REASON_NET, REASON_PROHIBITED,
		REASON_OTHER, REASON_HOST, REASON_PORT, REASON_PROHIBITED,
		REASON_PROHIBITED };

	switch (type) {
	case ICMP6_DST_UNREACH:
		return code < sizeof(unreachable) ? unreachable[code]
						  : REASON_OTHER;
	case ICMP6_PACKET_TOO_BIG:
		return REASON_TOO_BIG;
	case ICMP6_TIME_EXCEEDED:
		return REASON_TTL;
	case ICMP6_PARAM_PROB:
		return REASON_BAD;
	default:
		return REASON_NONE;
	}
}

enum reason
packet_reason(bool ipv6, uint8_t type, uint8_t code)
{
	return ipv6 ? reason_ipv6(type, code) : reason_ipv4(type, code);
}

/*
 * The size of the IP header that `bytes' begin with, if ICMP is what follows;
 * 0 if not.  An error quotes it as it was sent, so its length field may say
 * more than is there.
 */
static size_t
ip_header_size(const uint8_t *bytes, size_t size, bool ipv6)
{
	size_t header;

	if (ipv6)
		return size >= IPV6_HEADER && bytes[0] >> 4 == 6 &&
			       bytes[6] == IPPROTO_ICMPV6
			   ? IPV6_HEADER
			   : 0;
	if (size < 20 || bytes[0] >> 4 != 4 || bytes[9] != IPPROTO_ICMP)
		return 0;
	header = (size_t)(bytes[0] & 15) * 4;
	return header >= 20 && header <= size ? header : 0;
}

enum packet
packet_parse(const uint8_t *bytes, size_t size, bool ipv6, bool ip_header,
    struct cookie *ret, enum reason *ret_reason)
{
	enum reason reason;
	size_t header;

	if (ip_header) {
		header = ip_header_size(bytes, size, ipv6);
		if (header == 0)
			return PACKET_OTHER;
		bytes += header;
		size -= header;
	}
	if (parse_echo(
		bytes, size, ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY, ret))
		return PACKET_REPLY;
	if (size < ICMP_HEADER)
		return PACKET_OTHER;
	reason = packet_reason(ipv6, bytes[0], bytes[1]);
	if (reason == REASON_NONE)
		return PACKET_OTHER;
	header = ip_header_size(bytes + ICMP_HEADER, size - ICMP_HEADER, ipv6);
	if (header == 0)
		return PACKET_OTHER;
	header += ICMP_HEADER;
	if (!packet_parse_request(bytes + header, size - header, ipv6, ret))
		return PACKET_OTHER;
	*ret_reason = reason;
	return PACKET_ERROR;
}
