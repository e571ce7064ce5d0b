/*
 * exchange.h - a question to a name server and its answer, over UDP or TCP.
 */
#ifndef DNS_EXCHANGE_H
#define DNS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Of an answer over UDP without EDNS and more, and over TCP. */
#define EXCHANGE_MAX 65535

struct exchange {
	const char *server; /* a name or an address */
	uint16_t port;
	int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
	bool tcp;
	int64_t try_ns;	     /* over UDP, asked again after so long */
	int64_t deadline_ns; /* of CLOCK_MONOTONIC */
	const unsigned char *question;
	size_t question_size;
	int64_t wait_ns; /* returned: from the last question to its answer */
	unsigned asked;	 /* returned: how often */
};

/* The size of the answer that has the question's number; -1: there was none,
   and why.  Blocks until the deadline. */
int exchange_run(struct exchange *, unsigned char ret[EXCHANGE_MAX],
    struct error *);

#endif
