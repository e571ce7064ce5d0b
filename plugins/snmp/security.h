/*
 * security.h - SNMPv3 as a manager speaks it (RFC 3412, 3414): who an agent
 * is, its keys and clock, and what its reports mean.  Messages only; time and
 * salts are given.
 *
 * A report without a digest can be anybody's.  So what it says holds for the
 * question under way and no longer: an engine that it names is on trial until
 * a message with the right digest has come from it, and meanwhile the one
 * known before is kept.  Whoever forges reports can make a question fail, as
 * whoever drops datagrams can.
 */
#ifndef SNMP_SECURITY_H
#define SNMP_SECURITY_H

#include "exchange.h"

/* An agent's identity, clock and keys. */
struct engine;

/* What is said to one agent, and with whose keys, until it is answered. */
struct talk {
	const struct credential *credential;
	uint8_t number;	       /* of the credential */
	bool anew;	       /* ask who it is, though we know */
	uint8_t settings;      /* of its clock */
	struct engine **known; /* of the agent; NULL in it: none */
	struct engine *trial;  /* named by a report */
	const char *ignored;   /* what was wrong with a message; NULL */
};

enum heard {
	HEARD_NOTHING, /* not for us: wait on */
	HEARD_AGAIN,   /* something was learnt: ask again */
	HEARD_FAILURE,
	HEARD_ANSWER,
};

void engine_free(struct engine *); /* NULL is fine */

/* Must the agent be asked who it is?  Then this is the question, not that. */
bool security_discovers(const struct talk *);
/* Put all that is round the PDU, which was written before. */
int security_seal(struct talk *, struct ber_writer *, int32_t id,
    uint64_t salt, int64_t now_ns, struct error *);
/*
 * A message with the id of one that was sealed.  Its bytes are decrypted in
 * place.  *ret is set with HEARD_ANSWER, *ret_outcome and *why with
 * HEARD_FAILURE.
 */
enum heard security_hear(struct talk *, uint8_t *datagram, size_t size,
    const struct snmp_message *, int64_t now_ns, struct snmp_pdu *ret,
    enum outcome *ret_outcome, struct error *why);
/* The question is over: what was on trial and not proven is forgotten. */
void security_end(struct talk *);

#endif
