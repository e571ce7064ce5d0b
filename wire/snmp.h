/*
 * snmp.h - SNMP messages (RFC 1157, 3412, 3416) to and from bytes, without
 * security: see usm.h.  Nothing is allocated: what is decoded points into the
 * datagram, which must outlive it.  Every error says what and at which byte;
 * of an encrypted part, the byte of its plain text.
 */
#ifndef WIRE_SNMP_H
#define WIRE_SNMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ber.h"
#include "error.h"

enum snmp_version { SNMP_V1 = 0, SNMP_V2C = 1, SNMP_V3 = 3 };

enum snmp_type {
	SNMP_GET = 0xa0,
	SNMP_GET_NEXT = 0xa1,
	SNMP_RESPONSE = 0xa2,
	SNMP_SET = 0xa3,
	SNMP_TRAP1 = 0xa4, /* v1 only */
	SNMP_GET_BULK = 0xa5,
	SNMP_INFORM = 0xa6,
	SNMP_TRAP2 = 0xa7,
	SNMP_REPORT = 0xa8, /* v3 only */
};

/* RFC 3416 3: of these the poller needs to know by name. */
enum snmp_error {
	SNMP_NO_ERROR = 0,
	SNMP_TOO_BIG = 1,
	SNMP_NO_SUCH_NAME = 2,
	SNMP_GEN_ERR = 5,
};

/* Flags of a v3 message (RFC 3412 6.4). */
#define SNMP_AUTH 0x01u
#define SNMP_PRIV 0x02u
#define SNMP_REPORTABLE 0x04u

#define SNMP_USM 3	      /* the security model of usm.h */
#define SNMP_MIN_MAX_SIZE 484 /* RFC 3412 6.3 */

/* ------------------------------------------------------------ messages -- */

struct snmp_message {
	uint8_t version;	    /* enum snmp_version */
	struct ber_bytes community; /* v1 and v2c */
	/* v3 from here on */
	uint8_t flags;
	int32_t id;
	int32_t max_size;
	int32_t security_model;
	struct ber security; /* the content of msgSecurityParameters */
	/*
	 * v1 and v2c: the PDU.  v3: the scoped PDU; with SNMP_PRIV the
	 * content of the OCTET STRING that it is encrypted in.
	 */
	struct ber data;
};

/*
 * The outside of one datagram.  Fails for an unknown version, a header that
 * RFC 3412 does not allow and for bytes behind the message.
 */
int snmp_message_decode(const void *bytes, size_t size,
    struct snmp_message *ret, struct error *);
/*
 * Put the outside round what was written before, which is the PDU or, in v3,
 * the scoped PDU; encrypted if flags say so.  Put msgSecurityParameters'
 * content, m->security, from memory other than the writer's.
 */
void snmp_message_encode(struct ber_writer *, const struct snmp_message *);

/* What a v3 message carries: RFC 3412 6.8. */
struct snmp_scope {
	struct ber_bytes engine_id;
	struct ber_bytes context;
	struct ber pdu;
};

/* Reads the scoped PDU; bytes behind it are the padding of a cipher. */
int snmp_scope_decode(struct ber *in, struct snmp_scope *ret, struct error *);
/* Round the PDU written before. */
void snmp_scope_encode(struct ber_writer *, struct ber_bytes engine_id,
    struct ber_bytes context);

/* ---------------------------------------------------------------- PDUs -- */

struct snmp_pdu {
	uint8_t type; /* enum snmp_type */
	int32_t request_id;
	union {
		int32_t error_status; /* an agent may say more than RFC 3416 */
		int32_t non_repeaters; /* SNMP_GET_BULK */
	};
	union {
		int32_t error_index; /* from 1; 0: no varbind */
		int32_t max_repetitions;
	};
	/* SNMP_TRAP1 has these instead. */
	struct ber_bytes enterprise; /* an OID */
	uint8_t agent[4];
	int32_t generic;
	int32_t specific;
	uint32_t ticks;
	/* See snmp_varbind_next(). */
	struct ber varbinds;
};

/* A name and a value.  The name is an encoded OID. */
struct snmp_varbind {
	struct ber_bytes name;
	struct ber_value value;
};

/*
 * The head of the PDU that is to be all that `in' has left, of a type that
 * `version' knows.  Negative numbers in a GetBulk are 0 (RFC 3416 4.2.3).
 */
int snmp_pdu_decode(struct ber *in, int version, struct snmp_pdu *ret,
    struct error *);
/*
 * 1: *ret is the next varbind; 0: there are no more; -1 with the reason: this
 * and all that follows is broken, and *ret may be half set.
 */
int snmp_varbind_next(struct ber *varbinds, struct snmp_varbind *ret,
    struct error *);
/*
 * The PDU, with `n' varbinds; with NULL those of pdu->varbinds, as they came:
 * so an inform is answered by its own PDU with another type.
 */
void snmp_pdu_encode(struct ber_writer *, const struct snmp_pdu *,
    const struct snmp_varbind *, size_t n);
/* The PDU that asks for these names, encoded OIDs: each with a NULL. */
void snmp_question_encode(struct ber_writer *, const struct snmp_pdu *,
    const struct ber_bytes *names, size_t n);

/* "GetBulk", "noSuchName"; "unknown" for what is none. */
const char *snmp_type_name(int type);
const char *snmp_error_name(int32_t error_status);

#endif
