/*
 * engine.h - SNMPv3 for a receiver of notifications (RFC 3412, 3414).  Of traps
 * the sender's engine is the authority, one of any number, so a user's keys are
 * made for each engine that proves to know them; of informs we are.
 *
 * Nothing is kept for senders that have not proved a digest.
 */
#ifndef SNMPTRAP_ENGINE_H
#define SNMPTRAP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credential.h"
#include "error.h"
#include "outcome.h"
#include "snmp.h"
#include "usm.h"

/* The longest message: what a datagram of UDP may hold. */
#define MESSAGE_MAX 65507
/* Engines whose keys and clocks are remembered. */
#define ENGINES_MAX 10000

struct engine_options {
	const struct credentials *credentials; /* must outlive the engine */
	struct ber_bytes id;		       /* copied */
	int32_t boots;
	int64_t mono_ns; /* when these boots began */
	bool window;	 /* check the time of senders' engines */
};

struct engine;

int engine_new(struct engine **ret, const struct engine_options *,
    struct error *);
void engine_free(struct engine *); /* NULL is fine */

/* A message that was opened. */
struct opened {
	const struct credential *user; /* NULL: nobody yet */
	struct usm_keys *keys;	       /* of the user at p.engine_id */
	bool known;		       /* the keys are the engine's */
	struct usm_parameters p;
	struct snmp_scope scope; /* holds until the next message */
};

/*
 * Security of a v3 message.  TAKEN, or why not, with the reason; then *ret
 * holds what engine_report() needs.  Follow with engine_done().
 */
enum outcome engine_open(struct engine *, const void *message, size_t size,
    const struct snmp_message *, int64_t mono_ns, struct opened *ret,
    struct error *);
void engine_done(struct opened *);

/*
 * Answer an inform with a PDU, or say in a report why it was refused: `count'
 * is how often that happened.  Nothing is written where RFC 3414 knows no
 * report.  Look at the writer in the end.
 */
void engine_answer(struct engine *, struct ber_writer *,
    const struct snmp_message *, struct opened *, const struct snmp_pdu *,
    int64_t mono_ns);
void engine_report(struct engine *, struct ber_writer *,
    const struct snmp_message *, struct opened *, enum outcome why,
    uint64_t count, int64_t mono_ns);

#endif
