/*
 * respond.h - the answer of an agent to a PDU (RFC 3416 4.2, RFC 1157 4.1).
 */
#ifndef BENCH_RESPOND_H
#define BENCH_RESPOND_H

#include "mib.h"
#include "snmp.h"

struct respond {
	const struct mib *mib;
	struct mib_moment moment;
	int version;	    /* enum snmp_version */
	bool loops;	    /* GetNext goes round in circles */
	size_t most;	    /* tooBig if more varbinds are asked for; 0: any */
	uint8_t *varbinds;  /* room for `limit' bytes and a varbind more */
	size_t limit;
	size_t n;	    /* varbinds put */
};

/*
 * Turn the request into its response.  False if it gets none: it is malformed,
 * or no request.  Its varbinds are in r->varbinds then, or the request's own.
 */
bool respond(struct respond *r, struct snmp_pdu *pdu);

#endif
