/* access_private.h - a policy as it is kept, for the files of access alone. */
#ifndef HOST_ACCESS_PRIVATE_H
#define HOST_ACCESS_PRIVATE_H

#include <stdatomic.h>

#include "access.h"
#include "arena.h"
#include "pattern.h"
#include "token.h"

/* A block of addresses; those of IPv4 as ::ffff:a.b.c.d. */
struct access_block {
	uint8_t bytes[16];
	unsigned bits;
};

struct access_class {
	const char *name;
	struct token_digest *tokens;
	size_t n_tokens;
	struct pattern **subjects;
	size_t n_subjects;
	uid_t *users;
	size_t n_users;
	bool any_user;
	struct access_block *blocks;
	size_t n_blocks;
	int64_t finest_ns;
	struct matcher *may[ACCESS_MODES]; /* NULL: nothing */
	bool all[ACCESS_MODES];		   /* by a rule without `match' */
	/* As configured, for those who ask what they may. */
	const struct farm_predicate *rules[ACCESS_MODES];
	size_t n_rules[ACCESS_MODES];
};

struct access {
	atomic_uint users;
	struct arena *arena;
	struct access_class *classes;
	size_t n_classes;
};

/* An address as 16 bytes; false if it is neither of IPv4 nor of IPv6. */
bool access_address(const struct sockaddr *, uint8_t ret[16]);

#endif
