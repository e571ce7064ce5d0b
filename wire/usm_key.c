#include "usm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "usm_private.h"

#define EXPANDED (1 << 20) /* RFC 3414 A.2: hash a megabyte of it */
#define PHRASE_MIN 8       /* RFC 3414 11.2 */

static const struct {
	const char *hash;
	uint8_t size;
	uint8_t mac;
} auths[] = {
	[USM_NO_AUTH] = { "", 0, 0 },
	[USM_MD5] = { "MD5", 16, 12 },
	[USM_SHA1] = { "SHA1", 20, 12 },
	[USM_SHA224] = { "SHA2-224", 28, 16 },
	[USM_SHA256] = { "SHA2-256", 32, 24 },
	[USM_SHA384] = { "SHA2-384", 48, 32 },
	[USM_SHA512] = { "SHA2-512", 64, 48 },
};

const char *
usm_hash_name(enum usm_auth auth)
{
	return auths[auth].hash;
}

size_t
usm_hash_size(enum usm_auth auth)
{
	return auths[auth].size;
}

size_t
usm_mac_size(enum usm_auth auth)
{
	return auths[auth].mac;
}

static bool
hash_expanded(EVP_MD_CTX *hash, const uint8_t *phrase, size_t size, uint8_t *to)
{
	uint8_t block[1024];
	size_t i, n, at = 0;
	bool ok = true;

	for (i = 0; i < EXPANDED && ok; i += sizeof(block)) {
		for (n = 0; n < sizeof(block); n++) {
			block[n] = phrase[at++];
			if (at == size)
				at = 0;
		}
		ok = EVP_DigestUpdate(hash, block, sizeof(block)) == 1;
	}
	OPENSSL_cleanse(block, sizeof(block));
	return ok && EVP_DigestFinal_ex(hash, to, NULL) == 1;
}

/* A phrase of any size, for keys are made longer by it, too. */
static int
expand(enum usm_auth auth, const uint8_t *phrase, size_t size, uint8_t *to,
    struct error *err)
{
	EVP_MD *md = EVP_MD_fetch(NULL, auths[auth].hash, NULL);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool ok;

	ok = md != NULL && hash != NULL &&
	     EVP_DigestInit_ex2(hash, md, NULL) == 1 &&
	     hash_expanded(hash, phrase, size, to);
	EVP_MD_CTX_free(hash);
	EVP_MD_free(md);
	if (!ok)
		return error_set(
		    err, "OpenSSL cannot hash by %s", auths[auth].hash);
	return 0;
}

int
usm_master_key(enum usm_auth auth, const void *phrase, size_t size,
    uint8_t to[USM_KEY_MAX], struct error *err)
{
	if (auth == USM_NO_AUTH)
		return error_set(err, "a key needs a hash");
	if (size < PHRASE_MIN)
		return error_set(err,
		    "a pass phrase of %zu bytes is too short; at least %d",
		    size, PHRASE_MIN);
	return expand(auth, phrase, size, to, err);
}

int
usm_localize(enum usm_auth auth, const uint8_t *key, struct ber_bytes id,
    uint8_t to[USM_KEY_MAX], struct error *err)
{
	uint8_t text[2 * USM_KEY_MAX + USM_ENGINE_MAX];
	size_t size = auths[auth].size;
	int ok;

	if (id.size > USM_ENGINE_MAX)
		return error_set(
		    err, "an engine id of %zu bytes is too long", id.size);
	memcpy(text, key, size);
	memcpy(text + size, id.data, id.size);
	memcpy(text + size + id.size, key, size);
	ok = EVP_Q_digest(
	    NULL, auths[auth].hash, NULL, text, 2 * size + id.size, to, NULL);
	OPENSSL_cleanse(text, sizeof(text));
	if (!ok)
		return error_set(
		    err, "OpenSSL cannot hash by %s", auths[auth].hash);
	return 0;
}

/* The next piece of a key that the hash is too short for. */
static int
lengthen(const struct usm_user *u, struct ber_bytes id, const uint8_t *key,
    size_t size, uint8_t *to, struct error *err)
{
	uint8_t master[USM_KEY_MAX];
	size_t piece = auths[u->auth].size;
	int status;

	if (u->priv != USM_AES192_REEDER && u->priv != USM_AES256_REEDER) {
		if (EVP_Q_digest(
			NULL, auths[u->auth].hash, NULL, key, size, to, NULL))
			return 0;
		return error_set(
		    err, "OpenSSL cannot hash by %s", auths[u->auth].hash);
	}
	status = expand(u->auth, key + size - piece, piece, master, err);
	if (status == 0)
		status = usm_localize(u->auth, master, id, to, err);
	OPENSSL_cleanse(master, sizeof(master));
	return status;
}

int
usm_privacy_key(const struct usm_user *u, struct ber_bytes id, size_t wanted,
    uint8_t to[2 * USM_KEY_MAX], struct error *err)
{
	size_t piece = auths[u->auth].size, size;

	if (usm_localize(u->auth, u->priv_key, id, to, err) != 0)
		return -1;
	for (size = piece; size < wanted; size += piece)
		if (lengthen(u, id, to, size, to + size, err) != 0)
			return -1;
	return 0;
}

static int
master(enum usm_auth auth, const char *phrase, const char *what, uint8_t *to,
    struct error *err)
{
	if (phrase == NULL)
		return error_set(err, "%s needs a pass phrase", what);
	if (usm_master_key(auth, phrase, strlen(phrase), to, err) != 0)
		return error_prefix(err, "%s", what);
	return 0;
}

int
usm_user_init(struct usm_user *ret, enum usm_auth auth, const char *auth_phrase,
    enum usm_priv priv, const char *priv_phrase, struct error *err)
{
	struct usm_user u = { .auth = auth, .priv = priv };

	if (auth == USM_NO_AUTH && priv != USM_NO_PRIV)
		return error_set(err, "privacy needs authentication");
	if (auth != USM_NO_AUTH &&
	    master(auth, auth_phrase, "authentication", u.auth_key, err) != 0)
		return -1;
	if (priv != USM_NO_PRIV &&
	    master(auth, priv_phrase, "privacy", u.priv_key, err) != 0)
		return -1;
	*ret = u;
	OPENSSL_cleanse(&u, sizeof(u));
	return 0;
}
