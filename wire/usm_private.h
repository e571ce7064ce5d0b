/* usm_private.h - what the files of usm.h share. */
#ifndef WIRE_USM_PRIVATE_H
#define WIRE_USM_PRIVATE_H

#include "usm.h"

/* OpenSSL's name of it. */
const char *usm_hash_name(enum usm_auth);
/* The localised key of the cipher, at least `wanted' (up to 32) bytes. */
int usm_privacy_key(const struct usm_user *, struct ber_bytes engine_id,
    size_t wanted, uint8_t to[2 * USM_KEY_MAX], struct error *);

#endif
