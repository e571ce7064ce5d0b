#include "collectd_crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#define KEY_SIZE 32

static int
result(bool ok, struct error *err)
{
	return ok ? 0 : error_set(err, "libcrypto failed");
}

int
collectd_mac(const char *password, struct slice user, struct slice body,
    uint8_t mac[COLLECTD_MAC_SIZE], struct error *err)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					  OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *c = EVP_MAC_CTX_new(hmac);
	size_t got = 0;
	bool ok = c != NULL &&
		  EVP_MAC_init(c, (const uint8_t *)password, strlen(password),
		      params) == 1 &&
		  EVP_MAC_update(c, (const uint8_t *)user.text, user.length) ==
		      1 &&
		  EVP_MAC_update(c, (const uint8_t *)body.text, body.length) ==
		      1 &&
		  EVP_MAC_final(c, mac, &got, COLLECTD_MAC_SIZE) == 1 &&
		  got == COLLECTD_MAC_SIZE;

	EVP_MAC_CTX_free(c);
	EVP_MAC_free(hmac);
	return result(ok, err);
}

int
collectd_cipher(const char *password, const uint8_t iv[COLLECTD_IV_SIZE],
    const void *from, size_t size, uint8_t *to, struct error *err)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t key[KEY_SIZE];
	int done = 0;
	bool ok = c != NULL &&
		  EVP_Digest(password, strlen(password), key, NULL,
		      EVP_sha256(), NULL) == 1 &&
		  EVP_EncryptInit_ex(c, EVP_aes_256_ofb(), NULL, key, iv) ==
		      1 &&
		  EVP_EncryptUpdate(c, to, &done, from, (int)size) == 1 &&
		  (size_t)done == size;

	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(c);
	return result(ok, err);
}

int
collectd_hash(const void *from, size_t size, uint8_t to[COLLECTD_HASH_SIZE],
    struct error *err)
{
	return result(
	    EVP_Digest(from, size, to, NULL, EVP_sha1(), NULL) == 1, err);
}

int
collectd_random(uint8_t *to, size_t size, struct error *err)
{
	return result(RAND_bytes(to, (int)size) == 1, err);
}

bool
collectd_equal(const uint8_t *one, const uint8_t *other, size_t size)
{
	return CRYPTO_memcmp(one, other, size) == 0;
}
