/*
 * collectd_crypto.h - what collectd_seal.c needs of a library; without one, all
 * of it fails.
 */
#ifndef WIRE_COLLECTD_CRYPTO_H
#define WIRE_COLLECTD_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

#define COLLECTD_MAC_SIZE 32
#define COLLECTD_IV_SIZE 16
#define COLLECTD_HASH_SIZE 20

/* HMAC-SHA-256 of both, one behind the other. */
int collectd_mac(const char *password, struct slice user, struct slice body,
    uint8_t mac[COLLECTD_MAC_SIZE], struct error *);
/* AES-256 in OFB mode under the SHA-256 of the password: the same both ways;
   `to' may be the same memory. */
int collectd_cipher(const char *password, const uint8_t iv[COLLECTD_IV_SIZE],
    const void *from, size_t size, uint8_t *to, struct error *);
/* SHA-1. */
int collectd_hash(const void *from, size_t size,
    uint8_t to[COLLECTD_HASH_SIZE], struct error *);
int collectd_random(uint8_t *to, size_t size, struct error *);
/* In a time that does not tell how much of them is equal. */
bool collectd_equal(const uint8_t *, const uint8_t *, size_t size);

#endif
