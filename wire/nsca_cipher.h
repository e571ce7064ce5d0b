/*
 * nsca_cipher.h - what nsca_mix.c needs of a library; without one there are no
 * ciphers, and none is made.
 */
#ifndef WIRE_NSCA_CIPHER_H
#define WIRE_NSCA_CIPHER_H

#include "nsca_mix.h"

struct nsca_cipher;

bool nsca_has_ciphers(void);
struct nsca_cipher *nsca_cipher_new(enum nsca_method, enum nsca_way,
    const uint8_t iv[NSCA_IV_SIZE], const char *password, struct error *);
void nsca_cipher_free(struct nsca_cipher *); /* NULL is fine */
int nsca_cipher_run(struct nsca_cipher *, uint8_t packet[NSCA_PACKET_SIZE],
    struct error *);

#endif
