/*
 * message.h - what a name server answers, by libresolv (RFC 1035).  A pure
 * function.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

struct message {
	unsigned id;
	bool truncated; /* by its sender: nothing else is known then */
	bool authoritative;
	int code;	 /* 0: no error, 3: there is no such name */
	unsigned answers; /* of the type asked for */
	uint32_t ttl;	 /* the least of theirs, s */
	uint32_t serial; /* of a SOA */
	bool has_serial;
};

/*
 * `ret_data' takes a line for each answer of the type: an address, a name, a
 * text; "10 mail.example.org" of MX, "0 5 443 host" of SRV, the name and the
 * serial of SOA.  -1: it is no answer.
 */
int message_read(struct message *ret, struct buffer *ret_data,
    const void *bytes, size_t size, int type, struct error *);
/* "NXDOMAIN" */
const char *message_code(int code);

#endif
