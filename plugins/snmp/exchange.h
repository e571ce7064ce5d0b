/*
 * exchange.h - questions to agents and their answers: one at a time for each
 * agent, any number of agents at once.  Sockets, message ids, security, pace,
 * time-outs and retries are in here; what is asked, and why, is not.
 *
 * All functions of an exchange are for one thread, and none blocks.  Times are
 * CLOCK_MONOTONIC in ns where nothing else is said.
 *
 * What keeps a dead agent from holding up others: a question counts against
 * the window of those in flight for a grace only (four times what its agent
 * usually takes); then it waits for its time-out for free.  The time-out of an
 * agent follows its round trips (RFC 6298), between bounds.
 */
#ifndef SNMP_EXCHANGE_H
#define SNMP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credential.h"
#include "error.h"
#include "resolve.h"
#include "snmp.h"

/* Datagrams with one call of the system. */
#define EXCHANGE_BATCH 64
/* The longest datagram that we take (RFC 3430 and practice: all of UDP). */
#define EXCHANGE_DATAGRAM_MAX 65507

enum outcome {
	ANSWERED = 0,	  /* by a PDU, which may itself report an error */
	TIMED_OUT,	  /* also a wrong community: agents are silent then */
	REFUSED,	  /* nobody listens on that port */
	UNREACHABLE,	  /* the network says so */
	NOT_SENT,	  /* the system refused it, see `error' */
	MALFORMED,	  /* what came under our id is no SNMP, see `why' */
	UNKNOWN_USER,	  /* from here on: what RFC 3414's reports say */
	WRONG_DIGEST,
	WRONG_LEVEL,	  /* the user may not speak at this security level */
	NOT_IN_WINDOW,	  /* and was not after the clock was set right, too */
	CANNOT_DECRYPT,
	REPORTED,	  /* another report, see `why' */
};

struct exchange_options {
	const struct credentials *credentials; /* must outlive the exchange */
	int64_t timeout_ns;	/* the first one of an agent, and the longest */
	int64_t timeout_min_ns; /* the shortest */
	int retries;		/* further tries of a question */
	size_t window;		/* questions in flight; see above */
	int64_t rate;		/* datagrams sent in a second; 0: any */
	bool large_receive_buffer; /* 8 MiB each, forced if permitted */
};

struct exchange;

/*
 * An agent, part of what its owner remembers of a node; zeroed at first.  The
 * owner sets `address' and `family' before the first question and may look at
 * what is not marked.
 */
struct agent {
	union address address;
	uint8_t family;	    /* AF_INET, AF_INET6; 0: no address */
	uint8_t version;    /* enum snmp_version, once known */
	bool known;	    /* a credential has worked since it was down */
	uint8_t credential; /* number of the one in use, or tried first */
	int64_t srtt_ns;    /* smoothed round trip; 0: unknown */
	int64_t rttvar_ns;
	uint32_t retried;   /* questions sent again, since it joined */
	uint32_t timed_out; /* questions given up */
	uint32_t strange;   /* datagrams from it that were no answers */
	struct waiting *waiting; /* of exchange.c: the question under way */
	struct engine *engine;	 /* of security.c: v3's keys and clock */
	uint32_t slot;		 /* of exchange.c */
};

/*
 * A question.  The names are encoded OIDs; they and their array must stay
 * until the answer.  For v1, SNMP_GET_BULK is an error of the caller.
 */
struct question {
	uint8_t type; /* SNMP_GET, SNMP_GET_NEXT, SNMP_GET_BULK */
	int32_t non_repeaters;
	int32_t max_repetitions;
	const struct ber_bytes *names;
	size_t n;
};

struct answer {
	struct agent *agent;
	enum outcome outcome;
	int error;		/* errno of NOT_SENT */
	struct error why;	/* for people: never the secret */
	struct snmp_pdu pdu;	/* of ANSWERED; read by snmp_varbind_next() */
	int64_t time_ns;	/* of arrival: since 1970, UTC */
	int64_t rtt_ns;		/* of the try that was answered */
	bool large;		/* the question did not fit a datagram */
};

int exchange_open(struct exchange **ret, const struct exchange_options *,
    struct error *);
void exchange_close(struct exchange *); /* NULL is fine */

/* Before its first question; -1 if memory is out. */
int exchange_join(struct exchange *, struct agent *);
/* Whatever it was at; also one that never joined.  No answer comes any more. */
void exchange_leave(struct exchange *, struct agent *);

/*
 * Ask.  The answer comes from exchange_answer(), at `limit_ns' at the latest.
 * An agent has one question under way; a second one is an error of the caller.
 */
void exchange_ask(struct exchange *, struct agent *, const struct question *,
    int64_t limit_ns);
/*
 * Find out what the agent listens to: sysUpTime.0 is asked with one credential
 * after the other, beginning with the one that worked last, until one is
 * answered.  The answer is that one's; agent->known, version and credential
 * are set.  Each credential is tried `tries' times.
 */
void exchange_find(struct exchange *, struct agent *, int tries,
    int64_t limit_ns);
/* Never mind: no answer will come. */
void exchange_cancel(struct exchange *, struct agent *);

/*
 * Send what may be sent and read what has come, a batch of each.  Then take
 * all answers before the next step: their bytes hold until then.
 */
void exchange_step(struct exchange *, int64_t now_ns);
/* The next answer of this step; false: no more. */
bool exchange_answer(struct exchange *, struct answer *ret);
/* When the next step is due even if nothing comes in; INT64_MAX: never. */
int64_t exchange_due(const struct exchange *);
/* Sockets to poll for input, of IPv4 and IPv6; -1: not open. */
void exchange_fds(const struct exchange *, int ret[2]);
/* Would a question be sent in the next step, and not have to wait? */
bool exchange_has_room(const struct exchange *);
/* Questions not answered yet. */
size_t exchange_pending(const struct exchange *);

const char *outcome_text(enum outcome); /* "timeout", "unknown user", ... */

#endif
