#include "identity.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* RFC 3411 5, SnmpEngineID: the first bit, no enterprise, and 5: octets that
   mean something to us only. */
static const uint8_t prefix[] = { 0x80, 0, 0, 0, 5 };
/* Behind it.  Enough that no two of a farm are the same. */
#define DERIVED 12
/* 2020-01-01T00:00:00Z. */
#define EPOCH_S INT64_C(1577836800)

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
identity_parse(struct identity *ret, const char *text, struct error *err)
{
	const char *hex = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	size_t n = strlen(hex), i;
	struct identity id = { .size = n / 2 };

	if (n % 2 != 0 || id.size < USM_ENGINE_MIN || id.size > USM_ENGINE_MAX)
		goto wrong;
	for (i = 0; i < n; i++) {
		if (digit(hex[i]) < 0)
			goto wrong;
		id.id[i / 2] = (uint8_t)(id.id[i / 2] << 4 | digit(hex[i]));
	}
	if (!usm_engine_id_valid((struct ber_bytes){ id.id, id.size }))
		goto wrong;
	*ret = id;
	return 0;
wrong:
	return error_set(err,
	    "engine_id: \"%s\" is not 5 to 32 bytes in hexadecimal digits",
	    text);
}

/* Machines without an id have a name. */
static size_t
machine(const char *path, char *to, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;

	if (f != NULL) {
		n = fread(to, 1, size, f);
		fclose(f);
	}
	if (n == 0 && gethostname(to, size) == 0)
		n = strnlen(to, size);
	return n;
}

int
identity_derive(struct identity *ret, const char *machine_id_path,
    const char *listen, struct error *err)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	char text[512];
	size_t n = machine(machine_id_path, text, sizeof(text) / 2);

	/* The machine's id is not for strangers, hence the hash. */
	snprintf(text + n, sizeof(text) - n, "snmptrap %s", listen);
	if (EVP_Digest(text, n + strlen(text + n), hash, NULL, EVP_sha256(),
		NULL) != 1)
		return error_set(err, "OpenSSL has no SHA-256");
	memcpy(ret->id, prefix, sizeof(prefix));
	memcpy(ret->id + sizeof(prefix), hash, DERIVED);
	ret->size = sizeof(prefix) + DERIVED;
	return 0;
}

int32_t
identity_boots(int64_t wall_ns, int32_t last)
{
	int64_t boots = wall_ns / NS_PER_S - EPOCH_S;

	if (boots < 1)
		boots = 1;
	if (boots <= last)
		boots = (int64_t)last + 1;
	return boots > INT32_MAX ? INT32_MAX : (int32_t)boots;
}
