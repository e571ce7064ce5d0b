/* agents_private.h - what answers of v1 and v2c and those of v3 share. */
#ifndef BENCH_AGENTS_PRIVATE_H
#define BENCH_AGENTS_PRIVATE_H

#include "agents.h"
#include "respond.h"

#define ENGINE_ID 9 /* bytes */

struct engines; /* the keys of all agents */

struct agents {
	const struct agents_options *options;
	struct faults *faults;
	struct mib *mib;
	struct engines *engines;
	uint64_t salt;
	struct agents_counts counts;
	uint8_t varbinds[DATAGRAM_MAX + MIB_VARBIND_MAX];
	uint8_t plain[DATAGRAM_MAX];
};

/* One request under way. */
struct request {
	uint32_t address;
	const uint8_t *bytes;
	size_t size;
	struct snmp_message message;
	int32_t boots;
	struct respond respond;
	struct ber_writer out;
};

struct engines *engines_new(size_t n_users);
void engines_free(struct engines *);
/* NULL if memory is out. */
struct usm_keys *engines_keys(struct engines *, uint32_t address,
    const struct agents_user *users, size_t user);
void engine_id(uint32_t address, uint8_t to[ENGINE_ID]);

/* Both put the answer into q->out, or nothing. */
void answer_community(struct agents *, struct request *);
void answer_usm(struct agents *, struct request *);

#endif
