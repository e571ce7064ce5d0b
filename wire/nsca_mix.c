#include "nsca_mix.h"

#include <stdlib.h>
#include <string.h>

#include "nsca_cipher.h"

struct nsca_mixer {
	enum nsca_method method;
	uint8_t iv[NSCA_IV_SIZE];
	const char *password;
	struct nsca_cipher *cipher; /* NULL: the method has none */
};

static bool
has_cipher(enum nsca_method method)
{
	return method == NSCA_3DES || method == NSCA_AES256;
}

int
nsca_mix_check(enum nsca_method method, const char *password, struct error *err)
{
	static const char *const names[] = { "plain", "xor", "3des", "aes256" };

	if (method == NSCA_PLAIN)
		return 0;
	if (password == NULL || password[0] == '\0')
		return error_set(err,
		    "password: is missing, with the method %s", names[method]);
	if (has_cipher(method) && !nsca_has_ciphers())
		return error_set(err,
		    "method: %s is not here: built without "
		    "libcrypto",
		    names[method]);
	return 0;
}

struct nsca_mixer *
nsca_mixer_new(enum nsca_method method, enum nsca_way way,
    const uint8_t iv[NSCA_IV_SIZE], const char *password, struct error *err)
{
	struct nsca_mixer *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	m->method = method;
	m->password = password != NULL ? password : "";
	memcpy(m->iv, iv, sizeof(m->iv));
	if (has_cipher(method)) {
		m->cipher = nsca_cipher_new(method, way, iv, m->password, err);
		if (m->cipher == NULL) {
			free(m);
			return NULL;
		}
	}
	return m;
}

void
nsca_mixer_free(struct nsca_mixer *m)
{
	if (m == NULL)
		return;
	nsca_cipher_free(m->cipher);
	free(m);
}

/* There and back; each packet from the beginning. */
static void
mix_xor(const struct nsca_mixer *m, uint8_t packet[NSCA_PACKET_SIZE])
{
	size_t length = strlen(m->password);

	for (size_t i = 0; i < NSCA_PACKET_SIZE; i++) {
		packet[i] ^= m->iv[i % NSCA_IV_SIZE];
		if (length > 0)
			packet[i] ^= (uint8_t)m->password[i % length];
	}
}

int
nsca_mix(
    struct nsca_mixer *m, uint8_t packet[NSCA_PACKET_SIZE], struct error *err)
{
	if (m->cipher != NULL)
		return nsca_cipher_run(m->cipher, packet, err);
	if (m->method == NSCA_XOR)
		mix_xor(m, packet);
	return 0;
}
