/*
 * collectd_seal.h - packets of collectd's network plugin that are signed or
 * encrypted: the first part of such a packet, which says by whom, and all that
 * stands behind it.
 *
 *   0x200  HMAC-SHA-256 (32 bytes) of user and the rest, user
 *   0x210  u16 length of user, user, IV (16 bytes), then by AES-256 in OFB mode
 *          under the SHA-256 of the password: SHA-1 (20 bytes) of the rest, the
 *          rest
 *
 * Neither keeps anybody from sending a packet once more.
 */
#ifndef WIRE_COLLECTD_SEAL_H
#define WIRE_COLLECTD_SEAL_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "slice.h"

/* Each holds what stands before it. */
enum collectd_security {
	COLLECTD_PLAIN = 0,
	COLLECTD_SIGNED = 1,
	COLLECTD_ENCRYPTED = 2,
};

#define COLLECTD_USER_MAX 255

struct collectd_sealed {
	enum collectd_security security;
	struct slice user;
	const uint8_t *proof; /* the MAC, or the IV */
	struct slice body;    /* what is signed or encrypted; all if plain */
};

/* Which of them is it?  -1 if it claims to be sealed and is cut. */
int collectd_sealed(struct slice packet, struct collectd_sealed *ret,
    struct error *);

/* Is there a library to do it with?  -1 with the reason if not. */
int collectd_can_seal(struct error *);

/*
 * Open it with the user's password: the parts in *ret, which lie in the packet,
 * or if it was encrypted in `room', which holds as many bytes as the body.  -1
 * if it was made with another password, or the library fails.
 */
int collectd_open(const struct collectd_sealed *, const char *password,
    uint8_t *room, struct slice *ret, struct error *);

/* What sealing adds to parts. */
size_t collectd_seal_size(enum collectd_security, const char *user);
/*
 * Seal `size' bytes of parts, which stand in `packet' behind the room of
 * collectd_seal_size() bytes.  -1 if the library fails.
 */
int collectd_seal(enum collectd_security, const char *user,
    const char *password, uint8_t *packet, size_t size, struct error *);

#endif
