/*
 * outcome.h - what may become of a message, and how often it did.
 */
#ifndef SNMPTRAP_OUTCOME_H
#define SNMPTRAP_OUTCOME_H

#include <stdint.h>

enum outcome {
	TAKEN = 0,
	NOT_ALLOWED,	 /* the source is none of `allow' */
	MALFORMED,	 /* no SNMP, or a trap without a name */
	NO_TRAP,	 /* another kind of PDU */
	WRONG_COMMUNITY,
	UNKNOWN_ENGINE,	 /* v3 from here on: an inform not meant for us */
	UNKNOWN_USER,
	WRONG_LEVEL,	 /* of security: not the one of the user */
	WRONG_DIGEST,
	NOT_IN_WINDOW,
	NOT_DECRYPTED,
	STORM,		 /* more than the source may send */
	DUPLICATE,
	LOST,		 /* memory was out, or the host refused it */
	OUTCOMES
};

struct outcomes {
	uint64_t n[OUTCOMES];
	uint64_t acknowledged; /* informs, duplicates too */
	uint64_t reports;      /* sent to those who speak v3 */
	uint64_t unreported;   /* too many of them */
};

#endif
