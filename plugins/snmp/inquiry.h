/*
 * inquiry.h - one agent asked at once, apart from all polling: an exchange of
 * its own, on the thread of whoever asks, which waits for each answer.
 */
#ifndef SNMP_INQUIRY_H
#define SNMP_INQUIRY_H

#include "exchange.h"

/* What an instance lends to those who ask: const while they do. */
struct manner {
	const struct credentials *credentials;
	int64_t timeout_ns;
	int64_t timeout_min_ns;
	int retries;
	uint16_t port;
	int family; /* AF_UNSPEC, AF_INET, AF_INET6: of names */
};

struct inquiry {
	const struct manner *manner;
	struct exchange *exchange;
	struct agent agent;
	int64_t limit_ns; /* CLOCK_MONOTONIC: all is over by then */
	int64_t rtt_ns;	  /* of the last answer */
};

/*
 * Ready to ask the agent at `address', "host[:port]", of which `credential' is
 * tried first; it may block to resolve a name.  -1 with the reason.  To be
 * closed in any case.
 */
int inquiry_open(struct inquiry *, const struct manner *, const char *address,
    uint8_t credential, int64_t limit_ns, struct error *);
void inquiry_close(struct inquiry *);

/* Find the credential that opens the agent; -1 with the reason. */
int inquiry_find(struct inquiry *, struct error *);
/*
 * Ask and wait.  0 with an answer by a PDU, which holds until the next call;
 * -1 with the reason, and ret->outcome says of what kind it is.
 */
int inquiry_ask(struct inquiry *, const struct question *, struct answer *ret,
    struct error *);

/* "timeout: no answer ..." */
int answer_fail(const struct answer *, struct error *);

/* Until the exchange has something to do, or this time. */
void exchange_wait(const struct exchange *, int64_t until_ns);

#endif
