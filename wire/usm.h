/*
 * usm.h - SNMPv3's user-based security: RFC 3414, AES by RFC 3826, SHA-2 by
 * RFC 7860.  The ciphers are OpenSSL's.  Salts and clocks are the caller's.
 *
 * A pass phrase costs a megabyte of hashing (struct usm_user: once per
 * credential), a key for an engine two hashes (struct usm_keys).
 */
#ifndef WIRE_USM_H
#define WIRE_USM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ber.h"
#include "error.h"
#include "snmp.h"

enum usm_auth {
	USM_NO_AUTH,
	USM_MD5,
	USM_SHA1,
	USM_SHA224,
	USM_SHA256,
	USM_SHA384,
	USM_SHA512,
};

/*
 * AES with 192 and 256 bits has no RFC: where the hash is shorter than the
 * key, net-snmp lengthens it as Blumenthal's draft says, Cisco as Reeder's.
 */
enum usm_priv {
	USM_NO_PRIV,
	USM_DES,
	USM_AES128,
	USM_AES192,
	USM_AES256,
	USM_AES192_REEDER,
	USM_AES256_REEDER,
};

#define USM_KEY_MAX 64	  /* the longest hash */
#define USM_MAC_MAX 48	  /* the longest digest in a message */
#define USM_SALT 8	  /* bytes */
#define USM_PAD_MAX 7	  /* what encryption may add to a scoped PDU */
#define USM_ENGINE_MIN 5  /* RFC 3411 5, SnmpEngineID */
#define USM_ENGINE_MAX 32
#define USM_NAME_MAX 32

/* ---------------------------------------------------------- parameters -- */

/* The content of msgSecurityParameters (RFC 3414 2.4). */
struct usm_parameters {
	struct ber_bytes engine_id; /* empty in a discovery */
	int32_t boots;
	int32_t time;
	struct ber_bytes user;
	struct ber_bytes mac;  /* empty without authentication */
	struct ber_bytes salt; /* empty without privacy */
};

/* Of a message whose flags ask for a digest or a salt, that it has one. */
int usm_decode(const struct snmp_message *, struct usm_parameters *ret,
    struct error *);
void usm_encode(struct ber_writer *, const struct usm_parameters *);

/* --------------------------------------------------------------- keys --- */

/* How long a hash is, and how much of it a message carries. */
size_t usm_hash_size(enum usm_auth);
size_t usm_mac_size(enum usm_auth);
/* RFC 3414 A.2: a pass phrase of at least 8 bytes to a key. */
int usm_master_key(enum usm_auth, const void *phrase, size_t size,
    uint8_t to[USM_KEY_MAX], struct error *);
/* RFC 3414 2.6: the same key for one engine. */
int usm_localize(enum usm_auth, const uint8_t *key, struct ber_bytes engine_id,
    uint8_t to[USM_KEY_MAX], struct error *);

/* One user: its protocols and keys for no engine yet. */
struct usm_user {
	enum usm_auth auth;
	enum usm_priv priv;
	uint8_t auth_key[USM_KEY_MAX];
	uint8_t priv_key[USM_KEY_MAX];
};

/* Takes some milliseconds.  Phrases that are not needed may be NULL. */
int usm_user_init(struct usm_user *ret, enum usm_auth, const char *auth_phrase,
    enum usm_priv, const char *priv_phrase, struct error *);

/* One user at one engine, ready for use by one thread at a time. */
struct usm_keys;
int usm_keys_new(struct usm_keys **ret, const struct usm_user *,
    struct ber_bytes engine_id, struct error *);
/* Wipes them; NULL is fine. */
void usm_keys_free(struct usm_keys *);

/* ------------------------------------------------------------ messages -- */

/*
 * Finish a message: round the scoped PDU, which is all that was written, goes
 * the rest.  Encrypts and signs as m->flags say; p->mac is not looked at.
 * `keys' may be NULL without SNMP_AUTH.  p->salt must be used once only.
 */
int usm_seal(struct ber_writer *, struct usm_keys *keys,
    const struct snmp_message *m, const struct usm_parameters *p,
    struct error *);
/*
 * Verify and decrypt as the flags say, `m' and `p' being decoded from the
 * datagram.  `plain' has room for what m->data holds, and outlives *ret,
 * which reads the scoped PDU.  The order is that of RFC 3414 3.2: check the
 * time window after this, and trust nothing before it.
 */
int usm_open(struct usm_keys *keys, const void *datagram, size_t size,
    const struct snmp_message *m, const struct usm_parameters *p,
    uint8_t *plain, struct ber *ret, struct error *);

/* ---------------------------------------------------------------- time -- */

#define USM_WINDOW_S 150 /* RFC 3414 2.2.3 */

/* What is known of an engine's clock; zeroed: nothing. */
struct usm_clock {
	int32_t boots;
	int32_t latest; /* the highest time received in these boots */
	int32_t time;	/* as of mono_ns */
	int64_t mono_ns;
};

/*
 * RFC 3414 3.2 7 b), for what an agent says of itself: true if the message is
 * in its time window.  Moves the clock on; so only for messages whose digest
 * was right.
 */
bool usm_clock_receive(struct usm_clock *, int32_t boots, int32_t time,
    int64_t mono_ns);
/* The engine's time now, for messages to it. */
int32_t usm_clock_now(const struct usm_clock *, int64_t mono_ns);
/* 7 a), where we are the engine that the message names. */
bool usm_in_window(int32_t our_boots, int32_t our_time, int32_t boots,
    int32_t time);
/* 5 to 32 bytes, neither all 00 nor all ff. */
bool usm_engine_id_valid(struct ber_bytes);

#endif
