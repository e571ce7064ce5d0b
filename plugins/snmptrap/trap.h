/*
 * trap.h - a trap or inform of any version in one shape: that of v2, into which
 * v1's are translated by RFC 3584 3.1.  Pure functions over bytes.
 */
#ifndef SNMPTRAP_TRAP_H
#define SNMPTRAP_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "oid.h"
#include "snmp.h"

/* Varbinds of one trap, at most.  Devices send some tens. */
#define TRAP_VARBINDS_MAX 1000

/* What it points to lies in the message. */
struct trap {
	int version; /* enum snmp_version */
	bool inform;
	bool has_ticks; /* RFC 3416 asks for them; not all devices know */
	bool has_agent;
	uint64_t ticks;	      /* of the sender's uptime, in 1/100 s */
	uint8_t agent[4];     /* whom a forwarder says it is from */
	struct ber_bytes enterprise; /* size 0: not said */
	struct ber varbinds;  /* see trap_next() */
	struct oid id;	      /* snmpTrapOID */
};

/*
 * Fails, with the reason, also if any varbind is broken; *ret is untouched
 * then.  The PDU must be of one of the three types.
 */
int trap_decode(const struct snmp_pdu *, int version, struct trap *ret,
    struct error *);

/*
 * The next varbind that says something of its own: uptime and name of the
 * trap stand in the struct, and a community is nobody's business.
 */
bool trap_next(struct ber *varbinds, struct snmp_varbind *ret);

#endif
