/*
 * faults.h - which agents misbehave and how.  Whom a fault strikes follows
 * from the address alone: a share is spread evenly over neighbouring addresses
 * and differs from fault to fault, so that a test knows whom to expect.
 */
#ifndef BENCH_FAULTS_H
#define BENCH_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum fault {
	/* Of agents. */
	FAULT_DEAD,
	FAULT_SLOW,	    /* each answer comes `argument' ns later */
	FAULT_TOO_BIG,	    /* what asks for more than `argument' varbinds */
	FAULT_WRAP,	    /* counters wrap `argument' ns after the start */
	FAULT_RESTART,	    /* and again each `argument' ns */
	FAULT_TRUNCATED,    /* half of each answer is missing */
	FAULT_GARBAGE,	    /* random bytes instead of answers */
	FAULT_WRONG_SOURCE, /* another agent's address */
	FAULT_DUPLICATE,    /* each answer comes twice */
	FAULT_V1,	    /* silent to v2c and v3 */
	FAULT_LOOP,	    /* GetNext goes round in circles */
	/* Of datagrams: by chance. */
	FAULT_LOSS,
	FAULT_LATE, /* an answer comes `argument' ns later */
	FAULTS,
};

struct fault_range {
	uint32_t from, to; /* both included */
};

struct fault_case {
	uint32_t share; /* of 2^32 */
	bool all;
	struct fault_range *ranges;
	size_t n_ranges;
	int64_t argument;
};

struct faults {
	struct fault_case cases[FAULTS];
	uint64_t random;
};

extern const struct fault_name {
	const char *name; /* of the option */
	const char *argument; /* "DURATION", "N", NULL */
	const char *help;
} fault_names[FAULTS];

/*
 * WHO or WHO:ARGUMENT, where WHO is a share ("10%", "0.5%", "100%") or, for
 * faults of agents, a list of addresses and ranges ("127.0.0.1,127.0.1.0/24,
 * 127.0.2.1-127.0.2.9").  -1 with the reason, which quotes it.
 */
int faults_parse(struct faults *, enum fault, const char *text, struct error *);
void faults_free(struct faults *);

bool faults_strike(const struct faults *, enum fault, uint32_t address);
/* By chance; the same sequence for the same `random' at first. */
bool faults_happen(struct faults *, enum fault);
uint64_t faults_random(struct faults *);

#endif
