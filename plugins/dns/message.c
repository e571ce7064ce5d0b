#include "message.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

/* Of the third byte: RFC 1035 4.1.1. */
#define FLAG_ANSWER 0x80
#define FLAG_CUT_SHORT 0x02

/* RFC 1035 4.1.1, RFC 2136 2.2 */
static const char *const codes[] = { "NOERROR", "FORMERR", "SERVFAIL",
	"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
	"NOTAUTH", "NOTZONE" };

const char *
message_code(int code)
{
	if (code < 0 || (size_t)code >= sizeof(codes) / sizeof(codes[0]))
		return "an unknown code";
	return codes[code];
}

/* The name at `at' within a record; the bytes it takes, -1 if it is none. */
static int
put_name(struct buffer *b, const ns_msg *m, const unsigned char *at)
{
	char name[NS_MAXDNAME];
	int length;

	length = ns_name_uncompress(
	    ns_msg_base(*m), ns_msg_end(*m), at, name, sizeof(name));
	if (length >= 0)
		buffer_puts(b, name[0] == '\0' ? "." : name);
	return length;
}

static bool
put_address(struct buffer *b, int family, const ns_rr *rr, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	if (ns_rr_rdlen(*rr) != size ||
	    inet_ntop(family, ns_rr_rdata(*rr), text, sizeof(text)) == NULL)
		return false;
	buffer_puts(b, text);
	return true;
}

/* Numbers of 16 bits each, then a name. */
static bool
put_numbered(struct buffer *b, const ns_msg *m, const ns_rr *rr, int n)
{
	const unsigned char *at = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) < 2 * n + 1)
		return false;
	for (; n > 0; n--, at += 2)
		buffer_printf(b, "%u ", ns_get16(at));
	return put_name(b, m, at) >= 0;
}

/* Pieces with their lengths before them. */
static bool
put_text(struct buffer *b, const ns_rr *rr)
{
	const unsigned char *at = ns_rr_rdata(*rr);
	const unsigned char *end = at + ns_rr_rdlen(*rr);

	while (at < end) {
		if (*at > end - at - 1)
			return false;
		buffer_put(b, at + 1, *at);
		at += 1 + *at;
	}
	return true;
}

/* Two names, then five numbers of which the serial is the first. */
static bool
put_authority(
    struct buffer *b, const ns_msg *m, const ns_rr *rr, struct message *ret)
{
	const unsigned char *at = ns_rr_rdata(*rr);
	const unsigned char *end = at + ns_rr_rdlen(*rr);
	struct buffer unused = BUFFER_INIT;
	int first = put_name(b, m, at), second = -1;

	if (first >= 0)
		second = put_name(&unused, m, at + first);
	buffer_free(&unused);
	if (first < 0 || second < 0 || end - at < first + second + 20)
		return false;
	ret->serial = (uint32_t)ns_get32(at + first + second);
	ret->has_serial = true;
	buffer_printf(b, " %u", ret->serial);
	return true;
}

static bool
put_record(
    struct buffer *b, const ns_msg *m, const ns_rr *rr, struct message *ret)
{
	switch (ns_rr_type(*rr)) {
	case ns_t_a:
		return put_address(b, AF_INET, rr, NS_INADDRSZ);
	case ns_t_aaaa:
		return put_address(b, AF_INET6, rr, NS_IN6ADDRSZ);
	case ns_t_mx:
		return put_numbered(b, m, rr, 1);
	case ns_t_srv:
		return put_numbered(b, m, rr, 3);
	case ns_t_txt:
		return put_text(b, rr);
	case ns_t_soa:
		return put_authority(b, m, rr, ret);
	default:
		return put_numbered(b, m, rr, 0);
	}
}

static int
read_answer(struct message *m, struct buffer *data, ns_msg *msg, int i,
    int type, struct error *err)
{
	ns_rr rr;

	if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
		return error_set(err, "its answer %d is no record", i);
	if ((int)ns_rr_type(rr) != type)
		return 0;
	if (!put_record(data, msg, &rr, m))
		return error_set(err, "its answer %d is malformed", i);
	buffer_putc(data, '\n');
	if (m->answers++ == 0 || ns_rr_ttl(rr) < m->ttl)
		m->ttl = ns_rr_ttl(rr);
	return 0;
}

/* It may end anywhere, also within a record. */
static bool
is_cut_short(const unsigned char *bytes, size_t size)
{
	return size >= NS_HFIXEDSZ && (bytes[2] & FLAG_ANSWER) != 0 &&
	       (bytes[2] & FLAG_CUT_SHORT) != 0;
}

int
message_read(struct message *ret, struct buffer *ret_data, const void *bytes,
    size_t size, int type, struct error *err)
{
	struct message m = { 0 };
	ns_msg msg;
	int i;

	if (is_cut_short(bytes, size)) {
		*ret = (struct message){ .truncated = true };
		return 0;
	}
	if (size > NS_MAXMSG || ns_initparse(bytes, (int)size, &msg) != 0)
		return error_set(err, "it is no message of DNS");
	if (ns_msg_getflag(msg, ns_f_qr) == 0)
		return error_set(err, "it is a question");
	m.id = ns_msg_id(msg);
	m.authoritative = ns_msg_getflag(msg, ns_f_aa) != 0;
	m.code = ns_msg_getflag(msg, ns_f_rcode);
	for (i = 0; i < ns_msg_count(msg, ns_s_an); i++)
		if (read_answer(&m, ret_data, &msg, i, type, err) != 0)
			return -1;
	*ret = m;
	return 0;
}
