#include "nsca_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct nsca_cipher {
	EVP_CIPHER_CTX *context;
};

bool
nsca_has_ciphers(void)
{
	return true;
}

struct nsca_cipher *
nsca_cipher_new(enum nsca_method method, enum nsca_way way,
    const uint8_t iv[NSCA_IV_SIZE], const char *password, struct error *err)
{
	const EVP_CIPHER *kind = method == NSCA_3DES ? EVP_des_ede3_cfb8()
						     : EVP_aes_256_cfb8();
	struct nsca_cipher *c = calloc(1, sizeof(*c));
	uint8_t key[EVP_MAX_KEY_LENGTH] = { 0 };

	memcpy(key, password, strnlen(password, sizeof(key)));
	if (c != NULL)
		c->context = EVP_CIPHER_CTX_new();
	if (c == NULL || c->context == NULL ||
	    EVP_CipherInit_ex(
		c->context, kind, NULL, key, iv, way == NSCA_SENDS) != 1) {
		(void)error_set(err, "libcrypto failed");
		nsca_cipher_free(c);
		c = NULL;
	}
	OPENSSL_cleanse(key, sizeof(key));
	return c;
}

void
nsca_cipher_free(struct nsca_cipher *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->context);
	free(c);
}

int
nsca_cipher_run(
    struct nsca_cipher *c, uint8_t packet[NSCA_PACKET_SIZE], struct error *err)
{
	int done = 0;

	if (EVP_CipherUpdate(
		c->context, packet, &done, packet, NSCA_PACKET_SIZE) != 1 ||
	    done != NSCA_PACKET_SIZE)
		return error_set(err, "libcrypto failed");
	return 0;
}
