/* Where there is no libcrypto. */
#include "nsca_cipher.h"

bool
nsca_has_ciphers(void)
{
	return false;
}

struct nsca_cipher *
nsca_cipher_new(enum nsca_method method, enum nsca_way way,
    const uint8_t iv[NSCA_IV_SIZE], const char *password, struct error *err)
{
	(void)method;
	(void)way;
	(void)iv;
	(void)password;
	(void)error_set(err, "built without libcrypto");
	return NULL;
}

void
nsca_cipher_free(struct nsca_cipher *c)
{
	(void)c;
}

int
nsca_cipher_run(
    struct nsca_cipher *c, uint8_t packet[NSCA_PACKET_SIZE], struct error *err)
{
	(void)c;
	(void)packet;
	return error_set(err, "built without libcrypto");
}
