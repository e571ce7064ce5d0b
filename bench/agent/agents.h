/*
 * agents.h - all simulated agents: a datagram for an address in, the answer
 * out.  Nothing is remembered of an agent but its keys of SNMPv3.
 */
#ifndef BENCH_AGENTS_H
#define BENCH_AGENTS_H

#include "error.h"
#include "faults.h"
#include "mib.h"
#include "usm.h"

#define DATAGRAM_MAX 65507 /* of UDP over IPv4 */

struct agents_user {
	char name[USM_NAME_MAX + 1];
	uint8_t flags; /* SNMP_AUTH, SNMP_PRIV: the level it must use */
	struct usm_user keys;
};

struct agents_options {
	unsigned interfaces;
	size_t max_size; /* of an answer */
	const char *community;
	const struct agents_user *users;
	size_t n_users;
};

/* What became of the requests. */
struct agents_counts {
	uint64_t answered;
	uint64_t varbinds;
	uint64_t reports;   /* of v3, discovery included */
	uint64_t malformed; /* no SNMP, or no request */
	uint64_t refused;   /* of a wrong community or version: silence */
	uint64_t failed;    /* memory or OpenSSL */
};

struct agents;

/* The options, and what they point to, must outlive the agents, as must the
   faults. */
int agents_new(struct agents **ret, const struct agents_options *,
    struct faults *, struct error *);
void agents_free(struct agents *); /* NULL is fine */

/*
 * "NAME", "NAME:AUTH:PASSWORD" or "NAME:AUTH:PASSWORD:PRIV:PASSWORD", AUTH
 * being md5, sha1, sha224, sha256, sha384 or sha512, PRIV des, aes128, aes192,
 * aes256, or with Reeder's keys aes192c, aes256c.
 */
int agents_user_parse(struct agents_user *ret, const char *text,
    struct error *);

/*
 * The answer of the agent at this address, in `to', which has DATAGRAM_MAX
 * bytes; size 0: it is silent.  `uptime_ns' is since the simulator's start.
 */
struct ber_bytes agents_answer(struct agents *, uint32_t address,
    const uint8_t *request, size_t size, int64_t uptime_ns, uint8_t *to);

const struct agents_counts *agents_counts(const struct agents *);

#endif
