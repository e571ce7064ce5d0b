#include "agents_private.h"

#include <stdlib.h>

/* Agents whose addresses differ in the last byte only. */
struct neighbours {
	struct usm_keys **keys[256]; /* a key for each user */
};

struct engines {
	size_t n_users;
	struct neighbours *of[1 << 16];
};

struct engines *
engines_new(size_t n_users)
{
	struct engines *e = calloc(1, sizeof(*e));

	if (e != NULL)
		e->n_users = n_users;
	return e;
}

static void
neighbours_free(struct neighbours *n, size_t n_users)
{
	size_t i, user;

	for (i = 0; n != NULL && i < 256; i++) {
		for (user = 0; n->keys[i] != NULL && user < n_users; user++)
			usm_keys_free(n->keys[i][user]);
		free(n->keys[i]);
	}
	free(n);
}

void
engines_free(struct engines *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < 1 << 16; i++)
		neighbours_free(e->of[i], e->n_users);
	free(e);
}

/* RFC 3411: of 32473, the enterprise of examples, by an IPv4 address. */
void
engine_id(uint32_t a, uint8_t to[ENGINE_ID])
{
	const uint8_t id[ENGINE_ID] = { 0x80, 0x00, 0x7e, 0xd9, 1,
		(uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
		(uint8_t)a };
	size_t i;

	for (i = 0; i < ENGINE_ID; i++)
		to[i] = id[i];
}

struct usm_keys *
engines_keys(struct engines *e, uint32_t address,
    const struct agents_user *users, size_t user)
{
	struct neighbours **n = &e->of[address >> 8 & 0xffff];
	struct usm_keys ***keys;
	uint8_t id[ENGINE_ID];

	if (*n == NULL)
		*n = calloc(1, sizeof(**n));
	if (*n == NULL)
		return NULL;
	keys = &(*n)->keys[address & 255];
	if (*keys == NULL)
		*keys = calloc(e->n_users, sizeof(**keys));
	if (*keys == NULL)
		return NULL;
	engine_id(address, id);
	if ((*keys)[user] == NULL &&
	    usm_keys_new(&(*keys)[user], &users[user].keys,
		(struct ber_bytes){ id, ENGINE_ID }, NULL) != 0)
		return NULL;
	return (*keys)[user];
}
