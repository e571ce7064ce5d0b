#include "collectd_seal.h"

#include <string.h>

#include "collectd_crypto.h"

#define SIGNATURE 0x0200
#define ENCRYPTION 0x0210

#define HEAD 4
#define MAC_SIZE COLLECTD_MAC_SIZE
#define IV_SIZE COLLECTD_IV_SIZE
#define HASH_SIZE COLLECTD_HASH_SIZE

/* ------------------------------------------------------------- reading -- */

static size_t
half(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static int
read_signature(struct slice packet, size_t part, struct collectd_sealed *ret,
    struct error *err)
{
	const char *p = packet.text;

	if (part < HEAD + MAC_SIZE + 1 || part > packet.length)
		return error_set(err, "a signature of %zu bytes", part);
	*ret = (struct collectd_sealed){
		.security = COLLECTD_SIGNED,
		.user = { p + HEAD + MAC_SIZE, part - HEAD - MAC_SIZE },
		.proof = (const uint8_t *)p + HEAD,
		.body = { p + part, packet.length - part },
	};
	return 0;
}

static int
read_encryption(struct slice packet, size_t part, struct collectd_sealed *ret,
    struct error *err)
{
	const uint8_t *p = (const uint8_t *)packet.text;
	size_t user = part >= HEAD + 2 ? half(p + HEAD) : 0;
	size_t before = HEAD + 2 + user + IV_SIZE;

	/* What stood behind it would be nobody's. */
	if (user == 0 || part != packet.length || part < before + HASH_SIZE)
		return error_set(
		    err, "encrypted bytes: %zu of %zu", part, packet.length);
	*ret = (struct collectd_sealed){
		.security = COLLECTD_ENCRYPTED,
		.user = { packet.text + HEAD + 2, user },
		.proof = p + HEAD + 2 + user,
		.body = { packet.text + before, part - before },
	};
	return 0;
}

int
collectd_sealed(
    struct slice packet, struct collectd_sealed *ret, struct error *err)
{
	const uint8_t *p = (const uint8_t *)packet.text;
	size_t type = packet.length >= HEAD ? half(p) : 0;

	if (type == SIGNATURE)
		return read_signature(packet, half(p + 2), ret, err);
	if (type == ENCRYPTION)
		return packet.length < HEAD + 2
			   ? error_set(err, "encrypted bytes: none")
			   : read_encryption(packet, half(p + 2), ret, err);
	*ret = (struct collectd_sealed){ .security = COLLECTD_PLAIN,
		.body = packet };
	return 0;
}

/* ------------------------------------------------------------- opening -- */

int
collectd_can_seal(struct error *err)
{
	uint8_t ignored[HASH_SIZE];

	return collectd_hash("", 0, ignored, err);
}

static int
wrong(const struct collectd_sealed *s, struct error *err)
{
	return error_set(err, "not by the password of \"%.*s\"",
	    (int)s->user.length, s->user.text);
}

static int
verify(const struct collectd_sealed *s, const char *password, struct slice *ret,
    struct error *err)
{
	uint8_t mac[MAC_SIZE];

	if (collectd_mac(password, s->user, s->body, mac, err) != 0)
		return -1;
	if (!collectd_equal(mac, s->proof, MAC_SIZE))
		return wrong(s, err);
	*ret = s->body;
	return 0;
}

static int
decrypt(const struct collectd_sealed *s, const char *password, uint8_t *room,
    struct slice *ret, struct error *err)
{
	size_t size = s->body.length - HASH_SIZE;
	uint8_t want[HASH_SIZE];

	if (collectd_cipher(password, s->proof, s->body.text, s->body.length,
		room, err) != 0 ||
	    collectd_hash(room + HASH_SIZE, size, want, err) != 0)
		return -1;
	if (!collectd_equal(want, room, HASH_SIZE))
		return wrong(s, err);
	*ret = (struct slice){ (const char *)room + HASH_SIZE, size };
	return 0;
}

int
collectd_open(const struct collectd_sealed *s, const char *password,
    uint8_t *room, struct slice *ret, struct error *err)
{
	if (s->security == COLLECTD_SIGNED)
		return verify(s, password, ret, err);
	if (s->security == COLLECTD_ENCRYPTED)
		return decrypt(s, password, room, ret, err);
	*ret = s->body;
	return 0;
}

/* ------------------------------------------------------------- writing -- */

size_t
collectd_seal_size(enum collectd_security security, const char *user)
{
	if (security == COLLECTD_SIGNED)
		return HEAD + MAC_SIZE + strlen(user);
	if (security == COLLECTD_ENCRYPTED)
		return HEAD + 2 + strlen(user) + IV_SIZE + HASH_SIZE;
	return 0;
}

static uint8_t *
put_half(uint8_t *p, size_t n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	return p + 2;
}

static int
put_signature(const char *user, const char *password, uint8_t *packet,
    size_t size, struct error *err)
{
	size_t head = collectd_seal_size(COLLECTD_SIGNED, user);
	uint8_t *p = put_half(put_half(packet, SIGNATURE), head);

	memcpy(p + MAC_SIZE, user, strlen(user));
	return collectd_mac(password, (struct slice){ user, strlen(user) },
	    (struct slice){ (const char *)packet + head, size }, p, err);
}

static int
put_encryption(const char *user, const char *password, uint8_t *packet,
    size_t size, struct error *err)
{
	size_t head = collectd_seal_size(COLLECTD_ENCRYPTED, user);
	uint8_t *p = put_half(put_half(packet, ENCRYPTION), head + size);
	uint8_t *iv = put_half(p, strlen(user)) + strlen(user);
	uint8_t *body = iv + IV_SIZE;

	memcpy(iv - strlen(user), user, strlen(user));
	if (collectd_random(iv, IV_SIZE, err) != 0 ||
	    collectd_hash(body + HASH_SIZE, size, body, err) != 0)
		return -1;
	return collectd_cipher(password, iv, body, HASH_SIZE + size, body, err);
}

int
collectd_seal(enum collectd_security security, const char *user,
    const char *password, uint8_t *packet, size_t size, struct error *err)
{
	if (security == COLLECTD_SIGNED)
		return put_signature(user, password, packet, size, err);
	if (security == COLLECTD_ENCRYPTED)
		return put_encryption(user, password, packet, size, err);
	return 0;
}
