#include "usm.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "usm_private.h"

/* An IV is as long as the cipher's block: 16 bytes, DES 8. */
#define IV_MAX 16
#define PARAMETERS_MAX 192 /* the longest encoded: 172 bytes */

struct usm_keys {
	enum usm_auth auth;
	enum usm_priv priv;
	EVP_MAC_CTX *hmac; /* holds the key, so that its pads are hashed once */
	EVP_CIPHER_CTX *context;
	EVP_CIPHER *cipher;
	uint8_t key[2 * USM_KEY_MAX]; /* of the cipher */
	uint8_t pre_iv[8];            /* of DES (RFC 3414 8.1.1.1) */
};

/*
 * OpenSSL keeps DES in a provider of its own that need not be there; triple
 * DES with three times the same key is DES.
 */
static const struct {
	const char *name;
	size_t key; /* bytes of the localised key */
} ciphers[] = {
	[USM_DES] = { "DES-EDE3-CBC", 16 },
	[USM_AES128] = { "AES-128-CFB", 16 },
	[USM_AES192] = { "AES-192-CFB", 24 },
	[USM_AES256] = { "AES-256-CFB", 32 },
	[USM_AES192_REEDER] = { "AES-192-CFB", 24 },
	[USM_AES256_REEDER] = { "AES-256-CFB", 32 },
};

/* ---------------------------------------------------------------- keys -- */

static int
open_auth(struct usm_keys *k, const struct usm_user *u, struct ber_bytes id,
    struct error *err)
{
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, (char *)usm_hash_name(u->auth), 0),
		OSSL_PARAM_construct_end(),
	};
	uint8_t key[USM_KEY_MAX];
	EVP_MAC *mac;
	int ok;

	if (usm_localize(u->auth, u->auth_key, id, key, err) != 0)
		return -1;
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	k->hmac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	ok = k->hmac != NULL && EVP_MAC_init(k->hmac, key,
				    usm_hash_size(u->auth), parameters) == 1;
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		return error_set(
		    err, "OpenSSL has no HMAC by %s", usm_hash_name(u->auth));
	return 0;
}

static int
open_priv(struct usm_keys *k, const struct usm_user *u, struct ber_bytes id,
    struct error *err)
{
	if (usm_privacy_key(u, id, ciphers[u->priv].key, k->key, err) != 0)
		return -1;
	if (u->priv == USM_DES) {
		memcpy(k->pre_iv, k->key + 8, 8);
		memcpy(k->key + 8, k->key, 8);
		memcpy(k->key + 16, k->key, 8);
	}
	k->context = EVP_CIPHER_CTX_new();
	k->cipher = EVP_CIPHER_fetch(NULL, ciphers[u->priv].name, NULL);
	if (k->context == NULL || k->cipher == NULL ||
	    EVP_CipherInit_ex2(k->context, k->cipher, NULL, NULL, 1, NULL) != 1)
		return error_set(
		    err, "OpenSSL has no %s", ciphers[u->priv].name);
	return 0;
}

int
usm_keys_new(struct usm_keys **ret, const struct usm_user *u,
    struct ber_bytes id, struct error *err)
{
	struct usm_keys *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return error_set(err, "out of memory");
	k->auth = u->auth;
	k->priv = u->priv;
	if ((u->auth != USM_NO_AUTH && open_auth(k, u, id, err) != 0) ||
	    (u->priv != USM_NO_PRIV && open_priv(k, u, id, err) != 0)) {
		usm_keys_free(k);
		return -1;
	}
	*ret = k;
	return 0;
}

void
usm_keys_free(struct usm_keys *k)
{
	if (k == NULL)
		return;
	EVP_MAC_CTX_free(k->hmac);
	EVP_CIPHER_CTX_free(k->context);
	EVP_CIPHER_free(k->cipher);
	OPENSSL_cleanse(k, sizeof(*k));
	free(k);
}

/* Do the keys serve what the message asks for? */
static int
check_keys(const struct usm_keys *k, uint8_t flags, struct error *err)
{
	if (flags & SNMP_AUTH && (k == NULL || k->auth == USM_NO_AUTH))
		return error_set(err, "the user has no authentication key");
	if (flags & SNMP_PRIV && (k == NULL || k->priv == USM_NO_PRIV))
		return error_set(err, "the user has no privacy key");
	return 0;
}

/* ------------------------------------------------------------- ciphers -- */

static void
make_iv(const struct usm_keys *k, const struct usm_parameters *p,
    uint8_t iv[IV_MAX])
{
	uint32_t boots = (uint32_t)p->boots, time = (uint32_t)p->time;
	int i;

	if (k->priv == USM_DES) {
		for (i = 0; i < USM_SALT; i++)
			iv[i] = k->pre_iv[i] ^ p->salt.data[i];
		return;
	}
	for (i = 3; i >= 0; i--, boots >>= 8, time >>= 8) {
		iv[i] = (uint8_t)boots;
		iv[4 + i] = (uint8_t)time;
	}
	memcpy(iv + 8, p->salt.data, USM_SALT);
}

/* From `from' to `to', which may be the same place. */
static int
run_cipher(struct usm_keys *k, const struct usm_parameters *p, int encrypt,
    const uint8_t *from, size_t size, uint8_t *to, struct error *err)
{
	uint8_t iv[IV_MAX];
	int done = 0;

	make_iv(k, p, iv);
	if (size > INT32_MAX ||
	    EVP_CipherInit_ex2(k->context, NULL, k->key, iv, encrypt, NULL) !=
		1 ||
	    EVP_CIPHER_CTX_set_padding(k->context, 0) != 1 ||
	    EVP_CipherUpdate(k->context, to, &done, from, (int)size) != 1 ||
	    (size_t)done != size)
		return error_set(err, "OpenSSL cannot %s by %s",
		    encrypt ? "encrypt" : "decrypt", ciphers[k->priv].name);
	return 0;
}

/* ------------------------------------------------------------- digests -- */

/* Of the message with zeros where its digest stands (RFC 3414 6.3.1). */
static int
digest(struct usm_keys *k, const uint8_t *message, size_t size,
    const uint8_t *mac, uint8_t to[USM_KEY_MAX], struct error *err)
{
	static const uint8_t zeros[USM_MAC_MAX];
	size_t before = (size_t)(mac - message), length = usm_mac_size(k->auth);
	size_t got;

	if (EVP_MAC_init(k->hmac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(k->hmac, message, before) != 1 ||
	    EVP_MAC_update(k->hmac, zeros, length) != 1 ||
	    EVP_MAC_update(k->hmac, mac + length, size - before - length) !=
		1 ||
	    EVP_MAC_final(k->hmac, to, &got, USM_KEY_MAX) != 1)
		return error_set(
		    err, "OpenSSL cannot sign by %s", usm_hash_name(k->auth));
	return 0;
}

static int
verify(struct usm_keys *k, const uint8_t *message, size_t size,
    struct ber_bytes mac, struct error *err)
{
	uint8_t right[USM_KEY_MAX];

	if (mac.size != usm_mac_size(k->auth))
		return error_set(err,
		    "wrong digest: it is of %zu bytes, not of %zu", mac.size,
		    usm_mac_size(k->auth));
	if (digest(k, message, size, mac.data, right, err) != 0)
		return -1;
	if (CRYPTO_memcmp(right, mac.data, mac.size) != 0)
		return error_set(err, "wrong digest");
	return 0;
}

/* ------------------------------------------------------------ messages -- */

/*
 * DES needs whole blocks; what is written moves down to make them whole.  The
 * padding is what net-snmp puts; receivers ignore it (RFC 3414 8.1.1.2).
 */
static int
encrypt(struct ber_writer *out, struct usm_keys *k,
    const struct usm_parameters *p, struct error *err)
{
	size_t size = ber_written(out);
	size_t pad = k->priv == USM_DES ? -size & USM_PAD_MAX : 0;

	if (p->salt.size != USM_SALT)
		return error_set(err, "a salt is of 8 bytes");
	if (pad > (size_t)(out->p - out->begin))
		out->failed = true;
	if (out->failed)
		return error_set(err, "no room for the message");
	memmove(out->p - pad, out->p, size);
	out->p -= pad;
	memset(out->p + size, (int)pad, pad);
	return run_cipher(k, p, 1, out->p, size + pad, out->p, err);
}

/* Our own message is read again to find where its digest goes. */
static int
sign(struct ber_writer *out, struct usm_keys *k, struct error *err)
{
	uint8_t right[USM_KEY_MAX];
	struct usm_parameters p;
	struct snmp_message m;
	size_t size = ber_written(out);

	if (snmp_message_decode(out->p, size, &m, err) != 0 ||
	    usm_decode(&m, &p, err) != 0 ||
	    digest(k, out->p, size, p.mac.data, right, err) != 0)
		return -1;
	memcpy(out->p + (p.mac.data - out->p), right, p.mac.size);
	return 0;
}

int
usm_seal(struct ber_writer *out, struct usm_keys *k,
    const struct snmp_message *m, const struct usm_parameters *p,
    struct error *err)
{
	static const uint8_t zeros[USM_MAC_MAX];
	uint8_t memory[PARAMETERS_MAX];
	struct ber_writer security = ber_writer(memory, sizeof(memory));
	struct usm_parameters parameters = *p;
	struct snmp_message message = *m;

	if (check_keys(k, m->flags, err) != 0 ||
	    (m->flags & SNMP_PRIV && encrypt(out, k, p, err) != 0))
		return -1;
	parameters.mac = (struct ber_bytes){ zeros,
		m->flags & SNMP_AUTH ? usm_mac_size(k->auth) : 0 };
	if (!(m->flags & SNMP_PRIV))
		parameters.salt.size = 0;
	usm_encode(&security, &parameters);
	if (security.failed)
		return error_set(err, "an engine id or user is too long");
	message.security = ber_reader(security.p, ber_written(&security));
	snmp_message_encode(out, &message);
	if (out->failed)
		return error_set(err, "no room for the message");
	return m->flags & SNMP_AUTH ? sign(out, k, err) : 0;
}

int
usm_open(struct usm_keys *k, const void *datagram, size_t size,
    const struct snmp_message *m, const struct usm_parameters *p,
    uint8_t *plain, struct ber *ret, struct error *err)
{
	size_t length = (size_t)(m->data.end - m->data.p);

	if (check_keys(k, m->flags, err) != 0 ||
	    (m->flags & SNMP_AUTH &&
		verify(k, datagram, size, p->mac, err) != 0))
		return -1;
	if (!(m->flags & SNMP_PRIV)) {
		*ret = m->data;
		return 0;
	}
	if (k->priv == USM_DES && length % 8 != 0)
		return error_set(err,
		    "an encrypted PDU of %zu bytes is no whole DES blocks",
		    length);
	if (run_cipher(k, p, 0, m->data.p, length, plain, err) != 0)
		return -1;
	*ret = ber_reader(plain, length);
	return 0;
}
