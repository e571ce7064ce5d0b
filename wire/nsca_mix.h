/*
 * nsca_mix.h - what NSCA does to its packets, so that only those who know the
 * password are believed.  Its encryption_method by number: plain is 0, xor 1,
 * 3des 3, aes256 14 (Rijndael of 128-bit blocks); the other methods of libmcrypt
 * are not spoken.  The ciphers are as libmcrypt has them: 8-bit feedback that
 * goes on from packet to packet of a connection, begun with the first bytes of
 * the greeting, under the password's bytes, cut or filled with zeros to the
 * size of a key.
 */
#ifndef WIRE_NSCA_MIX_H
#define WIRE_NSCA_MIX_H

#include "nsca.h"

enum nsca_method { NSCA_PLAIN, NSCA_XOR, NSCA_3DES, NSCA_AES256 };

/* Of options, in the order of the enum. */
#define NSCA_METHODS "plain|xor|3des|aes256"

enum nsca_way { NSCA_SENDS, NSCA_RECEIVES };

/* Of one connection, one way; one thread at a time. */
struct nsca_mixer;

/* Whether packets can be mixed so: it wants a password, and a cipher wants
   libcrypto. */
int nsca_mix_check(enum nsca_method, const char *password, struct error *);
/* The password is borrowed until nsca_mixer_free().  NULL and err: memory is
   out, or libcrypto failed. */
struct nsca_mixer *nsca_mixer_new(enum nsca_method, enum nsca_way,
    const uint8_t iv[NSCA_IV_SIZE], const char *password, struct error *);
void nsca_mixer_free(struct nsca_mixer *); /* NULL is fine */
int nsca_mix(struct nsca_mixer *, uint8_t packet[NSCA_PACKET_SIZE],
    struct error *);

#endif
