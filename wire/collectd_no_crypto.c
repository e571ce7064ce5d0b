/* Where there is no libcrypto. */
#include "collectd_crypto.h"

static int
missing(struct error *err)
{
	return error_set(err, "built without libcrypto");
}

int
collectd_mac(const char *password, struct slice user, struct slice body,
    uint8_t mac[COLLECTD_MAC_SIZE], struct error *err)
{
	(void)password;
	(void)user;
	(void)body;
	(void)mac;
	return missing(err);
}

int
collectd_cipher(const char *password, const uint8_t iv[COLLECTD_IV_SIZE],
    const void *from, size_t size, uint8_t *to, struct error *err)
{
	(void)password;
	(void)iv;
	(void)from;
	(void)size;
	(void)to;
	return missing(err);
}

int
collectd_hash(const void *from, size_t size, uint8_t to[COLLECTD_HASH_SIZE],
    struct error *err)
{
	(void)from;
	(void)size;
	(void)to;
	return missing(err);
}

int
collectd_random(uint8_t *to, size_t size, struct error *err)
{
	(void)to;
	(void)size;
	return missing(err);
}

bool
collectd_equal(const uint8_t *one, const uint8_t *other, size_t size)
{
	(void)one;
	(void)other;
	(void)size;
	return false;
}
